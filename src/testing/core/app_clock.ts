import type { Clock } from "../../util/clock.ts";

/**
 * The time of a service. A time from `tell()` is later than every message accepted before the call, and earlier than every
 * message accepted after it, so that `start` and `end` of a history query separate them even within a millisecond.
 */
export class AppClock {
  readonly #clock: Clock;
  #lastTold = 0;
  #lastStamp = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The current time for comparisons, in milliseconds since the Unix epoch. */
  now(): number {
    return Math.max(this.#milliseconds, this.#lastTold, this.#lastStamp);
  }

  /** The current time for a client, as in the response to `GET /time`. */
  tell(): number {
    this.#lastTold = Math.max(this.#milliseconds, this.#lastTold, this.#lastStamp + 1);
    return this.#lastTold;
  }

  /** A timestamp for an item that is accepted now. */
  stamp(): number {
    this.#lastStamp = Math.max(this.#milliseconds, this.#lastStamp, this.#lastTold + 1);
    return this.#lastStamp;
  }

  /** A fake clock may have a fraction of a millisecond. */
  get #milliseconds(): number {
    return Math.floor(this.#clock.now());
  }
}
