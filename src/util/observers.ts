import { abortable } from "./deadline.ts";

/**
 * Observers inside the client. They are apart from the public emitter, so that a user's `off()` does not remove them (RTC10).
 *
 * @typeParam C The type of the notifications.
 */
export class Observers<C> {
  /** Absent without observers: a client can have thousands of channels, and most have none. */
  #observers: Set<(change: C) => void> | undefined;

  /** Calls the observer on every change, until the returned function is called. */
  add(observer: (change: C) => void): () => void {
    const observers = this.#observers ??= new Set();
    observers.add(observer);
    return () => observers.delete(observer);
  }

  /** Calls the observers that are registered at this moment. */
  notify(change: C): void {
    if (this.#observers === undefined) return;
    for (const observer of [...this.#observers]) observer(change);
  }

  /** Resolves with the next change that matches; rejects if the signal is aborted. */
  next(wanted: (change: C) => boolean, signal?: AbortSignal | null): Promise<C> {
    let stop = () => {};
    const next = new Promise<C>((resolve) => {
      stop = this.add((change) => {
        if (wanted(change)) resolve(change);
      });
    });
    return abortable(next, signal).finally(stop);
  }
}
