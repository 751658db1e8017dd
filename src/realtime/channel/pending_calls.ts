/**
 * Calls of one kind that wait for the same outcome.
 *
 * @typeParam T The value with which they resolve.
 */
export class PendingCalls<T> {
  #calls: PromiseWithResolvers<T>[] = [];

  /** The number of calls that wait. */
  get size(): number {
    return this.#calls.length;
  }

  /** Adds a call; its promise settles with the next outcome. */
  add(): Promise<T> {
    const call = Promise.withResolvers<T>();
    this.#calls.push(call);
    return call.promise;
  }

  /** Resolves all calls. */
  resolve(value: T): void {
    for (const { resolve } of this.#take()) resolve(value);
  }

  /** Rejects all calls, if there are any. */
  reject(reason: () => unknown): void {
    for (const { reject } of this.#take()) reject(reason());
  }

  #take(): PromiseWithResolvers<T>[] {
    const calls = this.#calls;
    if (calls.length > 0) this.#calls = [];
    return calls;
  }
}
