/** The card *Belfabriek team*. */

import { html, nothing, type TemplateResult } from "lit";
import { clock } from "./clock";
import { DEFAULTS, EDITOR, LONGEST_COLUMN, type CardConfig } from "./config";
import { dayBar, dayDialog } from "./day-dialog";
import { Days } from "./day";
import { reactive, TeamElement } from "./element";
import { Freshness } from "./freshness";
import { fit, needsOf, type Fit, type Needs } from "./fit";
import { fire, type HomeAssistant } from "./home-assistant";
import { countsOf, membersOf, outageOf, partsOf, type Member, type Part } from "./members";
import { isShown, PLATFORM, sortByName, type Service } from "./registry";
import { row } from "./row";
import type { Count } from "./status";
import { cardStyles } from "./styles";
import { HOUR, MINUTE, SECOND, timeOfDay } from "./time";
import { Today } from "./today";
import { countButtons, strip } from "./wall";
import { fill, type Words } from "./words";

const INTEGRATION_PAGE = `/config/integrations/integration/${PLATFORM}`;
/** As wide as any time below a day; the statuses come from the words. */
const WIDEST_TIME = "88:88 ";

export class TeamCard extends TeamElement {
  static override styles = cardStyles;

  static override properties = {
    ...TeamElement.properties,
    ...reactive("filter", "opened", "room"),
  };

  /** Only these are shown. */
  private filter: Count | undefined;
  /** Device of the person whose day is shown large. */
  private opened: string | undefined;
  private room = { width: 0, height: 0 };

  private people: Service[] = [];
  private labels: Record<string, string> | undefined;
  private members: Member[] = [];
  private needs: { key: string; needs: Needs } | undefined;
  /** The focus stays with the person, although others move. */
  private focused: string | undefined;
  private wakeLock: WakeLockSentinel | undefined;
  private readonly days = new Days(() => {
    this.requestUpdate();
  });
  private readonly today = new Today(() => {
    this.requestUpdate();
  });
  private readonly freshness = new Freshness();
  private readonly resized = new ResizeObserver(([entry]) => {
    if (entry) {
      const { width, height } = entry.contentRect;
      this.room = { width, height };
    }
  });
  private field: Element | undefined;

  static getConfigElement(): HTMLElement {
    return document.createElement(EDITOR);
  }

  override setConfig(config: CardConfig): void {
    super.setConfig(config);
    this.toggleAttribute("wall", config.layout === "wall");
  }

  getCardSize(): number {
    return 1 + Math.min(this.people.length || 1, LONGEST_COLUMN);
  }

  getGridOptions(): object {
    const rows = (this.config?.layout ?? DEFAULTS.layout) === "rows";
    const wide = !rows || this.people.length > LONGEST_COLUMN;
    return { columns: wide ? "full" : 12, min_columns: 6, rows: "auto" };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.now = clock.now();
    this.requestUpdate();
    clock.add(this);
    addEventListener("resize", this.stretch);
    document.addEventListener("fullscreenchange", this.stretch);
    document.fonts.addEventListener("loadingdone", this.remeasure);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clock.remove(this);
    removeEventListener("resize", this.stretch);
    document.removeEventListener("fullscreenchange", this.stretch);
    document.fonts.removeEventListener("loadingdone", this.remeasure);
    this.resized.disconnect();
    this.field = undefined;
  }

  tick(): void {
    this.now = clock.now();
  }

  refresh(): void {
    this.requestUpdate();
    if (this.matches(":fullscreen")) {
      void this.keepAwake();
    }
  }

  delay(): number {
    if (this.isWall && this.members.length) {
      return SECOND;
    }
    const now = clock.now();
    const delays = this.members
      .filter(({ since }) => !Number.isNaN(since))
      .map(({ since }) => {
        const step = now - since < HOUR ? SECOND : MINUTE;
        return step - (Math.max(0, now - since) % step);
      });
    // Update all rows together, although they change at different moments of a second.
    return delays.length ? Math.max(Math.min(...delays), SECOND) : Infinity;
  }

  private get isWall(): boolean {
    return this.config?.layout === "wall";
  }

  private get hasDays(): boolean {
    const usual = this.isWall && this.people.length <= LONGEST_COLUMN;
    return this.config?.day ?? usual;
  }

  protected watched(): (string | undefined)[] {
    const counters = this.isWall ? this.accounts : [];
    return [
      ...counters.flatMap(({ entities }) => [entities.calls, entities.talk_time]),
      ...this.people.map(({ entities }) => entities.status),
    ];
  }

  protected override arrived(hass: HomeAssistant, shown: HomeAssistant): string[] {
    const arrived = super.arrived(hass, shown);
    const updated = arrived
      .map((id) => Date.parse(hass.states[id]?.last_updated ?? ""))
      .filter((time) => !Number.isNaN(time));
    if (updated.length) {
      clock.observe(Math.max(...updated));
    }
    return arrived;
  }

