/** The only timer of the page: it runs while something with a time is visible. */

import { SECOND } from "./time";

interface Ticking {
  /** Show another time. */
  tick: () => void;
  /** Milliseconds until a time of it changes. */
  delay: () => number;
  /** Show what has changed while the page was hidden. */
  refresh: () => void;
}

/** Below this, clocks agree; it includes the time that a state needs to arrive. */
const TOLERANCE = 2 * SECOND;
const OBSERVATIONS = 20;

class Clock {
  private readonly those = new Set<Ticking>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = Infinity;
  private ahead: number[] = [];

  /** The time of Home Assistant's clock. */
  now(): number {
    const least = Math.min(...this.ahead);
    return Date.now() - (Number.isFinite(least) && Math.abs(least) > TOLERANCE ? least : 0);
  }

  /**
   * Compare clocks: a state of this time has just arrived.
   *
   * After a lost connection, old ones arrive late, so the least difference counts.
   */
  observe(updated: number): void {
    this.ahead = [...this.ahead, Date.now() - updated].slice(-OBSERVATIONS);
  }

  /** Set the timer for the next change; call this when a time has changed. */
  set(): void {
    const delays = document.hidden ? [] : [...this.those].map((each) => each.delay());
    const delay = Math.min(Infinity, ...delays);
    const due = Date.now() + delay;
    // One that changes all the time must not delay the others.
    if (this.timer !== undefined && due >= this.due && delay !== Infinity) {
      return;
    }
    clearTimeout(this.timer);
    this.due = due;
    this.timer =
      delay === Infinity
        ? undefined
        : setTimeout(() => {
            this.tick();
          }, delay);
  }

  add(ticking: Ticking): void {
    if (!this.those.size) {
      document.addEventListener("visibilitychange", this.update);
    }
    this.those.add(ticking);
    this.set();
  }

  remove(ticking: Ticking): void {
    this.those.delete(ticking);
    if (!this.those.size) {
      document.removeEventListener("visibilitychange", this.update);
    }
    this.set();
  }

  private tick(): void {
    this.timer = undefined;
    for (const each of this.those) {
      each.tick();
    }
    this.set();
  }

  private readonly update = (): void => {
    if (!document.hidden) {
      for (const each of this.those) {
        each.refresh();
        each.tick();
      }
    }
    this.set();
  };
}

export const clock = new Clock();
