import type { Clock } from "../../util/clock.ts";

/** The number of connections that may be lost within the time below before the client waits. */
const LOSSES = 5;
/** In milliseconds. */
const WITHIN = 10_000;

/**
 * Notices when connections come up and are lost again, over and over: then connecting at once, as RTN15a has it, would go
 * on without an end, for example between two clients that recovered the same connection.
 */
export class LossLimit {
  readonly #clock: Clock;
  #recent: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that a connection was lost; tells whether that has happened too often of late. */
  note(): boolean {
    const now = this.#clock.now();
    this.#recent = [...this.#recent.filter((at) => now - at < WITHIN), now].slice(-LOSSES - 1);
    return this.#recent.length > LOSSES;
  }
}
