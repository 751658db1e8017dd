import type { Clock } from "../../util/clock.ts";
import { RateLimit } from "../../util/rate_limit.ts";

/** The number of reconnects for unreadable frames in a row, and the time after which there may be one more. */
const RECONNECTS = { burst: 3, refill: 20_000 };

/**
 * Decides whether to reconnect after a frame that cannot be read. After a resume the service sends the frame again. A
 * frame that was damaged on the way then arrives intact, and nothing is lost. A frame that cannot be read the second time
 * will never be readable, so it is skipped: another resume would bring it again.
 */
export class UnreadableFrames {
  readonly #reconnects: RateLimit;
  #hasMoved = true;

  constructor(clock: Clock) {
    this.#reconnects = new RateLimit(clock, RECONNECTS);
  }

  /** A frame arrived that the service does not send again, so the next unreadable frame is another one. */
  moveOn(): void {
    this.#hasMoved = true;
  }

  /** Records a frame that cannot be read; returns true if a reconnect may bring it intact. */
  isWorthAnotherTry(): boolean {
    const hasMoved = this.#hasMoved;
    this.#hasMoved = false;
    return hasMoved && this.#reconnects.note() === 0;
  }
}
