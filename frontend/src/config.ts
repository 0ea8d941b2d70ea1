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

export interface Look {
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

export interface CardConfig extends Look {
  type: string;
  title?: string;
  /** ID of a config entry; without it, all accounts are shown. */
  account?: string;
}

export interface StrategyConfig extends Look {
  type: string;
  accounts?: string | string[];
  sections?: Section[];
}

export const LOOK = [
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
] as const satisfies (keyof Look)[];

export const DEFAULTS = { layout: "rows", size: "normal", sort: "name", group: "none" } as const;

const CHOICES = { layout: LAYOUTS, size: SIZES, sort: SORTS, group: GROUPS };
const SHOWN = ["extensions", "areas", "labels"];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

/** Throw an error for a wrong option; Home Assistant shows it in place of the card. */
export function checkConfig(config: unknown): void {
  if (!isObject(config)) {
    throw new Error("The card needs a configuration.");
  }
  for (const [key, allowed] of Object.entries(CHOICES)) {
    const value = config[key];
    if (value !== undefined && !(allowed as readonly unknown[]).includes(value)) {
      throw new Error(`"${key}" must be one of: ${allowed.join(", ")}.`);
    }
  }
  for (const key of ["title", "account"]) {
    if (config[key] !== undefined && typeof config[key] !== "string") {
      throw new Error(`"${key}" must be a text.`);
    }
  }
  if (config.hide !== undefined && !isTexts(config.hide)) {
    throw new Error('"hide" must be a list of device IDs.');
  }
  checkShow(config.show ?? {});
  checkWarn(config.warn ?? {});
}

function checkShow(show: unknown): void {
  if (!isObject(show) || !Object.keys(show).every((key) => SHOWN.includes(key))) {
    throw new Error(`"show" must have some of: ${SHOWN.join(", ")}.`);
  }
  for (const [key, value] of Object.entries(show)) {
    if (value !== undefined && !isTexts(value)) {
      throw new Error(`"show" needs a list of IDs for "${key}".`);
    }
  }
}

function checkWarn(warn: unknown): void {
  if (!isObject(warn)) {
    throw new Error(`"warn" must have minutes for some of: ${WARNED.join(", ")}.`);
  }
  for (const [status, minutes] of Object.entries(warn)) {
    if (!(WARNED as readonly string[]).includes(status)) {
      throw new Error(`"warn" knows ${WARNED.join(", ")}, and not "${status}".`);
    }
    // The editor keeps a cleared field without a value.
    if (minutes !== undefined && !(typeof minutes === "number" && minutes > 0)) {
      throw new Error(`"warn" needs a number of minutes above 0 for "${status}".`);
    }
  }
}
