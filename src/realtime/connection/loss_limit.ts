import type { Clock } from "../../util/clock.ts";

/** The number of connections that may be lost within the time below before the client waits. */
const LOSSES = 5;
/** In milliseconds. */
const WITHIN = 10_000;

/**
 * Detects a connection that keeps being lost right after it is made. Reconnecting at once, as RTN15a asks, would then
 * loop, for example between two clients that recovered the same connection.
 */
export class LossLimit {
  readonly #clock: Clock;
  #recent: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Records a lost connection; returns true if the last ones were lost too often to reconnect at once. */
  record(): boolean {
    const now = this.#clock.now();
    this.#recent = [...this.#recent.filter((at) => now - at < WITHIN), now].slice(-LOSSES - 1);
    return this.#recent.length > LOSSES;
  }
}
