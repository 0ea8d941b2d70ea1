/** Reads a link again and again, for all elements that show it. */

import type { Answer } from "./website-view";

const SECOND = 1000;
const TIMEOUT = 10 * SECOND;
const MIN_INTERVAL = 5;
const DEFAULT_INTERVAL = 10;
/** The longest time between two requests in an outage, in seconds. */
const MAX_BACKOFF = 60;
/** Failures in a row after which the last answer is not shown any more. */
const MAX_FAILURES = 2;

export class Feed {
  /** The last answer; `undefined` if it is too old, or there was none. */
  answer: Answer | undefined;
  /** Whether there was an answer, or a failure. */
  isKnown = false;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private interval = DEFAULT_INTERVAL;
  private failures = 0;
  private isReading = false;

  constructor(private readonly link: string) {}

  add(listener: () => void): void {
    if (!this.listeners.size) {
      document.addEventListener("visibilitychange", this.update);
      this.update();
    }
    this.listeners.add(listener);
  }

  remove(listener: () => void): void {
    this.listeners.delete(listener);
    if (!this.listeners.size) {
      document.removeEventListener("visibilitychange", this.update);
      clearTimeout(this.timer);
    }
  }

  /** Read only while the page is visible; the last answer may be old when it is visible again. */
  private readonly update = (): void => {
    clearTimeout(this.timer);
    if (!document.hidden) {
      this.failures = Math.max(this.failures, MAX_FAILURES - 1);
      void this.read();
    }
  };

  private async read(): Promise<void> {
    if (this.isReading) {
      return;
    }
    this.isReading = true;
    try {
      // The browser sends If-None-Match itself: as a header of ours, each request would be two.
      const response = await fetch(this.link, {
        credentials: "omit",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const answer = (await response.json()) as Answer;
      if (answer.version !== 1) {
        throw new Error("not an answer");
      }
      this.answer = answer;
      this.failures = 0;
      this.interval = Math.max(MIN_INTERVAL, answer.interval || DEFAULT_INTERVAL);
    } catch {
      this.failures += 1;
      if (this.failures >= MAX_FAILURES) {
        this.answer = undefined;
      }
    }
    this.isReading = false;
    this.isKnown = true;
    this.listeners.forEach((listener) => {
      listener();
    });
    if (this.listeners.size && !document.hidden) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.read(), this.delay() * SECOND);
    }
  }

  /** Seconds until the next request; in an outage, visitors spread over time. */
  private delay(): number {
    const longest = Math.max(this.interval, MAX_BACKOFF);
    return this.failures
      ? Math.min(longest, this.interval * 2 ** (this.failures - 1)) * (0.75 + Math.random() / 4)
      : this.interval;
  }
}
