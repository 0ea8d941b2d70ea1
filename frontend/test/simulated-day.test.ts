import { expect, test } from "vitest";
import { findAccounts } from "../src/registry";
import { DAY, HOUR, MINUTE } from "../src/time";
import { Today, type StatisticsRow } from "../src/today";
import { home, setState } from "./home";

const MIDNIGHT = Date.parse("2026-10-24T22:00:00Z"); // followed by a day of 25 hours
const NEXT_MIDNIGHT = MIDNIGHT + 25 * HOUR;
const END = NEXT_MIDNIGHT + 12 * HOUR;

/** Home Assistant does not run at midnight, and in the afternoon. */
const STOPPED: [number, number][] = [
  [MIDNIGHT - 20 * MINUTE, MIDNIGHT + 40 * MINUTE],
  [MIDNIGHT + 14 * HOUR, MIDNIGHT + 15.5 * HOUR],
];
/** The server does not answer. */
const OUTAGES: [number, number][] = [[MIDNIGHT + 9 * HOUR, MIDNIGHT + 9.7 * HOUR]];

const within = (time: number, those: [number, number][]): boolean =>
  those.some(([from, to]) => time >= from && time < to);

/** Calls that were counted until a moment: one every three minutes, if they are observed. */
function counted(until: number): number {
  let calls = 1000;
  for (let time = MIDNIGHT - DAY; time < until; time += 3 * MINUTE) {
    calls += within(time, [...STOPPED, ...OUTAGES]) ? 0 : 1;
  }
  return calls;
}

/** What the recorder has written until a moment. */
function recorded(now: number, step: number): StatisticsRow[] {
  const rows: StatisticsRow[] = [];
  for (let start = MIDNIGHT - DAY; start + step <= now; start += step) {
    const end = start + step;
    if (!within(end - 1, STOPPED)) {
      rows.push({ start, end, state: counted(end), sum: counted(end) - 1000 });
    }
  }
  return rows;
}

test("today's calls are exact every ten minutes, over outages, restarts and midnights", async () => {
  let now = MIDNIGHT;
  const hass = home({
    counters: { calls: "1000" },
    answer: ({ period, types, start_time, end_time }) => {
      const rows = recorded(now, period === "hour" ? HOUR : 5 * MINUTE).filter(
        ({ start }) =>
          start >= Date.parse(String(start_time)) && start < Date.parse(String(end_time)),
      );
      return (types as string[]).includes("change") ? {} : { "sensor.a_calls": rows };
    },
  });
  const accounts = findAccounts(hass);
  let today = new Today(() => undefined);
  let compared = 0;
  for (; now < END; now += MINUTE) {
    if (within(now, STOPPED)) {
      today = new Today(() => undefined); // the page is loaded again
      continue;
    }
    setState(hass, "sensor.a_calls", { state: String(counted(now)) });
    today.update(hass, accounts, now);
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
    }
    if ((now - MIDNIGHT) % (10 * MINUTE) === 0) {
      const midnight = now < NEXT_MIDNIGHT ? MIDNIGHT : NEXT_MIDNIGHT;
      expect(today.figures(hass, accounts, now)?.calls, new Date(now).toISOString()).toBe(
        counted(now) - counted(midnight),
      );
      compared += 1;
    }
  }
  expect(compared).toBe(209);
});
