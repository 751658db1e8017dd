/**
 * Runs tasks in the order of the calls, although some must wait for a cipher. A task runs at once as long as no other one
 * waits, so that a plain message costs no promise.
 */
export class OrderedQueue {
  /** Settles when the last waiting task has begun; undefined while no task waits. */
  #last: Promise<void> | undefined;
  /** A further condition for the tasks after the running one. */
  #pause: Promise<void> | undefined;

  /** Whether a task waits. */
  get isWaiting(): boolean {
    return this.#last !== undefined;
  }

  /** Drops the order: tasks from now on wait for no earlier one. */
  forget(): void {
    this.#last = undefined;
  }

  /**
   * Runs a task with a payload, once the payload is ready and all earlier tasks have begun.
   *
   * @param payload The payload, or a promise of it.
   * @param run The task. Its result is returned, but later tasks do not wait for it.
   * @returns The result of `run`; a promise of it if the task had to wait. It rejects if the payload did.
   */
  take<T, R>(payload: T | Promise<T>, run: (ready: T) => R): R | Promise<R> {
    const before = this.#last;
    if (before === undefined && !(payload instanceof Promise)) return run(payload);
    const turn = inTurn(payload, before, run);
    const done: Promise<void> = this.#last = this.#after(turn, before).then(() => {
      if (this.#last === done) this.#last = undefined;
    });
    return turn.then(({ result }) => result);
  }

  async #after(turn: Promise<unknown>, before: Promise<void> | undefined): Promise<void> {
    try {
      await turn;
    } catch {
      await before; // A payload that fails early must not let later tasks overtake the earlier ones.
    }
    if (this.#pause) await this.#pause;
  }

  /** Makes the tasks that wait now, and those that are added until the pause is over, wait for a further promise. */
  pause(until: () => Promise<void>): void {
    if (this.#last === undefined) return;
    const pause = this.#pause = until().then(() => {
      if (this.#pause === pause) this.#pause = undefined;
    });
  }
}

/**
 * Runs a task when its payload is ready and the earlier tasks have begun. The box around the result stops promise flattening: the
 * next task waits until `run` has begun, not for a promise that `run` returns, such as that of an ACK.
 */
async function inTurn<T, R>(
  payload: T | Promise<T>,
  before: Promise<void> | undefined,
  run: (ready: T) => R,
): Promise<{ result: R }> {
  const ready = before === undefined ? await payload : (await Promise.all([payload, before]))[0];
  return { result: run(ready) };
}
