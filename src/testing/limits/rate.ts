/**
 * A rate that must not be exceeded: a bucket that holds as much as is permitted in one second, and fills up continuously.
 */
export class Rate {
  readonly #perSecond: number;
  #left: number;
  #at: number | undefined;

  /** @param perSecond The permitted amount. Without one, everything is permitted. */
  constructor(perSecond: number | null | undefined) {
    this.#perSecond = this.#left = perSecond ?? Infinity;
  }

  /** Takes an amount at a time in milliseconds. Returns whether it is permitted; if not, nothing is taken. */
  take(amount: number, now: number): boolean {
    if (this.#perSecond === Infinity) return true;
    const passed = now - (this.#at ?? now);
    this.#at = now;
    this.#left = Math.min(
      this.#perSecond,
      this.#left + Math.max(0, passed) * this.#perSecond / 1000,
    );
    if (amount > this.#left) return false;
    this.#left -= amount;
    return true;
  }
}
