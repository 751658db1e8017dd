import type { Clock } from "./clock.ts";

/** The limit on how often something may be done. */
export interface PaceOptions {
  /** The number of times it may be done at once. */
  readonly burst: number;
  /** After how many milliseconds it may be done once more. */
  readonly refill: number;
}

/** The largest count, so that a calm time soon forgives: the delays of RTB1 stop growing long before. */
const MOST = 6;

/**
 * Bounds how often the service can make the client do something. It needs no timer: it counts, and forgives one after each
 * refill. A loop that waits as long as RTB1 says still counts as one; what happens now and then never does.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #options: PaceOptions;
  #left: number;
  #at = -Infinity;

  constructor(clock: Clock, options: PaceOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#left = options.burst;
  }

  /** Notes that it is asked for once more; tells by how many times that is too often, 0 if it is not. */
  note(): number {
    const { burst, refill } = this.#options;
    const now = this.#clock.now();
    // A clock that was set back forgives nothing.
    const calm = Math.max(0, now - this.#at);
    this.#at = now;
    this.#left = Math.max(Math.min(burst, this.#left + calm / refill) - 1, -MOST);
    return Math.max(0, Math.ceil(-this.#left));
  }
}
