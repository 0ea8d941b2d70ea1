/** The statuses of today: once from Home Assistant's history, then from the states that arrive. */

import type { HomeAssistant } from "./home-assistant";
import { colorOf, countOf, statusOf, type Status } from "./status";
import { HOUR, RETRY, startOfDay } from "./time";

/** A status that lasts until the next one starts. */
export interface Start {
  from: number;
  status: Status | undefined;
}

export interface Piece extends Start {
  to: number;
}

/** A row of the recorder's history; times in seconds. */
interface HistoryRow {
  s: string;
  lu: number;
  lc?: number;
}

/** Add a status to those of a day, unless it is the same. */
function add(starts: Start[], from: number, status: Status | undefined): boolean {
  const last = starts.at(-1);
  if (last?.status === status && last) {
    return false;
  }
  // Something older than what is known arrives with an old history.
  if (last && from < last.from) {
    return false;
  }
  starts.push({ from, status });
  return true;
}

export const startsOf = (rows: readonly HistoryRow[]): Start[] => {
  const starts: Start[] = [];
  for (const { s, lu, lc } of rows) {
    add(starts, (lc ?? lu) * 1000, statusOf(s));
  }
  return starts;
};

/** Cut the statuses out of a period; without a status there is no piece. */
export function piecesOf(starts: readonly Start[], from: number, to: number): Piece[] {
  return starts
    .map((start, index) => ({
      status: start.status,
      from: Math.max(from, start.from),
      to: Math.min(to, starts[index + 1]?.from ?? to),
    }))
    .filter((piece) => piece.status && piece.to > piece.from);
}

/** The part of the day to show for everybody: whole hours, from when the first one logged in. */
export function periodOf(
  days: readonly (readonly Start[])[],
  midnight: number,
  now: number,
): [from: number, to: number] {
  const active = days.flatMap((starts) =>
    piecesOf(starts, midnight, now)
      .filter(({ status }) => countOf(status) !== "offline")
      .map(({ from }) => from),
  );
  const hours = (time: number, round: (hours: number) => number): number =>
    midnight + round((time - midnight) / HOUR) * HOUR;
  const from = hours(Math.min(now, ...active), Math.floor);
  return [from, Math.max(hours(now, Math.ceil), from + HOUR)];
}

/** A background that shows the pieces of a period. */
export function gradientOf(pieces: readonly Piece[], from: number, to: number): string {
  const at = (time: number): string => `${(((time - from) / (to - from)) * 100).toFixed(2)}%`;
  const stops = pieces.map((piece) => {
    const color = `var(--${colorOf(piece.status)})`;
    return `transparent ${at(piece.from)}, ${color} ${at(piece.from)} ${at(piece.to)}, transparent ${at(piece.to)}`;
  });
  return stops.length ? `linear-gradient(to right, ${stops.join(", ")})` : "none";
}

/** The days of the people on a card. */
export class Days {
  private readonly starts = new Map<string, Start[]>();
  private loaded = "";
  private retryAt = Infinity;
  private midnight = 0;

  constructor(private readonly changed: () => void) {}

  /** Load what is missing, and add what has just arrived. */
  update(hass: HomeAssistant, entityIds: readonly string[], now: number): void {
    this.midnight = startOfDay(now, hass.config.time_zone);
    const wanted = [this.midnight, ...entityIds].join();
    if (wanted !== this.loaded || now >= this.retryAt) {
      this.loaded = wanted;
      this.retryAt = Infinity;
      void this.load(hass, entityIds, wanted, now);
    }
    for (const entityId of entityIds) {
      const state = hass.states[entityId];
      const starts = this.starts.get(entityId);
      if (state && starts) {
        add(starts, Date.parse(state.last_changed), statusOf(state.state));
      }
    }
  }

  of(entityId: string | undefined): readonly Start[] {
    return this.starts.get(entityId ?? "") ?? [];
  }

  period(now: number): [from: number, to: number] {
    return periodOf([...this.starts.values()], this.midnight, now);
  }

  private async load(
    hass: HomeAssistant,
    ids: readonly string[],
    wanted: string,
    now: number,
  ): Promise<void> {
    try {
      const history = await hass.callWS<Record<string, HistoryRow[]>>({
        type: "history/history_during_period",
        start_time: new Date(this.midnight).toISOString(),
        entity_ids: ids,
        include_start_time_state: true,
        significant_changes_only: false,
        minimal_response: true,
        no_attributes: true,
      });
      if (wanted === this.loaded) {
        this.starts.clear();
        for (const id of ids) {
          this.starts.set(id, startsOf(history[id] ?? []));
        }
        this.changed();
      }
    } catch {
      this.retryAt = now + RETRY; // there may be no recorder
    }
  }
}
