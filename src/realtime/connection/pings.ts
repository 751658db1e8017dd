import type { ResolvedOptions } from "../../client/resolve_options.ts";
import type { ErrorInfo } from "../../errors.ts";
import { withDeadline } from "../../util/deadline.ts";
import { randomId } from "../../util/random.ts";
import { pingTimedOut } from "./connection_errors.ts";

/** The pings that await their answer. Each has an id of its own, so that pings may overlap (RTN13e). */
export class Pings {
  readonly #options: ResolvedOptions;
  readonly #waiting = new Map<string | undefined, PromiseWithResolvers<void>>();

  constructor(options: ResolvedOptions) {
    this.#options = options;
  }

  /**
   * Sends a ping and waits for its answer.
   *
   * @param send Sends a heartbeat with the given id.
   * @param signal Ends the wait.
   * @returns The time until the answer, in milliseconds.
   */
  async send(send: (id: string) => void, signal?: AbortSignal | null): Promise<number> {
    const { clock, random, realtimeRequestTimeout: timeout } = this.#options;
    const id = randomId(random);
    const answered = Promise.withResolvers<void>();
    const sentAt = clock.now();
    try {
      await withDeadline(() => {
        this.#waiting.set(id, answered);
        send(id);
        return answered.promise;
      }, { clock, timeout, signal, onTimeout: () => pingTimedOut(timeout) }); // RTN13c
      return clock.now() - sentAt;
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** Sends unanswered pings again over a new transport, because their answers over the old one are lost. */
  sendAgain(send: (id: string) => void): void {
    for (const id of this.#waiting.keys()) send(id!);
  }

  /** Notes a heartbeat; one without an id, or with another's, answers no ping. */
  answer(id: string | undefined): void {
    this.#waiting.get(id)?.resolve();
  }

  /** Fails all pings (RTN13b). */
  failAll(reason: ErrorInfo): void {
    for (const { reject } of this.#waiting.values()) reject(reason);
  }
}
