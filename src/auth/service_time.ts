import type { HttpSender } from "../http/http_message.ts";
import { requestTime } from "../http/time.ts";
import type { Clock } from "../util/clock.ts";
import { type JoinTimeout, SharedCalls } from "./shared_call.ts";

/** The time of the service. It is requested at most once (RSA10k). */
export class ServiceTime {
  readonly #http: HttpSender;
  readonly #clock: Clock;
  readonly #queries: SharedCalls<number>;
  #offset: number | null = null;

  /**
   * @param http Sends requests without credentials to Ably.
   * @param joinTimeout The local clock, and the time to wait for a request that another caller has started.
   */
  constructor(http: HttpSender, joinTimeout: JoinTimeout) {
    this.#http = http;
    this.#clock = joinTimeout.clock;
    this.#queries = new SharedCalls(joinTimeout);
  }

  /** The time of the service in milliseconds, if it was requested before; otherwise null. */
  known(): number | null {
    return this.#offset === null ? null : this.#clock.now() + this.#offset;
  }

  /**
   * The time for a token request, in milliseconds: that of the service if it is known, otherwise the local clock's.
   *
   * @param query Whether to request the service's time if it is not known (RSA9d).
   */
  async now(query: boolean): Promise<number> {
    if (this.#offset === null && query) await this.#query();
    return this.known() ?? this.#clock.now();
  }

  async #query(): Promise<void> {
    const request = (signal: AbortSignal) => requestTime(this.#http, signal);
    const time = await this.#queries.share(request, () => this.#queries.start(request));
    this.#offset ??= time - this.#clock.now();
  }
}
