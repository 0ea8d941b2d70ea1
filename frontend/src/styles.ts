import { css } from "lit";

/** Colors of the statuses; `none` is no data. */
export const colors = css`
  :host {
    --green: var(--green-color);
    --red: var(--red-color);
    --orange: var(--orange-color);
    --blue: var(--blue-color);
    --grey: var(--state-inactive-color);
    --none: var(--secondary-text-color);
    --back: var(--ha-card-background, var(--card-background-color));
  }
  .green {
    --lamp: var(--green);
  }
  .red {
    --lamp: var(--red);
  }
  .orange {
    --lamp: var(--orange);
  }
  .blue {
    --lamp: var(--blue);
  }
  .grey {
    --lamp: var(--grey);
  }
  .none {
    --lamp: var(--none);
  }
`;

const card = css`
  :host {
    display: block;
    height: 100%;
  }
  ha-card {
    display: block;
    height: 100%;
    box-sizing: border-box;
    overflow: auto;
    container-type: inline-size;
    padding: 8px;
    color: var(--primary-text-color);
    font-size: var(--ha-font-size-m);
    line-height: 1.4;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 8px;
    padding: 8px 8px 12px;
  }
  h2 {
    margin: 0;
    margin-inline-end: auto;
    overflow-wrap: anywhere;
    font-weight: normal;
    font-size: var(--ha-card-header-font-size, var(--ha-font-size-2xl));
    color: var(--ha-card-header-color, inherit);
  }
  button {
    all: unset;
    box-sizing: border-box;
    cursor: pointer;
    border-radius: 8px;
  }
  button:hover {
    background-color: color-mix(in srgb, currentColor 6%, transparent);
  }
  button:focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: -2px;
  }
  .counts {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
  }
  .count {
    padding: 2px 10px;
    border-radius: 1em;
    white-space: nowrap;
    background-color: color-mix(in srgb, var(--lamp) 18%, transparent);
  }
  .count[aria-pressed="true"] {
    outline: 2px solid currentColor;
    outline-offset: -2px;
  }
  .count b {
    font-size: 1.2em;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .banner,
  .empty {
    margin: 0 8px 8px;
  }
  .banner:not(:empty) {
    padding: 8px 12px;
    border-radius: 8px;
    background: color-mix(in srgb, var(--warning-color) 15%, transparent);
    border-inline-start: 4px solid var(--warning-color);
  }
  .banner:empty {
    margin: 0;
  }
  a {
    color: inherit;
    white-space: nowrap;
  }
`;

