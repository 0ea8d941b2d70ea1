/** The texts of the website widget. */

import de from "../../custom_components/belfabriek/translations/de.json";
import en from "../../custom_components/belfabriek/translations/en.json";
import fr from "../../custom_components/belfabriek/translations/fr.json";
import nl from "../../custom_components/belfabriek/translations/nl.json";
import ownDe from "../words/website/de.json";
import ownEn from "../words/website/en.json";
import ownFr from "../words/website/fr.json";
import ownNl from "../words/website/nl.json";

/** What the page says of a team, and with `person_` of a person. */
export type Words = typeof ownEn &
  Record<"person_ready" | "person_busy" | "person_away" | "person_unknown", string>;

const OWN: Record<string, typeof ownEn> = { en: ownEn, nl: ownNl, de: ownDe, fr: ownFr };
const TRANSLATIONS: Record<string, Pick<typeof en, "common">> = { en, nl, de, fr };

/** Return the first of these languages that there is, as it was asked for, or English. */
export const languageOf = (...asked: readonly (string | null | undefined)[]): string =>
  asked.find((each) => each && TAG.test(each) && primary(each) in OWN) ?? "en";

/** What `Intl` accepts of the languages that there are. */
const TAG = /^[a-z]{2}(-[a-z]{4})?(-[a-z]{2})?$/i;

const primary = (language: string): string => language.toLowerCase().split("-")[0] ?? "";

/** Return the texts in a language, with those that the page replaces. */
export function wordsIn(language: string, replaced: string | null): Words {
  const { common } = TRANSLATIONS[primary(language)] ?? en;
  const words: Record<string, string> = {
    ...(OWN[primary(language)] ?? ownEn),
    person_ready: common.website_ready,
    person_busy: common.website_busy,
    person_away: common.website_away,
    person_unknown: common.website_unknown,
  };
  for (const [key, text] of Object.entries(parsed(replaced))) {
    if (typeof text === "string" && key in words) {
      words[key] = text;
    }
  }
  return words as Words;
}

function parsed(text: string | null): object {
  try {
    return Object(JSON.parse(text || "{}")) as object;
  } catch {
    return {};
  }
}

export const fill = (text: string, values: Record<string, string>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
