import { expect, test } from "vitest";
import {
  ago,
  clockLike,
  DAY,
  duration,
  HOUR,
  MINUTE,
  sameTime,
  SECOND,
  startOfDay,
} from "../src/time";

test.each([
  [0, "0:00"],
  [65 * SECOND, "1:05"],
  [59 * MINUTE + 59.9 * SECOND, "59:59"],
  [HOUR + 23 * MINUTE, "1h 23m"],
  [2 * DAY + 3 * HOUR, "2d 3h"],
])("%i ms are %s", (passed, text) => {
  expect(duration(passed, "en")).toBe(text);
});

test.each([
  [0, "0:00"],
  [1.5, "1:30"],
  [12.999, "12:59"],
  [0.1 * 10, "1:00"],
])("%f hours are %s", (hours, text) => {
  expect(clockLike(hours)).toBe(text);
});

test("a change is some time ago, in the language of the user", () => {
  expect(ago(3 * SECOND, "en")).toBe("3 sec. ago");
  expect(ago(2 * HOUR, "nl")).toBe("2 uur geleden");
});

test.each([
  ["2026-11-30T12:00:00Z", 0, "2026-11-29T23:00:00.000Z"],
  ["2026-11-29T23:00:00Z", 0, "2026-11-29T23:00:00.000Z"],
  ["2026-11-29T22:59:59Z", 0, "2026-11-28T23:00:00.000Z"],
  // Days of 23 and 25 hours.
  ["2026-03-29T10:00:00Z", 0, "2026-03-28T23:00:00.000Z"],
  ["2026-03-29T10:00:00Z", 1, "2026-03-29T22:00:00.000Z"],
  ["2026-10-25T10:00:00Z", 0, "2026-10-24T22:00:00.000Z"],
  ["2026-10-25T10:00:00Z", 1, "2026-10-25T23:00:00.000Z"],
  ["2026-10-28T10:00:00Z", -7, "2026-10-20T22:00:00.000Z"],
])("the day of %s and %i later starts at %s", (time, days, start) => {
  expect(new Date(startOfDay(Date.parse(time), "Europe/Amsterdam", days)).toISOString()).toBe(
    start,
  );
});

test("a day starts at midnight even where the clocks change at midnight", () => {
  const time = Date.parse("2026-03-27T12:00:00Z"); // Beirut: from +2 to +3 on 29 March
  expect(new Date(startOfDay(time, "Asia/Beirut", 3)).toISOString()).toBe(
    "2026-03-29T21:00:00.000Z",
  );
  // Sydney is 10 hours ahead at midnight, and 11 two hours later.
  const later = Date.parse("2026-10-04T05:00:00Z");
  expect(new Date(startOfDay(later, "Australia/Sydney")).toISOString()).toBe(
    "2026-10-03T14:00:00.000Z",
  );
});

test("a day starts at midnight of Home Assistant's time zone", () => {
  const time = Date.parse("2026-11-30T12:00:00Z");
  expect(new Date(startOfDay(time, "Asia/Kolkata")).toISOString()).toBe("2026-11-29T18:30:00.000Z");
});

test("the same time a week ago is an hour further away over daylight saving", () => {
  const time = Date.parse("2026-10-28T10:00:00Z");
  expect(new Date(sameTime(time, "Europe/Amsterdam", -7)).toISOString()).toBe(
    "2026-10-21T09:00:00.000Z",
  );
});
