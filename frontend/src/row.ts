/** One person: a row, a tile, or a tile of a wall, depending on the styles of the list. */

import { html, nothing, type TemplateResult } from "lit";
import type { HomeAssistant } from "./home-assistant";
import { isLate, passedOf, type Member } from "./members";
import { duration } from "./time";
import type { Words } from "./words";

/** Milliseconds that a finger stays for a hold. */
const HOLD = 500;

export interface RowOptions {
  hass: HomeAssistant;
  words: Words;
  now: number;
  act: (member: Member, action: "tap" | "hold") => void;
  /** The bar with the day of a person. */
  bar: (member: Member) => TemplateResult | typeof nothing;
}

export function row(member: Member, { hass, words, now, act, bar }: RowOptions): TemplateResult {
  const { extension, text, state, color } = member;
  const passed = passedOf(member, now);
  const late = isLate(member, now);
  const label = [extension.name, text, ...(late ? [words.too_long] : [])].join(", ");
  return html`
    <li id=${extension.device} class="${color} ${late ? "late" : ""}">
      <button
        type="button"
        class="person"
        aria-label=${label}
        @click=${() => {
          act(member, "tap");
        }}
        @pointerdown=${(event: PointerEvent) => {
          hold(event, () => {
            act(member, "hold");
          });
        }}
      >
        <span class="lamp" aria-hidden="true"
          >${state ? html`<ha-state-icon .stateObj=${state}></ha-state-icon>` : nothing}</span
        >
        <span class="name" title=${extension.name}>${extension.name}</span>
        <span class="status" title=${text}>${text}</span>
        <span class="time" aria-hidden="true"
          >${Number.isNaN(passed) ? "" : duration(passed, hass.language)}</span
        >
      </button>
      ${bar(member)}
    </li>
  `;
}

/** Call `held` if the pointer stays down; the click that follows is not a tap. */
function hold(event: PointerEvent, held: () => void): void {
  const button = event.currentTarget as HTMLElement;
  const timer = setTimeout(() => {
    button.addEventListener("click", swallow, { capture: true, once: true });
    held();
  }, HOLD);
  const end = (): void => {
    clearTimeout(timer);
    // The click of this hold, if there is one, comes before this.
    setTimeout(() => {
      button.removeEventListener("click", swallow, { capture: true });
    });
  };
  for (const type of ["pointerup", "pointerleave", "pointercancel"]) {
    button.addEventListener(type, end, { once: true });
  }
}

const swallow = (event: Event): void => {
  event.stopImmediatePropagation();
};
