// @ts-check
/**
 * A card with an account's team, and a dashboard that has such a card for every account.
 *
 * Home Assistant generates the dashboard with the strategy `custom:belfabriek-team`, and again when
 * `shouldRegenerate` returns true. Entities are found in the registries, not by their IDs, because
 * users rename those.
 *
 * @typedef {{entity_id: string, platform?: string, translation_key?: string, device_id?: string,
 *   hidden?: boolean}} Entity
 * @typedef {{id: string, identifiers: string[][], via_device_id: string | null,
 *   name: string | null, name_by_user: string | null}} Device
 * @typedef {{entity_id: string, state: string}} State
 * @typedef {{language: string, entities: Record<string, Entity>, devices: Record<string, Device>,
 *   states: Record<string, State>, formatEntityState: (state: State) => string,
 *   user?: {is_admin: boolean}}} HomeAssistant
 * @typedef {{sort?: string, layout?: string, hide?: string[], warn?: Record<string, number>}} Look
 * @typedef {Look & {type: string, accounts?: string | string[], sections?: string[]}} StrategyConfig
 *   `accounts`: IDs of config entries, if not all of them are wanted; `sections`: some of `SECTIONS`
 * @typedef {Look & {type: string, title?: string, account?: string}} CardConfig `account`: the ID
 *   of a config entry, if not all of them are wanted; `hide`: IDs of devices; `warn`: minutes by
 *   status
 * @typedef {{device: string, name: string, entities: Record<string, string>}} Service a device,
 *   with its entity IDs by translation key
 * @typedef {Service & {id: string, extensions: Service[]}} Account
 * @typedef {Record<string, unknown>} Config
 * @typedef {{item: HTMLElement, button: HTMLElement, icon: HTMLElement & {stateObj?: State},
 *   name: HTMLElement, status: HTMLElement, time: HTMLElement, since: number, limit: number}} Row
 */

const PLATFORM = "belfabriek";
const STRATEGY = "belfabriek-team";
const STRATEGY_ELEMENT = `ll-strategy-dashboard-${STRATEGY}`;
const CARD = "belfabriek-team-card";
const EDITOR = "belfabriek-team-editor";
const DOCUMENTATION = "https://github.com/hass-belfabriek/belfabriek#the-team-on-a-dashboard";
const INTEGRATION_PAGE = `/config/integrations/integration/${PLATFORM}`;

/** In the order of `sort: status`. */
const COLORS = Object.entries({
  ready: "green",
  connecting: "orange",
  on_call: "red",
  handling: "red",
  wrap_up: "orange",
  paused: "blue",
  offline: "grey",
  not_available: "grey",
});
const COLOR_BY_STATUS = Object.fromEntries(COLORS);
const RANK_BY_STATUS = Object.fromEntries(COLORS.map(([status], rank) => [status, rank]));

/** The counts of the account, in the colors of *Busy light*. */
const COUNTS = Object.entries({
  extensions_available: "blue",
  extensions_ready: "green",
  extensions_on_call: "red",
});

const LAYOUTS = ["rows", "tiles"];
const SORTS = ["name", "status", "listed"];
/** The sections of a view. */
const SECTIONS = ["team", "staffing", "calls", "talk_time"];
const WARNED_STATUSES = ["on_call", "wrap_up", "paused"];
const DEFAULT_LOOK = { layout: LAYOUTS[0], sort: SORTS[0] };
const LOOK = /** @type {const} */ (["sort", "layout", "hide", "warn"]);

const NO_STATE = ["unknown", "unavailable"];

