/** What a member told, as it was sent; nothing if it has left. */
export interface Words {
  readonly data?: unknown;
  readonly encoding?: string | null;
}

/** What members told the others last, to be told once more when they leave without a word (RTP10a). */
export class LastWords {
  /** What the service has taken, by name. */
  #accepted = new Map<string, Words>();
  /** The same, or what is on its way to it. */
  #latest = new Map<string, Words>();

  /** What a member told last; `undefined` if nothing is known of it. */
  of(name: string): Words | undefined {
    return this.#latest.get(name);
  }

  /**
   * Keeps in mind what is being told. What is refused was never told.
   *
   * @param name Who tells it.
   * @param words What; nothing for a member that leaves.
   * @param sending Settles with the answer of the service.
   */
  async during(name: string, words: Words, sending: Promise<unknown>): Promise<void> {
    // Should all be forgotten meanwhile, the answer concerns nobody any more.
    const [accepted, latest] = [this.#accepted, this.#latest];
    latest.set(name, words);
    try {
      await sending;
      accepted.set(name, words);
    } catch (error) {
      if (latest.get(name) === words) {
        const before = accepted.get(name);
        if (before) latest.set(name, before);
        else latest.delete(name);
      }
      throw error;
    }
  }

  /** Forgets what everyone told: nobody is present any more. */
  clear(): void {
    this.#accepted = new Map();
    this.#latest = new Map();
  }
}
