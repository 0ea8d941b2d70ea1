/** The texts, in the languages of the integration. */

import de from "../../custom_components/belfabriek/translations/de.json";
import en from "../../custom_components/belfabriek/translations/en.json";
import fr from "../../custom_components/belfabriek/translations/fr.json";
import nl from "../../custom_components/belfabriek/translations/nl.json";
import ownDe from "../words/de.json";
import ownEn from "../words/en.json";
import ownFr from "../words/fr.json";
import ownNl from "../words/nl.json";
import type { Count, Status } from "./status";

export type Words = typeof ownEn & {
  statuses: Record<Status, string>;
  counts: Record<Count, string>;
  calls: string;
  talk_time: string;
};

// A key that a language lacks is an error of the type checker.
const OWN: Record<string, typeof ownEn> = { en: ownEn, nl: ownNl, de: ownDe, fr: ownFr };
const TRANSLATIONS: Record<string, Pick<typeof en, "entity">> = { en, nl, de, fr };

/** Return the texts in a language, or in English. */
export function wordsIn(language: string): Words {
  const code = language.split("-")[0] ?? "";
  const own = OWN[code] ?? ownEn;
  const { status, calls, talk_time } = (TRANSLATIONS[code] ?? en).entity.sensor;
  const statuses = status.state;
  const { ready, on_call, wrap_up, paused, offline } = statuses;
  return {
    ...own,
    statuses,
    counts: { ready, on_call, wrap_up, paused, offline, no_data: own.no_data },
    calls: calls.name,
    talk_time: talk_time.name,
  };
}

/** Texts in the language of the page, for what Home Assistant calls without a `hass`. */
export const pageWords = (): Words => wordsIn(document.documentElement.lang);

/** Replace the placeholders of a text. */
export const fill = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
