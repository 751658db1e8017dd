/**
 * A state machine as the runner needs it: a pure function, and a method for each effect.
 *
 * @typeParam Status The state and its data.
 * @typeParam Input The events that may change it.
 * @typeParam Effect The actions that a transition asks for.
 */
export interface Machine<Status, Input, Effect> {
  /** The next status, and the effects in their order. To ignore an input, return the status and no effects. */
  transition(status: Status, input: Input): readonly [Status, readonly Effect[]];
  /** Performs one effect. The status is the new one already; `previous` is the one before the transition. */
  perform(effect: Effect, previous: Status): void;
  /** Runs when no input waits any longer. */
  onIdle?(): void;
}

/**
 * Feeds a state machine one input after the other. An effect may call listeners, and a listener may call back in with
 * another input: that input waits until all effects of the current one are performed.
 */
export class MachineRunner<Status, Input, Effect> {
  readonly #machine: Machine<Status, Input, Effect>;
  readonly #inputs: Input[] = [];
  #status: Status;
  #isRunning = false;

  constructor(initial: Status, machine: Machine<Status, Input, Effect>) {
    this.#status = initial;
    this.#machine = machine;
  }

  /** The current status. While effects are performed it is the new one already. */
  get status(): Status {
    return this.#status;
  }

  /** True while an input is handled, and so also in a listener that an effect calls. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /**
   * Handles an input, and the inputs that follow from it, before it returns. In a call from a listener the input waits instead.
   */
  dispatch(input: Input): void {
    // Others wait in a call from a listener, and after an effect that has thrown. The usual input does not go through the array,
    // which would keep room for 16 more in each of thousands of channels.
    const mustWait = this.#isRunning || this.#inputs.length > 0;
    if (mustWait) this.#inputs.push(input);
    if (this.#isRunning) return; // The running loop handles this input next.
    this.#isRunning = true;
    try {
      if (!mustWait) this.#take(input);
      do {
        while (this.#inputs.length > 0) this.#take(this.#inputs.shift()!);
        this.#machine.onIdle?.();
      } while (this.#inputs.length > 0);
    } finally {
      this.#isRunning = false;
    }
  }

  /** Handles an input that follows from the current one before the inputs that wait. For use in `perform`. */
  follow(input: Input): void {
    this.#inputs.unshift(input);
  }

  /** True if an input of that kind waits. */
  isQueued(matches: (input: Input) => boolean): boolean {
    return this.#inputs.some(matches);
  }

  #take(input: Input): void {
    const previous = this.#status;
    const [status, effects] = this.#machine.transition(previous, input);
    this.#status = status;
    for (const effect of effects) this.#machine.perform(effect, previous);
  }
}
