import type { Clock, Timer } from "./clock.ts";

/**
 * Timers by name, at most one of each.
 *
 * @typeParam Name The names.
 */
export class Timers<Name extends string> {
  readonly #clock: Clock;
  readonly #running = new Map<Name, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back once after a delay in milliseconds. A running timer of the same name is stopped. */
  start(name: Name, delay: number, callback: () => void): void {
    this.stop(name);
    const timer = this.#clock.setTimeout(() => {
      this.#running.delete(name);
      callback();
    }, delay);
    this.#running.set(name, timer);
  }

  /** Whether a timer is running. */
  has(name: Name): boolean {
    return this.#running.has(name);
  }

  /** Stops a timer, if it is running. */
  stop(name: Name): void {
    const timer = this.#running.get(name);
    if (timer === undefined) return;
    this.#running.delete(name);
    this.#clock.clearTimeout(timer);
  }
}
