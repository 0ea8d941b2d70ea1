/** The fields of the form of the card and of the dashboard. */

import { DEFAULTS, GROUPS, LAYOUTS, SECTIONS, SIZES, SORTS, WARNED } from "./config";
import type { CardConfig, SharedConfig, StrategyConfig } from "./config";
import type { Config } from "./home-assistant";
import { sortByName, type Account } from "./registry";
import type { Words } from "./words";

export interface Field {
  name: string;
  [option: string]: unknown;
}

export type AnyConfig = CardConfig | StrategyConfig;

const isStrategy = (config: AnyConfig): config is StrategyConfig => !config.type.endsWith("-card");

/** The fields for an account, with its people only. */
export function fieldsOf(
  config: AnyConfig,
  accounts: readonly Account[],
  words: Words,
  language: string,
  isSection = false,
): Field[] {
  const chosen = [isStrategy(config) ? config.accounts : config.account].flat();
  const people = accounts
    .filter(({ id }) => !chosen.some(Boolean) || chosen.includes(id))
    .flatMap(({ extensions }) => extensions)
    .map(({ device, name }) => ({ value: device, name, label: name }));
  const options = accounts.map(({ id, name }) => ({ value: id, label: name }));
  const select = (name: string, values: object[], more: object = {}): Field => ({
    name,
    selector: { select: { mode: "dropdown", options: values, ...more } },
  });
  const choice = (name: string, values: readonly string[]): Field =>
    select(
      name,
      values.map((value) => ({ value, label: words[value as keyof Words] })),
    );
  const persons = (name: string): Field =>
    select(name, sortByName(people, language), { multiple: true });
  const minutes = { number: { min: 1, mode: "box", unit_of_measurement: "min" } };
  const first = isStrategy(config)
    ? [
        ...(accounts.length > 1
          ? [select("accounts", options, { multiple: true, mode: "list" })]
          : []),
        ...(isSection
          ? []
          : [
              select(
                "sections",
                SECTIONS.map((value) => ({
                  value,
                  label: value === "staffing" ? words.sections_staffing : words[value],
                })),
                { multiple: true, mode: "list" },
              ),
            ]),
      ]
    : [
        { name: "title", selector: { text: {} } },
        ...(accounts.length > 1 ? [select("account", options)] : []),
      ];
  return [
    ...first,
    choice("layout", isStrategy(config) ? LAYOUTS.slice(0, 2) : LAYOUTS),
    choice("size", SIZES),
    choice("sort", SORTS),
    choice("group", GROUPS),
    { name: "day", selector: { boolean: {} } },
    {
      name: "show",
      type: "expandable",
      title: words.show,
      schema: [
        persons("extensions"),
        { name: "areas", selector: { area: { multiple: true } } },
        { name: "labels", selector: { label: { multiple: true } } },
      ],
    },
    persons("hide"),
    {
      name: "warn",
      type: "expandable",
      title: words.warn,
      schema: WARNED.map((name) => ({ name, selector: minutes })),
    },
    {
      name: "",
      type: "expandable",
      flatten: true,
      title: words.actions,
      schema: ["tap_action", "hold_action"].map((name) => ({
        name,
        selector: {
          ui_action: { default_action: name === "tap_action" ? "more-info" : "none" },
        },
      })),
    },
  ];
}

/** Leave out what is the default, so that new accounts and extensions are included. */
export function withoutDefaults(value: Config, defaults: Config): Config {
  const sorted = (each: unknown): string => JSON.stringify([each].flat().sort());
  const isEmpty = (each: unknown): boolean =>
    each === undefined ||
    each === "" ||
    (Array.isArray(each) && !each.length) ||
    (typeof each === "object" && each !== null && Object.values(each).every(isEmpty));
  return Object.fromEntries(
    Object.entries(value).filter(
      ([key, each]) => !isEmpty(each) && sorted(each) !== sorted(defaults[key]),
    ),
  );
}

/** What the form shows if nothing is chosen. */
export function defaultsOf(config: AnyConfig, accounts: readonly Account[]): Config {
  const shared: SharedConfig = { ...DEFAULTS };
  return isStrategy(config)
    ? { ...shared, accounts: accounts.map(({ id }) => id), sections: [...SECTIONS] }
    : { ...shared };
}

/** Statuses have their own words; `day` is the name of a person's day elsewhere. */
export function labelOf(name: string, words: Words): string {
  const labels: Record<string, unknown> = { ...words, ...words.statuses, day: words.show_day };
  const label = labels[name];
  return typeof label === "string" ? label : name;
}
