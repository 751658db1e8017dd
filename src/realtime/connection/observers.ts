/**
 * Those inside the client who are told of every change. They are not listeners of the public emitter, so that a user's
 * `off()` does not reach them (RTC10).
 */
export class Observers<T> {
  readonly #observers = new Set<(change: T) => void>();

  /** Calls back on every change until told to stop. */
  add(observer: (change: T) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Tells everyone who is there at this moment. */
  tell(change: T): void {
    for (const observer of [...this.#observers]) observer(change);
  }

  /**
   * Resolves with the next change that is wanted.
   *
   * @param wanted Tells whether it is that change.
   * @param signal Ends the wait; its reason is what the promise rejects with.
   */
  next(wanted: (change: T) => boolean, signal?: AbortSignal | null): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const end = () => {
        stop();
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        end();
        reject(signal!.reason);
      };
      const stop = this.add((change) => {
        if (!wanted(change)) return;
        end();
        resolve(change);
      });
      signal?.addEventListener("abort", onAbort);
    });
  }
}
