import type { ErrorInfo } from "../errors.ts";
import type { HttpSender } from "../http/http_message.ts";
import { requestTime } from "../http/time.ts";
import type { Clock } from "../util/clock.ts";
import { type JoinTimeout, SharedCalls } from "./shared_call.ts";

/** Ably's code for a token request whose timestamp is not current. */
const TIMESTAMP_NOT_CURRENT = 40104;

/** The times that token requests were signed with. One client may exchange a request that another one has signed. */
const signedWith = new WeakMap<object, ServiceTime>();

/**
 * The time of the service. It is requested once, and again when the difference to the local clock has proved wrong, because that
 * clock has jumped (RSA10k).
 */
export class ServiceTime {
  readonly #http: HttpSender;
  readonly #clock: Clock;
  readonly #queries: SharedCalls<number>;
  #offset: number | null = null;
  #mustQuery = false;

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
   * The time for a token request, in whole milliseconds: that of the service if it is known, otherwise the local clock's.
   *
   * @param query Whether to request the service's time if it is not known (RSA9d). It is always requested after
   * {@linkcode ServiceTime.distrust}.
   */
  async now(query: boolean): Promise<number> {
    if (this.#offset === null && (query || this.#mustQuery)) await this.#query();
    return Math.round(this.known() ?? this.#clock.now());
  }

  /** Notes that a token request was signed with this time, for {@linkcode learnFromRefusal}. */
  signed(request: object): void {
    signedWith.set(request, this);
  }

  /** Forgets the time, because it has proved wrong. The next token request is signed with the time that the service then has. */
  distrust(): void {
    this.#offset = null;
    this.#mustQuery = true;
  }

  async #query(): Promise<void> {
    const request = (signal: AbortSignal) => requestTime(this.#http, signal);
    const time = await this.#queries.share(request, () => this.#queries.start(request));
    this.#offset ??= time - this.#clock.now();
  }
}

/**
 * Distrusts the time that a token request was signed with, if the service has refused that time.
 *
 * @param request The object that was signed.
 * @param error The answer of the service.
 */
export function learnFromRefusal(request: object, { code }: ErrorInfo): void {
  if (code === TIMESTAMP_NOT_CURRENT) signedWith.get(request)?.distrust();
}
