// @ts-check
/**
 * A dashboard of every account's team, of built-in cards only.
 *
 * Home Assistant asks for it by the strategy `custom:belfabriek-team`, and asks again whenever
 * `shouldRegenerate` says so. Entities are found in the registries, never by their IDs: people
 * rename those.
 *
 * @typedef {{entity_id: string, platform?: string, translation_key?: string, device_id?: string,
 *   hidden?: boolean}} Entity
 * @typedef {{id: string, identifiers: string[][], via_device_id: string | null,
 *   name: string | null, name_by_user: string | null}} Device
 * @typedef {{language: string, entities: Record<string, Entity>,
 *   devices: Record<string, Device>}} HomeAssistant
 * @typedef {{type: string, accounts?: string | string[]}} StrategyConfig `accounts`: IDs of config
 *   entries, if not all of them are wanted
 * @typedef {{name: string, entities: Record<string, string>}} Service a device, with its entity
 *   IDs by translation key
 * @typedef {Service & {id: string, extensions: Service[]}} Account
 * @typedef {Record<string, unknown>} Config
 */

const PLATFORM = "belfabriek";
const STRATEGY = "belfabriek-team";
const ELEMENT = `ll-strategy-dashboard-${STRATEGY}`;
const DOCUMENTATION = "https://github.com/hass-belfabriek/belfabriek#the-team-on-a-dashboard";

/** No tile takes its colour from a sensor's state, so there is a tile for each of these. */
const COLORS = Object.entries({
  green: ["ready"],
  red: ["on_call", "handling"],
  orange: ["connecting", "wrap_up"],
  blue: ["paused"],
  grey: ["offline", "not_available"],
});
const COLORED_STATUSES = COLORS.flatMap(([, statuses]) => statuses);

/** What the account counts, in the colours that the tiles have. */
const COUNTS = Object.entries({
  extensions_available: "blue",
  extensions_ready: "green",
  extensions_on_call: "red",
});

const NO_STATE = ["unknown", "unavailable"];

/** Longer names are cut off in a tile that shares its row with another one on a phone. */
const LONGEST_NAME_IN_HALF_A_ROW = 13;
/** More extensions than this make a column that is too long to take in at a glance. */
const LONGEST_COLUMN = 12;

const TEXTS = {
  en: {
    dashboard: "Team",
    pickerName: "Belfabriek team",
    pickerDescription: "Who can be called, who is on a call, and how the day went.",
    team: "Team",
    onCall: "On a call",
    staffing: "Staffing",
    empty: "There is nobody here yet",
    emptyHint: "Add an account of Belfabriek, or an extension to it.",
    add: "Open Belfabriek",
  },
  nl: {
    dashboard: "Team",
    pickerName: "Belfabriek-team",
    pickerDescription: "Wie bereikbaar is, wie in gesprek is en hoe de dag verliep.",
    team: "Team",
    onCall: "In gesprek",
    staffing: "Bezetting",
    empty: "Hier is nog niemand",
    emptyHint: "Voeg een account van Belfabriek toe, of een toestel aan zo'n account.",
    add: "Belfabriek openen",
  },
  de: {
    dashboard: "Team",
    pickerName: "Belfabriek-Team",
    pickerDescription: "Wer erreichbar ist, wer gerade spricht und wie der Tag verlief.",
    team: "Team",
    onCall: "Im Gespräch",
    staffing: "Besetzung",
    empty: "Hier ist noch niemand",
    emptyHint: "Füge ein Konto von Belfabriek hinzu oder eine Nebenstelle zu einem Konto.",
    add: "Belfabriek öffnen",
  },
  fr: {
    dashboard: "Équipe",
    pickerName: "Équipe Belfabriek",
    pickerDescription: "Qui est joignable, qui est en communication et le déroulé de la journée.",
    team: "Équipe",
    onCall: "En communication",
    staffing: "Effectifs",
    empty: "Il n'y a encore personne ici",
    emptyHint: "Ajoutez un compte Belfabriek, ou un poste à un compte.",
    add: "Ouvrir Belfabriek",
  },
};

