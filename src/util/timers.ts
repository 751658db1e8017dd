import type { Clock, Timer } from "./clock.ts";

/**
 * Timers by name, at most one of each.
 *
 * @typeParam Name The names.
 */
export class Timers<Name extends string> {
  readonly #clock: Clock;
  /** Made for the first timer, because many objects never start one. */
  #running: Partial<Record<Name, Timer>> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back once after a delay in milliseconds. A running timer of the same name is stopped. */
  start(name: Name, delay: number, callback: () => void): void {
    this.stop(name);
    const running: Partial<Record<Name, Timer>> = this.#running ??= {};
    running[name] = this.#clock.setTimeout(() => {
      running[name] = undefined;
      callback();
    }, delay);
  }

  /** Whether a timer is running. */
  has(name: Name): boolean {
    return this.#running?.[name] !== undefined;
  }

  /** Stops a timer, if it is running. */
  stop(name: Name): void {
    const timer = this.#running?.[name];
    if (timer === undefined) return;
    this.#running![name] = undefined;
    this.#clock.clearTimeout(timer);
  }
}
