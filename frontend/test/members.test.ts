import { expect, test } from "vitest";
import type { CardConfig } from "../src/config";
import {
  countsOf,
  isLate,
  longestOf,
  membersOf,
  outageOf,
  partsOf,
  passedOf,
  type Member,
} from "../src/members";
import { findAccounts, isShown, sortByName } from "../src/registry";
import { STATUSES } from "../src/status";
import { home, NOW, setState, wordsIn, type Home } from "./home";

const words = await wordsIn();
const CONFIG: CardConfig = { type: "custom:belfabriek-team-card" };

const members = (hass: Home, config: Partial<CardConfig> = {}): Member[] => {
  const people = findAccounts(hass).flatMap(({ extensions }) => extensions);
  return membersOf(people, hass, { ...CONFIG, ...config }, words);
};

const names = (hass: Home, config: Partial<CardConfig>): string[][] =>
  partsOf(members(hass, config), { ...CONFIG, ...config }, hass, words, { gold: "Gold" }, NOW).map(
    (part) => [part.title ?? "", ...part.members.map(({ extension }) => extension.name)],
  );

test("the counts add up to the team, whatever the statuses are", () => {
  const statuses = [...Object.keys(STATUSES), "unavailable", "unknown", "levitating"];
  const hass = home({ names: statuses, statuses });
  expect(countsOf(members(hass))).toEqual({
    ready: 1,
    on_call: 3,
    wrap_up: 1,
    paused: 1,
    offline: 2,
    no_data: 3,
  });
});

test.each([
  ["unavailable", "No data"],
  ["unknown", "No data"],
  ["levitating", "LEVITATING"],
  ["ready", "READY"],
])("a status %s is shown as %s", (status, text) => {
  expect(members(home({ names: ["Sales"], statuses: [status] }))[0]?.text).toBe(text);
});

test("an extension without a state has no data", () => {
  const hass = home({ names: ["Sales"] });
  hass.states = {};
  expect(members(hass)[0]).toMatchObject({ text: "No data", count: "no_data", color: "none" });
});

test("the time is known only with the attribute, and never negative", () => {
  const hass = home({ names: ["Sales"] });
  const passed = (): number[] => members(hass).map((member) => passedOf(member, NOW));
  setState(hass, "sensor.a0_status", { attributes: { since: "2026-11-30T11:58:00Z" } });
  expect(passed()).toEqual([120_000]);
  setState(hass, "sensor.a0_status", { attributes: { since: "2026-11-30T12:05:00Z" } });
  expect(passed()).toEqual([0]);
  setState(hass, "sensor.a0_status", { attributes: {} });
  expect(passed()).toEqual([NaN]);
});

test("who is over the limit of the status is late", () => {
  const hass = home({ statuses: ["on_call"] }); // for 0, 1 and 2 minutes
  const late = (warn: CardConfig["warn"]): boolean[] =>
    members(hass, { warn }).map((member) => isLate(member, NOW));
  expect(late({ on_call: 1 })).toEqual([false, true, true]);
  expect(late({ paused: 1 })).toEqual([false, false, false]);
});

test("the longest call is the one that started first", () => {
  const hass = home({ statuses: ["on_call", "on_call", "paused"] });
  expect(longestOf(members(hass), "on_call")?.extension.name).toBe("Sales");
  expect(longestOf(members(hass), "ready")).toBeUndefined();
});

test("an outage starts when the last extension has no data", () => {
  const hass = home({ statuses: ["unavailable"] });
  setState(hass, "sensor.a1_status", { last_changed: "2026-11-30T12:30:00Z" });
  expect(outageOf(members(hass))).toBe(Date.parse("2026-11-30T12:30:00Z"));
  setState(hass, "sensor.a1_status", { state: "ready" });
  expect(outageOf(members(hass))).toBeUndefined();
  expect(outageOf([])).toBeUndefined();
});

test("only sort: status moves people, and who is over the limit comes first", () => {
  const hass = home({ statuses: ["on_call", "offline", "ready"] });
  expect(names(hass, {})).toEqual([["", "Reception", "Sales", "Support"]]);
  const sorted = names(hass, { sort: "status" });
  expect(sorted).toEqual([["", "Support", "Reception", "Sales"]]);
  setState(hass, "sensor.a0_status", { attributes: { since: "2026-11-30T11:00:00Z" } });
  expect(names(hass, { sort: "status", warn: { on_call: 10 } })).toEqual([
    ["", "Reception", "Support", "Sales"],
  ]);
});

test("people are grouped by status, area or label", () => {
  const hass = home({ statuses: ["on_call", "offline", "ready"] });
  expect(names(hass, { group: "status" })).toEqual([
    ["Ready", "Support"],
    ["On a call", "Reception"],
    ["Logged out", "Sales"],
  ]);
  Object.assign(hass.devices.a1 ?? {}, { area_id: "hall", labels: ["gold"] });
  expect(names(hass, { group: "area" })).toEqual([
    ["Hall", "Sales"],
    ["No area", "Reception", "Support"],
  ]);
  expect(names(hass, { group: "label" })).toEqual([
    ["Gold", "Sales"],
    ["No label", "Reception", "Support"],
  ]);
});

test.each([
  [undefined, [], ["Reception", "Sales", "Support"]],
  [undefined, ["a0"], ["Sales", "Support"]],
  [{ extensions: ["a0", "a2"] }, ["a2"], ["Reception"]],
  [{ areas: ["hall"] }, [], ["Sales"]],
  [{ labels: ["gold"], extensions: ["a2"] }, [], ["Sales", "Support"]],
  [{ extensions: [], areas: [], labels: [] }, [], ["Reception", "Sales", "Support"]],
])("show %j and hide %j", (show, hide, expected) => {
  const hass = home();
  Object.assign(hass.devices.a1 ?? {}, { area_id: "hall", labels: ["gold"] });
  const people = findAccounts(hass).flatMap(({ extensions }) => extensions);
  expect(people.filter((each) => isShown(each, show, hide)).map(({ name }) => name)).toEqual(
    expected,
  );
});

test("numbers in names are sorted as numbers", () => {
  const those = ["Desk 10", "desk 2", "Ábel"].map((name) => ({ name }));
  expect(sortByName(those, "en").map(({ name }) => name)).toEqual(["Ábel", "desk 2", "Desk 10"]);
});
