/** What the dashboard and the section *Belfabriek team* consist of. */

import { CARD, LONGEST_COLUMN, SHARED, SECTIONS, TODAY_CARD } from "./config";
import type { Section, StrategyConfig } from "./config";
import type { Config, HomeAssistant } from "./home-assistant";
import { findAccounts, PLATFORM, sortByName, type Account } from "./registry";
import type { Words } from "./words";

/** The counts of an account that are graphs, in the colors of the statuses. */
const STAFFING = [
  ["extensions_available", "blue"],
  ["extensions_ready", "green"],
  ["extensions_on_call", "red"],
] as const;

/** Return the views of a dashboard. */
export function dashboard(
  hass: HomeAssistant,
  config: StrategyConfig,
  words: Words,
): { views: Config[] } {
  const accounts = sortByName(findAccounts(hass, config.accounts), hass.language);
  const wanted = config.sections?.length ? config.sections : SECTIONS;
  const views = accounts.flatMap((account) => [
    accountView(account, config, words, wanted),
    ...(wanted.includes("wall") ? [wallView(account, config, words, accounts.length > 1)] : []),
  ]);
  return { views: views.length ? views : [emptyView(words)] };
}

function sharedOf(config: StrategyConfig): Config {
  return Object.fromEntries(
    SHARED.filter((key) => config[key] !== undefined).map((key) => [key, config[key]]),
  );
}

const teamCard = (account: Account, config: StrategyConfig): Config => ({
  type: `custom:${CARD}`,
  account: account.id,
  ...sharedOf(config),
  grid_options: { columns: "full" },
});

function accountView(
  account: Account,
  config: StrategyConfig,
  words: Words,
  wanted: readonly Section[],
): Config {
  const today = { type: `custom:${TODAY_CARD}`, account: account.id };
  const counted = account.entities.calls !== undefined;
  const cards = [
    ...(wanted.includes("today") && counted ? [today] : []),
    ...graphs(account, words, wanted),
  ];
  return {
    title: account.name,
    path: account.id.toLowerCase(),
    type: "sections",
    max_columns: 3,
    sections: [
      ...(wanted.includes("team")
        ? [
            {
              type: "grid",
              column_span: account.extensions.length > LONGEST_COLUMN ? 2 : 1,
              cards: [teamCard(account, config)],
            },
          ]
        : []),
      // One section each, so that they fill the columns of the screen.
      ...cards.map((card) => ({ type: "grid", cards: [card] })),
    ],
  };
}

function wallView(
  account: Account,
  config: StrategyConfig,
  words: Words,
  several: boolean,
): Config {
  return {
    title: several ? `${words.wall} ${account.name}` : words.wall,
    path: `${account.id.toLowerCase()}-wall`,
    icon: "mdi:monitor-dashboard",
    type: "panel",
    cards: [{ type: `custom:${CARD}`, account: account.id, ...sharedOf(config), layout: "wall" }],
  };
}

function graphs(account: Account, words: Words, wanted: readonly Section[]): Config[] {
  const { entities } = account;
  const names = {
    extensions_available: words.accepting_calls,
    extensions_ready: words.counts.ready,
    extensions_on_call: words.counts.on_call,
  };
  const counts = STAFFING.filter(([key]) => entities[key]);
  const staffing = {
    type: "statistics-graph",
    title: words.staffing,
    entities: counts.map(([key, color]) => ({
      entity: entities[key],
      name: names[key],
      color,
    })),
    stat_types: ["mean"],
    period: "5minute",
    days_to_show: 1,
    chart_type: "line",
    min_y_axis: 0,
  };
  const history = (["calls", "talk_time"] as const)
    .filter((key) => wanted.includes(key) && entities[key])
    .map((key) => ({
      type: "statistics-graph",
      title: words[`${key}_history`],
      entities: [{ entity: entities[key], name: words[key] }],
      stat_types: ["change"],
      period: "day",
      days_to_show: 30,
      chart_type: "bar",
      hide_legend: true,
    }));
  return [...(wanted.includes("staffing") && counts.length ? [staffing] : []), ...history];
}

const emptyView = (words: Words): Config => ({
  title: words.team,
  path: "team",
  type: "panel",
  cards: [
    {
      type: "empty-state",
      icon: "mdi:account-group",
      title: words.empty,
      content: words.empty_hint,
      content_only: true,
      buttons: [
        {
          text: words.add,
          tap_action: {
            action: "navigate",
            navigation_path: `/config/integrations/integration/${PLATFORM}`,
          },
        },
      ],
    },
  ],
});

/** Return a section with the teams. */
export function section(hass: HomeAssistant, config: StrategyConfig, words: Words): Config {
  const accounts = sortByName(findAccounts(hass, config.accounts), hass.language);
  const cards = accounts.map((account) => teamCard(account, config));
  return { type: "grid", cards: cards.length ? cards : emptyView(words).cards };
}

/** Whether the registries have changed in a way that changes what is generated. */
export function changes(
  before: HomeAssistant,
  now: HomeAssistant,
  generate: (hass: HomeAssistant) => unknown,
): boolean {
  return (
    before.language !== now.language ||
    ((before.entities !== now.entities || before.devices !== now.devices) &&
      JSON.stringify(generate(before)) !== JSON.stringify(generate(now)))
  );
}