/** Maximum number of extensions in one column. */
const LONGEST_COLUMN = 12;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const TEXTS = {
  en: {
    dashboard: "Team",
    pickerName: "Belfabriek team",
    pickerDescription: "Who is ready or on a call, with staffing, calls and talk time.",
    cardDescription: "Who is ready or on a call, and for how long.",
    team: "Team",
    staffing: "Staffing",
    calls: "Calls",
    talk_time: "Talk time",
    empty: "No extensions to show",
    emptyHint: "Add an account or an extension in the Belfabriek integration.",
    add: "Open Belfabriek",
    outage: "Belfabriek does not answer, or does not accept the credentials.",
    noStatus: "No status",
    tooLong: "over the time limit",
    extensions_available: "Accepting calls",
    extensions_ready: "Ready",
    extensions_on_call: "On a call",
    title: "Title",
    account: "Account",
    accounts: "Accounts",
    sections: "Sections",
    layout: "Layout",
    rows: "Rows",
    tiles: "Tiles",
    sort: "Order",
    name: "By name",
    status: "By status",
    listed: "As entered",
    hide: "Hide these extensions",
    warn: "Warn after (minutes)",
    on_call: "On a call",
    wrap_up: "Wrap-up",
    paused: "Paused",
  },
  nl: {
    dashboard: "Team",
    pickerName: "Belfabriek-team",
    pickerDescription: "Wie klaar of in gesprek is, met bezetting, gesprekken en gesprekstijd.",
    cardDescription: "Wie klaar of in gesprek is, en hoelang al.",
    team: "Team",
    staffing: "Bezetting",
    calls: "Gesprekken",
    talk_time: "Gesprekstijd",
    empty: "Geen toestellen om te tonen",
    emptyHint: "Voeg een account of een toestel toe in de integratie Belfabriek.",
    add: "Belfabriek openen",
    outage: "Belfabriek antwoordt niet, of accepteert de inloggegevens niet.",
    noStatus: "Geen status",
    tooLong: "boven de tijdslimiet",
    extensions_available: "Bereikbaar",
    extensions_ready: "Klaar voor gesprek",
    extensions_on_call: "In gesprek",
    title: "Titel",
    account: "Account",
    accounts: "Accounts",
    sections: "Onderdelen",
    layout: "Indeling",
    rows: "Rijen",
    tiles: "Tegels",
    sort: "Volgorde",
    name: "Op naam",
    status: "Op status",
    listed: "Zoals ingevoerd",
    hide: "Deze toestellen verbergen",
    warn: "Waarschuwen na (minuten)",
    on_call: "In gesprek",
    wrap_up: "Nabewerking",
    paused: "Pauze",
  },
  de: {
    dashboard: "Team",
    pickerName: "Belfabriek-Team",
    pickerDescription: "Wer bereit oder im Gespräch ist, mit Besetzung, Gesprächen und Gesprächszeit.",
    cardDescription: "Wer bereit oder im Gespräch ist, und wie lange schon.",
    team: "Team",
    staffing: "Besetzung",
    calls: "Gespräche",
    talk_time: "Gesprächszeit",
    empty: "Keine Nebenstellen vorhanden",
    emptyHint: "Füge in der Integration Belfabriek ein Konto oder eine Nebenstelle hinzu.",
    add: "Belfabriek öffnen",
    outage: "Belfabriek antwortet nicht oder akzeptiert die Zugangsdaten nicht.",
    noStatus: "Kein Status",
    tooLong: "über dem Zeitlimit",
    extensions_available: "Erreichbar",
    extensions_ready: "Bereit",
    extensions_on_call: "Im Gespräch",
    title: "Titel",
    account: "Konto",
    accounts: "Konten",
    sections: "Abschnitte",
    layout: "Anordnung",
    rows: "Zeilen",
    tiles: "Kacheln",
    sort: "Reihenfolge",
    name: "Nach Name",
    status: "Nach Status",
    listed: "Wie eingetragen",
    hide: "Diese Nebenstellen ausblenden",
    warn: "Warnen nach (Minuten)",
    on_call: "Im Gespräch",
    wrap_up: "Nachbearbeitung",
    paused: "Pause",
  },
  fr: {
    dashboard: "Équipe",
    pickerName: "Équipe Belfabriek",
    pickerDescription: "Qui est prêt ou en communication, avec effectifs, appels et temps de conversation.",
    cardDescription: "Qui est prêt ou en communication, et depuis combien de temps.",
    team: "Équipe",
    staffing: "Effectifs",
    calls: "Appels",
    talk_time: "Temps de conversation",
    empty: "Aucun poste à afficher",
    emptyHint: "Ajoutez un compte ou un poste dans l'intégration Belfabriek.",
    add: "Ouvrir Belfabriek",
    outage: "Belfabriek ne répond pas, ou n'accepte pas les identifiants.",
    noStatus: "Pas de statut",
    tooLong: "au-delà de la limite",
    extensions_available: "Joignables",
    extensions_ready: "Prêts",
    extensions_on_call: "En communication",
    title: "Titre",
    account: "Compte",
    accounts: "Comptes",
    sections: "Sections",
    layout: "Disposition",
    rows: "Lignes",
    tiles: "Tuiles",
    sort: "Ordre",
    name: "Par nom",
    status: "Par statut",
    listed: "Comme saisi",
    hide: "Masquer ces postes",
    warn: "Avertir après (minutes)",
    on_call: "En communication",
    wrap_up: "Post-appel",
    paused: "En pause",
  },
};

/** @param {string} language */
const textsIn = (language) =>
  TEXTS[/** @type {keyof typeof TEXTS} */ (language.split("-")[0])] ?? TEXTS.en;

/** Texts in the language of the page, for functions without a `hass` parameter. */
const pageTexts = () => textsIn(document.documentElement.lang);

/**
 * Reads every entity and every device only once: there may be thousands of them.
 *
 * @param {HomeAssistant} hass
 * @param {string | string[]} [chosen] IDs of config entries; without, all
 * @returns {Account[]} in the order of the registry, with their extensions in that order
 */