  protected override found(hass: HomeAssistant, config: CardConfig): void {
    this.people = this.accounts
      .flatMap((account) => account.extensions)
      .filter((extension) => isShown(extension, config.show, config.hide));
    if (config.sort !== "listed") {
      sortByName(this.people, hass.language);
    }
  }

  protected override willUpdate(): void {
    const before = this.shown;
    super.willUpdate();
    const { hass, config, words } = this;
    if (!hass || !config || !words) {
      return;
    }
    const active = this.shadowRoot?.activeElement;
    const row = active?.closest("li")?.id;
    this.focused = active && row ? `#${CSS.escape(row)} > .${active.className}` : undefined;
    if (before !== hass) {
      this.members = membersOf(this.people, hass, config, words);
    }
    if (this.hasDays) {
      const ids = this.people.flatMap(({ entities }) => entities.status ?? []);
      this.days.update(hass, ids, this.now);
    }
    if (this.isWall) {
      this.freshness.update(hass, this.now);
    }
    if (this.isWall || this.opened) {
      this.today.update(hass, this.counted(), this.now);
    }
    if (config.group === "label" && !this.labels) {
      this.labels = {};
      void this.loadLabels(hass);
    }
  }

  /** The services whose counters are shown. */
  private counted(): Service[] {
    const opened = this.people.filter(({ device }) => device === this.opened);
    return [...(this.isWall ? this.accounts : []), ...opened];
  }

  private async loadLabels(hass: HomeAssistant): Promise<void> {
    const labels = await hass.callWS<{ label_id: string; name: string }[]>({
      type: "config/label_registry/list",
    });
    this.labels = Object.fromEntries(labels.map(({ label_id, name }) => [label_id, name]));
    this.requestUpdate();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { hass, config, words } = this;
    if (!hass || !config || !words) {
      return nothing;
    }
    const members = this.members.filter(({ count }) => !this.filter || count === this.filter);
    const parts = partsOf(members, config, hass, words, this.labels ?? {}, this.now);
    const opened = this.members.find(({ extension }) => extension.device === this.opened);
    return html`
      <ha-card>
        ${this.isWall ? this.renderWall(hass, words, parts) : this.renderCard(hass, words, parts)}
        ${
          opened
            ? dayDialog(opened, {
                hass,
                words,
                days: this.days,
                figures: this.today.figures(hass, [opened.extension], this.now),
                now: this.now,
                details: () => {
                  this.act(opened, "more-info");
                },
                closed: () => {
                  this.opened = undefined;
                },
              })
            : nothing
        }
      </ha-card>
    `;
  }

  private renderCard(hass: HomeAssistant, words: Words, parts: Part[]): TemplateResult {
    const only = this.accounts.length === 1 ? this.accounts[0]?.name : undefined;
    const { layout = DEFAULTS.layout, size = DEFAULTS.size, title } = this.config ?? {};
    const many = this.members.length > LONGEST_COLUMN ? "many" : "";
    return html`
      <header>
        <h2>${title || only || words.team}</h2>
        <div class="counts">${this.renderCounts(words, false)}</div>
      </header>
      <div class="banner" role="alert">${this.outageText(hass, words)}</div>
      ${this.renderEmpty(hass, words)}
      <ul class="${layout} ${many} ${size}" role="list">
        ${this.renderParts(hass, words, parts)}
      </ul>
    `;
  }

  private renderWall(hass: HomeAssistant, words: Words, parts: Part[]): TemplateResult {
    const outage = outageOf(this.members) !== undefined;
    const { columns, lines, font } = this.fit(words, parts);
    const style = `--columns: ${columns}; --lines: ${lines}; --font: ${font}px; --gap: ${this.gap}px`;
    const rows = parts.flatMap(({ title, members }) => [
      ...(title === undefined ? [] : [`${font * 0.9}px`]),
      `repeat(${Math.ceil(members.length / columns)}, minmax(0, 1fr))`,
    ]);
    const grid = `${style}; grid-template-rows: ${rows.join(" ")}`;
    const list = html`<ul class="wall" style=${grid} role="list">
      ${this.renderParts(hass, words, parts)}
    </ul>`;
    const disconnected = hass.connected === false && !outage;
    return html`
      <div class="wall-sheet">
        ${strip({
          hass,
          words,
          members: this.members,
          counts: this.renderCounts(words, true),
          figures: this.today.figures(hass, this.accounts, this.now),
          banner: disconnected
            ? html`<div class="banner" role="alert">${words.no_connection}</div>`
            : nothing,
          now: this.now,
          updated: outage ? undefined : this.freshness.of(this.accounts),
          fullScreen: () => {
            void this.toggleFullScreen();
          },
        })}
        ${this.renderEmpty(hass, words)}
        <div class="field">
          ${
            outage
              ? html`<div class="outage" role="alert">${this.outageText(hass, words)}</div>`
              : list
          }
        </div>
      </div>
    `;
  }

  private renderCounts(words: Words, all: boolean): TemplateResult[] {
    const choose = (count: Count): void => {
      this.filter = this.filter === count ? undefined : count;
    };
    return countButtons(countsOf(this.members), words, this.filter, choose, all);
  }

