/** A thing that a member has sent. */
export interface Sent<T> {
  readonly value: T;
  /** Whether the service has acknowledged it, or refused it; `undefined` while there is no answer. */
  isAccepted?: boolean;
  /** The thing that counts if this one is refused. */
  before?: Sent<T>;
}

/** Remembers the last thing that each member sent and that was not refused. */
export class LastSent<T> {
  /** Absent before the first one. */
  #last: Map<string, Sent<T>> | undefined;

  /** The names of the members that have sent something. */
  get names(): Iterable<string> {
    return this.#last?.keys() ?? [];
  }

  /** The last thing that a member sent; `undefined` if there is none, or if all were refused. */
  of(name: string): Sent<T> | undefined {
    let last = this.#last?.get(name);
    while (last?.isAccepted === false) last = last.before;
    return last;
  }

  /**
   * Remembers a thing that is being sent.
   *
   * @param name The member.
   * @param sending Settles with the answer of the service.
   * @returns The answer.
   */
  async during<R>(name: string, value: T, sending: Promise<R>): Promise<R> {
    const sent: Sent<T> = { value, before: this.of(name) };
    (this.#last ??= new Map()).set(name, sent);
    try {
      const answer = await sending;
      sent.isAccepted = true;
      sent.before = undefined;
      return answer;
    } catch (error) {
      sent.isAccepted = false;
      throw error;
    }
  }

  /** Forgets everything: no member is present any more. */
  clear(): void {
    this.#last?.clear();
  }
}
