/** The options of the card and of the dashboard. */

import type { ActionConfig } from "./home-assistant";

export const CARD = "belfabriek-team-card";
export const TODAY_CARD = "belfabriek-today-card";
export const BADGE = "belfabriek-team-badge";
export const EDITOR = "belfabriek-team-editor";
export const STRATEGY = "belfabriek-team";

/** Maximum number of people in one column, and of those on a wall who have the bar of their day. */
export const LONGEST_COLUMN = 12;

export const LAYOUTS = ["rows", "tiles", "wall"] as const;
export const SIZES = ["normal", "compact"] as const;
export const SORTS = ["name", "status", "listed"] as const;
export const GROUPS = ["none", "status", "area", "label"] as const;
/** The parts of the dashboard. */
export const SECTIONS = ["team", "today", "staffing", "calls", "talk_time", "wall"] as const;
export const WARNED = ["connecting", "on_call", "wrap_up", "paused"] as const;

export type Group = (typeof GROUPS)[number];
export type Section = (typeof SECTIONS)[number];
export type Warned = (typeof WARNED)[number];

export interface Show {
  /** IDs of devices. */
  extensions?: string[];
  areas?: string[];
  labels?: string[];
}

/** The options of both the card and the dashboard. */
export interface SharedConfig {
  layout?: (typeof LAYOUTS)[number];
  size?: (typeof SIZES)[number];
  sort?: (typeof SORTS)[number];
  group?: Group;
  /** Without it, everybody is shown. */
  show?: Show;
  /** IDs of devices. */
  hide?: string[];
  /** Minutes. */
  warn?: Partial<Record<Warned, number>>;
  day?: boolean;
  tap_action?: ActionConfig;
  hold_action?: ActionConfig;
}

export interface CardConfig extends SharedConfig {
  type: string;
  title?: string;
  /** ID of a config entry; without it, all accounts are shown. */
  account?: string;
}

export interface StrategyConfig extends SharedConfig {
  type: string;
  accounts?: string | string[];
  sections?: Section[];
}

export const SHARED = [
  "layout",
  "size",
  "sort",
  "group",
  "show",
  "hide",
  "warn",
  "day",
  "tap_action",
  "hold_action",
] as const satisfies (keyof SharedConfig)[];

export const DEFAULTS = { layout: "rows", size: "normal", sort: "name", group: "none" } as const;

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === "string";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

const isMinutes = (value: unknown): boolean => typeof value === "number" && value > 0;

/** A value for some of the keys; the editor keeps a cleared field without one. */
const isSome =
  (keys: readonly string[], is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    isObject(value) &&
    Object.entries(value).every(
      ([key, each]) => keys.includes(key) && (each === undefined || is(each)),
    );

type Rule = [what: string, is: (value: unknown) => boolean];

const oneOf = (choices: readonly unknown[]): Rule => [
  `one of: ${choices.join(", ")}`,
  (value) => choices.includes(value),
];
const SHOWN = ["extensions", "areas", "labels"];
const RULES: Record<string, Rule> = {
  layout: oneOf(LAYOUTS),
  size: oneOf(SIZES),
  sort: oneOf(SORTS),
  group: oneOf(GROUPS),
  title: ["a text", isText],
  account: ["a text", isText],
  hide: ["a list of device IDs", isTexts],
  show: [`lists of IDs for some of: ${SHOWN.join(", ")}`, isSome(SHOWN, isTexts)],
  warn: [`minutes for some of: ${WARNED.join(", ")}`, isSome(WARNED, isMinutes)],
};

/** Throw an error for a wrong option; Home Assistant shows it in place of the card. */
export function checkConfig(config: object): void {
  for (const [key, value] of Object.entries(config)) {
    const [what, is] = RULES[key] ?? [];
    if (value !== undefined && is && !is(value)) {
      throw new Error(`"${key}" must be ${what}.`);
    }
  }
}
