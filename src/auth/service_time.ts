import type { HttpSender } from "../http/http_message.ts";
import { requestTime } from "../http/time.ts";
import type { Clock } from "../util/clock.ts";
import { type JoinTimeout, SharedCall } from "./shared_call.ts";

/** The time as Ably has it, which is asked for once at most (RSA10k). */
export class ServiceTime {
  readonly #http: HttpSender;
  readonly #clock: Clock;
  readonly #patience: JoinTimeout;
  #offset: number | null = null;
  #query: SharedCall<number> | null = null;

  /**
   * @param http Sends requests without credentials to Ably.
   * @param patience The local clock, and how long to wait for a question that somebody else has asked.
   */
  constructor(http: HttpSender, patience: JoinTimeout) {
    this.#http = http;
    this.#clock = patience.clock;
    this.#patience = patience;
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
    const begin = () => {
      const query = new SharedCall((signal) => requestTime(this.#http, signal), this.#patience);
      this.#query = query;
      return query.join().finally(() => {
        if (this.#query === query) this.#query = null;
      });
    };
    const current = this.#query;
    const time = await (current && !current.isGivenUp ? current.follow(begin) : begin());
    this.#offset ??= time - this.#clock.now();
  }
}
