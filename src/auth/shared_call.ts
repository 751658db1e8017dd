import { untilAborted } from "../util/deadline.ts";

/** Something that several callers wait for. It is given up when none of them waits any more. */
export class SharedCall<T> {
  readonly #result: Promise<T>;
  readonly #givenUp = new AbortController();
  #waiting = 0;

  /** @param run What to do; the signal says that nobody waits for it any more. */
  constructor(run: (givenUp: AbortSignal) => Promise<T>) {
    this.#result = run(this.#givenUp.signal);
    // Those who wait hear of a failure; where no one does, it is not unhandled.
    this.#result.catch(() => {});
  }

  /** Whether it is too late to wait for it. */
  get isGivenUp(): boolean {
    return this.#givenUp.signal.aborted;
  }

  /**
   * Waits for the result.
   *
   * @param signal Ends the wait of this caller.
   */
  join(signal?: AbortSignal | null): Promise<T> {
    this.#waiting++;
    return untilAborted(this.#result, signal).finally(() => {
      if (--this.#waiting === 0) this.#givenUp.abort();
    });
  }
}
