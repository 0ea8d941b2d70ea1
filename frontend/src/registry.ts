/** Finds the accounts and their extensions in the registries; users rename entity IDs. */

import type { Show } from "./config";
import type { Entity, HomeAssistant } from "./home-assistant";

export const PLATFORM = "belfabriek";

/** A device with its entity IDs by translation key. */
export interface Service {
  device: string;
  name: string;
  area: string | undefined;
  labels: string[];
  entities: Partial<Record<string, string>>;
}

export interface Account extends Service {
  /** ID of the config entry. */
  id: string;
  extensions: Service[];
}

/**
 * Return the accounts that have extensions, in the order of the registry, and all if none is chosen.
 *
 * Reads every entity and every device only once: there may be thousands of them.
 */
export function findAccounts(hass: HomeAssistant, chosen?: string | string[]): Account[] {
  const wanted = chosen?.length ? [chosen].flat() : undefined;
  const entities = new Map<string | undefined, Record<string, Entity>>();
  for (const entity of Object.values(hass.entities)) {
    if (entity?.platform === PLATFORM && entity.translation_key && !entity.hidden) {
      const found = entities.get(entity.device_id) ?? {};
      entities.set(entity.device_id, found);
      found[entity.translation_key] = entity;
    }
  }
  const accounts = new Map<string, Account>();
  const extensions: [string, Service][] = [];
  for (const device of Object.values(hass.devices)) {
    const id = device?.identifiers.find(([domain]) => domain === PLATFORM)?.[1];
    if (!device || !id) {
      continue;
    }
    const own = entities.get(device.id) ?? {};
    const service = {
      device: device.id,
      name: device.name_by_user || device.name || "",
      area: own.status?.area_id ?? device.area_id ?? undefined,
      labels: [...(device.labels ?? []), ...(own.status?.labels ?? [])],
      entities: Object.fromEntries(
        Object.entries(own).map(([key, entity]) => [key, entity.entity_id]),
      ),
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

/** Sort by name, in place; "Desk 2" comes before "Desk 10". */
export function sortByName<T extends { name: string }>(those: T[], language: string): T[] {
  const collator = new Intl.Collator(language, { numeric: true });
  return those.sort((one, other) => collator.compare(one.name, other.name));
}

/** Whether an extension is to be shown. */
export function isShown(extension: Service, show: Show = {}, hide: string[] = []): boolean {
  const { extensions = [], areas = [], labels = [] } = show;
  const everybody = !extensions.length && !areas.length && !labels.length;
  const chosen =
    extensions.includes(extension.device) ||
    (extension.area !== undefined && areas.includes(extension.area)) ||
    extension.labels.some((label) => labels.includes(label));
  return (everybody || chosen) && !hide.includes(extension.device);
}
