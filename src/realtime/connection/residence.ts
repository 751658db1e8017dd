import type { Clock } from "../../util/clock.ts";
import { currentPlace, type Place } from "../../util/place.ts";

/** How often a request that uses the connection of another one looks whether that one still runs, in milliseconds. */
const LOOK_EVERY = 250;

/** What {@linkcode Residence} needs of the connection. */
export interface ResidenceDependencies {
  readonly clock: Clock;
  /** Whether there is a connection, or will be one without being asked for. */
  isActive(): boolean;
  /** The request that the connection belonged to has ended; `cause` is what the runtime says of reaching over to it. */
  move(cause: unknown): void;
}

interface Watch {
  readonly place: Place;
  lookedAt: number;
}

/**
 * To which request on Cloudflare Workers the connection belongs: its socket and its timers end with it. Another request
 * may use the connection as long as that one runs. After that, the connection moves to the request that finds out.
 * Elsewhere there is nothing to watch, and it costs nothing.
 */
export class Residence {
  readonly #deps: ResidenceDependencies;
  #home: Place | undefined;
  #watches: Watch[] = [];

  constructor(deps: ResidenceDependencies) {
    this.#deps = deps;
  }

  /** The connection is about to be opened here. */
  settle(): void {
    if (this.#home === undefined || this.#home.barrier !== undefined) this.#home = currentPlace();
  }

  /**
   * Somebody is about to use the connection.
   *
   * @returns Resolves once it is known that the connection lives, or has been moved here; nothing if it is here anyway.
   */
  visit(): Promise<void> | undefined {
    const barrier = this.#home?.barrier;
    if (barrier === undefined) return undefined;
    this.#watch();
    return this.#callOn(barrier);
  }

  async #callOn(barrier: unknown): Promise<void> {
    const home = this.#home!;
    const isAlive = await home.run(() => {}, this.#deps.clock);
    if (isAlive || this.#home !== home) return; // Somebody else may have found out.
    this.#home = undefined;
    this.#deps.move(barrier);
  }

  /** Keeps looking for as long as the request runs that this is called in: its timers end with it. */
  #watch(): void {
    const now = this.#deps.clock.now();
    this.#watches = this.#watches.filter(({ lookedAt }) => now - lookedAt < 4 * LOOK_EVERY);
    if (this.#watches.some(({ place }) => place.barrier === undefined)) return;
    const place = currentPlace();
    if (place === undefined) return;
    const watch = { place, lookedAt: now };
    this.#watches.push(watch);
    this.#lookLater(watch);
  }

  #lookLater(watch: Watch): void {
    const { clock, isActive } = this.#deps;
    clock.setTimeout(() => {
      watch.lookedAt = clock.now();
      const barrier = this.#home?.barrier;
      if (barrier === undefined || !isActive()) {
        this.#watches = this.#watches.filter((other) => other !== watch);
        return;
      }
      void this.#callOn(barrier);
      this.#lookLater(watch);
    }, LOOK_EVERY);
  }
}
