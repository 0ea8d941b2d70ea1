import { expect, test } from "vitest";
import { Freshness } from "../src/freshness";
import { findAccounts } from "../src/registry";
import { addAccount, addExtension, home, NOW } from "./home";

const SECOND = 1000;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test("data is as old as the account says, and gets older while nothing answers", async () => {
  let answer: unknown = { "ENTRY-a": 3.5 };
  const hass = home({ answer: () => answer });
  const accounts = findAccounts(hass);
  const freshness = new Freshness();
  expect(freshness.of(accounts)).toBeUndefined();
  freshness.update(hass, NOW);
  await settled();
  expect(freshness.of(accounts)).toBe(NOW - 3500);
  answer = Promise.reject(new Error("no connection"));
  freshness.update(hass, NOW + 10 * SECOND);
  await settled();
  expect(freshness.of(accounts)).toBe(NOW - 3500);
  answer = { "ENTRY-a": null }; // an outage
  freshness.update(hass, NOW + 20 * SECOND);
  await settled();
  expect(freshness.of(accounts)).toBe(NOW - 3500);
});

test("data of two accounts is as old as the older one", async () => {
  const hass = home({ answer: () => ({ "ENTRY-a": 3, "ENTRY-b": 8 }) });
  addAccount(hass, "b", "Another", {});
  addExtension(hass, "b", "b0", "Elsewhere");
  const freshness = new Freshness();
  freshness.update(hass, NOW);
  await settled();
  expect(freshness.of(findAccounts(hass))).toBe(NOW - 8 * SECOND);
  expect(freshness.of(findAccounts(hass, "ENTRY-a"))).toBe(NOW - 3 * SECOND);
});

test("Home Assistant is asked every five seconds, however often a wall is rendered", () => {
  const hass = home();
  const freshness = new Freshness();
  for (let time = NOW; time < NOW + 20 * SECOND; time += SECOND / 2) {
    freshness.update(hass, time);
  }
  expect(hass.calls).toHaveLength(4);
});
