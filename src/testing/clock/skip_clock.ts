import { inspect, shownAs } from "../../util/inspect.ts";
import { type Clock, systemClock, type Timer } from "../../util/clock.ts";

interface Pending {
  readonly due: number;
  readonly callback: () => void;
  timer: Timer;
}

/** A clock that runs like the runtime's, but can skip a period. */
export class SkipClock implements Clock {
  readonly #pending = new Set<Pending>();
  #skipped = 0;

  now(): number {
    return systemClock.now() + this.#skipped;
  }

  setTimeout(callback: () => void, delay: number): Timer {
    const pending: Pending = { due: this.now() + delay, callback, timer: undefined };
    this.#pending.add(pending);
    this.#start(pending);
    return pending;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("SkipClock", { now: new Date(this.now()), pending: this.#pending.size }, given);
  }

  clearTimeout(timer: Timer): void {
    const pending = timer as Pending;
    if (this.#pending.delete(pending)) systemClock.clearTimeout(pending.timer);
  }

  /** Skips a period, in milliseconds. Timers that become due in it fire now, in their order. */
  advance(ms: number): void {
    this.#skipped += ms;
    for (const pending of [...this.#pending].sort((a, b) => a.due - b.due)) {
      systemClock.clearTimeout(pending.timer);
      this.#start(pending);
    }
  }

  #start(pending: Pending): void {
    pending.timer = systemClock.setTimeout(() => {
      this.#pending.delete(pending);
      pending.callback();
    }, Math.max(0, pending.due - this.now()));
  }
}
