/** The statuses, in the order of `sort: status`, with their colors and the counts they belong to. */

export const STATUSES = {
  ready: { color: "green", count: "ready" },
  connecting: { color: "red", count: "on_call" },
  on_call: { color: "red", count: "on_call" },
  handling: { color: "red", count: "on_call" },
  wrap_up: { color: "orange", count: "wrap_up" },
  paused: { color: "blue", count: "paused" },
  offline: { color: "grey", count: "offline" },
  not_available: { color: "grey", count: "offline" },
} as const;

export type Status = keyof typeof STATUSES;

/** Everybody is in one of these. */
export const COUNTS = {
  ready: "green",
  on_call: "red",
  wrap_up: "orange",
  paused: "blue",
  offline: "grey",
  no_data: "none",
} as const;

export type Count = keyof typeof COUNTS;
export type Color = (typeof COUNTS)[Count];

const ORDER = Object.keys(STATUSES);

/** The status in a state; `undefined` for no data, and for a status that this page does not know. */
export const statusOf = (state: string | undefined): Status | undefined =>
  state !== undefined && state in STATUSES ? (state as Status) : undefined;

export const rankOf = (status: Status | undefined): number =>
  status ? ORDER.indexOf(status) : ORDER.length;

export const colorOf = (status: Status | undefined): Color =>
  status ? STATUSES[status].color : "none";

export const countOf = (status: Status | undefined): Count =>
  status ? STATUSES[status].count : "no_data";
