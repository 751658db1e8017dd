import type { Clock } from "../../util/clock.ts";
import { currentRequestScope, type RequestScope } from "../../util/request_scope.ts";

/** The interval at which a request checks that the request whose connection it uses still runs, in milliseconds. */
const CHECK_EVERY = 250;

/** The connection as {@linkcode ConnectionOwner} uses it. */
export interface OwnedConnection {
  /** True if there is a connection, or will be one without a further call. */
  readonly isActive: boolean;
  /** The owner has ended: opens the connection anew. `cause` is the runtime's error for using the owner's objects. */
  move(cause: unknown): void;
}

/** A request that checks the owner at intervals. */
interface Watch {
  readonly scope: RequestScope;
  checkedAt: number;
}

/**
 * The request on Cloudflare Workers that owns the connection: the socket and the timers end with that request. Another request
 * may use the connection as long as the owner runs. After that, the connection moves to the request that notices it. Other
 * runtimes have no such limit, and there this class does nothing.
 */
export class ConnectionOwner {
  readonly #clock: Clock;
  readonly #connection: OwnedConnection;
  #owner: RequestScope | undefined;
  #watches: Watch[] = [];

  constructor(clock: Clock, connection: OwnedConnection) {
    this.#clock = clock;
    this.#connection = connection;
  }

  /** Makes the current request the owner. To be called before the connection is opened. */
  claim(): void {
    if (this.#owner === undefined || this.#owner.barrier !== undefined) {
      this.#owner = currentRequestScope();
    }
  }

  /**
   * Checks that the owner still runs; if not, moves the connection to the current request. To be called before each use of the
   * connection.
   *
   * @returns Resolves after the check; nothing if the current request is the owner.
   */
  check(): Promise<void> | undefined {
    const barrier = this.#owner?.barrier;
    if (barrier === undefined) return undefined;
    this.#watch();
    return this.#checkBehind(barrier);
  }

  async #checkBehind(barrier: unknown): Promise<void> {
    const owner = this.#owner!;
    const isAlive = await owner.run(() => {}, this.#clock);
    if (isAlive || this.#owner !== owner) return; // Another call may have noticed first.
    this.#owner = undefined;
    this.#connection.move(barrier);
  }

  /** Checks at intervals while the current request runs; its timers end with it. */
  #watch(): void {
    const now = this.#clock.now();
    this.#watches = this.#watches.filter(({ checkedAt }) => now - checkedAt < 4 * CHECK_EVERY);
    if (this.#watches.some(({ scope }) => scope.barrier === undefined)) return;
    const scope = currentRequestScope();
    if (scope === undefined) return;
    const watch = { scope, checkedAt: now };
    this.#watches.push(watch);
    this.#checkLater(watch);
  }

  #checkLater(watch: Watch): void {
    const clock = this.#clock;
    clock.setTimeout(() => {
      watch.checkedAt = clock.now();
      const barrier = this.#owner?.barrier;
      if (barrier === undefined || !this.#connection.isActive) {
        this.#watches = this.#watches.filter((other) => other !== watch);
        return;
      }
      void this.#checkBehind(barrier);
      this.#checkLater(watch);
    }, CHECK_EVERY);
  }
}
