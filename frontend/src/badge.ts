/** The badge *belfabriek-team*: "2 Ready". */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { checkConfig, type CardConfig } from "./config";
import { fire, type HomeAssistant } from "./home-assistant";
import { countsOf, membersOf } from "./members";
import { findAccounts, isShown, type Account } from "./registry";
import { wordsIn } from "./words";

export class TeamBadge extends LitElement {
  @property({ attribute: false }) hass: HomeAssistant | undefined;
  @state() private config: CardConfig | undefined;
  private shown: HomeAssistant | undefined;
  private accounts: Account[] = [];

  static getStubConfig(hass: HomeAssistant): object {
    const [account] = findAccounts(hass);
    return account ? { account: account.id } : {};
  }

  setConfig(config: CardConfig): void {
    checkConfig(config);
    this.config = config;
    this.shown = undefined;
  }

  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    const { hass, shown } = this;
    return Boolean(
      hass &&
      this.config &&
      (!shown ||
        !changed.has("hass") ||
        hass.entities !== shown.entities ||
        hass.language !== shown.language ||
        this.accounts.some(({ extensions }) =>
          extensions.some(
            ({ entities: { status = "" } }) => hass.states[status] !== shown.states[status],
          ),
        )),
    );
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hass, config } = this;
    if (!hass || !config) {
      return nothing;
    }
    this.shown = hass;
    this.accounts = findAccounts(hass, config.account);
    const words = wordsIn(hass.language);
    const people = this.accounts
      .flatMap(({ extensions }) => extensions)
      .filter((extension) => isShown(extension, config.show, config.hide));
    const { ready, no_data } = countsOf(membersOf(people, hass, config, words));
    const text = no_data === people.length ? words.no_data : `${ready} ${words.counts.ready}`;
    const color = ready ? "var(--green-color)" : "var(--state-inactive-color)";
    return html`<ha-badge
      type="button"
      .label=${config.title || ""}
      style="--badge-color: ${color}"
      @click=${() => {
        const entityId = this.accounts[0]?.entities.extensions_ready;
        if (entityId) {
          fire(this, "hass-more-info", { entityId });
        }
      }}
      ><ha-icon slot="icon" icon="mdi:headset"></ha-icon>${text}</ha-badge
    >`;
  }
}
