/** The strategies that Home Assistant generates a dashboard or a section with; never on a page. */

import { EDITOR, STRATEGY, type StrategyConfig } from "./config";
import type { Config, HomeAssistant } from "./home-assistant";
import { changes, dashboard, section } from "./strategy";
import { wordsIn } from "./words";

export class TeamDashboard extends HTMLElement {
  private static generated = false;

  static generate(config: StrategyConfig, hass: HomeAssistant): Promise<Config> {
    TeamDashboard.generated = true;
    return Promise.resolve(dashboard(hass, config));
  }

  /**
   * Most changes of the registries are not about the team, and a new dashboard is rendered from
   * scratch, so compare. Always return true for the first one: the page may have stopped waiting for
   * this script.
   */
  static shouldRegenerate(
    config: StrategyConfig,
    before: HomeAssistant,
    now: HomeAssistant,
  ): boolean {
    return !TeamDashboard.generated || changes(before, now, (hass) => dashboard(hass, config));
  }

  static getConfigElement(): HTMLElement {
    return document.createElement(EDITOR);
  }

  static getCreateSuggestions(hass: HomeAssistant): object {
    return { title: wordsIn(hass.language).dashboard, icon: "mdi:account-group" };
  }
}

export class TeamSection extends HTMLElement {
  static generate(config: StrategyConfig, hass: HomeAssistant): Promise<Config> {
    return Promise.resolve(section(hass, config));
  }

  static shouldRegenerate(
    config: StrategyConfig,
    before: HomeAssistant,
    now: HomeAssistant,
  ): boolean {
    return changes(before, now, (hass) => section(hass, config));
  }

  static getStubConfig(): Config {
    return { type: `custom:${STRATEGY}` };
  }

  static getConfigElement(): HTMLElement {
    return document.createElement(EDITOR);
  }
}
