/**
 * A counter that makes work begun under an earlier value void: work remembers `current` when it begins, and its result
 * counts only if the value is still the same.
 */
export class Epoch {
  #current = 0;

  /** The current value. */
  get current(): number {
    return this.#current;
  }

  /** Begins the next epoch. */
  next(): void {
    this.#current++;
  }
}
