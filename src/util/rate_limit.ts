import type { Clock } from "./clock.ts";

/** A limit to the rate of some action. */
export interface RateLimitOptions {
  /** The number of times that the action may be done in a row. */
  readonly burst: number;
  /** The time after which it may be done once more, in milliseconds. */
  readonly refill: number;
}

/** The largest excess that is counted, so that a quiet period soon clears it: the delays of RTB1 stop growing long before. */
const MOST = 6;

/**
 * Limits how often the service can cause an action of the client. It needs no timer: it counts, and reduces the count by one
 * for each refill period. A loop with the delays of RTB1 still exceeds the limit; occasional repetitions never do.
 */
export class RateLimit {
  readonly #clock: Clock;
  readonly #options: RateLimitOptions;
  #left: number;
  #at = -Infinity;

  constructor(clock: Clock, options: RateLimitOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#left = options.burst;
  }

  /** Counts one more action. Returns by how many it exceeds the limit, 0 if it does not. */
  note(): number {
    const { burst, refill } = this.#options;
    const now = this.#clock.now();
    // A clock that was set back must not reduce the count.
    const calm = Math.max(0, now - this.#at);
    this.#at = now;
    this.#left = Math.max(Math.min(burst, this.#left + calm / refill) - 1, -MOST);
    return Math.max(0, Math.ceil(-this.#left));
  }
}
