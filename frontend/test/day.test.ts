import { expect, test } from "vitest";
import { Days, gradientOf, periodOf, piecesOf, startsOf, type Start } from "../src/day";
import { HOUR, MINUTE } from "../src/time";
import { home, NOW, setState } from "./home";

const MIDNIGHT = Date.parse("2026-11-29T23:00:00Z");
const at = (hours: number): number => MIDNIGHT + hours * HOUR;
const row = (hours: number, s: string): { s: string; lu: number } => ({ s, lu: at(hours) / 1000 });

test("rows of the history become statuses; only an attribute may have changed", () => {
  const starts = startsOf([
    row(0, "offline"),
    row(8, "ready"),
    row(9, "ready"),
    row(10, "unknown"),
  ]);
  expect(starts).toEqual([
    { from: at(0), status: "offline" },
    { from: at(8), status: "ready" },
    { from: at(10), status: undefined },
  ]);
});

test("pieces are cut out of a period, and no data is a gap", () => {
  const starts: Start[] = [
    { from: at(-3), status: "offline" },
    { from: at(8), status: "ready" },
    { from: at(9), status: undefined },
    { from: at(10), status: "on_call" },
  ];
  expect(piecesOf(starts, at(0), at(11))).toEqual([
    { from: at(0), to: at(8), status: "offline" },
    { from: at(8), to: at(9), status: "ready" },
    { from: at(10), to: at(11), status: "on_call" },
  ]);
});

test("the period is of whole hours, since the first one logged in", () => {
  const late: Start[] = [
    { from: at(0), status: "offline" },
    { from: at(8.9), status: "ready" },
  ];
  const early: Start[] = [{ from: at(7.5), status: "paused" }];
  expect(periodOf([late, early], MIDNIGHT, at(11.2))).toEqual([at(7), at(12)]);
  expect(periodOf([], MIDNIGHT, at(0))).toEqual([at(0), at(1)]);
});

test("a background has a color for each piece", () => {
  const pieces = [{ from: at(0), to: at(3), status: "ready" as const }];
  expect(gradientOf(pieces, at(0), at(12))).toBe(
    "linear-gradient(to right, transparent 0.00%, var(--green) 0.00% 25.00%, transparent 25.00%)",
  );
  expect(gradientOf([], at(0), at(12))).toBe("none");
});

test("history is loaded once a day, and what arrives after that is added", async () => {
  const answer = (): object => ({ "sensor.a0_status": [row(0, "offline"), row(8, "ready")] });
  const hass = home({ names: ["Sales"], statuses: ["ready"], answer });
  const changed: number[] = [];
  const days = new Days(() => changed.push(1));
  const ids = ["sensor.a0_status"];
  days.update(hass, ids, NOW);
  await Promise.resolve();
  await Promise.resolve();
  days.update(hass, ids, NOW + MINUTE);
  expect(hass.calls).toHaveLength(1);
  expect(hass.calls[0]?.start_time).toBe("2026-11-29T23:00:00.000Z");
  expect(changed).toHaveLength(1);
  setState(hass, "sensor.a0_status", {
    state: "on_call",
    last_changed: new Date(NOW + MINUTE).toISOString(),
  });
  days.update(hass, ids, NOW + 2 * MINUTE);
  days.update(hass, ids, NOW + 3 * MINUTE);
  expect(days.of("sensor.a0_status")).toEqual([
    { from: at(0), status: "offline" },
    { from: at(8), status: "ready" },
    { from: NOW + MINUTE, status: "on_call" },
  ]);
  // An older state arrives late.
  setState(hass, "sensor.a0_status", {
    state: "ready",
    last_changed: new Date(NOW - MINUTE).toISOString(),
  });
  days.update(hass, ids, NOW + 3 * MINUTE);
  expect(days.of("sensor.a0_status")).toHaveLength(3);
  days.update(hass, ids, at(24));
  expect(hass.calls).toHaveLength(2);
  expect(hass.calls[1]?.start_time).toBe("2026-11-30T23:00:00.000Z");
});
