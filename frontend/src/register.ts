/** Tells Home Assistant's page what there is. */

import { TeamBadge } from "./badge";
import { TeamCard } from "./card";
import { BADGE, CARD, EDITOR, STRATEGY, TODAY_CARD } from "./config";
import { TeamEditor } from "./editor";
import type { HomeAssistant } from "./home-assistant";
import { findAccounts, PLATFORM } from "./registry";
import { TeamDashboard, TeamSection } from "./strategy-elements";
import { TodayCard } from "./today-card";
import { pageWords, type Words } from "./words";

const DOCUMENTATION = "https://github.com/hass-belfabriek/belfabriek#the-team-on-a-dashboard";

interface Page {
  customCards?: object[];
  customBadges?: object[];
  customStrategies?: object[];
}

/** The language is known when a list is shown, not when this script is loaded. */
const texts = (name: keyof Words, description: keyof Words): object => ({
  get name() {
    return pageWords()[name];
  },
  get description() {
    return pageWords()[description];
  },
  documentationURL: DOCUMENTATION,
});

/** Combine objects, with the getters of the last one. */
const described = (entry: object, words: object): object =>
  Object.defineProperties(entry, Object.getOwnPropertyDescriptors(words));

/** Suggest the card for entities of this integration. */
function suggestCard(hass: HomeAssistant, entityId: string): object | null {
  const entity = hass.entities[entityId];
  if (entity?.platform !== PLATFORM) {
    return null;
  }
  const account = findAccounts(hass).find(({ device, extensions }) =>
    [device, ...extensions.map((extension) => extension.device)].includes(entity.device_id ?? ""),
  );
  return account ? { config: { type: `custom:${CARD}`, account: account.id } } : null;
}

export function register(): void {
  // A page that stays open while the integration is updated loads this script a second time.
  if (customElements.get(CARD)) {
    return;
  }
  customElements.define(CARD, TeamCard);
  customElements.define(TODAY_CARD, TodayCard);
  customElements.define(BADGE, TeamBadge);
  customElements.define(EDITOR, TeamEditor);
  customElements.define(`ll-strategy-dashboard-${STRATEGY}`, TeamDashboard);
  customElements.define(`ll-strategy-section-${STRATEGY}`, TeamSection);
  const page = window as Page;
  (page.customCards ??= []).push(
    described(
      { type: CARD, preview: true, getEntitySuggestion: suggestCard },
      texts("picker_name", "section_description"),
    ),
    described({ type: TODAY_CARD, preview: true }, texts("today_name", "today_description")),
  );
  (page.customBadges ??= []).push(
    described({ type: BADGE, preview: true }, texts("picker_name", "badge_description")),
  );
  (page.customStrategies ??= []).push(
    described(
      { type: STRATEGY, strategyType: "dashboard" },
      texts("picker_name", "picker_description"),
    ),
    described(
      { type: STRATEGY, strategyType: "section" },
      texts("picker_name", "section_description"),
    ),
  );
}
