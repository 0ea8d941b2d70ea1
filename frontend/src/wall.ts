/** The wall: a strip with the figures, and tiles that fill the screen. */

import { html, nothing, type TemplateResult } from "lit";
import type { HomeAssistant } from "./home-assistant";
import { longestOf, passedOf, type Member } from "./members";
import { COUNTS, type Count } from "./status";
import { ago, clockLike, duration, timeOfDay } from "./time";
import type { Figures } from "./today";
import { fill, type Words } from "./words";

const FULL_SCREEN = "M5 5h5v2H7v3H5zm9 0h5v5h-2V7h-3zm3 9h2v5h-5v-2h3zm-7 3v2H5v-5h2v3z";

export interface StripOptions {
  hass: HomeAssistant;
  words: Words;
  members: readonly Member[];
  counts: TemplateResult[];
  figures: Figures | undefined;
  banner: TemplateResult | typeof nothing;
  now: number;
  /** When the data was read; `undefined` if that is not known. */
  updated: number | undefined;
  fullScreen: () => void;
}

export function strip(options: StripOptions): TemplateResult {
  const { hass, words, counts, figures, banner, now, updated, fullScreen } = options;
  const calls = (value: number): string => String(Math.round(value));
  return html`
    <header class="strip">
      <div class="counts">${counts}</div>
      ${longest(words.longest_call, "on_call", options)}
      ${longest(words.longest_pause, "paused", options)}
      ${compared(words.calls, figures?.calls, figures?.weekAgo.calls, calls, words)}
      ${compared(words.talk_time, figures?.talkTime, figures?.weekAgo.talkTime, clockLike, words)}
      <div class="fact clock">
        <b>${timeOfDay(now, hass)}</b>
        <span
          >${
            updated === undefined
              ? nothing
              : fill(words.updated, { ago: ago(Math.max(0, now - updated), hass.language) })
          }</span
        >
      </div>
      <button
        type="button"
        class="icon-button"
        aria-label=${words.full_screen}
        title=${words.full_screen}
        @click=${fullScreen}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${FULL_SCREEN} /></svg>
      </button>
      ${banner}
    </header>
  `;
}

function longest(
  label: string,
  count: Count,
  { members, hass, words, now }: StripOptions,
): TemplateResult {
  const member = longestOf(members, count);
  return html`<div class="fact">
    <span>${label}</span>
    <b>${member ? duration(passedOf(member, now), hass.language) : "–"}</b>
    <span>${member?.extension.name ?? words.nobody}</span>
  </div>`;
}

function compared(
  label: string,
  value: number | undefined,
  before: number | undefined,
  format: (value: number) => string,
  words: Words,
): TemplateResult | typeof nothing {
  return value === undefined
    ? nothing
    : html`<div class="fact">
        <span>${label}</span>
        <b>${format(value)}</b>
        <span
          >${before === undefined ? nothing : fill(words.week_ago, { value: format(before) })}</span
        >
      </div>`;
}

/** The buttons with the counts; a click shows only these people. */
export function countButtons(
  numbers: Record<Count, number>,
  words: Words,
  chosen: Count | undefined,
  choose: (count: Count) => void,
  all: boolean,
): TemplateResult[] {
  return (Object.keys(COUNTS) as Count[])
    .filter((count) => all || numbers[count] > 0 || count === chosen)
    .map(
      (count) =>
        html`<button
          type="button"
          class="count ${COUNTS[count]} ${numbers[count] ? "" : "zero"}"
          aria-pressed=${count === chosen ? "true" : "false"}
          title=${fill(words.only, { count: words.counts[count] })}
          @click=${() => {
            choose(count);
          }}
        >
          <b>${numbers[count]}</b> <span>${words.counts[count]}</span>
        </button>`,
    );
}
