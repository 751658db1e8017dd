import type { ResolvedOptions } from "../../client/resolve_options.ts";
import type { ErrorInfo } from "../../errors.ts";
import type { Clock } from "../../util/clock.ts";
import { randomId, type RandomSource } from "../../util/random.ts";
import { pingTimedOut } from "./connection_errors.ts";

interface Ping {
  readonly sentAt: number;
  readonly resolve: (duration: number) => void;
  readonly reject: (reason: unknown) => void;
  /** Stops the timer and stops listening to the signal. */
  readonly settle: () => void;
}

/** The pings that await their answer. Each has an id of its own, so that pings may overlap (RTN13e). */
export class Pings {
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #timeout: number;
  readonly #waiting = new Map<string, Ping>();

  constructor({ clock, random, realtimeRequestTimeout }: ResolvedOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#timeout = realtimeRequestTimeout;
  }

  /**
   * Sends a ping and waits for its answer.
   *
   * @param send Sends a heartbeat with the given id.
   * @param signal Gives the ping up.
   * @returns How long the answer took, in milliseconds.
   */
  send(send: (id: string) => void, signal?: AbortSignal | null): Promise<number> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const id = randomId(this.#random);
      const onAbort = () => this.#remove(id)?.reject(signal?.reason);
      signal?.addEventListener("abort", onAbort);
      const timer = this.#clock.setTimeout(() => this.#expire(id), this.#timeout);
      const settle = () => {
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      this.#waiting.set(id, { sentAt: this.#clock.now(), resolve, reject, settle });
      send(id);
    });
  }

  /** Sends again what has no answer, over a new transport: the answer that would have come over the old one is lost. */
  sendAgain(send: (id: string) => void): void {
    for (const id of [...this.#waiting.keys()]) send(id);
  }

  /** Notes a heartbeat; one without an id, or with another's, answers no ping. */
  answer(id: string | undefined): void {
    const ping = this.#remove(id);
    ping?.resolve(this.#clock.now() - ping.sentAt);
  }

  /** Fails all pings (RTN13b). */
  failAll(reason: ErrorInfo): void {
    for (const id of [...this.#waiting.keys()]) this.#remove(id)?.reject(reason);
  }

  #remove(id: string | undefined): Ping | undefined {
    const ping = id === undefined ? undefined : this.#waiting.get(id);
    if (ping === undefined) return undefined;
    this.#waiting.delete(id!);
    ping.settle();
    return ping;
  }

  #expire(id: string): void {
    this.#remove(id)?.reject(pingTimedOut(this.#timeout)); // RTN13c
  }
}
