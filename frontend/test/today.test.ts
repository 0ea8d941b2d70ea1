import { expect, test } from "vitest";
import { findAccounts } from "../src/registry";
import { HOUR, MINUTE } from "../src/time";
import {
  baseOf,
  countedSince,
  countedUntil,
  figuresOf,
  Today,
  type StatisticsRow,
} from "../src/today";
import { home, NOW, setState } from "./home";

const MIDNIGHT = Date.parse("2026-11-29T23:00:00Z");

const row = (hours: number, state: number, sum = state, change = 0): StatisticsRow => ({
  start: MIDNIGHT + hours * HOUR,
  end: MIDNIGHT + (hours + 1) * HOUR,
  state,
  sum,
  change,
});

test.each([
  ["the last row before midnight", [row(-2, 5), row(-1, 7), row(0, 9)], 7],
  ["an older one if Home Assistant did not run", [row(-9, 5), row(3, 9)], 5],
  ["the start value if the counter is new", [row(8, 104, 4)], 100],
  ["nothing without statistics", [], undefined],
])("a counter had at midnight %s", (_, rows, expected) => {
  expect(baseOf(rows, MIDNIGHT)).toBe(expected);
});

test.each([
  [12, 7, 5],
  [3, 7, 3], // it has started again
  [12, undefined, undefined],
  [NaN, 7, undefined],
])("with %f now and %f at midnight, %f were counted", (state, base, expected) => {
  expect(countedSince(state, base)).toBe(expected);
});

test("an hour counts in part", () => {
  const rows = [row(8, 0, 0, 10), row(9, 0, 0, 20), row(10, 0, 0, 40)];
  expect(countedUntil(rows, MIDNIGHT + 9.5 * HOUR)).toBe(20);
  expect(countedUntil([], MIDNIGHT)).toBeUndefined();
});

test("averages need ten calls", () => {
  const none = { calls: undefined, talkTime: undefined };
  const counted = { calls: 10, talk_time: 2, wrap_up_time: 0.5, ready_time: 2.5 };
  expect(figuresOf(counted, none)).toMatchObject({ handlingTime: 0.25, occupancy: 0.5 });
  expect(figuresOf({ ...counted, calls: 9 }, none)).toMatchObject({
    calls: 9,
    talkTime: 2,
    handlingTime: undefined,
    occupancy: undefined,
  });
  expect(figuresOf({ calls: 12, talk_time: 2 }, none)).toMatchObject({
    handlingTime: undefined,
    occupancy: undefined,
  });
});

test("the figures follow the counters, over midnight too", async () => {
  const hass = home({
    counters: { calls: "69", talk_time: "12.5" },
    answer: ({ period, types }) =>
      (types as string[]).includes("change")
        ? { "sensor.a_calls": [row(-7 * 24 + 8, 0, 0, 50)] }
        : period === "5minute"
          ? { "sensor.a_calls": [row(-1, 40)], "sensor.a_talk_time": [row(-1, 10)] }
          : {},
  });
  const accounts = findAccounts(hass);
  const today = new Today(() => undefined);
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
    }
  };
  expect(today.figures(hass, accounts, NOW)).toBeUndefined();
  today.update(hass, accounts, NOW);
  await settle();
  expect(today.figures(hass, accounts, NOW)).toMatchObject({
    calls: 29,
    talkTime: 2.5,
    weekAgo: { calls: 50, talkTime: undefined },
  });
  setState(hass, "sensor.a_calls", { state: "70" });
  expect(today.figures(hass, accounts, NOW)?.calls).toBe(30);
  const midnight = MIDNIGHT + 24 * HOUR;
  today.update(hass, accounts, midnight + MINUTE / 2);
  await settle();
  expect(today.figures(hass, accounts, midnight + MINUTE / 2)?.calls).toBe(0);
  setState(hass, "sensor.a_calls", { state: "71" });
  expect(today.figures(hass, accounts, midnight + MINUTE)?.calls).toBe(1);
});
