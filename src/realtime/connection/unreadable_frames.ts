import type { Clock } from "../../util/clock.ts";

/** The number of reconnects for an unreadable frame within the time below. */
const TRIES = 3;
/** In milliseconds. */
const WITHIN = 60_000;

/**
 * Decides whether to reconnect after a frame that cannot be read. After a resume the service sends the frame again. A
 * frame that was damaged on the way then arrives intact, and nothing is lost. A frame that cannot be read the second time
 * will never be readable, so it is skipped: another resume would bring it again.
 */
export class UnreadableFrames {
  readonly #clock: Clock;
  #tried: number[] = [];
  #hasMoved = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A frame arrived that the service does not send again, so the next unreadable frame is another one. */
  moveOn(): void {
    this.#hasMoved = true;
  }

  /** Records a frame that cannot be read; returns true if a reconnect may bring it intact. */
  isWorthAnotherTry(): boolean {
    const now = this.#clock.now();
    this.#tried = this.#tried.filter((at) => now - at < WITHIN);
    const isWorth = this.#hasMoved && this.#tried.length < TRIES;
    this.#hasMoved = false;
    if (isWorth) this.#tried.push(now);
    return isWorth;
  }
}
