/** The badge *belfabriek-team*: "2 Ready". */

import { html, nothing, type TemplateResult } from "lit";
import { TeamElement } from "./element";
import { fire } from "./home-assistant";
import { countsOf, membersOf } from "./members";
import { isShown, type Service } from "./registry";

export class TeamBadge extends TeamElement {
  protected watched(): (string | undefined)[] {
    return this.people().map(({ entities }) => entities.status);
  }

  private people(): Service[] {
    return this.accounts
      .flatMap(({ extensions }) => extensions)
      .filter((extension) => isShown(extension, this.config?.show, this.config?.hide));
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hass, config, words } = this;
    if (!hass || !config || !words) {
      return nothing;
    }
    const people = this.people();
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
