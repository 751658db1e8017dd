import type { ResolvedOptions } from "../../client/resolve_options.ts";
import type { ErrorInfo } from "../../errors.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { withDeadline } from "../../util/deadline.ts";
import { randomId } from "../../util/random.ts";
import { pingTimedOut } from "./connection_errors.ts";

/** The pings that await their answer. Each has an id of its own, so that pings may overlap (RTN13e). */
export class Pings {
  readonly #options: ResolvedOptions;
  readonly #transmit: (frame: ProtocolMessage) => void;
  readonly #waiting = new Map<string | undefined, PromiseWithResolvers<void>>();

  /** @param transmit Sends a frame over the current transport. */
  constructor(options: ResolvedOptions, transmit: (frame: ProtocolMessage) => void) {
    this.#options = options;
    this.#transmit = transmit;
  }

  /**
   * Sends a ping and waits for its answer.
   *
   * @param signal Ends the wait.
   * @returns The time until the answer, in milliseconds.
   */
  async send(signal?: AbortSignal | null): Promise<number> {
    const { clock, random, realtimeRequestTimeout: timeout } = this.#options;
    const id = randomId(random);
    const answered = Promise.withResolvers<void>();
    const sentAt = clock.now();
    try {
      await withDeadline(() => {
        this.#waiting.set(id, answered);
        this.#sendHeartbeat(id);
        return answered.promise;
      }, { clock, timeout, signal, onTimeout: () => pingTimedOut(timeout) }); // RTN13c
      return clock.now() - sentAt;
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** Sends unanswered pings again over a new transport, because their answers over the old one are lost. */
  sendAgain(): void {
    for (const id of this.#waiting.keys()) this.#sendHeartbeat(id);
  }

  /** Notes a heartbeat; one without an id, or with another's, answers no ping. */
  answer(id: string | undefined): void {
    this.#waiting.get(id)?.resolve();
  }

  /** Fails all pings (RTN13b). */
  failAll(reason: ErrorInfo): void {
    for (const { reject } of this.#waiting.values()) reject(reason);
  }

  #sendHeartbeat(id: string | undefined): void {
    this.#transmit({ action: Action.Heartbeat, id });
  }
}
