import type { Clock } from "../../util/clock.ts";
import { currentRequestScope, type RequestScope } from "../../util/request_scope.ts";

/** The interval at which a request checks that the request whose connection it uses still runs, in milliseconds. */
const LOOK_EVERY = 250;

/** The functions of the connection that {@linkcode Residence} uses. */
export interface ResidenceDependencies {
  readonly clock: Clock;
  /** Whether there is a connection, or will be one without a further call. */
  isActive(): boolean;
  /** The request that the connection belonged to has ended; `cause` is the runtime's error for using its objects. */
  move(cause: unknown): void;
}

interface Watch {
  readonly scope: RequestScope;
  lookedAt: number;
}

/**
 * Knows the request on Cloudflare Workers that owns the connection: the socket and the timers end with that request.
 * Another request may use the connection as long as the owner runs. After that, the connection moves to the request that
 * notices it. Other runtimes have no such limit, and there this class does nothing.
 */
export class Residence {
  readonly #deps: ResidenceDependencies;
  #home: RequestScope | undefined;
  #watches: Watch[] = [];

  constructor(deps: ResidenceDependencies) {
    this.#deps = deps;
  }

  /** To be called before the connection is opened: the current request will own it. */
  settle(): void {
    if (this.#home === undefined || this.#home.barrier !== undefined) {
      this.#home = currentRequestScope();
    }
  }

  /**
   * To be called before each use of the connection.
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
    if (isAlive || this.#home !== home) return; // Another call may have noticed first.
    this.#home = undefined;
    this.#deps.move(barrier);
  }

  /** Checks at intervals while the current request runs; its timers end with it. */
  #watch(): void {
    const now = this.#deps.clock.now();
    this.#watches = this.#watches.filter(({ lookedAt }) => now - lookedAt < 4 * LOOK_EVERY);
    if (this.#watches.some(({ scope }) => scope.barrier === undefined)) return;
    const scope = currentRequestScope();
    if (scope === undefined) return;
    const watch = { scope, lookedAt: now };
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
