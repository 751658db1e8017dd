import type { Clock, Timer } from "./clock.ts";

/**
 * Timers by name, at most one of each.
 *
 * @typeParam Name The names.
 */
export class Timers<Name extends string> {
  readonly #clock: Clock;
  /** Made for the first timer, because many objects never start one. */
  #running: Map<Name, Timer> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back once after a delay in milliseconds. A running timer of the same name is stopped. */
  start(name: Name, delay: number, callback: () => void): void {
    this.stop(name);
    const timer = this.#clock.setTimeout(() => {
      this.#running!.delete(name);
      callback();
    }, delay);
    this.#running ??= new Map();
    this.#running.set(name, timer);
  }

  /** Whether a timer is running. */
  has(name: Name): boolean {
    return this.#running?.has(name) ?? false;
  }

  /** Stops a timer, if it is running. */
  stop(name: Name): void {
    const timer = this.#running?.get(name);
    if (timer === undefined) return;
    this.#running!.delete(name);
    this.#clock.clearTimeout(timer);
  }
}
