import { expect, test } from "vitest";
import { checkConfig } from "../src/config";
import { defaultsOf, fieldsOf, labelOf, withoutDefaults, type Field } from "../src/form";
import { findAccounts } from "../src/registry";
import { addAccount, addExtension, home, wordsIn } from "./home";

test.each([
  [{ layout: "circle" }, '"layout" must be one of: rows, tiles, wall.'],
  [{ size: "huge" }, '"size" must be one of'],
  [{ sort: "age" }, '"sort" must be one of'],
  [{ group: "age" }, '"group" must be one of'],
  [{ hide: "d0" }, '"hide" must be a list'],
  [{ show: ["d0"] }, '"show" must be lists of IDs'],
  [{ show: { people: [] } }, "for some of: extensions, areas, labels."],
  [{ show: { areas: "hall" } }, '"show" must be lists of IDs'],
  [{ warn: 5 }, '"warn" must be minutes'],
  [{ warn: { ready: 5 } }, "for some of: connecting, on_call, wrap_up, paused."],
  [{ warn: { on_call: "5" } }, '"warn" must be minutes'],
  [{ warn: { on_call: 0 } }, '"warn" must be minutes'],
  [{ account: 5 }, '"account" must be a text'],
])("a wrong option is explained: %j", (config, sentence) => {
  expect(() => {
    checkConfig(config);
  }).toThrow(sentence);
});

test("a right configuration is accepted, with cleared fields", () => {
  checkConfig({
    layout: "wall",
    warn: { connecting: 1, paused: undefined },
    show: { areas: [] },
  });
});

const flat = (fields: Field[]): Field[] =>
  fields.flatMap((field) => [field, ...flat((field.schema as Field[] | undefined) ?? [])]);

test.each(["en", "nl", "de", "fr"])("every field and option has a label: %s", async (language) => {
  const words = await wordsIn(language);
  const hass = home();
  addAccount(hass, "b", "Another", {});
  addExtension(hass, "b", "b0", "Elsewhere");
  for (const type of ["custom:belfabriek-team-card", "custom:belfabriek-team"]) {
    const fields = flat(fieldsOf({ type }, findAccounts(hass), words, language));
    expect(fields.length).toBeGreaterThan(15);
    for (const { name, selector } of fields) {
      expect(name && labelOf(name, words), name).not.toBe(name || undefined);
      const options = (selector as { select?: { options: { label?: string }[] } } | undefined)
        ?.select?.options;
      expect(options?.every(({ label }) => label) ?? true, name).toBe(true);
    }
  }
});

test("only people of the account are offered", async () => {
  const words = await wordsIn();
  const hass = home();
  addAccount(hass, "b", "Another", {});
  addExtension(hass, "b", "b0", "Elsewhere");
  const offered = (config: object): unknown => {
    const fields = fieldsOf(
      { type: "custom:belfabriek-team-card", ...config },
      findAccounts(hass),
      words,
      "en",
    );
    const { select } = fields.find(({ name }) => name === "hide")?.selector as {
      select: { options: { label: string }[] };
    };
    return select.options.map(({ label }) => label);
  };
  expect(offered({ account: "ENTRY-b" })).toEqual(["Elsewhere"]);
  expect(offered({})).toEqual(["Elsewhere", "Reception", "Sales", "Support"]);
  expect(offered({ type: "custom:belfabriek-team", accounts: ["ENTRY-b"] })).toEqual(["Elsewhere"]);
});

test("defaults are left out of a configuration, so that new accounts are included", () => {
  const config = { type: "custom:belfabriek-team" };
  const defaults = defaultsOf(config, findAccounts(home()));
  const changed = (change: object): object =>
    withoutDefaults({ ...defaults, ...config, ...change }, defaults);
  expect(changed({})).toEqual(config);
  expect(changed({ accounts: [], hide: [], show: { areas: [] }, title: "" })).toEqual(config);
  expect(changed({ sort: "status", show: { areas: ["hall"] }, day: false })).toEqual({
    ...config,
    sort: "status",
    show: { areas: ["hall"] },
    day: false,
  });
});

test("the form of a section has no views to choose", async () => {
  const words = await wordsIn();
  const names = (isSection: boolean): string[] =>
    fieldsOf({ type: "custom:belfabriek-team" }, [], words, "en", isSection).map(
      ({ name }) => name,
    );
  expect(names(false)).toEqual(["sections", ...names(true)]);
});
