/** The data that a member sent; `undefined` if it has left. */
export interface PresenceData {
  readonly data?: unknown;
  readonly encoding?: string | null;
}

/** Remembers each member's latest data, so that a leave without data can repeat it (RTP10a). */
export class LastPresenceData {
  /** The data that the service has accepted, by member name. */
  #accepted = new Map<string, PresenceData>();
  /** The latest data by member name, accepted or on its way. */
  #latest = new Map<string, PresenceData>();

  /** The latest data of a member; `undefined` without data. */
  of(name: string): PresenceData | undefined {
    return this.#latest.get(name);
  }

  /**
   * Remembers data that is being sent; if the service refuses it, the earlier data applies again.
   *
   * @param name The member.
   * @param sent The data; an empty object for a member that leaves.
   * @param sending Settles with the response of the service.
   */
  async during(name: string, sent: PresenceData, sending: Promise<unknown>): Promise<void> {
    // If clear() runs before the answer arrives, update the discarded maps only.
    const [accepted, latest] = [this.#accepted, this.#latest];
    latest.set(name, sent);
    try {
      await sending;
      accepted.set(name, sent);
    } catch (error) {
      if (latest.get(name) === sent) {
        const before = accepted.get(name);
        if (before) latest.set(name, before);
        else latest.delete(name);
      }
      throw error;
    }
  }

  /** Forgets all data: no member is present any more. */
  clear(): void {
    this.#accepted = new Map();
    this.#latest = new Map();
  }
}
