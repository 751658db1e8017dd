/**
 * Calls of one kind that wait for the same outcome.
 *
 * @typeParam T The value with which they resolve.
 */
export class PendingCalls<T> {
  /** Absent without calls. */
  #calls: PromiseWithResolvers<T>[] | undefined;

  /** The number of calls that wait. */
  get size(): number {
    return this.#calls?.length ?? 0;
  }

  /** Adds a call; its promise settles with the next outcome. */
  add(): Promise<T> {
    const call = Promise.withResolvers<T>();
    if (this.#calls) this.#calls.push(call);
    else this.#calls = [call];
    return call.promise;
  }

  /** Resolves all calls. */
  resolve(value: T): void {
    if (this.#calls) { for (const { resolve } of this.#take()) resolve(value); }
  }

  /** Rejects all calls, if there are any. */
  reject(reason: () => unknown): void {
    if (this.#calls) { for (const { reject } of this.#take()) reject(reason()); }
  }

  #take(): PromiseWithResolvers<T>[] {
    const calls = this.#calls!;
    this.#calls = undefined;
    return calls;
  }
}
