import type { HttpSender } from "../http/http_message.ts";
import type { Clock } from "../util/clock.ts";
import { requestTime } from "../http/time.ts";

/** The time as Ably has it, which is asked for once at most (RSA10k). */
export class ServiceTime {
  readonly #http: HttpSender;
  readonly #clock: Clock;
  #offset: number | null = null;
  #query: Promise<number> | null = null;

  /**
   * @param http Sends requests without credentials to Ably.
   * @param clock The local clock.
   */
  constructor(http: HttpSender, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
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
    this.#query ??= requestTime(this.#http).finally(() => this.#query = null);
    const time = await this.#query;
    this.#offset ??= time - this.#clock.now();
  }
}
