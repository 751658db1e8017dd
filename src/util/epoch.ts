/**
 * Counts how often a state has been replaced. Work that takes time remembers the epoch in which it began, and is void if the
 * current one is another when it ends.
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
