/** When the data that is shown was read. A team that does not change is not an old one. */

import type { HomeAssistant } from "./home-assistant";
import type { Account } from "./registry";
import { SECOND } from "./time";

const PAUSE = 5 * SECOND;

export class Freshness {
  private askedAt = -Infinity;
  private readonly read = new Map<string, number>();

  /** Ask Home Assistant from time to time. */
  update(hass: HomeAssistant, now: number): void {
    if (Math.abs(now - this.askedAt) >= PAUSE) {
      this.askedAt = now;
      void this.ask(hass, now);
    }
  }

  /** When the oldest data of some accounts was read. */
  of(accounts: readonly Account[]): number | undefined {
    const times = accounts.map(({ id }) => this.read.get(id)).filter((time) => time !== undefined);
    return times.length ? Math.min(...times) : undefined;
  }

  private async ask(hass: HomeAssistant, now: number): Promise<void> {
    try {
      const ages = await hass.callWS<Record<string, number | null>>({ type: "belfabriek/ages" });
      for (const [id, age] of Object.entries(ages)) {
        if (age !== null) {
          this.read.set(id, now - age * SECOND);
        }
      }
    } catch {
      // Without a connection, what was read gets older.
    }
  }
}
