import type { Clock } from "../../util/clock.ts";
import { Timers } from "../../util/timers.ts";

/**
 * Detects that nothing has been received for too long (RTN23a). Receiving a frame costs one clock reading, not a new timer: the
 * timer looks at the time of the last frame when it fires, and waits for the rest.
 */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #timers: Timers<"idle">;
  readonly #onIdle: () => void;
  #limit = 0;
  #lastActivity = 0;

  constructor(clock: Clock, onIdle: () => void) {
    this.#clock = clock;
    this.#timers = new Timers(clock);
    this.#onIdle = onIdle;
  }

  /**
   * Starts watching.
   *
   * @param limit The longest silence in milliseconds; 0 for no limit.
   */
  start(limit: number): void {
    this.stop();
    this.#limit = limit;
    if (limit > 0) this.#wait(limit);
    this.touch();
  }

  /** Records that something was received. */
  touch(): void {
    this.#lastActivity = this.#clock.now();
  }

  /** Stops watching. */
  stop(): void {
    this.#timers.stop("idle");
  }

  #wait(delay: number): void {
    this.#timers.start("idle", delay, () => this.#check());
  }

  #check(): void {
    const now = this.#clock.now();
    // A clock that was set back must not make the silence look shorter than it is.
    this.#lastActivity = Math.min(this.#lastActivity, now);
    const left = this.#lastActivity + this.#limit - now;
    if (left > 0) this.#wait(left);
    else this.#onIdle();
  }
}
