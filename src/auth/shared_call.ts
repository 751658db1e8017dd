import type { Clock } from "../util/clock.ts";
import { withDeadline } from "../util/deadline.ts";

/** How long a {@linkcode SharedCall} may take. */
export interface CallLimit {
  /** The clock that counts. */
  clock: Clock;
  /** After how many milliseconds nobody waits any more. */
  timeout: number;
  /** Makes the error for those who wait then. */
  onTimeout: () => Error;
}

/**
 * Something that several callers wait for. It is given up when none of them waits any more, or when it has taken too long.
 *
 * Each caller counts the time for himself: on Workers a call, its timers included, ends with the request that began it, and
 * those of later requests who wait for it would never hear of that.
 */
export class SharedCall<T> {
  readonly #limit: CallLimit;
  readonly #result: Promise<T>;
  readonly #givenUp = new AbortController();
  readonly #tooLate: number;
  #waiting = 0;

  /**
   * @param run What to do; the signal says that nobody waits for it any more.
   * @param limit How long it may take.
   */
  constructor(run: (givenUp: AbortSignal) => Promise<T>, limit: CallLimit) {
    this.#limit = limit;
    this.#tooLate = limit.clock.now() + limit.timeout;
    this.#result = run(this.#givenUp.signal);
    // Those who wait hear of a failure; where no one does, it is not unhandled.
    this.#result.catch(() => {});
  }

  /** Whether it is too late to wait for it. */
  get isGivenUp(): boolean {
    return this.#givenUp.signal.aborted || this.#limit.clock.now() >= this.#tooLate;
  }

  /**
   * Waits for the result.
   *
   * @param signal Ends the wait of this caller.
   */
  join(signal?: AbortSignal | null): Promise<T> {
    this.#waiting++;
    return withDeadline(() => this.#result, { ...this.#limit, signal }).finally(() => {
      if (--this.#waiting === 0) this.#givenUp.abort();
    });
  }
}