function findAccounts(hass, chosen) {
  const wanted = chosen?.length ? [chosen].flat() : undefined;
  /** @type {Map<string | undefined, Record<string, string>>} */
  const entities = new Map();
  for (const entity of Object.values(hass.entities)) {
    if (entity.platform === PLATFORM && entity.translation_key && !entity.hidden) {
      const found = entities.get(entity.device_id) ?? {};
      entities.set(entity.device_id, found);
      found[entity.translation_key] = entity.entity_id;
    }
  }
  /** @type {Map<string, Account>} */
  const accounts = new Map();
  /** @type {[string, Service][]} */
  const extensions = [];
  for (const device of Object.values(hass.devices)) {
    const id = device.identifiers.find(([domain]) => domain === PLATFORM)?.[1];
    if (!id) {
      continue;
    }
    const service = {
      device: device.id,
      name: device.name_by_user || device.name || "",
      entities: entities.get(device.id) ?? {},
    };
    if (!device.via_device_id) {
      if (wanted?.includes(id) ?? true) {
        accounts.set(device.id, { ...service, id, extensions: [] });
      }
    } else if (service.entities.status) {
      extensions.push([device.via_device_id, service]);
    }
  }
  for (const [account, extension] of extensions) {
    accounts.get(account)?.extensions.push(extension);
  }
  return [...accounts.values()].filter((account) => account.extensions.length);
}

/**
 * @template {{name: string}} Named
 * @param {Named[]} those
 * @param {string} language
 */
function byName(those, language) {
  const collator = new Intl.Collator(language, { numeric: true });
  return those.sort((one, other) => collator.compare(one.name, other.name));
}

/**
 * @param {HomeAssistant} hass
 * @param {StrategyConfig} config
 * @returns {{views: Config[]}}
 */
function dashboard(hass, config) {
  const texts = textsIn(hass.language);
  const accounts = byName(findAccounts(hass, config.accounts), hass.language);
  const look = Object.fromEntries(
    LOOK.filter((key) => config[key] !== undefined).map((key) => [key, config[key]]),
  );
  const shown = config.sections?.length ? config.sections : SECTIONS;
  const views = accounts.map((account) => {
    const team = {
      type: "grid",
      column_span: account.extensions.length > LONGEST_COLUMN ? 2 : 1,
      cards: [
        {
          type: `custom:${CARD}`,
          account: account.id,
          ...look,
          grid_options: { columns: "full" },
        },
      ],
    };
    // One section each, so that they fill the columns of the screen.
    const others = graphs(account, texts, shown).map((card) => ({ type: "grid", cards: [card] }));
    return {
      title: account.name,
      path: account.id.toLowerCase(),
      type: "sections",
      max_columns: 3,
      sections: [...(shown.includes("team") ? [team] : []), ...others],
    };
  });
  return { views: views.length ? views : [emptyView(texts)] };
}

/**
 * @param {Account} account
 * @param {typeof TEXTS.en} texts
 * @param {string[]} shown some of `SECTIONS`
 * @returns {Config[]}
 */
function graphs({ entities, extensions }, texts, shown) {
  const counts = COUNTS.filter(([key]) => entities[key]);
  const available = extensions.filter((extension) => extension.entities.available);
  const staffing = counts.length
    ? counts.map(([key, color]) => ({
        entity: entities[key],
        name: { type: "entity" },
        color,
      }))
    : available.map((extension) => ({
        entity: extension.entities.available,
        name: { type: "device" },
      }));
  const history = {
    type: "history-graph",
    title: texts.staffing,
    hours_to_show: 24,
    entities: staffing,
    min_y_axis: 0,
  };
  const statistics = /** @type {const} */ (["calls", "talk_time"])
    .filter((key) => shown.includes(key) && entities[key])
    .map((key) => ({
      type: "statistics-graph",
      title: texts[key],
      entities: [entities[key]],
      stat_types: ["change"],
      period: "day",
      days_to_show: 30,
      chart_type: "bar",
      hide_legend: true,
    }));
  return [...(shown.includes("staffing") && staffing.length ? [history] : []), ...statistics];
}

/**
 * @param {typeof TEXTS.en} texts
 * @returns {Config}
 */
const emptyView = (texts) => ({
  title: texts.team,
  path: "team",
  type: "panel",
  cards: [
    {
      type: "empty-state",
      icon: "mdi:account-group",
      title: texts.empty,
      content: texts.emptyHint,
      content_only: true,
      buttons: [
        {
          text: texts.add,
          tap_action: {
            action: "navigate",
            navigation_path: INTEGRATION_PAGE,
          },
        },
      ],
    },
  ],
});

/**
 * Throw an error for a wrong option; Home Assistant shows it in place of the card.
 *
 * @param {CardConfig} config
 */
