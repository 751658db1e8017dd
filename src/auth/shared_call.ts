import type { Clock } from "../util/clock.ts";
import { withDeadline } from "../util/deadline.ts";

/** How long to wait for what somebody else has begun. */
export interface Patience {
  /** The clock that counts. */
  clock: Clock;
  /** How many milliseconds to wait. */
  timeout: number;
}

/**
 * Something that several callers wait for. It is given up when none of them waits any more.
 *
 * Who has begun it waits as long as it takes. Others wait for a while: on Workers a call ends with the request that began it,
 * its timers included, and nobody would ever hear of it.
 */
export class SharedCall<T> {
  readonly #patience: Patience;
  readonly #result: Promise<T>;
  readonly #givenUp = new AbortController();
  readonly #begun: number;
  #waiting = 0;

  /**
   * @param run What to do; the signal says that nobody waits for it any more.
   * @param patience How long others wait for it.
   */
  constructor(run: (givenUp: AbortSignal) => Promise<T>, patience: Patience) {
    this.#patience = patience;
    this.#begun = patience.clock.now();
    this.#result = run(this.#givenUp.signal);
    // Those who wait hear of a failure; where no one does, it is not unhandled.
    this.#result.catch(() => {});
  }

  /** Whether it is too late to begin to wait for it. */
  get isGivenUp(): boolean {
    const { clock, timeout } = this.#patience;
    return this.#givenUp.signal.aborted || clock.now() - this.#begun > 2 * timeout;
  }

  /**
   * Waits for the result, as who has begun it.
   *
   * @param signal Ends the wait of this caller.
   */
  join(signal?: AbortSignal | null): Promise<T> {
    return this.#wait({ clock: this.#patience.clock, signal });
  }

  /**
   * Waits for the result for a while, then for whichever comes first: the result, or that of another try.
   *
   * @param otherwise What to try then.
   * @param signal Ends the wait of this caller.
   */
  async follow(otherwise: () => Promise<T>, signal?: AbortSignal | null): Promise<T> {
    const late = new Error("Nothing was heard of it");
    try {
      return await this.#wait({ ...this.#patience, signal, onTimeout: () => late });
    } catch (error) {
      if (error !== late) throw error;
      return await new Promise<T>((resolve, reject) => {
        this.#result.then(resolve, () => {});
        otherwise().then(resolve, reject);
      });
    }
  }

  #wait(deadline: Parameters<typeof withDeadline<T>>[1]): Promise<T> {
    this.#waiting++;
    return withDeadline(() => this.#result, deadline).finally(() => {
      if (--this.#waiting === 0) this.#givenUp.abort();
    });
  }
}
