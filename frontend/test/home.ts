/** A `hass` object with an account, as Home Assistant's frontend has it. */

import de from "../../custom_components/belfabriek/translations/de.json";
import en from "../../custom_components/belfabriek/translations/en.json";
import fr from "../../custom_components/belfabriek/translations/fr.json";
import nl from "../../custom_components/belfabriek/translations/nl.json";
import type { HomeAssistant, State } from "../src/home-assistant";
import { loadWords, type Words } from "../src/words";

const TRANSLATIONS: Record<string, Record<string, object>> = { en, nl, de, fr };

export const NOW = Date.parse("2026-11-30T12:00:00Z");

export interface Home extends HomeAssistant {
  calls: Record<string, unknown>[];
}

export interface Options {
  language?: string;
  names?: string[];
  statuses?: string[];
  account?: string;
  /** Keys of the account's sensors, with their states. */
  counters?: Record<string, string>;
  zone?: string;
  answer?: (message: Record<string, unknown>) => unknown;
}

/** Every status is one minute older than the one before. */
export function home(options: Options = {}): Home {
  const {
    language = "en",
    names = ["Reception", "Sales", "Support"],
    statuses = ["ready", "on_call", "paused"],
    account = "a",
    counters = {
      extensions_available: "2",
      extensions_ready: "1",
      extensions_on_call: "1",
      calls: "69",
      talk_time: "12.5",
    },
    zone = "Europe/Amsterdam",
    answer = () => ({}),
  } = options;
  const calls: Record<string, unknown>[] = [];
  const hass: Home = {
    language,
    config: { time_zone: zone },
    entities: { "light.kitchen": { entity_id: "light.kitchen", platform: "hue" } },
    devices: {},
    areas: { hall: { name: "Hall" }, shop: { name: "Shop" } },
    states: {},
    formatEntityState: ({ state }) => state.toUpperCase(),
    calls,
    callWS: <T>(message: Record<string, unknown>): Promise<T> => {
      if (message.type === "frontend/get_translations") {
        return Promise.resolve(translations(message as Record<string, string>) as T);
      }
      calls.push(message);
      return Promise.resolve(answer(message) as T);
    },
  };
  addAccount(hass, account, "Belfabriek", counters);
  names.forEach((name, number) => {
    addExtension(hass, account, `${account}${number}`, name, statuses[number % statuses.length]);
    setState(hass, `sensor.${account}${number}_status`, {
      attributes: { since: new Date(NOW - number * 60_000).toISOString() },
    });
  });
  return hass;
}

/** Answer as Home Assistant does: flat, and in English if the integration lacks the language. */
function translations({ language = "", category = "" }: Record<string, string>): object {
  const resources: Record<string, string> = {};
  const add = (key: string, texts: object | string): void => {
    if (typeof texts === "string") {
      resources[key] = texts;
    } else {
      Object.entries(texts).forEach(([name, each]) => {
        add(`${key}.${name}`, each as object | string);
      });
    }
  };
  const all: Record<string, object> = TRANSLATIONS[language] ?? en;
  add(`component.belfabriek.${category}`, all[category] ?? {});
  return { resources };
}

/** The texts in a language. */
export const wordsIn = (language = "en"): Promise<Words> => loadWords(home({ language }));

export function addAccount(
  hass: HomeAssistant,
  id: string,
  name: string,
  counters: Record<string, string>,
): void {
  hass.devices[id] = {
    id,
    identifiers: [["belfabriek", `ENTRY-${id}`]],
    via_device_id: null,
    name,
    name_by_user: null,
  };
  for (const [key, state] of Object.entries(counters)) {
    addEntity(hass, id, key, state);
  }
}

export function addExtension(
  hass: HomeAssistant,
  account: string,
  id: string,
  name: string,
  status = "ready",
): void {
  hass.devices[id] = {
    id,
    identifiers: [["belfabriek", `SUB-${id}`]],
    via_device_id: account,
    name,
    name_by_user: null,
  };
  addEntity(hass, id, "status", status);
}

function addEntity(hass: HomeAssistant, device: string, key: string, state: string): void {
  const entity_id = `sensor.${device}_${key}`;
  hass.entities[entity_id] = {
    entity_id,
    platform: "belfabriek",
    translation_key: key,
    device_id: device,
  };
  setState(hass, entity_id, { state });
}

/** Replace a state by a changed one, as Home Assistant's frontend does. */
export function setState(hass: HomeAssistant, entity_id: string, changes: Partial<State>): void {
  const changed = new Date(NOW).toISOString();
  const before = hass.states[entity_id] ?? {
    entity_id,
    state: "unknown",
    attributes: {},
    last_changed: changed,
    last_updated: changed,
  };
  hass.states = { ...hass.states, [entity_id]: { ...before, ...changes } };
}
