/** What the card shows of a team, without a page. */

import type { CardConfig, Group, Warned } from "./config";
import type { HomeAssistant, State } from "./home-assistant";
import { sortByName, type Service } from "./registry";
import { COUNTS, colorOf, countOf, rankOf, statusOf } from "./status";
import type { Color, Count, Status } from "./status";
import { MINUTE } from "./time";
import type { Words } from "./words";

export interface Member {
  extension: Service;
  state: State | undefined;
  status: Status | undefined;
  count: Count;
  color: Color;
  text: string;
  /** When the status started; `NaN` if that is not known. */
  since: number;
  /** Milliseconds after which the status has lasted too long. */
  limit: number;
}

export interface Part {
  title: string | undefined;
  members: Member[];
}

const isMissing = (state: State | undefined): boolean =>
  !state || state.state === "unavailable" || state.state === "unknown";

function sinceOf(state: State | undefined): number {
  const since = state?.attributes.since;
  return typeof since === "string" ? Date.parse(since) : NaN;
}

/** Return the present state of the extensions, in the same order. */
export function membersOf(
  extensions: readonly Service[],
  hass: HomeAssistant,
  config: CardConfig,
  words: Words,
): Member[] {
  return extensions.map((extension) => {
    const state = hass.states[extension.entities.status ?? ""];
    const status = statusOf(state?.state);
    const minutes = config.warn?.[status as Warned];
    return {
      extension,
      state,
      status,
      count: countOf(status),
      color: colorOf(status),
      // A status that this page does not know yet is shown as Home Assistant names it.
      text: !state || isMissing(state) ? words.no_data : hass.formatEntityState(state),
      since: sinceOf(state),
      limit: minutes === undefined ? Infinity : minutes * MINUTE,
    };
  });
}

/** How long a status has lasted; the browser's clock may be behind, so never less than 0. */
export const passedOf = ({ since }: Member, now: number): number => Math.max(0, now - since);

export const isLate = (member: Member, now: number): boolean =>
  passedOf(member, now) >= member.limit;

/** Number of members in each count, which add up to all of them. */
export function countsOf(members: readonly Member[]): Record<Count, number> {
  const counts = Object.fromEntries(Object.keys(COUNTS).map((count) => [count, 0]));
  for (const { count } of members) {
    counts[count] = (counts[count] ?? 0) + 1;
  }
  return counts as Record<Count, number>;
}

/** The member whose status has lasted longest, of those in a count. */
export function longestOf(members: readonly Member[], count: Count): Member | undefined {
  return members
    .filter((member) => member.count === count && !Number.isNaN(member.since))
    .sort((one, other) => one.since - other.since)[0];
}

/** Since when nothing is known of anybody; `undefined` if something is known. */
export function outageOf(members: readonly Member[]): number | undefined {
  return members.length && members.every(({ state }) => !state || state.state === "unavailable")
    ? Math.max(0, ...members.map(({ state }) => Date.parse(state?.last_changed ?? "") || 0))
    : undefined;
}

/** Everybody in their place; only `sort: status` moves people, those over their limit first. */
export function partsOf(
  members: readonly Member[],
  config: CardConfig,
  hass: HomeAssistant,
  words: Words,
  labels: Readonly<Record<string, string>>,
  now: number,
): Part[] {
  const sorted = [...members];
  if (config.sort === "status") {
    sorted.sort(
      (one, other) =>
        Number(isLate(other, now)) - Number(isLate(one, now)) ||
        rankOf(one.status) - rankOf(other.status),
    );
  }
  const group = config.group ?? "none";
  if (group === "none") {
    return [{ title: undefined, members: sorted }];
  }
  const parts = new Map<string, Member[]>();
  for (const member of sorted) {
    const title = groupOf(member, group, hass, words, labels);
    parts.set(title, [...(parts.get(title) ?? []), member]);
  }
  const found = [...parts].map(([name, those]) => ({ name, those }));
  if (group === "status") {
    const order = Object.values(words.counts);
    found.sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
  } else {
    const last = group === "area" ? words.without_area : words.without_label;
    sortByName(found, hass.language).sort(
      (one, other) => Number(one.name === last) - Number(other.name === last),
    );
  }
  return found.map(({ name, those }) => ({ title: name, members: those }));
}

function groupOf(
  { extension, count }: Member,
  group: Exclude<Group, "none">,
  hass: HomeAssistant,
  words: Words,
  labels: Readonly<Record<string, string>>,
): string {
  if (group === "status") {
    return words.counts[count];
  }
  if (group === "area") {
    return hass.areas?.[extension.area ?? ""]?.name ?? words.without_area;
  }
  const label = extension.labels[0];
  return label === undefined ? words.without_label : (labels[label] ?? label);
}