function checkConfig(config) {
  if (!config || typeof config !== "object") {
    throw new Error("The card needs a configuration.");
  }
  for (const [key, allowed] of /** @type {const} */ ([
    ["layout", LAYOUTS],
    ["sort", SORTS],
  ])) {
    const value = config[key];
    if (value !== undefined && !allowed.includes(value)) {
      throw new Error(`"${key}" must be one of: ${allowed.join(", ")}.`);
    }
  }
  for (const key of /** @type {const} */ (["title", "account"])) {
    if (config[key] !== undefined && typeof config[key] !== "string") {
      throw new Error(`"${key}" must be a text.`);
    }
  }
  const { hide = [], warn = {} } = config;
  if (!Array.isArray(hide) || !hide.every((device) => typeof device === "string")) {
    throw new Error('"hide" must be a list of device IDs.');
  }
  if (!warn || typeof warn !== "object" || Array.isArray(warn)) {
    throw new Error(`"warn" must have minutes for some of: ${WARNED_STATUSES.join(", ")}.`);
  }
  for (const [status, minutes] of Object.entries(warn)) {
    if (!WARNED_STATUSES.includes(status)) {
      throw new Error(`"warn" knows ${WARNED_STATUSES.join(", ")}, and not "${status}".`);
    }
    // The editor keeps a cleared field without a value.
    if (minutes !== undefined && !(typeof minutes === "number" && minutes > 0)) {
      throw new Error(`"warn" needs a number of minutes above 0 for "${status}".`);
    }
  }
}

/**
 * @param {number} passed milliseconds
 * @param {string} language
 */
function duration(passed, language) {
  /** @type {(value: number, unit: string) => string} */
  const unit = (value, unit) =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "narrow" }).format(value);
  if (passed >= DAY) {
    return `${unit(Math.floor(passed / DAY), "day")} ${unit(Math.floor((passed % DAY) / HOUR), "hour")}`;
  }
  if (passed >= HOUR) {
    return `${unit(Math.floor(passed / HOUR), "hour")} ${unit(Math.floor((passed % HOUR) / MINUTE), "minute")}`;
  }
  const seconds = String(Math.floor((passed % MINUTE) / SECOND)).padStart(2, "0");
  return `${Math.floor(passed / MINUTE)}:${seconds}`;
}

/** The only timer of the page: it runs while a card with a time is visible. */
const clock = {
  /** @type {Set<BelfabriekTeamCard>} */
  cards: new Set(),
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer: undefined,
  due: Infinity,

  /** Set the timer for the next change; call this when the times of a card have changed. */
  set() {
    const delays = document.hidden ? [] : [...this.cards].map((card) => card.delay());
    const delay = Math.min(Infinity, ...delays);
    const due = Date.now() + delay;
    // A card that changes all the time must not delay the others.
    if (this.timer !== undefined && due >= this.due && delay !== Infinity) {
      return;
    }
    clearTimeout(this.timer);
    this.due = due;
    this.timer = delay === Infinity ? undefined : setTimeout(() => this.tick(), delay);
  },

  tick() {
    this.timer = undefined;
    for (const card of this.cards) {
      card.tick();
    }
    this.set();
  },

  // The page was hidden: update the times and states.
  look() {
    for (const card of document.hidden ? [] : clock.cards) {
      card.refresh();
      card.tick();
    }
    clock.set();
  },

  /** @param {BelfabriekTeamCard} card */
  add(card) {
    if (!this.cards.size) {
      document.addEventListener("visibilitychange", this.look);
    }
    this.cards.add(card);
    this.set();
  },

  /** @param {BelfabriekTeamCard} card */
  remove(card) {
    this.cards.delete(card);
    if (!this.cards.size) {
      document.removeEventListener("visibilitychange", this.look);
    }
    this.set();
  },
};

