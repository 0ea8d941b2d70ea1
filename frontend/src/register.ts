/** Tells Home Assistant's page what there is. */

import { TeamBadge } from "./badge";
import { TeamCard } from "./card";
import { BADGE, CARD, EDITOR, STRATEGY, TODAY_CARD } from "./config";
import { TeamEditor } from "./editor";
import type { HomeAssistant } from "./home-assistant";
import { picker } from "./picker";
import { findAccounts, PLATFORM } from "./registry";
import { TeamDashboard, TeamSection } from "./strategy-elements";
import { TodayCard } from "./today-card";

const DOCUMENTATION = "https://github.com/hass-belfabriek/belfabriek#the-team-on-a-dashboard";

interface Page {
  customCards?: object[];
  customBadges?: object[];
  customStrategies?: object[];
}

/** An entry of a list. The language is known when the list is shown, not when this script is loaded. */
const entry = (
  more: object,
  name: Parameters<typeof picker>[0],
  description?: Parameters<typeof picker>[0],
): object => ({
  ...more,
  documentationURL: DOCUMENTATION,
  get name() {
    return picker(name);
  },
  get description() {
    return description && picker(description);
  },
});

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
    entry(
      { type: CARD, preview: true, getEntitySuggestion: suggestCard },
      "team",
      "team_description",
    ),
    entry({ type: TODAY_CARD, preview: true }, "today", "today_description"),
  );
  (page.customBadges ??= []).push(entry({ type: BADGE, preview: true }, "team"));
  (page.customStrategies ??= []).push(
    entry({ type: STRATEGY, strategyType: "dashboard" }, "team", "dashboard_description"),
    entry({ type: STRATEGY, strategyType: "section" }, "team", "team_description"),
  );
}
