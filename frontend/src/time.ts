/** Durations, times of day, and days of Home Assistant's time zone. All times are in milliseconds. */

import type { HomeAssistant } from "./home-assistant";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** After which a failed request is made again. */
export const RETRY = 5 * MINUTE;

const formats = new Map<string, unknown>();

/** Formats are expensive to make, and used every second. */
function cached<T>(key: string, make: () => T): T {
  if (!formats.has(key)) {
    formats.set(key, make());
  }
  return formats.get(key) as T;
}

const unit = (value: number, name: string, language: string): string =>
  cached(
    `unit ${name} ${language}`,
    () => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "narrow" }),
  ).format(Math.floor(value));

/** "4:05", "1h 23m", "2d 3h": only what is read from a distance. */
export function duration(passed: number, language: string): string {
  if (passed >= DAY) {
    return `${unit(passed / DAY, "day", language)} ${unit((passed % DAY) / HOUR, "hour", language)}`;
  }
  if (passed >= HOUR) {
    return `${unit(passed / HOUR, "hour", language)} ${unit((passed % HOUR) / MINUTE, "minute", language)}`;
  }
  return clockLike(passed / MINUTE);
}

/** A number of hours as h:mm, a number of minutes as m:ss. */
export function clockLike(value: number): string {
  const parts = Math.floor(value * 60 + 1e-6);
  return `${Math.floor(parts / 60)}:${String(parts % 60).padStart(2, "0")}`;
}

/** "3 seconds ago". */
export function ago(passed: number, language: string): string {
  const format = cached(
    `ago ${language}`,
    () => new Intl.RelativeTimeFormat(language, { style: "short", numeric: "always" }),
  );
  if (passed < MINUTE) {
    return format.format(-Math.floor(passed / SECOND), "second");
  }
  return passed < HOUR
    ? format.format(-Math.floor(passed / MINUTE), "minute")
    : format.format(-Math.floor(passed / HOUR), "hour");
}

/** A time of day, as the user has chosen in the profile. */
export function timeOfDay(time: number, hass: HomeAssistant): string {
  const { language } = hass;
  const chosen = hass.locale?.time_format;
  const hour12 = chosen === "12" ? true : chosen === "24" ? false : undefined;
  const timeZone = hass.config.time_zone;
  return cached(
    `time ${language} ${String(hour12)} ${timeZone}`,
    () =>
      new Intl.DateTimeFormat(language, {
        hour: "numeric",
        minute: "2-digit",
        hour12,
        timeZone,
      }),
  ).format(time);
}

/** How far a time zone is ahead of UTC at a moment. */
function offset(time: number, timeZone: string): number {
  const parts = cached(
    `offset ${timeZone}`,
    () =>
      new Intl.DateTimeFormat("en", {
        timeZone,
        hourCycle: "h23",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      }),
  ).formatToParts(time);
  const part = (type: string): number =>
    Number(parts.find((each) => each.type === type)?.value ?? 0);
  const local = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return local - Math.floor(time / SECOND) * SECOND;
}

/** The moment at which a time zone shows this local time (milliseconds as if it was UTC). */
function moment(local: number, timeZone: string): number {
  const guess = local - offset(local, timeZone);
  return local - offset(guess, timeZone);
}

/** Start of the day in which a moment is, or of the one that is `days` later; days of 23 to 25 hours. */
export function startOfDay(time: number, timeZone: string, days = 0): number {
  const local = time + offset(time, timeZone);
  return moment((Math.floor(local / DAY) + days) * DAY, timeZone);
}

/** The same time of day, days earlier or later. */
export function sameTime(time: number, timeZone: string, days: number): number {
  return moment(time + offset(time, timeZone) + days * DAY, timeZone);
}
