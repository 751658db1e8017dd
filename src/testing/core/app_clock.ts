import type { Clock } from "../../util/clock.ts";

/**
 * The time of a service: a time that was told is later than every message accepted before, and earlier than every
 * message accepted after, so that `start` and `end` of a history query separate them even within a millisecond.
 */
export class AppClock {
  readonly #clock: Clock;
  #lastTold = 0;
  #lastStamp = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The time now, for comparing with; in milliseconds since the Unix epoch. */
  now(): number {
    return Math.max(this.#milliseconds, this.#lastTold, this.#lastStamp);
  }

  /** The time to tell a client, as `GET /time` does. */
  tell(): number {
    this.#lastTold = Math.max(this.#milliseconds, this.#lastTold, this.#lastStamp + 1);
    return this.#lastTold;
  }

  /** The timestamp of something accepted now. */
  stamp(): number {
    this.#lastStamp = Math.max(this.#milliseconds, this.#lastStamp, this.#lastTold + 1);
    return this.#lastStamp;
  }

  /** A faked clock may stand between two milliseconds. */
  get #milliseconds(): number {
    return Math.floor(this.#clock.now());
  }
}
