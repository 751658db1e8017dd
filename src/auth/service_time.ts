import type { HttpSender } from "../http/http_message.ts";
import { requestTime } from "../http/time.ts";
import type { Clock } from "../util/clock.ts";
import { type CallLimit, SharedCall } from "./shared_call.ts";

/** The time as Ably has it, which is asked for once at most (RSA10k). */
export class ServiceTime {
  readonly #http: HttpSender;
  readonly #clock: Clock;
  readonly #limit: CallLimit;
  #offset: number | null = null;
  #query: SharedCall<number> | null = null;

  /**
   * @param http Sends requests without credentials to Ably.
   * @param limit The local clock, and how long to wait for Ably's.
   */
  constructor(http: HttpSender, limit: CallLimit) {
    this.#http = http;
    this.#clock = limit.clock;
    this.#limit = limit;
  }

  /** Ably's time in milliseconds, if it has been asked for before; else null. */
  known(): number | null {
    return this.#offset === null ? null : this.#clock.now() + this.#offset;
  }

  /**
   * The time to use for a token request, in milliseconds: Ably's if it is known, else the local clock's.
   *
   * @param query Whether to ask Ably if it is not known (RSA9d).
   */
  async now(query: boolean): Promise<number> {
    if (this.#offset === null && query) await this.#ask();
    return this.known() ?? this.#clock.now();
  }

  async #ask(): Promise<void> {
    if (this.#query === null || this.#query.isGivenUp) {
      this.#query = new SharedCall((signal) => requestTime(this.#http, signal), this.#limit);
    }
    const query = this.#query;
    const time = await query.join().finally(() => {
      if (this.#query === query) this.#query = null;
    });
    this.#offset ??= time - this.#clock.now();
  }
}
