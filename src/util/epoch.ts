/**
 * A counter that is increased when a state is replaced. Asynchronous work remembers the epoch in which it began, and its result
 * is void if the epoch has changed by the time that it ends.
 */
export class Epoch {
  #current = 0;

  /** The current epoch. */
  get current(): number {
    return this.#current;
  }

  /** Begins the next epoch: work that began before is void. */
  next(): void {
    this.#current++;
  }
}
