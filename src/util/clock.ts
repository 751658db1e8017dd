import { having } from "./read_members.ts";

/** A pending timer. Only the clock that made it can read it. */
export type Timer = unknown;

/** The source of time. Tests pass their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Calls back once after a delay in milliseconds.
   *
   * @param callback The function to call.
   * @param delay Milliseconds to wait.
   */
  setTimeout(callback: () => void, delay: number): Timer;
  /** Cancels a timer; does nothing if it has fired. */
  clearTimeout(timer: Timer): void;
}

/** The rule for a caller's clock. */
export const CLOCK = /* @__PURE__ */ having("now", "setTimeout", "clearTimeout");

/** The longest delay of the runtimes' timers, about 25 days. With a longer one they would fire at once. */
export const LONGEST_DELAY = 2 ** 31 - 1;

/** The clock of the runtime. Looks nothing up at import time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, delay) => setTimeout(callback, Math.min(delay, LONGEST_DELAY)),
  clearTimeout: (timer) => clearTimeout(timer as number),
};
