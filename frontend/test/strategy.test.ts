import { expect, test } from "vitest";
import type { StrategyConfig } from "../src/config";
import type { Config } from "../src/home-assistant";
import { changes, dashboard, section } from "../src/strategy";
import { addAccount, addExtension, home, wordsIn } from "./home";

const english = await wordsIn();

const show = (hass = home(), config: Partial<StrategyConfig> = {}, words = english): Config[] =>
  dashboard(hass, { type: "custom:belfabriek-team", ...config }, words).views;

const cards = (view: Config | undefined): Config[] =>
  view?.sections
    ? (view.sections as { cards: Config[] }[]).flatMap((each) => each.cards)
    : ((view?.cards as Config[] | undefined) ?? []);

const types = (view: Config | undefined): unknown[] => cards(view).map(({ type }) => type);

test("an account has a view with its team and its figures, and a wall", () => {
  const [view, wall, ...others] = show();
  expect(others).toEqual([]);
  expect(types(view)).toEqual([
    "custom:belfabriek-team-card",
    "custom:belfabriek-today-card",
    "statistics-graph",
    "statistics-graph",
    "statistics-graph",
  ]);
  const [team, , staffing, calls] = cards(view);
  expect(team?.account).toBe("ENTRY-a");
  expect(staffing?.entities).toEqual([
    { entity: "sensor.a_extensions_available", name: "Accepting calls", color: "blue" },
    { entity: "sensor.a_extensions_ready", name: "Ready", color: "green" },
    { entity: "sensor.a_extensions_on_call", name: "On a call", color: "red" },
  ]);
  expect(calls?.entities).toEqual([{ entity: "sensor.a_calls", name: "Calls" }]);
  expect(wall).toMatchObject({ type: "panel", path: "entry-a-wall" });
  expect(cards(wall)).toMatchObject([{ layout: "wall", account: "ENTRY-a" }]);
});

test.each([
  [["team"], ["custom:belfabriek-team-card"]],
  [
    ["talk_time", "staffing"],
    ["statistics-graph", "statistics-graph"],
  ],
] as const)("sections can be left out: %j", (sections, expected) => {
  const [view, ...others] = show(home(), { sections: [...sections] });
  expect(types(view)).toEqual(expected);
  expect(others).toEqual([]);
});

test("renamed entities are found, hidden and missing ones are left out", () => {
  const hass = home({ counters: { extensions_ready: "1", extensions_on_call: "0" } });
  const ready = hass.entities["sensor.a_extensions_ready"];
  if (ready) {
    ready.entity_id = "sensor.can_help";
  }
  hass.entities["sensor.a_extensions_on_call"] = {
    entity_id: "sensor.a_extensions_on_call",
    platform: "belfabriek",
    translation_key: "extensions_on_call",
    device_id: "a",
    hidden: true,
  };
  const [view] = show(hass);
  expect(types(view)).toEqual(["custom:belfabriek-team-card", "statistics-graph"]);
  expect(cards(view)[1]?.entities).toMatchObject([{ entity: "sensor.can_help" }]);
});

test("the options of the card are passed on", () => {
  const options = {
    sort: "status",
    layout: "tiles",
    hide: ["a1"],
    warn: { on_call: 5 },
    day: true,
  } as const;
  const [view, wall] = show(home(), { ...options, hide: ["a1"] });
  expect(cards(view)[0]).toMatchObject(options);
  expect(cards(wall)[0]).toMatchObject({ ...options, layout: "wall" });
});

test.each([
  [1, 1],
  [12, 1],
  [13, 2],
])("a team of %i has %i columns", (people, columns) => {
  const names = Array.from({ length: people }, (_, number) => `Desk ${number}`);
  const [view] = show(home({ names }));
  expect((view?.sections as Config[])[0]?.column_span).toBe(columns);
});

test("every account has its views, unless some are chosen", () => {
  const hass = home();
  addAccount(hass, "b", "Another", { calls: "1" });
  addExtension(hass, "b", "b0", "Elsewhere");
  expect(show(hass).map(({ path }) => path)).toEqual([
    "entry-b",
    "entry-b-wall",
    "entry-a",
    "entry-a-wall",
  ]);
  for (const accounts of ["ENTRY-b", ["ENTRY-b"]]) {
    expect(show(hass, { accounts }).map(({ title }) => title)).toEqual(["Another", "Wall"]);
  }
});

test("without an extension, there is a link to add one", () => {
  const [view] = show(home({ names: [] }));
  expect(cards(view)[0]).toMatchObject({
    type: "empty-state",
    buttons: [{ tap_action: { navigation_path: "/config/integrations/integration/belfabriek" } }],
  });
});

test.each([
  ["en-GB", "Staffing, last 24 hours", "Calls"],
  ["nl", "Bezetting, laatste 24 uur", "Gesprekken"],
  ["de-CH", "Besetzung, letzte 24 Stunden", "Gespräche"],
  ["fr", "Effectifs, dernières 24 heures", "Appels"],
  ["pt-BR", "Staffing, last 24 hours", "Calls"],
])("texts are in the language of the user: %s", async (language, title, legend) => {
  const [view] = show(home({ language }), {}, await wordsIn(language));
  const [, , staffing, calls] = cards(view);
  expect(staffing?.title).toBe(title);
  expect(calls?.entities).toMatchObject([{ name: legend }]);
});

test("a dashboard is generated again only if it would differ", () => {
  const generate = (hass: ReturnType<typeof home>): unknown => show(hass);
  const before = home();
  const unrelated = { ...before, entities: { ...before.entities } };
  unrelated.entities["light.hall"] = { entity_id: "light.hall", platform: "hue" };
  expect(changes(before, unrelated, generate as never)).toBe(false);
  const more = { ...before, devices: { ...before.devices }, entities: { ...before.entities } };
  addExtension(more, "a", "a9", "Night desk");
  expect(changes(before, more, generate as never)).toBe(false); // the card finds it
  const fewer = { ...before, entities: { ...before.entities } };
  delete fewer.entities["sensor.a_calls"];
  expect(changes(before, fewer, generate as never)).toBe(true);
  expect(changes(before, { ...before, language: "nl" }, generate as never)).toBe(true);
});

test("a section has the teams of the chosen accounts, by default of all", () => {
  const hass = home();
  addAccount(hass, "b", "Another", {});
  addExtension(hass, "b", "b0", "Elsewhere");
  const shown = (accounts?: string): unknown[] =>
    cards(section(hass, { type: "x", accounts }, english)).map(({ account }) => account);
  expect(shown()).toEqual(["ENTRY-b", "ENTRY-a"]);
  expect(shown("ENTRY-a")).toEqual(["ENTRY-a"]);
  expect(cards(section(home({ names: [] }), { type: "x" }, english))).toMatchObject([
    { type: "empty-state" },
  ]);
});
