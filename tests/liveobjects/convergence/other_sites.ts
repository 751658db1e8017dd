import type { Stage } from "./root.ts";

/** The sites beside that of the clients, with the difference of their clocks in milliseconds. */
const SITES = { behind: -20, ahead: 20 };

const KEYS = ["k0", "k1", "k2", "m0", "n0"];

/** Changes that reach the service from other sites. The serials of one site grow; they compare in any way with those of others. */
export class OtherSites {
  readonly #stage: Stage;
  readonly #channel: string;
  readonly #random: (limit: number) => number;
  #count = 0;
  #applied: Promise<unknown> = Promise.resolve();

  constructor(stage: Stage, channel: string, random: (limit: number) => number) {
    this.#stage = stage;
    this.#channel = channel;
    this.#random = random;
  }

  /** A change of the root or of one of these objects, by one of the sites. */
  change(objectIds: readonly string[]): void {
    const random = this.#random;
    const objectId = ["root", ...objectIds][random(objectIds.length + 1)]!;
    if (random(20) === 0 && objectId !== "root") return this.#delete(objectId);
    const key = KEYS[random(KEYS.length)]!;
    const value = random(3) === 0
      ? { objectId: ["root", ...objectIds][random(objectIds.length + 1)]! }
      : { number: random(1000) };
    const [site] = Object.keys(SITES).slice(random(2));
    const operation = objectId.startsWith("counter:")
      ? { action: 4, objectId, counterInc: { number: random(16) / 4 } }
      : random(12) === 0
      ? { action: 6, objectId: "root", mapClear: {} }
      : random(4) === 0
      ? { action: 2, objectId, mapRemove: { key } }
      : { action: 1, objectId, mapSet: { key, value } };
    this.#apply(operation, site!);
  }

  /** Sets the key `mark` of the root, after all else. */
  async mark(number: number): Promise<void> {
    await this.#applied;
    const mapSet = { key: "mark", value: { number } };
    const serial = `9${String(++this.#count).padStart(4, "0")}`;
    await this.#stage.service.objects(this.#channel)
      .apply({ action: 1, objectId: "root", mapSet }, { siteCode: "last", serial });
  }

  #delete(objectId: string): void {
    try {
      this.#stage.service.objects(this.#channel).delete(objectId);
    } catch {
      // It is not known to the service yet.
    }
  }

  #apply(operation: Record<string, unknown>, siteCode: string): void {
    const time = this.#stage.now() + SITES[siteCode as keyof typeof SITES];
    const count = String(++this.#count).padStart(3, "0");
    const serial = `${String(time).padStart(14, "0")}-${count}@${siteCode}:000`;
    // An operation on an object that was deleted is refused.
    this.#applied = this.#stage.service.objects(this.#channel)
      .apply(operation, { siteCode, serial }).catch(() => {});
  }
}
