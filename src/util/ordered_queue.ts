/**
 * Does things in the order in which they were asked for, although some of them have to wait for a cipher first: at once
 * as long as nothing waits, so that the usual case costs no promise.
 */
export class OrderedQueue {
  /** Settles when all that waits has been done; absent while nothing waits. */
  #last: Promise<void> | undefined;
  /** A further condition for the turns after the running one. */
  #pause: Promise<void> | undefined;

  /** Waits for nothing that has begun before. */
  forget(): void {
    this.#last = undefined;
  }

  /**
   * Runs something with a payload, once the payload is there and all earlier turns have begun.
   *
   * @param payload What to run with, or a promise of it.
   * @param run The operation. What it returns is passed on, but no later turn waits for it.
   * @returns What `run` returned; a promise of it where something had to wait. It rejects if the payload did.
   */
  take<T, R>(payload: T | Promise<T>, run: (ready: T) => R): R | Promise<R> {
    const before = this.#last;
    if (before === undefined && !(payload instanceof Promise)) return run(payload);
    // The box around the result stops promise flattening: the next turn waits until `run` has begun, not for the ACK that the
    // promise it returns may stand for.
    const turn = Promise.all([payload, before]).then(([ready]) => ({ result: run(ready) }));
    // A payload that fails early must not let later turns overtake the earlier ones.
    const done: Promise<void> = Promise.allSettled([turn, before]).then(() => this.#pause).then(
      () => {
        if (this.#last === done) this.#last = undefined;
      },
    );
    this.#last = done;
    return turn.then(({ result }) => result);
  }

  /** Lets the turns that wait now, or come before it is over, wait for something else as well. */
  pause(until: () => Promise<void>): void {
    if (this.#last === undefined) return;
    const pause = this.#pause = until().then(() => {
      if (this.#pause === pause) this.#pause = undefined;
    });
  }
}
