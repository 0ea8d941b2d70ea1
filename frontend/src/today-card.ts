/** The card *Belfabriek today*. */

import { html, nothing, type TemplateResult } from "lit";
import { clock } from "./clock";
import { TeamElement } from "./element";
import { todayStyles } from "./styles";
import { clockLike, MINUTE } from "./time";
import { Today } from "./today";
import { fill } from "./words";

export class TodayCard extends TeamElement {
  static override styles = todayStyles;

  private readonly today = new Today(() => {
    this.requestUpdate();
  });

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

  protected watched(): (string | undefined)[] {
    return this.accounts.flatMap(({ entities }) => Object.values(entities));
  }

  protected override willUpdate(): void {
    super.willUpdate();
    if (this.shown) {
      this.today.update(this.shown, this.accounts, this.now);
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hass, config, words } = this;
    if (!hass || !config || !words) {
      return nothing;
    }
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