/** @param {string} language */
const textsIn = (language) =>
  TEXTS[/** @type {keyof typeof TEXTS} */ (language.split("-")[0])] ?? TEXTS.en;

/**
 * @param {HomeAssistant} hass
 * @param {StrategyConfig} config
 * @returns {Account[]}
 */
function findAccounts(hass, config) {
  const wanted = config.accounts && [config.accounts].flat();
  const devices = Object.values(hass.devices).filter((device) => idOf(device));
  const entities = Object.values(hass.entities).filter(
    (entity) => entity.platform === PLATFORM && entity.translation_key && !entity.hidden,
  );
  /** @param {Device} device */
  const serviceOf = (device) => ({
    id: /** @type {string} */ (idOf(device)),
    name: device.name_by_user || device.name || "",
    entities: Object.fromEntries(
      entities
        .filter((entity) => entity.device_id === device.id)
        .map((entity) => [entity.translation_key, entity.entity_id]),
    ),
  });
  /** @type {(one: Service, other: Service) => number} */
  const byName = (one, other) =>
    one.name.localeCompare(other.name, hass.language, { numeric: true });

  return devices
    .filter((device) => !device.via_device_id)
    .map((device) => ({
      ...serviceOf(device),
      extensions: devices
        .filter((extension) => extension.via_device_id === device.id)
        .map(serviceOf)
        .filter((extension) => extension.entities.status)
        .sort(byName),
    }))
    .filter((account) => account.extensions.length && (wanted?.includes(account.id) ?? true))
    .sort(byName);
}

/**
 * An account's device has the ID of its config entry, an extension's begins with it.
 *
 * @param {Device} device
 */
const idOf = (device) => device.identifiers.find(([domain]) => domain === PLATFORM)?.[1];

/**
 * @param {HomeAssistant} hass
 * @param {StrategyConfig} config
 * @returns {{views: Config[]}}
 */
function dashboard(hass, config) {
  const texts = textsIn(hass.language);
  const views = findAccounts(hass, config).map((account) => ({
    title: account.name,
    path: account.id.toLowerCase(),
    type: "sections",
    max_columns: 3,
    sections: [teamSection(account, texts), staffingSection(account, texts)],
  }));
  return { views: views.length ? views : [emptyView(texts)] };
}

/**
 * @param {Account} account
 * @param {typeof TEXTS.en} texts
 * @returns {Config}
 */
function teamSection({ extensions }, texts) {
  const long = extensions.some(({ name }) => name.length > LONGEST_NAME_IN_HALF_A_ROW);
  const grid_options = { columns: long ? 12 : 6 };
  const onCall = extensions.filter(({ entities }) => entities.on_call);
  const someoneOnCall = onCall.map(({ entities }) => isOnCall(entities.on_call));
  return {
    type: "grid",
    column_span: extensions.length > LONGEST_COLUMN ? 2 : 1,
    cards: [
      { type: "heading", heading: texts.team, icon: "mdi:account-group" },
      ...extensions.flatMap(({ entities }) => statusTiles(entities.status, grid_options)),
      ...(onCall.length
        ? [
            {
              type: "heading",
              heading: texts.onCall,
              icon: "mdi:phone-in-talk",
              visibility: [{ condition: "or", conditions: someoneOnCall }],
            },
          ]
        : []),
      ...onCall.flatMap(({ entities }) => onCallTiles(entities, grid_options)),
    ],
  };
}

/**
 * @param {string} entity
 * @param {Config} grid_options
 * @returns {Config[]}
 */
