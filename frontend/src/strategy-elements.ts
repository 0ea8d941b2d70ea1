/** The strategies that Home Assistant generates a dashboard or a section with; never on a page. */

import { EDITOR, STRATEGY, type StrategyConfig } from "./config";
import type { Config, HomeAssistant } from "./home-assistant";
import { changes, dashboard, section } from "./strategy";
import { loadWords, type Words } from "./words";

/** The words of what was generated last. */
let words: Words | undefined;

/**
 * Most changes of the registries are not about the team, and a new dashboard is rendered from
 * scratch, so compare. Always return true for the first one: the page may have stopped waiting for
 * this script.
 */
const shouldRegenerate = (
  config: StrategyConfig,
  before: HomeAssistant,
  now: HomeAssistant,
  generate: typeof dashboard | typeof section,
): boolean => {
  const known = words;
  return !known || changes(before, now, (hass) => generate(hass, config, known));
};

export class TeamDashboard extends HTMLElement {
  static async generate(config: StrategyConfig, hass: HomeAssistant): Promise<Config> {
    words = await loadWords(hass);
    return dashboard(hass, config, words);
  }

  static shouldRegenerate(
    config: StrategyConfig,
    before: HomeAssistant,
    now: HomeAssistant,
  ): boolean {
    return shouldRegenerate(config, before, now, dashboard);
  }

  static getConfigElement(): HTMLElement {
    return document.createElement(EDITOR);
  }

  static async getCreateSuggestions(hass: HomeAssistant): Promise<object> {
    const { team } = await loadWords(hass);
    return { title: team, icon: "mdi:account-group" };
  }
}

export class TeamSection extends HTMLElement {
  static async generate(config: StrategyConfig, hass: HomeAssistant): Promise<Config> {
    words = await loadWords(hass);
    return section(hass, config, words);
  }

  static shouldRegenerate(
    config: StrategyConfig,
    before: HomeAssistant,
    now: HomeAssistant,
  ): boolean {
    return shouldRegenerate(config, before, now, section);
  }

  static getConfigElement(): HTMLElement {
    return Object.assign(document.createElement(EDITOR), { isSection: true });
  }

  static getStubConfig(): Config {
    return { type: `custom:${STRATEGY}` };
  }
}
