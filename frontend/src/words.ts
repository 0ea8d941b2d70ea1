/** The texts, which Home Assistant reads from the integration's translations. */

import type en from "../../custom_components/belfabriek/translations/en.json";
import type { HomeAssistant } from "./home-assistant";
import { PLATFORM } from "./registry";
import type { Count, Status } from "./status";

type Common = typeof en.common;

export type Words = {
  [Key in keyof Common as Key extends `team_${infer Name}` ? Name : never]: string;
} & {
  statuses: Record<Status, string>;
  counts: Record<Count, string>;
  accepting_calls: string;
  calls: string;
  talk_time: string;
};

type Resources = Record<string, string>;

const loaded = new Map<string, Words>();

/** Return the texts in the user's language; without them, `undefined`, and load them for a host. */
export function wordsIn(
  hass: HomeAssistant,
  host: { requestUpdate: () => void },
): Words | undefined {
  const words = loaded.get(hass.language);
  if (!words) {
    const update = (): void => {
      host.requestUpdate();
    };
    // Without a connection, the next state is another chance.
    void loadWords(hass).then(update, () => undefined);
  }
  return words;
}

/** Return the texts in the user's language; English ones if the integration does not have it. */
export async function loadWords(hass: HomeAssistant): Promise<Words> {
  const { language } = hass;
  let words = loaded.get(language);
  if (!words) {
    const answers = await Promise.all(
      ["common", "entity"].map((category) =>
        hass.callWS<{ resources: Resources }>({
          type: "frontend/get_translations",
          language: language.split("-")[0],
          category,
          integration: [PLATFORM],
        }),
      ),
    );
    words = wordsOf(Object.assign({}, ...answers.map(({ resources }) => resources)) as Resources);
    loaded.set(language, words);
  }
  return words;
}

function wordsOf(resources: Resources): Words {
  const below = (path: string): Record<string, string> => {
    const prefix = `component.${PLATFORM}.${path}`;
    return Object.fromEntries(
      Object.entries(resources)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, text]) => [key.slice(prefix.length), text]),
    );
  };
  const own = below("common.team_") as unknown as Words;
  const sensors = below("entity.sensor.");
  const statuses = below("entity.sensor.status.state.") as Words["statuses"];
  const { ready, on_call, wrap_up, paused, offline } = statuses;
  return {
    ...own,
    statuses,
    counts: { ready, on_call, wrap_up, paused, offline, no_data: own.no_data },
    accepting_calls: below("entity.binary_sensor.available.").name ?? "",
    calls: sensors["calls.name"] ?? "",
    talk_time: sensors["talk_time.name"] ?? "",
  };
}

/** Replace the placeholders of a text. */
export const fill = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