function statusTiles(entity, grid_options) {
  const tile = {
    type: "tile",
    entity,
    name: { type: "device" },
    // An icon that can be touched has a disc of its colour behind it.
    icon_tap_action: { action: "more-info" },
    grid_options,
  };
  return [
    ...COLORS.map(([color, state]) => ({
      ...tile,
      color,
      visibility: [{ condition: "state", state }],
    })),
    { ...tile, visibility: [{ condition: "state", state_not: COLORED_STATUSES }] },
  ];
}

/**
 * Since when is unknown after a start in the middle of a call: then the status has to do.
 *
 * @param {Record<string, string>} entities
 * @param {Config} grid_options
 * @returns {Config[]}
 */
function onCallTiles({ on_call, status, status_since }, grid_options) {
  const tile = {
    type: "tile",
    name: { type: "device" },
    icon: "mdi:phone-in-talk",
    color: "red",
    icon_tap_action: { action: "more-info" },
    grid_options,
  };
  const visibility = [isOnCall(on_call)];
  return status_since
    ? [
        {
          ...tile,
          entity: status_since,
          time_format: "total",
          visibility: [...visibility, { condition: "state", state_not: NO_STATE }],
        },
        {
          ...tile,
          entity: status,
          visibility: [
            ...visibility,
            { condition: "state", entity: status_since, state: NO_STATE },
          ],
        },
      ]
    : [{ ...tile, entity: status, visibility }];
}

/**
 * @param {string} entity
 * @returns {Config}
 */
const isOnCall = (entity) => ({ condition: "state", entity, state: "on" });

/**
 * @param {Account} account
 * @param {typeof TEXTS.en} texts
 * @returns {Config}
 */
function staffingSection({ entities, extensions }, texts) {
  const counts = COUNTS.filter(([key]) => entities[key]);
  const available = extensions.filter((extension) => extension.entities.available);
  return {
    type: "grid",
    cards: [
      { type: "heading", heading: texts.staffing, icon: "mdi:chart-line" },
      ...counts.map(([key, color]) => ({
        type: "tile",
        entity: entities[key],
        name: { type: "entity" },
        color,
        icon_tap_action: { action: "more-info" },
        grid_options: { columns: 12 },
      })),
      {
        type: "history-graph",
        hours_to_show: 24,
        entities: counts.length
          ? counts.map(([key, color]) => ({
              entity: entities[key],
              name: { type: "entity" },
              color,
            }))
          : available.map((extension) => ({
              entity: extension.entities.available,
              name: { type: "device" },
            })),
        min_y_axis: 0,
      },
    ],
  };
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
            navigation_path: `/config/integrations/integration/${PLATFORM}`,
          },
        },
      ],
    },
  ],
});

/** What Home Assistant's frontend calls; it is never put on a page. */
class BelfabriekTeamDashboard extends HTMLElement {
  /** There is one option, and few need it. */
  static noEditor = true;

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
   * Much in a house changes the registries, and a new dashboard is drawn from scratch: only a
   * different one is worth that. Or the first one, where the page gave up waiting for this script.
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

  /** @param {HomeAssistant} hass */
  static getCreateSuggestions(hass) {
    return { title: textsIn(hass.language).dashboard, icon: "mdi:account-group" };
  }
}

// While it starts, Home Assistant puts a registry of its own in the place of `customElements`, and
// forgets what was defined before (home-assistant/frontend#53890). This element comes after that.
customElements.whenDefined("home-assistant").then(() => {
  // A page that stays open while the integration is updated loads this script a second time.
  if (customElements.get(ELEMENT)) {
    return;
  }
  customElements.define(ELEMENT, BelfabriekTeamDashboard);
  const page = /** @type {Window & {customStrategies?: object[]}} */ (window);
  page.customStrategies ??= [];
  page.customStrategies.push({
    type: STRATEGY,
    strategyType: "dashboard",
    // The language is known when the list is shown, not yet when this is loaded.
    get name() {
      return textsIn(document.documentElement.lang).pickerName;
    },
    get description() {
      return textsIn(document.documentElement.lang).pickerDescription;
    },
    documentationURL: DOCUMENTATION,
  });
});