const STYLE = `
:host { display: block; height: 100%; }
ha-card { height: 100%; box-sizing: border-box; overflow: auto; container-type: inline-size;
  padding: 8px; color: var(--primary-text-color); font-size: var(--ha-font-size-m, 14px);
  line-height: 1.4; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 16px; padding: 8px 8px 12px; }
h2 { margin: 0; margin-inline-end: auto; overflow-wrap: anywhere; font-weight: normal;
  font-size: var(--ha-card-header-font-size, var(--ha-font-size-2xl, 24px));
  color: var(--ha-card-header-color, inherit); }
.counts { display: flex; flex-wrap: wrap; gap: 0 16px; }
.counts b { font-size: 1.3em; font-weight: 500; font-variant-numeric: tabular-nums; }
.banner, .empty { margin: 0 8px 8px; }
.banner { padding: 8px 12px; border-radius: 8px;
  background: color-mix(in srgb, var(--warning-color, #ffa600) 15%, transparent);
  border-inline-start: 4px solid var(--warning-color, #ffa600); }
[hidden] { display: none !important; }
a { color: inherit; white-space: nowrap; }
ul { list-style: none; margin: 0; padding: 0; }
li { break-inside: avoid; }
button { all: unset; box-sizing: border-box; width: 100%; cursor: pointer; display: grid;
  grid-template-columns: 36px minmax(0, 1fr) auto; align-items: center; column-gap: 12px;
  min-height: 48px; padding: 4px 8px; border-radius: 8px; }
button:hover { background: color-mix(in srgb, currentColor 6%, transparent); }
button:focus-visible { outline: 2px solid var(--primary-color, #03a9f4); outline-offset: -2px; }
.lamp { grid-row: 1 / 3; width: 36px; height: 36px; border-radius: 50%; display: flex;
  align-items: center; justify-content: center; color: var(--lamp); --mdc-icon-size: 22px;
  background: color-mix(in srgb, var(--lamp) 20%, transparent); forced-color-adjust: none; }
.name, .status { grid-column: 2; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.name { align-self: end; font-weight: 500; }
.status { align-self: start; font-size: var(--ha-font-size-s, 12px); }
.time { grid-area: 1 / 3 / 3; font-variant-numeric: tabular-nums; white-space: nowrap;
  text-align: end; }
.late .time { padding: 0 8px; border-radius: 1em; font-weight: 500;
  background: color-mix(in srgb, var(--warning-color, #ffa600) 35%, transparent); }
.late .time::before { content: "! "; font-weight: 700; }
.green { --lamp: var(--green-color, #4caf50); }
.red { --lamp: var(--red-color, #f44336); }
.orange { --lamp: var(--orange-color, #ff9800); }
.blue { --lamp: var(--blue-color, #2196f3); }
.grey { --lamp: var(--state-inactive-color, #9e9e9e); }
.none { --lamp: var(--secondary-text-color, #727272); }
.none .lamp { background: none; border: 2px dotted; box-sizing: border-box; }
.rows.many { columns: 16em; column-gap: 8px; }
.rows.many button { min-height: 44px; padding-block: 2px; }
.tiles { display: grid; gap: 8px; padding: 0 4px 4px; font-size: clamp(1em, 2.1cqi, 2.2em);
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 11em), 1fr)); }
.tiles.many { font-size: clamp(1em, 1.3cqi, 1.5em); }
.tiles button { height: 100%; padding: 10px 12px; border-radius: 12px;
  grid-template-columns: 2.6em minmax(0, 1fr);
  background: color-mix(in srgb, var(--lamp) 12%, transparent); }
.tiles .lamp { width: 2.6em; height: 2.6em; --mdc-icon-size: 1.6em; }
.tiles .status { font-size: inherit; }
.tiles .time { grid-area: 3 / 2; justify-self: start; font-size: 1.5em; min-height: 1.4em; }
`;

/**
 * @param {Record<string, string>} texts
 * @returns {(field: {name: string}) => string}
 */
const labelsIn =
  (texts) =>
  ({ name }) =>
    texts[name] ?? name;

/**
 * The fields that the card and the dashboard share.
 *
 * @param {Record<string, string>} texts
 * @returns {Config[]}
 */
