/**
 * The figures since midnight: the counters now, less what their statistics had at midnight.
 *
 * docs/statistics.md has the formulas.
 */

import type { HomeAssistant } from "./home-assistant";
import type { Service } from "./registry";
import { DAY, HOUR, MINUTE, RETRY, sameTime, startOfDay } from "./time";

const COUNTERS = ["calls", "talk_time", "wrap_up_time", "ready_time"] as const;
type Counter = (typeof COUNTERS)[number];

/** Fewer calls have no average. */
export const FEWEST_CALLS = 10;

/** A row of the recorder's statistics. */
export interface StatisticsRow {
  start: number;
  end: number;
  state?: number | null;
  sum?: number | null;
  change?: number | null;
}

type Statistics = Partial<Record<string, StatisticsRow[]>>;

/** Times are in hours, as in the states of the sensors. */
export interface Figures {
  calls: number | undefined;
  talkTime: number | undefined;
  /** Average handling time. */
  handlingTime: number | undefined;
  /** From 0 to 1. */
  occupancy: number | undefined;
  /** At this time of day a week ago. */
  weekAgo: { calls: number | undefined; talkTime: number | undefined };
}

/** What the counters had at midnight, and the rows of that day a week ago. */
interface Bases {
  midnight: number;
  at: Partial<Record<string, number>>;
  weekAgo: Statistics;
}

/** Return the value that a counter had at midnight; `undefined` if that is not known. */
export function baseOf(rows: readonly StatisticsRow[], midnight: number): number | undefined {
  const before = rows.filter(({ end }) => end <= midnight).at(-1);
  if (before) {
    return before.state ?? undefined;
  }
  // A counter that exists since today has its start value in the first row: its sum starts at 0.
  const [first] = rows;
  return first ? (first.state ?? 0) - (first.sum ?? 0) : undefined;
}

/** Return what was counted since midnight. A counter that is lower than then has started again. */
export const countedSince = (state: number, base: number | undefined): number | undefined =>
  base === undefined || Number.isNaN(state) ? undefined : state >= base ? state - base : state;

/** Return what was counted until a moment; the hour in which it is counts in part. */
export function countedUntil(
  rows: readonly StatisticsRow[] | undefined,
  until: number,
): number | undefined {
  return rows?.length
    ? rows.reduce((sum, { start, end, change }) => {
        const part = Math.min(1, Math.max(0, (until - start) / (end - start)));
        return sum + (change ?? 0) * part;
      }, 0)
    : undefined;
}

/** Return the averages of what was counted, of all accounts together. */
export function figuresOf(
  counted: Partial<Record<Counter, number>>,
  weekAgo: Figures["weekAgo"],
): Figures {
  const { calls, talk_time: talkTime, wrap_up_time: wrapUp, ready_time: ready } = counted;
  const handled = talkTime !== undefined && wrapUp !== undefined ? talkTime + wrapUp : undefined;
  const enough = calls !== undefined && calls >= FEWEST_CALLS;
  return {
    calls,
    talkTime,
    handlingTime: enough && handled !== undefined ? handled / calls : undefined,
    occupancy:
      enough && handled !== undefined && ready !== undefined && handled + ready > 0
        ? handled / (handled + ready)
        : undefined,
    weekAgo,
  };
}

/** Keeps what the figures are computed from. */
export class Today {
  private bases: Bases | undefined;
  private loaded = "";
  private retryAt = Infinity;

  constructor(private readonly changed: () => void) {}

  /** Load what is missing. */
  update(hass: HomeAssistant, services: readonly Service[], now: number): void {
    const ids = services.flatMap(({ entities }) =>
      COUNTERS.map((counter) => entities[counter]).filter((id) => id !== undefined),
    );
    const midnight = startOfDay(now, hass.config.time_zone);
    const wanted = [midnight, ...ids].join();
    if (wanted === this.loaded && now < this.retryAt) {
      return;
    }
    this.loaded = wanted;
    this.retryAt = Infinity;
    void this.load(hass, ids, midnight, now, wanted);
  }

  /** Return the figures of some services together. */
  figures(hass: HomeAssistant, services: readonly Service[], now: number): Figures | undefined {
    const { bases } = this;
    if (!bases) {
      return undefined;
    }
    const add = (values: (number | undefined)[]): number | undefined =>
      values.length && !values.includes(undefined)
        ? values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
        : undefined;
    const ids = (counter: Counter): string[] =>
      services.map(({ entities }) => entities[counter]).filter((id) => id !== undefined);
    const counted = Object.fromEntries(
      COUNTERS.map((counter) => [
        counter,
        add(ids(counter).map((id) => countedSince(valueOf(hass, id), bases.at[id]))),
      ]),
    );
    const until = sameTime(now, hass.config.time_zone, -7);
    const before = (counter: Counter): number | undefined =>
      add(ids(counter).map((id) => countedUntil(bases.weekAgo[id], until)));
    return figuresOf(counted, { calls: before("calls"), talkTime: before("talk_time") });
  }

  private async load(
    hass: HomeAssistant,
    ids: string[],
    midnight: number,
    now: number,
    wanted: string,
  ): Promise<void> {
    const query = (
      from: number,
      to: number,
      period: string,
      types: string[],
    ): Promise<Statistics> =>
      hass.callWS<Statistics>({
        type: "recorder/statistics_during_period",
        start_time: new Date(from).toISOString(),
        end_time: new Date(to).toISOString(),
        statistic_ids: ids,
        period,
        types,
      });
    try {
      // Home Assistant writes the row of the last minutes before midnight shortly after it.
      const isNewDay = this.bases !== undefined && this.bases.midnight < midnight;
      const at: Bases["at"] = {};
      if (isNewDay && now - midnight < MINUTE) {
        ids.forEach((id) => (at[id] = valueOf(hass, id)));
      } else {
        const [minutes, hours] = await Promise.all([
          query(midnight - DAY, now, "5minute", ["state", "sum"]),
          query(midnight - 31 * DAY, midnight, "hour", ["state"]),
        ]);
        for (const id of ids) {
          const rows = [...(hours[id] ?? []), ...(minutes[id] ?? [])];
          at[id] = baseOf(
            rows.sort((one, other) => one.end - other.end),
            midnight,
          );
        }
      }
      const start = startOfDay(now, hass.config.time_zone, -7);
      const weekAgo = await query(start, start + DAY + HOUR, "hour", ["change"]);
      if (wanted === this.loaded) {
        this.bases = { midnight, at, weekAgo };
        this.changed();
      }
    } catch {
      this.retryAt = now + RETRY; // there may be no recorder
    }
  }
}

const valueOf = (hass: HomeAssistant, entityId: string): number =>
  Number.parseFloat(hass.states[entityId]?.state ?? "");
