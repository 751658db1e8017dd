import type { Clock } from "../../util/clock.ts";

/** How often another connection may be tried within the time below. */
const TRIES = 3;
/** In milliseconds. */
const WITHIN = 60_000;

/**
 * Decides what becomes of frames that cannot be read. The service sends a frame again after a resume, so that what was
 * damaged on the way arrives after all, and nothing is lost: that is worth one more connection. What cannot be read the
 * second time either never will be, and would be sent again for ever: it is passed over.
 */
export class UnreadableFrames {
  readonly #clock: Clock;
  #tried: number[] = [];
  #hasMoved = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that something was received that is not sent again: what cannot be read from now on is something else. */
  moveOn(): void {
    this.#hasMoved = true;
  }

  /** Notes a frame that cannot be read; tells whether to try another connection. */
  isWorthAnotherTry(): boolean {
    const now = this.#clock.now();
    this.#tried = this.#tried.filter((at) => now - at < WITHIN);
    const isWorth = this.#hasMoved && this.#tried.length < TRIES;
    this.#hasMoved = false;
    if (isWorth) this.#tried.push(now);
    return isWorth;
  }
}