const people = css`
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  li {
    break-inside: avoid;
    position: relative;
  }
  .heading {
    padding: 8px 8px 0;
    font-weight: 500;
    break-after: avoid;
  }
  .person {
    width: 100%;
    display: grid;
    grid-template-columns: 36px minmax(0, 1fr) auto;
    align-items: center;
    column-gap: 12px;
    min-height: 48px;
    padding: 4px 8px;
  }
  .lamp {
    grid-row: 1 / 3;
    width: 36px;
    height: 36px;
    border-radius: 50%;
    display: flex;
    align-items: center;
    justify-content: center;
    color: var(--lamp);
    --mdc-icon-size: 22px;
    background: color-mix(in srgb, var(--lamp) 20%, transparent);
    forced-color-adjust: none;
  }
  .none .lamp {
    background: none;
    border: 2px dotted;
    box-sizing: border-box;
  }
  .name,
  .status {
    grid-column: 2;
    overflow: hidden;
  }
  .name {
    align-self: end;
    font-weight: 500;
    line-height: 1.2;
    overflow-wrap: anywhere;
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: var(--lines, 2);
  }
  .status {
    align-self: start;
    font-size: var(--ha-font-size-s);
  }
  .time {
    grid-area: 1 / 3 / 3;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
    text-align: end;
  }
  .late .time::before {
    content: "! ";
    font-weight: 700;
  }
  .day {
    display: block;
    width: calc(100% - 16px);
    margin: 0 8px 4px;
    padding: 6px 0;
  }
  .rows .day {
    width: calc(100% - 64px);
    margin-inline-start: 56px;
  }
  .day span {
    display: block;
    height: 6px;
    border-radius: 3px;
    background-color: color-mix(in srgb, currentColor 12%, transparent);
    background-repeat: no-repeat;
    forced-color-adjust: none;
  }
  .day span:dir(rtl),
  .large-day:dir(rtl) {
    transform: scaleX(-1);
  }

  .rows .late .time {
    padding: 0 8px;
    border-radius: 1em;
    font-weight: 500;
    background: color-mix(in srgb, var(--warning-color) 35%, transparent);
  }
  .rows.many {
    columns: 16em;
    column-gap: 8px;
  }
  .rows.many .person {
    min-height: 44px;
    padding-block: 2px;
  }
  .rows.compact.many {
    columns: 24em;
  }
  .rows.compact .person {
    min-height: 32px;
    padding-block: 0;
    column-gap: 8px;
    grid-template-columns: 24px minmax(0, 1fr) auto auto;
  }
  .compact .lamp {
    width: 24px;
    height: 24px;
    --mdc-icon-size: 16px;
  }
  .rows.compact .lamp {
    grid-row: 1;
  }
  .rows.compact .name {
    align-self: center;
  }
  .rows.compact .status {
    grid-area: 1 / 3;
    align-self: center;
  }
  .rows.compact .time {
    grid-area: 1 / 4;
    min-width: 4em;
  }

  .tiles {
    display: grid;
    gap: 8px;
    padding: 0 4px 4px;
    font-size: clamp(1em, 2.1cqi, 2.2em);
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 11em), 1fr));
  }
  .tiles.many {
    font-size: clamp(1em, 1.3cqi, 1.5em);
  }
  .tiles.compact {
    font-size: 1em;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 12em), 1fr));
  }
  .tiles .heading,
  .wall .heading {
    grid-column: 1 / -1;
  }
  .tiles li:not(.heading),
  .wall li:not(.heading) {
    display: flex;
    flex-direction: column;
    min-width: 0;
    border-radius: 12px;
    background-color: color-mix(in srgb, var(--lamp) 14%, transparent);
  }
  .tiles .person {
    flex: 1;
    padding: 10px 12px;
    grid-template-columns: 2em minmax(0, 1fr);
    border-radius: 12px;
  }
  .tiles .lamp {
    width: 2em;
    height: 2em;
    --mdc-icon-size: 1.3em;
  }
  .tiles .status {
    font-size: 0.9em;
  }
  .tiles .time {
    grid-area: 3 / 2;
    justify-self: start;
    font-size: 1.4em;
    min-height: 1.4em;
  }
  .tiles.compact .time {
    font-size: 1em;
  }
  /* Hatched: not the grey of those who have logged out. */
  .tiles .none,
  .wall .none {
    background-image: repeating-linear-gradient(
      135deg,
      transparent 0 0.35em,
      color-mix(in srgb, var(--lamp) 18%, transparent) 0.35em 0.7em
    );
  }
  /* The whole tile, in the colors of the page turned round. */
  .tiles .late:not(.heading),
  .wall .late:not(.heading) {
    color: var(--back);
    background: var(--primary-text-color);
    box-shadow: inset 0 0 0 0.12em var(--lamp);
  }
`;

const wall = css`
  :host([wall]) {
    height: var(--wall-height, 100vh);
  }
  :host([wall]:fullscreen) {
    height: 100vh;
    background: var(--primary-background-color);
  }
  :host([wall]) ha-card {
    display: flex;
    flex-direction: column;
    overflow: hidden;
    padding: 0.4cqi;
    border: none;
    border-radius: 0;
  }
  .wall-sheet {
    flex: 1;
    min-height: 0;
    display: flex;
    flex-direction: column;
    gap: 0.4cqi;
    padding: 0.4cqi;
  }
  .strip {
    display: flex;
    flex-wrap: wrap;
    align-items: stretch;
    justify-content: space-between;
    gap: 0.4em 0.5em;
    padding: 0;
    font-size: clamp(11px, 0.92cqi, 40px);
    line-height: 1.2;
  }
  .strip .counts {
    gap: 0.4em;
  }
  .strip .count {
    display: flex;
    flex-direction: column;
    justify-content: center;
    min-width: 5em;
    padding: 0.2em 0.7em;
    border-radius: 0.5em;
    text-align: center;
    background-color: color-mix(in srgb, var(--lamp) 25%, transparent);
  }
  .strip .count.zero {
    background-color: color-mix(in srgb, currentColor 5%, transparent);
  }
  .strip .count b {
    font-size: 2.3em;
    line-height: 1.1;
  }
  .fact {
    display: flex;
    flex-direction: column;
    justify-content: center;
    max-width: 16em;
  }
  .fact b {
    font-size: 1.6em;
    font-weight: 600;
    line-height: 1.1;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .clock {
    text-align: end;
    min-width: 7em;
  }
  .strip .icon-button {
    align-self: center;
    padding: 0.4em;
    font-size: 1.2em;
  }
  .strip svg {
    display: block;
    width: 1.6em;
    height: 1.6em;
    fill: currentColor;
  }
  .strip .banner {
    flex-basis: 100%;
    margin: 0;
    font-size: 1.2em;
  }
  .field {
    flex: 1;
    min-height: 0;
    overflow: hidden;
  }
  .wall {
    height: 100%;
    display: grid;
    gap: var(--gap);
    grid-template-columns: repeat(var(--columns), minmax(0, 1fr));
    grid-auto-rows: minmax(0, 1fr);
    font-size: var(--font);
  }
  .wall .heading {
    font-size: 0.68em;
    line-height: 1.3;
    padding: 0 0.3em;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .wall li:not(.heading) {
    border-radius: 0.28em;
    overflow: hidden;
    background-color: color-mix(in srgb, var(--lamp) 24%, transparent);
    border-inline-start: 0.22em solid var(--lamp);
  }
  .wall .none {
    border-inline-start-style: dotted;
  }
  .wall .person {
    flex: 1;
    min-height: 0;
    padding: 0.15em 0.38em;
    grid-template: auto auto / auto minmax(0, 1fr) auto;
    align-content: center;
    column-gap: 0.2em;
    border-radius: 0;
  }
  .wall .name {
    grid-area: 1 / 1 / 2 / 4;
    font-weight: 600;
    line-height: 1.06;
    padding-bottom: 0.06em;
    margin-bottom: -0.06em;
  }
  .wall .lamp,
  .wall .status,
  .wall .time {
    align-self: center;
    font-size: 0.55em;
    line-height: 1.25;
  }
  .wall .lamp {
    grid-area: 2 / 1;
    width: auto;
    height: auto;
    border: none;
    background: none;
    color: inherit;
    --mdc-icon-size: 1.15em;
  }
  .wall .status {
    grid-area: 2 / 2;
  }
  .wall .time {
    grid-area: 2 / 3;
    font-weight: 600;
  }
  .wall .day {
    width: auto;
    margin: 0 0.38em 0.12em;
    padding: 0.08em 0;
  }
  .wall .day span {
    height: 0.16em;
    border-radius: 0.08em;
  }
  .outage {
    height: 100%;
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    text-align: center;
    gap: 2cqi;
    font-size: clamp(16px, 1.8cqi, 60px);
  }
  .outage b {
    font-size: clamp(32px, 7cqi, 300px);
    font-weight: 600;
    line-height: 1.1;
  }
`;

