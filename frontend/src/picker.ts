/** The texts of Home Assistant's lists of cards and dashboards, which are shown without a `hass`. */

import de from "../../custom_components/belfabriek/translations/de.json";
import en from "../../custom_components/belfabriek/translations/en.json";
import fr from "../../custom_components/belfabriek/translations/fr.json";
import nl from "../../custom_components/belfabriek/translations/nl.json";

/** `build.mjs` keeps only these texts. */
type Texts = {
  [Key in keyof typeof en.common as Key extends `picker_${infer Name}` ? Name : never]: string;
};

const TRANSLATIONS: Record<string, { common: typeof en.common }> = { en, nl, de, fr };

/** Return a text in the language of the page, or in English. */
export function picker(name: keyof Texts): string {
  const { lang } = document.documentElement;
  const { common } = TRANSLATIONS[lang.split("-")[0] ?? ""] ?? en;
  return common[`picker_${name}`];
}
