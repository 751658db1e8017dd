import type { Clock, Timer } from "../../util/clock.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { createError } from "../../errors.ts";
import { inspect, shownAs } from "../../util/inspect.ts";
import { readMembers, type Shape } from "../../util/read_members.ts";

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * The number of consecutive promise jobs that run before the time changes. A client needs 64 after a frame that settles a call.
 */
const TURNS = 500;

/** The options of {@linkcode FakeClock}. */
export interface FakeClockOptions {
  /**
   * Waits until everything that has been started has gone as far as it can without the time. It is called before, between and
   * after the timers. By default, 500 promise jobs in a row run; that is not enough for sockets, files and `crypto.subtle`.
   */
  settle?: (() => Promise<void>) | null;
}

const OPTIONS: Shape<FakeClockOptions> = {
  what: "The options of the clock",
  names: { settle: "function" },
};

/**
 * A clock for tests that must not wait: its time changes only when a test advances it.
 *
 * @example
 * ```ts
 * import { FakeClock } from "@ably-edge/sdk/testing";
 *
 * const clock = new FakeClock();
 * clock.setTimeout(() => console.log("an hour later"), 3_600_000);
 * await clock.advance(3_600_000);
 * ```
 */
export class FakeClock implements Clock {
  #now: number;
  readonly #settle: () => Promise<void>;
  #order = 0;
  readonly #pending = new Set<Pending>();

  /**
   * Makes a clock that stands still.
   *
   * @param start The initial time, in milliseconds since the Unix epoch. Defaults to the beginning of 2026.
   * @param options The wait between timers.
   */
  constructor(start: number = Date.UTC(2026, 0, 1), options: FakeClockOptions = {}) {
    this.#now = checkedTime(start, "start");
    this.#settle = readMembers(options, OPTIONS).settle ?? runJobs;
  }

  /** Milliseconds since the Unix epoch. */
  now(): number {
    return this.#now;
  }

  /** The number of timers that are waiting. */
  get pending(): number {
    return this.#pending.size;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    return shownAs("FakeClock", { now: new Date(this.now()), pending: this.#pending.size }, given);
  }

  /** Calls back once after a delay in milliseconds. */
  setTimeout(callback: () => void, delay: number): Timer {
    const due = this.#now + Math.max(0, Number.isFinite(delay) ? delay : 0);
    const timer: Pending = { due, order: this.#order++, callback };
    this.#pending.add(timer);
    return timer;
  }

  /** Cancels a timer; does nothing if it has fired. */
  clearTimeout(timer: Timer): void {
    this.#pending.delete(timer as Pending);
  }

  /**
   * Advances the time: fires the timers that become due, in their order, and lets the program settle before, between and after
   * them.
   *
   * @param ms Milliseconds.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + checkedTime(ms, "advance");
    await this.#settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.due);
      this.#pending.delete(next);
      next.callback();
      await this.#settle();
    }
    this.#now = end;
    await this.#settle();
  }

  #next(end: number): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.#pending) {
      if (timer.due > end) continue;
      if (
        first === undefined || timer.due < first.due ||
        (timer.due === first.due && timer.order < first.order)
      ) first = timer;
    }
    return first;
  }
}

function checkedTime(ms: number, action: string): number {
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw createError(
    ErrorCode.InvalidParameter,
    `Failed to ${action} the clock: the time must be a number from 0, got ${String(ms)}`,
    "Give milliseconds.",
  );
}

async function runJobs(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await null;
}