function lookFields(texts) {
  /** @type {(name: string, values: string[]) => Config} */
  const choice = (name, values) => ({
    name,
    selector: {
      select: {
        mode: "dropdown",
        options: values.map((value) => ({ value, label: texts[value] })),
      },
    },
  });
  const people = { integration: PLATFORM, domain: "binary_sensor" }; // an account has none
  const minutes = { number: { min: 1, mode: "box", unit_of_measurement: "min" } };
  return [
    choice("layout", LAYOUTS),
    choice("sort", SORTS),
    { name: "hide", selector: { device: { multiple: true, entity: people } } },
    {
      name: "warn",
      type: "expandable",
      title: texts.warn,
      schema: WARNED_STATUSES.map((name) => ({ name, selector: minutes })),
    },
  ];
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {...HTMLElement} children
 */
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/**
 * Write a text if it changed, because every write causes a layout.
 *
 * @param {HTMLElement} place
 * @param {string} text may be cut off; the title has all of it
 */
function write(place, text) {
  if (place.textContent !== text) {
    place.textContent = text;
    place.title = text;
  }
}

/** A row or a tile for each extension; clicking one opens the more-info dialog of its status. */
class BelfabriekTeamCard extends HTMLElement {
  /** @type {CardConfig | undefined} */
  #config;
  /** @type {HomeAssistant | undefined} */
  #hass;
  /** @type {HomeAssistant | undefined} what the card shows */
  #shown;
  /** @type {Account[]} */
  #accounts = [];
  /** @type {Service[]} */
  #people = [];
  /** @type {string[]} the entities that the card shows */
  #watched = [];
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #title = element("h2", "");
  #counts = element("div", "counts");
  #banner = element("div", "banner");
  #empty = element("div", "empty");
  #list = element("ul", "");

  constructor() {
    super();
    const style = element("style", "");
    style.textContent = STYLE;
    this.#list.setAttribute("role", "list"); // Safari drops it from a list without marks
    this.#banner.setAttribute("role", "alert");
    const header = element("header", "", this.#title, this.#counts);
    const card = element("ha-card", "", header, this.#banner, this.#empty, this.#list);
    this.attachShadow({ mode: "open" }).append(style, card);
  }

  /** @param {CardConfig} config */
  setConfig(config) {
    checkConfig(config);
    this.#config = config;
    this.#shown = undefined;
    this.refresh();
  }

  /** @param {HomeAssistant} hass */
  set hass(hass) {
    this.#hass = hass;
    this.refresh();
  }

  connectedCallback() {
    this.refresh();
    this.tick();
    clock.add(this);
  }

  disconnectedCallback() {
    clock.remove(this);
  }

  /** Render what changed, if the card is visible. */
  refresh() {
    const [hass, shown] = [this.#hass, this.#shown];
    if (!hass || !this.#config || !this.isConnected || document.hidden) {
      return;
    }
    const registriesChanged =
      hass.entities !== shown?.entities ||
      hass.devices !== shown.devices ||
      hass.language !== shown.language;
    this.#shown = hass;
    const before = this.#accounts;
    if (registriesChanged) {
      this.#find(hass, this.#config);
    }
    // Most changes of the registries are not about the team.
    const sameTeam =
      before === this.#accounts || JSON.stringify(before) === JSON.stringify(this.#accounts);
    if (shown && sameTeam && hass.language === shown.language && this.#isSame(hass, shown)) {
      return;
    }
    this.#render(hass, this.#config);
    clock.set();
  }

  /**
   * @param {HomeAssistant} hass
   * @param {HomeAssistant} shown
   */
  #isSame(hass, shown) {
    // Home Assistant replaces the function when the translations of the states are loaded.
    return (
      hass.formatEntityState === shown.formatEntityState &&
      this.#watched.every((entity) => hass.states[entity] === shown.states[entity])
    );
  }

  /**
   * @param {HomeAssistant} hass
   * @param {CardConfig} config
   */
  #find(hass, config) {
    const hidden = new Set(config.hide);
    this.#accounts = findAccounts(hass, config.account);
    this.#people = this.#accounts
      .flatMap((account) => account.extensions)
      .filter((person) => !hidden.has(person.device));
    if (config.sort !== "listed") {
      byName(this.#people, hass.language);
    }
    this.#watched = [
      ...this.#accounts.flatMap(({ entities }) => COUNTS.map(([key]) => entities[key])),
      ...this.#people.flatMap(({ entities }) => [entities.status, entities.status_since]),
    ].filter(Boolean);
  }

  /**
   * @param {HomeAssistant} hass
   * @param {CardConfig} config
   */
  #render(hass, config) {
    const texts = textsIn(hass.language);
    /** @param {Service} person */
    const statusOf = (person) => hass.states[person.entities.status]?.state ?? "unavailable";
    const people = [...this.#people];
    if (config.sort === "status") {
      /** @param {Service} person */
      const rank = (person) => RANK_BY_STATUS[statusOf(person)] ?? COLORS.length;
      people.sort((one, other) => rank(one) - rank(other));
    }

    const only = this.#accounts.length === 1 ? this.#accounts[0].name : texts.team;
    this.#title.textContent = config.title || only;
    this.#counts.replaceChildren(...this.#renderCounts(hass, texts));
    const everybody = this.#accounts.flatMap((account) => account.extensions);
    this.#banner.hidden =
      !everybody.length || everybody.some((person) => statusOf(person) !== "unavailable");
    this.#say(this.#banner, hass, texts.outage, texts.add);
    this.#empty.hidden = people.length > 0;
    this.#say(this.#empty, hass, `${texts.empty}. ${texts.emptyHint}`, texts.add);

    const many = people.length > LONGEST_COLUMN ? "many" : "";
    this.#list.className = `${config.layout ?? "rows"} ${many}`;
    const rows = people.map((person) => {
      const row = this.#rows.get(person.device) ?? this.#makeRow(person.device);
      this.#renderRow(row, person, hass, config, texts);
      return row;
    });
    const focused = /** @type {HTMLElement | null} */ (this.shadowRoot?.activeElement ?? null);
    rows.forEach(({ item }, index) => {
      if (this.#list.children[index] !== item) {
        this.#list.insertBefore(item, this.#list.children[index] ?? null);
      }
    });
    const kept = new Set(people.map((person) => person.device));
    for (const [device, { item }] of this.#rows) {
      if (!kept.has(device)) {
        item.remove();
        this.#rows.delete(device);
      }
    }
    if (focused?.isConnected && this.shadowRoot?.activeElement !== focused) {
      focused.focus({ preventScroll: true }); // moving a row removes the focus
    }
    this.tick();
  }

  /**
   * @param {HomeAssistant} hass
   * @param {typeof TEXTS.en} texts
   */
  #renderCounts(hass, texts) {
    return COUNTS.flatMap(([key]) => {
      const counts = this.#accounts
        .map((account) => hass.states[account.entities[key]]?.state)
        .filter((state) => state !== undefined && !NO_STATE.includes(state));
      if (!counts.length) {
        return [];
      }
      const number = element("b", "");
      number.textContent = String(counts.reduce((sum, count) => sum + Number(count), 0));
      const count = element("span", "", number);
      count.append(` ${texts[/** @type {keyof typeof TEXTS.en} */ (key)]}`);
      return [count];
    });
  }

  /**
   * @param {HTMLElement} place
   * @param {HomeAssistant} hass
   * @param {string} text
   * @param {string} words text of the link to the integration's page, for admins only
   */
  #say(place, hass, text, words) {
    if (place.hidden) {
      place.replaceChildren(); // so that screen readers read it when it returns
      return;
    }
    const link = element("a", "");
    link.setAttribute("href", INTEGRATION_PAGE);
    link.textContent = words;
    place.replaceChildren(`${text} `, ...(hass.user?.is_admin ? [link] : []));
  }

  /**
   * @param {string} device
   * @returns {Row}
   */
  #makeRow(device) {
    const [name, status, time] = ["name", "status", "time"].map((className) =>
      element("span", className),
    );
    const icon = /** @type {Row["icon"]} */ (element("ha-state-icon", ""));
    const lamp = element("span", "lamp", icon);
    lamp.ariaHidden = "true";
    time.ariaHidden = "true"; // otherwise, screen readers read every second
    const button = element("button", "", lamp, name, status, time);
    button.setAttribute("type", "button");
    const item = element("li", "", button);
    button.addEventListener("click", () => {
      const entityId = this.#people.find((person) => person.device === device)?.entities.status;
      const detail = { entityId };
      this.dispatchEvent(
        new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail }),
      );
    });
    const row = { item, button, icon, name, status, time, since: NaN, limit: Infinity };
    this.#rows.set(device, row);
    return row;
  }

  /**
   * @param {Row} row
   * @param {Service} person
   * @param {HomeAssistant} hass
   * @param {CardConfig} config
   * @param {typeof TEXTS.en} texts
   */
  #renderRow(row, person, hass, config, texts) {
    const state = hass.states[person.entities.status];
    row.icon.stateObj = state;
    write(row.name, person.name);
    write(row.status, state ? hass.formatEntityState(state) : texts.noStatus);
    const color = COLOR_BY_STATUS[state?.state] ?? "none";
    if (!row.item.classList.contains(color)) {
      row.item.className = color;
    }
    row.since = Date.parse(hass.states[person.entities.status_since]?.state ?? "");
    row.limit = (config.warn?.[state?.state] ?? Infinity) * MINUTE;
  }

  /** Update the times of all rows. */
  tick() {
    const hass = this.#shown;
    if (!hass || !this.isConnected) {
      return;
    }
    const [now, texts] = [Date.now(), textsIn(hass.language)];
    for (const { item, button, name, status, time, since, limit } of this.#rows.values()) {
      // The clock of the browser may be behind that of Home Assistant.
      const passed = Math.max(0, now - since);
      write(time, Number.isNaN(passed) ? "" : duration(passed, hass.language));
      const late = passed >= limit;
      item.classList.toggle("late", late);
      const label = [name.textContent, status.textContent, ...(late ? [texts.tooLong] : [])];
      if (button.ariaLabel !== label.join(", ")) {
        button.ariaLabel = label.join(", ");
      }
    }
  }

  /** Milliseconds until a time of the card changes. */
  delay() {
    const now = Date.now();
    const delays = [...this.#rows.values()]
      .filter(({ since }) => !Number.isNaN(since))
      .map(({ since }) => {
        const step = now - since < HOUR ? SECOND : MINUTE;
        return step - (Math.max(0, now - since) % step);
      });
    // Update all rows together, although they change at different moments of a second.
    return delays.length ? Math.max(Math.min(...delays), SECOND) : Infinity;
  }

  getCardSize() {
    return 1 + Math.min(this.#people.length || 1, LONGEST_COLUMN);
  }

  getGridOptions() {
    const wide = this.#config?.layout === "tiles" || this.#people.length > LONGEST_COLUMN;
    return { columns: wide ? "full" : 12, min_columns: 6, rows: "auto" };
  }

  /** @param {HomeAssistant} hass */
  static getStubConfig(hass) {
    const [account] = findAccounts(hass);
    // The form shows the configuration, without defaults.
    return { ...(account && { account: account.id }), ...DEFAULT_LOOK };
  }

  static getConfigForm() {
    const texts = pageTexts();
    return {
      schema: [
        { name: "title", selector: { text: {} } },
        { name: "account", selector: { config_entry: { integration: PLATFORM } } },
        ...lookFields(texts),
      ],
      computeLabel: labelsIn(texts),
      assertConfig: checkConfig,
    };
  }
}

/**
 * Suggest the card for entities of this integration.
 *
 * @param {HomeAssistant} hass
 * @param {string} entityId
 */
function suggestCard(hass, entityId) {
  const entity = hass.entities[entityId];
  if (entity?.platform !== PLATFORM) {
    return null;
  }
  const account = findAccounts(hass).find(({ device, extensions }) =>
    [device, ...extensions.map((extension) => extension.device)].includes(entity.device_id ?? ""),
  );
  return account ? { config: { type: `custom:${CARD}`, account: account.id } } : null;
}

/** The editor of the dashboard. A card gets one from `getConfigForm`, a strategy does not. */
class BelfabriekTeamEditor extends HTMLElement {
  #form = Object.assign(document.createElement("ha-form"), { schema: [] });
  /** @type {StrategyConfig | undefined} */
  #config;
  /** @type {HomeAssistant | undefined} */
  #hass;

  connectedCallback() {
    this.append(this.#form);
    this.#form.addEventListener("value-changed", this);
  }

  /** @param {StrategyConfig} config */
  setConfig(config) {
    checkConfig(config);
    this.#config = config;
    this.#draw();
  }

  /** @param {HomeAssistant} hass */
  set hass(hass) {
    const before = this.#hass;
    this.#hass = hass;
    if (hass.entities === before?.entities && hass.devices === before.devices) {
      // Do not create the fields again if only states have changed.
      Object.assign(this.#form, { hass });
    } else {
      this.#draw();
    }
  }

  /** @param {CustomEvent<{value: StrategyConfig}>} event */
  handleEvent(event) {
    event.stopPropagation();
    /** @type {Config} */
    const defaults = this.#defaults();
    /** @type {(value: unknown) => string} */
    const sorted = (value) => JSON.stringify([value].flat().sort());
    // Leave out defaults, so that new accounts are included.
    const said = Object.entries(event.detail.value).filter(
      ([key, value]) => [value].flat().length && sorted(value) !== sorted(defaults[key]),
    );
    const detail = { config: Object.fromEntries(said) };
    this.dispatchEvent(
      new CustomEvent("config-changed", { bubbles: true, composed: true, detail }),
    );
  }

  #accounts() {
    const hass = /** @type {HomeAssistant} */ (this.#hass);
    return byName(findAccounts(hass), hass.language);
  }

  #defaults() {
    const accounts = this.#accounts().map(({ id }) => id);
    return { accounts, sections: SECTIONS, ...DEFAULT_LOOK };
  }

  #draw() {
    if (!this.#hass || !this.#config) {
      return;
    }
    /** @type {Record<string, string>} */
    const texts = textsIn(this.#hass.language);
    const accounts = this.#accounts().map(({ id, name }) => ({ value: id, label: name }));
    const sections = SECTIONS.map((value) => ({ value, label: texts[value] }));
    /** @type {(name: string, options: object[]) => Config} */
    const ticks = (name, options) => ({
      name,
      selector: { select: { multiple: true, mode: "list", options } },
    });
    Object.assign(this.#form, {
      hass: this.#hass,
      data: { ...this.#defaults(), ...this.#config },
      schema: [
        ...(accounts.length > 1 ? [ticks("accounts", accounts)] : []),
        ticks("sections", sections),
        ...lookFields(texts),
      ],
      computeLabel: labelsIn(texts),
    });
  }
}

/** The strategy that Home Assistant's frontend calls; it is never added to a page. */
class BelfabriekTeamDashboard extends HTMLElement {
  static #generated = false;

  /**
   * @param {StrategyConfig} config
   * @param {HomeAssistant} hass
   */
  static async generate(config, hass) {
    this.#generated = true;
    return dashboard(hass, config);
  }

  /**
   * Most changes of the registries are not about the team, and a new dashboard is rendered from
   * scratch, so compare. Always return true for the first one: the page may have stopped waiting for
   * this script.
   *
   * @param {StrategyConfig} config
   * @param {HomeAssistant} before
   * @param {HomeAssistant} now
   */
  static shouldRegenerate(config, before, now) {
    return (
      !this.#generated ||
      ((before.entities !== now.entities ||
        before.devices !== now.devices ||
        before.language !== now.language) &&
        JSON.stringify(dashboard(before, config)) !== JSON.stringify(dashboard(now, config)))
    );
  }

  static getConfigElement() {
    return document.createElement(EDITOR);
  }

  /** @param {HomeAssistant} hass */
  static getCreateSuggestions(hass) {
    return { title: textsIn(hass.language).dashboard, icon: "mdi:account-group" };
  }
}

// While it starts, Home Assistant replaces `customElements` with a registry of its own, and loses
// what was defined before (home-assistant/frontend#53890). Its own element is defined after that. On
// a Cast display, where this script is a resource of a dashboard, that element has another name.
Promise.race(["home-assistant", "hc-main"].map((name) => customElements.whenDefined(name))).then(
  () => {
    // A page that stays open while the integration is updated loads this script a second time.
    if (customElements.get(CARD)) {
      return;
    }
    customElements.define(CARD, BelfabriekTeamCard);
    customElements.define(EDITOR, BelfabriekTeamEditor);
    customElements.define(STRATEGY_ELEMENT, BelfabriekTeamDashboard);
    const page = /** @type {Window & {customStrategies?: object[], customCards?: object[]}} */ (
      window
    );
    page.customCards ??= [];
    page.customCards.push({
      type: CARD,
      preview: true,
      // The language is known when the list is shown, not when this script is loaded.
      get name() {
        return pageTexts().pickerName;
      },
      get description() {
        return pageTexts().cardDescription;
      },
      documentationURL: DOCUMENTATION,
      getEntitySuggestion: suggestCard,
    });
    page.customStrategies ??= [];
    page.customStrategies.push({
      type: STRATEGY,
      strategyType: "dashboard",
      get name() {
        return pageTexts().pickerName;
      },
      get description() {
        return pageTexts().pickerDescription;
      },
      documentationURL: DOCUMENTATION,
    });
  },
);
