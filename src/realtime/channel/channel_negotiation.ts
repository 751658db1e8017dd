import type { ChannelStateChange } from "./channel_state.ts";

/** Adds an observer of state changes; returns the function that removes it. */
type Observe = (observer: (change: ChannelStateChange) => void) => () => void;

/** Negotiations of params and modes with the service, one after the other: ATTACHED does not say which ATTACH it answers. */
export class ChannelNegotiation {
  readonly #observe: Observe;
  /** The calls that wait for the next ATTACHED. */
  readonly #answers = new Set<() => void>();
  #current: Promise<void> | undefined;

  constructor(observe: Observe) {
    this.#observe = observe;
  }

  /** Settles when the negotiation in progress has ended; absent without one. */
  get current(): Promise<void> | undefined {
    return this.#current;
  }

  /**
   * Begins a negotiation.
   *
   * @returns Resolves with `undefined` at the next ATTACHED, or with the change by which the channel stopped waiting for one.
   */
  begin(): Promise<ChannelStateChange | undefined> {
    const answered = this.#nextAnswer();
    const current: Promise<void> = this.#current = answered.then(() => {
      if (this.#current === current) this.#current = undefined;
    });
    return answered;
  }

  /** Ends the negotiation: the service has answered. */
  onAttached(): void {
    for (const answer of [...this.#answers]) answer();
  }

  /** Later calls do not wait for a negotiation that was begun in a request that has ended (Workers). */
  forget(): void {
    this.#current = undefined;
  }

  #nextAnswer(): Promise<ChannelStateChange | undefined> {
    return new Promise((resolve) => {
      const settle = (change?: ChannelStateChange) => {
        stop();
        this.#answers.delete(answer);
        resolve(change);
      };
      const answer = () => settle();
      const stop = this.#observe((change) => {
        if (change.current !== "attached" && change.current !== "attaching") settle(change);
      });
      this.#answers.add(answer);
    });
  }
}
