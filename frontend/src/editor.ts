/** The form of the card and of the dashboard. */

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { checkConfig } from "./config";
import { defaultsOf, fieldsOf, labelOf, withoutDefaults, type AnyConfig, type Field } from "./form";
import { reactive } from "./element";
import { fire, type Config, type HomeAssistant } from "./home-assistant";
import { findAccounts, sortByName } from "./registry";
import { wordsIn } from "./words";

export class TeamEditor extends LitElement {
  static override properties = reactive("hass", "config");

  hass: HomeAssistant | undefined;
  /** Edits a section, not a dashboard. */
  isSection = false;
  private config: AnyConfig | undefined;
  private schema: { key: string; fields: Field[] } | undefined;

  setConfig(config: AnyConfig): void {
    checkConfig(config);
    this.config = config;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hass, config } = this;
    const words = hass && wordsIn(hass, this);
    if (!words || !config) {
      return nothing;
    }
    const accounts = sortByName(findAccounts(hass), hass.language);
    const fields = fieldsOf(config, accounts, words, hass.language, this.isSection);
    // The same object, or the form would create its fields again at every state.
    const key = JSON.stringify(fields);
    if (this.schema?.key !== key) {
      this.schema = { key, fields };
    }
    const defaults = defaultsOf(config, accounts);
    return html`<ha-form
      .hass=${hass}
      .data=${{ ...defaults, ...config }}
      .schema=${this.schema.fields}
      .computeLabel=${({ name }: Field) => labelOf(name, words)}
      @value-changed=${(event: CustomEvent<{ value: Config }>) => {
        event.stopPropagation();
        const changed = withoutDefaults(event.detail.value, defaults);
        fire(this, "config-changed", { config: changed });
      }}
    ></ha-form>`;
  }
}
