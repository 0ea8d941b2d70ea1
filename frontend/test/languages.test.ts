/// <reference types="vite/client" />
import { afterEach, describe, expect, it, vi } from "vitest";
import { picker } from "../src/picker";
import { languageOf, wordsIn } from "../src/website-words";

interface Texts {
  common: Record<string, string>;
}

const FILES = import.meta.glob<Texts>("../../custom_components/belfabriek/translations/*.json", {
  eager: true,
});
const TRANSLATIONS = Object.entries(FILES).map(
  ([path, { common }]) => [path.replace(/.*\/|\.json/g, ""), common] as const,
);

describe.each(TRANSLATIONS)("the translation %s", (language, common) => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("is used on websites", () => {
    expect(languageOf(language)).toBe(language);
    expect(wordsIn(language, null).person_ready).toBe(common.website_ready);
  });

  it("is used in the list of cards", () => {
    vi.stubGlobal("document", { documentElement: { lang: language } });
    expect(picker("team_description")).toBe(common.picker_team_description);
  });
});
