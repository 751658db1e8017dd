import type { Clock } from "../util/clock.ts";
import { withDeadline } from "../util/deadline.ts";
import { currentPlace } from "../util/place.ts";

/** How often it is looked whether the request that has begun it still runs, in milliseconds (Workers). */
const LOOK_EVERY = 250;

/** The time to wait for a call that another caller has started. */
export interface JoinTimeout {
  /** The clock that counts. */
  clock: Clock;
  /** The time to wait, in milliseconds. */
  timeout: number;
}

/**
 * A call that several callers wait for. It is aborted when no caller waits any more.
 *
 * The caller that has begun it waits as long as it takes. Others wait for a while, and on Workers only as long as the
 * request runs that has begun it: the call ends with that request, its timers included, without a word.
 */
export class SharedCall<T> {
  readonly #patience: JoinTimeout;
  readonly #result: Promise<T>;
  readonly #givenUp = new AbortController();
  readonly #begun: number;
  readonly #place = currentPlace();
  #waiting = 0;

  /**
   * @param run What to do; the signal says that nobody waits for it any more.
   * @param patience How long others wait for it.
   */
  constructor(run: (givenUp: AbortSignal) => Promise<T>, patience: JoinTimeout) {
    this.#patience = patience;
    this.#begun = patience.clock.now();
    this.#result = run(this.#givenUp.signal);
    // Waiting callers receive the rejection; without any, mark it as handled.
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
    this.#waiting++; // Also between looks.
    try {
      if (await this.#isLeft(signal)) return await otherwise();
      return await this.#wait({ ...this.#patience, signal, onTimeout: () => late });
    } catch (error) {
      if (error !== late) throw error;
      return await new Promise<T>((resolve, reject) => {
        this.#result.then(resolve, () => {});
        otherwise().then(resolve, reject);
      });
    } finally {
      this.#leave();
    }
  }

  /** Whether the request on Workers that has begun it ends before it does. */
  async #isLeft(signal?: AbortSignal | null): Promise<boolean> {
    const { clock, timeout } = this.#patience;
    const late = new Error();
    const look = { clock, timeout: LOOK_EVERY, signal, onTimeout: () => late };
    const until = clock.now() + timeout;
    while (this.#place?.barrier !== undefined && clock.now() < until) {
      if (!await this.#place.run(() => {}, clock)) return true;
      const isLate = await withDeadline(() => this.#result, look)
        .then(() => false, (error) => error === late);
      if (!isLate) return false;
    }
    return false;
  }

  #wait(deadline: Parameters<typeof withDeadline<T>>[1]): Promise<T> {
    this.#waiting++;
    return withDeadline(() => this.#result, deadline).finally(() => this.#leave());
  }

  #leave(): void {
    if (--this.#waiting === 0) this.#givenUp.abort();
  }
}