  private outageText(hass: HomeAssistant, words: Words): TemplateResult | typeof nothing {
    const since = outageOf(this.members);
    if (since === undefined) {
      return nothing;
    }
    const time = timeOfDay(since, hass);
    return html`<b>${since ? fill(words.no_data_since, { time }) : words.no_data}</b>
      <span>${words.outage} ${this.renderLink(hass, words)}</span>`;
  }

  private renderEmpty(hass: HomeAssistant, words: Words): TemplateResult | typeof nothing {
    return this.people.length
      ? nothing
      : html`<div class="empty">
          ${words.empty}. ${words.empty_hint} ${this.renderLink(hass, words)}
        </div>`;
  }

  private renderLink(hass: HomeAssistant, words: Words): TemplateResult | typeof nothing {
    return hass.user?.is_admin ? html`<a href=${INTEGRATION_PAGE}>${words.add}</a>` : nothing;
  }

  private renderParts(hass: HomeAssistant, words: Words, parts: Part[]): TemplateResult {
    const minute = Math.floor(this.now / MINUTE) * MINUTE;
    const options = {
      hass,
      words,
      now: this.now,
      act: this.act,
      bar: (member: Member) =>
        this.hasDays
          ? dayBar(member, this.days, minute, words, () => {
              this.opened = member.extension.device;
            })
          : nothing,
    };
    return html`${parts.flatMap(({ title, members }) => [
      title === undefined ? nothing : html`<li class="heading">${title}</li>`,
      ...members.map((member) => row(member, options)),
    ])}`;
  }

  private get gap(): number {
    return Math.max(4, Math.round(Math.min(this.room.width, this.room.height) / 150));
  }

  private fit(words: Words, parts: Part[]): Fit {
    const names = this.people.map(({ name }) => name);
    const statuses = [...Object.values(words.statuses), words.no_data];
    const key = JSON.stringify([names, statuses]);
    if (this.needs?.key !== key) {
      const details = statuses.map((text) => `${text} ${WIDEST_TIME}`);
      this.needs = { key, needs: needsOf(names, details, measure(this)) };
    }
    const room = {
      ...this.room,
      gap: this.gap,
      groups: parts.map(({ members }) => members.length),
      headings: parts.some(({ title }) => title !== undefined),
      bar: this.hasDays,
    };
    return fit(room, this.needs.needs);
  }

  protected override updated(): void {
    if (this.focused) {
      this.renderRoot.querySelector<HTMLElement>(this.focused)?.focus({ preventScroll: true });
    }
    const dialog = this.renderRoot.querySelector("dialog");
    if (dialog && !dialog.open) {
      dialog.showModal();
    }
    const field = this.renderRoot.querySelector(".field") ?? undefined;
    if (field !== this.field) {
      this.resized.disconnect();
      this.field = field;
      if (field) {
        this.stretch();
        this.resized.observe(field);
      }
    }
    clock.set();
  }

  /** Let a wall fill the window from where it starts. */
  private readonly stretch = (): void => {
    if (this.isWall) {
      const top = this.getBoundingClientRect().top + window.scrollY;
      this.style.setProperty("--wall-height", `calc(100vh - ${Math.max(0, top)}px)`);
    }
    if (!document.fullscreenElement) {
      void this.wakeLock?.release();
      this.wakeLock = undefined;
    }
  };

  /** Names that were measured before their font was there have another width. */
  private readonly remeasure = (): void => {
    this.needs = undefined;
    this.requestUpdate();
  };

  private async toggleFullScreen(): Promise<void> {
    if (document.fullscreenElement) {
      await document.exitFullscreen();
    } else {
      await this.requestFullscreen();
      await this.keepAwake();
    }
  }

  /** Keep the screen on; the browser forgets this when the page is hidden. */
  private async keepAwake(): Promise<void> {
    try {
      this.wakeLock = await navigator.wakeLock.request("screen");
    } catch {
      // Not every browser can, and not without https.
    }
  }

  private readonly act = (member: Member, action: "tap" | "hold" | "more-info"): void => {
    const { tap_action = { action: "more-info" }, hold_action } = this.config ?? {};
    const entity = member.extension.entities.status;
    if (document.fullscreenElement) {
      void document.exitFullscreen(); // Home Assistant's dialogs would be behind it
    }
    this.opened = undefined;
    if (action === "more-info") {
      fire(this, "hass-more-info", { entityId: entity });
    } else {
      fire(this, "hass-action", { config: { entity, tap_action, hold_action }, action });
    }
  };
}

/** Return a function that measures text in the font of an element, in units of the font. */
function measure(element: Element): (text: string, bold: boolean) => number {
  const context = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(element).fontFamily;
  return (text, bold) => {
    if (!context) {
      return text.length * 0.6;
    }
    context.font = `${bold ? 600 : 400} 100px ${family}`;
    return context.measureText(text).width / 100;
  };
}
