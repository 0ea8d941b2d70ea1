/** What this project uses of Home Assistant's frontend. */

export interface Entity {
  entity_id: string;
  platform?: string;
  translation_key?: string;
  device_id?: string;
  area_id?: string;
  labels?: string[];
  hidden?: boolean;
}

export interface Device {
  id: string;
  identifiers: string[][];
  via_device_id: string | null;
  name: string | null;
  name_by_user: string | null;
  area_id?: string | null;
  labels?: string[];
}

export interface State {
  entity_id: string;
  state: string;
  attributes: Record<string, unknown>;
  last_changed: string;
  last_updated: string;
}

export interface HomeAssistant {
  language: string;
  locale?: { time_format?: string };
  config: { time_zone: string };
  connected?: boolean;
  user?: { is_admin: boolean };
  entities: Record<string, Entity | undefined>;
  devices: Record<string, Device | undefined>;
  areas?: Record<string, { name: string } | undefined>;
  states: Record<string, State | undefined>;
  formatEntityState: (state: State) => string;
  callWS: <T>(message: Record<string, unknown>) => Promise<T>;
}

export interface ActionConfig {
  action: string;
  [option: string]: unknown;
}

export type Config = Record<string, unknown>;

/** Tell Home Assistant's page about something, as its own elements do. */
export function fire(element: EventTarget, type: string, detail: object): void {
  element.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
}
