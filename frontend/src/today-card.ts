/** The card *Belfabriek today*. */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { clock } from "./clock";
import { checkConfig, type CardConfig } from "./config";
import type { HomeAssistant } from "./home-assistant";
import { findAccounts, type Account } from "./registry";
import { todayStyles } from "./styles";
import { clockLike, MINUTE } from "./time";
import { Today } from "./today";
import { fill, wordsIn } from "./words";

export class TodayCard extends LitElement {
  static override styles = todayStyles;

  @property({ attribute: false }) hass: HomeAssistant | undefined;
  @state() private config: CardConfig | undefined;
  @state() private now = 0;

  private shown: HomeAssistant | undefined;
  private accounts: Account[] = [];
  private readonly today = new Today(() => {
    this.requestUpdate();
  });

  static getStubConfig(): object {
    return {};
  }

  setConfig(config: CardConfig): void {
    checkConfig(config);
    this.config = config;
    this.shown = undefined;
  }

  getCardSize(): number {
    return 3;
  }

  getGridOptions(): object {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.now = clock.now();
    clock.add(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clock.remove(this);
  }

  /** Only midnight changes the figures without a state. */
  tick(): void {
    this.now = Math.floor(clock.now() / MINUTE) * MINUTE;
  }

  refresh(): void {
    this.requestUpdate();
  }

  delay(): number {
    return MINUTE - (clock.now() % MINUTE);
  }

  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    const { hass, shown } = this;
    if (!hass || !this.config || document.hidden) {
      return false;
    }
    if (!shown || changed.size !== 1 || !changed.has("hass")) {
      return true;
    }
    return (
      hass.entities !== shown.entities ||
      hass.language !== shown.language ||
      this.accounts.some(({ entities }) =>
        Object.values(entities).some((id) => hass.states[id ?? ""] !== shown.states[id ?? ""]),
      )
    );
  }

  protected override willUpdate(): void {
    const { hass, shown, config } = this;
    if (!hass || !config) {
      return;
    }
    if (hass.entities !== shown?.entities || hass.devices !== shown.devices) {
      this.accounts = findAccounts(hass, config.account);
    }
    this.shown = hass;
    this.today.update(hass, this.accounts, this.now);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hass, config } = this;
    if (!hass || !config) {
      return nothing;
    }
    const words = wordsIn(hass.language);
    const figures = this.today.figures(hass, this.accounts, this.now);
    const { calls, talkTime, handlingTime, occupancy, weekAgo } = figures ?? {};
    const percent = new Intl.NumberFormat(hass.language, { style: "percent" });
    const before = (value: number | undefined, format: (value: number) => string): string =>
      value === undefined ? "" : fill(words.week_ago, { value: format(value) });
    const count = (value: number): string => String(Math.round(value));
    const figure = (
      label: string,
      value: number | undefined,
      format: (value: number) => string,
      note: string,
    ): TemplateResult =>
      html`<div>
        <dt>${label}</dt>
        <dd><b>${value === undefined ? "–" : format(value)}</b> <small>${note}</small></dd>
      </div>`;
    return html`
      <ha-card>
        <h2>${config.title || words.today}</h2>
        <dl>
          ${figure(words.calls, calls, count, before(weekAgo?.calls, count))}
          ${figure(words.talk_time, talkTime, clockLike, before(weekAgo?.talkTime, clockLike))}
          ${figure(
            words.handling_time,
            handlingTime,
            (hours) => clockLike(hours * 60),
            calls === undefined ? "" : fill(words.of_calls, { count: count(calls) }),
          )}
          ${figure(words.occupancy, occupancy, (part) => percent.format(part), "")}
        </dl>
      </ha-card>
    `;
  }
}
