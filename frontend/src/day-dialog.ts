/** A person's day: the thin bar, and the dialog that shows it large. */

import { html, nothing, type TemplateResult } from "lit";
import { gradientOf, piecesOf, type Days } from "./day";
import type { HomeAssistant } from "./home-assistant";
import type { Member } from "./members";
import { colorOf } from "./status";
import { clockLike, duration, HOUR, timeOfDay } from "./time";
import type { Figures } from "./today";
import { fill, type Words } from "./words";

export function dayBar(
  member: Member,
  days: Days,
  now: number,
  words: Words,
  open: () => void,
): TemplateResult {
  const [from, to] = days.period(now);
  const pieces = piecesOf(days.of(member.extension.entities.status), from, now);
  return html`<button
    type="button"
    class="day"
    aria-label=${fill(words.day, { name: member.extension.name })}
    @click=${open}
  >
    <span style="background-image: ${gradientOf(pieces, from, to)}"></span>
  </button>`;
}

export interface DayOptions {
  hass: HomeAssistant;
  words: Words;
  days: Days;
  figures: Figures | undefined;
  now: number;
  details: () => void;
  closed: () => void;
}

export function dayDialog(member: Member, options: DayOptions): TemplateResult {
  const { hass, words, days, figures, now, details, closed } = options;
  const [from, to] = days.period(now);
  const pieces = piecesOf(days.of(member.extension.entities.status), from, now);
  const step = HOUR * Math.ceil((to - from) / HOUR / 8);
  const ticks: number[] = [];
  for (let time = from; time <= to; time += step) {
    ticks.push(time);
  }
  const time = (moment: number): string => timeOfDay(moment, hass);
  return html`
    <dialog
      @close=${closed}
      @click=${(event: MouseEvent) => {
        if (event.target === event.currentTarget) {
          (event.currentTarget as HTMLDialogElement).close();
        }
      }}
    >
      <div class="dialog">
        <h3>${member.extension.name}</h3>
        ${
          figures?.calls === undefined
            ? nothing
            : html`<p class="figures">
                ${words.calls}: <b>${Math.round(figures.calls)}</b>
                ${
                  figures.talkTime === undefined
                    ? nothing
                    : html` · ${words.talk_time}:
                        <b>${clockLike(figures.talkTime)}</b>`
                }
              </p>`
        }
        <div class="large-day" style="background-image: ${gradientOf(pieces, from, to)}"></div>
        <div class="ticks" aria-hidden="true">
          ${ticks.map(
            (tick) =>
              html`<span style="inset-inline-start: ${((tick - from) / (to - from)) * 100}%"
                >${time(tick)}</span
              >`,
          )}
        </div>
        <ol>
          ${[...pieces].reverse().map(
            (piece) =>
              html`<li class=${colorOf(piece.status)}>
                <span>${time(piece.from)} – ${time(piece.to)}</span>
                <span class="status">${piece.status ? words.statuses[piece.status] : ""}</span>
                <span>${duration(piece.to - piece.from, hass.language)}</span>
              </li>`,
          )}
        </ol>
        <form method="dialog">
          <button type="button" @click=${details}>${words.details}</button>
          <button>${words.close}</button>
        </form>
      </div>
    </dialog>
  `;
}