const dialog = css`
  dialog {
    padding: 0;
    border: none;
    border-radius: 16px;
    color: var(--primary-text-color);
    background: var(--back);
    width: min(900px, 92vw);
    max-height: 90vh;
    font-size: var(--ha-font-size-l);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 50%);
  }
  .dialog {
    padding: 16px 24px;
  }
  h3 {
    margin: 0 0 8px;
    font-size: 1.6em;
    font-weight: 500;
  }
  .large-day {
    height: 48px;
    border-radius: 8px;
    background-color: color-mix(in srgb, currentColor 12%, transparent);
    forced-color-adjust: none;
  }
  .ticks {
    position: relative;
    height: 2em;
    font-size: 0.8em;
  }
  .ticks span {
    position: absolute;
    transform: translateX(-50%);
    white-space: nowrap;
  }
  .ticks span:dir(rtl) {
    transform: translateX(50%);
  }
  .ticks span:first-child,
  .ticks span:last-child {
    transform: none;
  }
  .ticks span:last-child {
    inset-inline: auto 0 !important;
  }
  ol {
    list-style: none;
    margin: 0;
    padding: 0;
    max-height: 40vh;
    overflow: auto;
  }
  ol li {
    display: grid;
    grid-template-columns: minmax(10em, auto) 1fr auto;
    column-gap: 12px;
    padding: 2px 8px;
    border-inline-start: 6px solid var(--lamp);
    margin-block: 2px;
    font-variant-numeric: tabular-nums;
  }
  ol .status {
    font-size: inherit;
  }
  form {
    display: flex;
    justify-content: flex-end;
    gap: 8px;
    margin-top: 12px;
  }
  form button {
    padding: 8px 16px;
    color: var(--primary-color);
    font-weight: 500;
  }
`;

export const cardStyles = [colors, card, people, wall, dialog];

export const todayStyles = [
  colors,
  css`
    ha-card {
      display: block;
      height: 100%;
      box-sizing: border-box;
      padding: 16px;
      container-type: inline-size;
      color: var(--primary-text-color);
    }
    h2 {
      margin: 0 0 12px;
      font-weight: normal;
      font-size: var(--ha-card-header-font-size, var(--ha-font-size-2xl));
    }
    dl {
      margin: 0;
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(9em, 1fr));
      gap: 16px;
    }
    dt {
      font-size: var(--ha-font-size-s);
    }
    dd {
      margin: 0;
    }
    dd b {
      display: block;
      font-size: 2em;
      line-height: 1.2;
      font-weight: 500;
      font-variant-numeric: tabular-nums;
    }
    dd small {
      color: var(--secondary-text-color);
    }
  `,
];
