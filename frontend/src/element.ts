/** What the card, the badge and the figures of today have in common: when they are rendered. */

import { LitElement, type PropertyDeclarations, type PropertyValues } from "lit";
import { checkConfig, type CardConfig } from "./config";
import type { HomeAssistant } from "./home-assistant";
import { findAccounts, type Account } from "./registry";
import { wordsIn, type Words } from "./words";

/** Properties that change what an element shows; none of them is an attribute. */
export const reactive = (...names: string[]): PropertyDeclarations =>
  Object.fromEntries(names.map((name) => [name, { attribute: false }]));

export abstract class TeamElement extends LitElement {
  static override properties = reactive("hass", "config", "now");

  hass: HomeAssistant | undefined;
  protected config: CardConfig | undefined;
  protected now = 0;
  /** The texts and the accounts of `shown`. */
  protected words: Words | undefined;
  protected accounts: Account[] = [];
  /** What the page shows. */
  protected shown: HomeAssistant | undefined;

  static getStubConfig(hass: HomeAssistant): Omit<CardConfig, "type"> {
    const [account] = findAccounts(hass);
    return account ? { account: account.id } : {};
  }

  setConfig(config: CardConfig): void {
    checkConfig(config);
    this.config = config;
    this.shown = undefined;
  }

  /** The entities that are shown. */
  protected abstract watched(): (string | undefined)[];

  /** Called when the accounts may have changed. */
  protected found?(hass: HomeAssistant, config: CardConfig): void;

  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    const { hass, shown } = this;
    if (!hass || !this.config || document.hidden || !this.isConnected) {
      return false;
    }
    return !shown || changed.size !== 1 || !changed.has("hass") || this.isAffected(hass, shown);
  }

  private isAffected(hass: HomeAssistant, shown: HomeAssistant): boolean {
    if (
      hass.language !== shown.language ||
      hass.connected !== shown.connected ||
      // Home Assistant replaces the function when the translations of the states are loaded.
      hass.formatEntityState !== shown.formatEntityState
    ) {
      return true;
    }
    if (hass.entities !== shown.entities || hass.devices !== shown.devices) {
      // Most changes of the registries are not about the team.
      const accounts = findAccounts(hass, this.config?.account);
      if (JSON.stringify(accounts) !== JSON.stringify(this.accounts)) {
        return true;
      }
    }
    return this.arrived(hass, shown).length > 0;
  }

  /** The entities that are shown and have changed. */
  protected arrived(hass: HomeAssistant, shown: HomeAssistant): string[] {
    return this.watched().filter(
      (id): id is string => id !== undefined && hass.states[id] !== shown.states[id],
    );
  }

  protected override willUpdate(): void {
    const { hass, shown, config } = this;
    this.words = hass && wordsIn(hass, this);
    if (!hass || !config || !this.words) {
      return;
    }
    if (
      hass.entities !== shown?.entities ||
      hass.devices !== shown.devices ||
      hass.language !== shown.language
    ) {
      this.accounts = findAccounts(hass, config.account);
      this.found?.(hass, config);
    }
    this.shown = hass;
  }
}
