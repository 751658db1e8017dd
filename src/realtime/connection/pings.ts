import type { ErrorInfo } from "../../errors.ts";
import type { Clock, Timer } from "../../util/clock.ts";
import { randomId, type RandomSource } from "../../util/random.ts";
import { pingTimedOut } from "./connection_errors.ts";

interface Ping {
  readonly sentAt: number;
  readonly timer: Timer;
  readonly resolve: (duration: number) => void;
  readonly reject: (reason: ErrorInfo) => void;
}

/** The pings that await their answer. Each has an id of its own, so that pings may overlap (RTN13e). */
export class Pings {
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #timeout: number;
  readonly #waiting = new Map<string, Ping>();

  constructor(clock: Clock, random: RandomSource, timeout: number) {
    this.#clock = clock;
    this.#random = random;
    this.#timeout = timeout;
  }

  /**
   * Sends a ping and waits for its answer.
   *
   * @param send Sends a heartbeat with the given id.
   * @returns How long the answer took, in milliseconds.
   */
  send(send: (id: string) => void): Promise<number> {
    return new Promise((resolve, reject) => {
      const id = randomId(this.#random);
      const timer = this.#clock.setTimeout(() => this.#expire(id), this.#timeout);
      this.#waiting.set(id, { sentAt: this.#clock.now(), timer, resolve, reject });
      send(id);
    });
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
    this.#clock.clearTimeout(ping.timer);
    return ping;
  }

  #expire(id: string): void {
    this.#remove(id)?.reject(pingTimedOut(this.#timeout)); // RTN13c
  }
}
