import { expect, test } from "vitest";
import { fit, needsOf, type Room } from "../src/fit";

/** Every character has the same width. */
const measure = (text: string): number => text.length / 2;
const NAMES = ["Demi van de Wetering-Boer", "Jo", "Klantenservice Amsterdam"];
const NEEDS = needsOf(NAMES, ["Klaar voor gesprek 88:88 "], measure);

const room = (width: number, height: number, people: number, more: Partial<Room> = {}): Room => ({
  width,
  height,
  gap: 5,
  groups: [people],
  headings: false,
  bar: people <= 12,
  ...more,
});

// What is left of a screen below the strip.
test.each([
  [1920, 980, 40, 26],
  [3840, 1980, 40, 52],
  [1280, 715, 40, 26],
  [1920, 980, 12, 44],
  [1280, 715, 12, 44],
  [1920, 980, 3, 44],
  [1280, 715, 1, 100],
])("on %i x %i, %i names have at least %i pixels", (width, height, people, least) => {
  expect(fit(room(width, height, people), NEEDS).font).toBeGreaterThanOrEqual(least);
});

test("headings take room", () => {
  const headings = (shown: boolean): number =>
    fit(room(1920, 980, 20, { groups: [10, 10], headings: shown, gap: 0 }), NEEDS).font;
  expect(headings(true)).toBeLessThan(headings(false));
});

test("names fit between the gaps, whatever the size of the screen", () => {
  for (let people = 2; people < 60; people += 3) {
    for (let width = 400; width < 4000; width += 300) {
      const { columns, lines, font } = fit(room(width, 900, people, { gap: 40 }), NEEDS);
      const tile = (width - (columns - 1) * 40) / columns;
      expect(font * ((lines === 1 ? NEEDS.one : NEEDS.two) + 1)).toBeLessThanOrEqual(tile + 0.01);
    }
  }
});

test("groups begin on new rows, below their headings", () => {
  const together = fit(room(1920, 980, 40), NEEDS);
  const grouped = fit(room(1920, 980, 40, { groups: [21, 1, 18], headings: true }), NEEDS);
  expect(grouped.font).toBeLessThan(together.font);
  expect(grouped.font).toBeGreaterThan(20);
});

test("a name is broken at a space or a hyphen, or halved if it is one long word", () => {
  const two = (name: string): number => needsOf([name], [], measure).two / 1.04;
  expect(two("Reception")).toBe(4.5);
  expect(two("Night desk")).toBe(2.5);
  expect(two("Anne-Marie de Wit")).toBe(5);
  expect(two("Klantenservicemedewerker")).toBe(7);
  expect(two("Klantenservicemedewerkersoverleg")).toBe(7);
});
