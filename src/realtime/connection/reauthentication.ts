import { tokenNotRenewable } from "../../auth/auth_errors.ts";
import type { AuthorizeHooks } from "../../auth/credentials_options.ts";
import type { ClientContext } from "../../client/context.ts";
import * as ErrorCode from "../../error_numbers.ts";
import type { ErrorInfo } from "../../errors.ts";
import type { TokenDetails } from "../../token/token_details.ts";
import { describeError, type Logger } from "../../util/logger.ts";
import { RateLimit } from "../../util/rate_limit.ts";
import { authFailed } from "./failure.ts";
import { isReturning } from "./is_returning.ts";
import type { Link } from "./link.ts";
import { connectionClosed, timedOut } from "./connection_errors.ts";
import type {
  ConnectionMachine,
  ConnectionState,
  ConnectionStateChange,
} from "./connection_state.ts";

/** The number of renewals that the service may ask for in a row, and the time after which it may ask for one more. */
const RENEWING = { burst: 5, refill: 5_000 };

/** The functions of the connection that re-authentication uses. */
export interface ReauthenticationDependencies {
  readonly connection: {
    /** The last error of the connection (RTN25). */
    errorReason: ErrorInfo | null;
    /** The error for an action that the current state does not allow. */
    cannot(action: string): ErrorInfo;
  };
  /** Shows tokens to the service. */
  readonly link: Pick<Link, "sendAuth">;
  /** The state of the connection, and the receiver of new credentials. */
  readonly machine: ConnectionMachine;
}

/** Changes a connection over to new credentials: when the user (RTC8), or the service (RTN22), asks for it. */
export class Reauthentication implements AuthorizeHooks {
  readonly #context: ClientContext;
  readonly #logger: Logger;
  readonly #deps: ReauthenticationDependencies;
  readonly #renewals: RateLimit;
  /** The calls that wait for the answer to an AUTH, in sending order, or for the connection. */
  #waiting: PromiseWithResolvers<void>[] = [];
  /** Ends the calls of `authorize()` that are under way. */
  #calls: AbortController | undefined;
  /** Ends the renewal that the service asked for, if one is under way. */
  #renewal: AbortController | undefined;

  constructor(context: ClientContext, deps: ReauthenticationDependencies) {
    this.#context = context;
    this.#logger = context.options.logger.of("connection");
    this.#deps = deps;
    this.#renewals = new RateLimit(context.options.clock, RENEWING);
    context.credentials.hooks = this;
  }

  /** RTN22: gets a new token and shows it to the service. A second request during a renewal is ignored. */
  async renew(): Promise<void> {
    const { credentials } = this.#context;
    const logger = this.#logger;
    if (this.#renewal || this.#state !== "connected") return;
    const excess = this.#renewals.note();
    if (excess > 0) {
      // RTN22a: if the token is invalid, the service disconnects the client, which then gets a new one.
      if (excess === 1) {
        logger.warn(() => "Ably asks for new tokens too often; for now the last one stays");
      }
      return;
    }
    if (!credentials.canRenew) {
      // RTN22a: until the service disconnects the client, the token is good.
      return logger.warn(() => describeError(tokenNotRenewable()));
    }
    const { signal } = this.#renewal = new AbortController();
    try {
      const { token } = await credentials.renew(signal);
      if (this.#state !== "connected") return; // The next connection uses the new token anyway.
      void this.#show(token).catch(() => {}); // No caller waits.
    } catch (error) {
      // If a new connection attempt has started, it will report its own authentication failure.
      if (this.#state === "connected" && !signal.aborted) this.failed(error as ErrorInfo);
    } finally {
      this.#renewal = undefined;
    }
  }

  /** Ends all calls and the renewal, because the user closes the connection (RTC8b1). */
  cancel(): void {
    this.#calls?.abort(connectionClosed());
    this.#calls = undefined;
    this.#renewal?.abort();
  }

  /** Ends a renewal that the service asked for, so that another can begin. */
  cancelRenewal(): void {
    this.#renewal?.abort();
    this.#renewal = undefined;
  }

  /** Settles the calls to which a change of the connection is the answer. */
  onStateChange({ event, current, reason }: ConnectionStateChange): void {
    if (event === "update") return this.#waiting.shift()?.resolve(); // RTC8a1, RTC8a3
    if (isReturning(current)) return;
    if (current === "failed") this.#renewal?.abort();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve, reject } of waiting) {
      if (current === "connected") resolve();
      else reject(reason ?? this.#deps.connection.cannot("authorize")); // RTC8a2, RTC8b1
    }
  }

  get #state(): ConnectionState {
    return this.#deps.machine.status.name;
  }

  /** RTC8b: an attempt with the old credentials is useless. */
  started(): AbortSignal {
    this.#deps.machine.dispatch({ type: "authorizing" });
    this.#calls ??= new AbortController();
    return this.#calls.signal;
  }

  /**
   * Changes to a new token: in band if connected (RTC8a), else by connecting with it (RTC8b, RTC8c).
   *
   * @throws {ErrorInfo} If the service refuses the token, or the connection ends before it is used (RTC8a3, RTC8b1).
   */
  authorized({ token }: TokenDetails): Promise<void> {
    // A later call of authorize() already has its token, and uses it.
    if (this.#context.credentials.tokenDetails?.token !== token) return this.#untilSettled();
    if (this.#state === "connected") return this.#show(token);
    const answered = this.#answer();
    this.#deps.machine.dispatch({ type: "reauthorized" });
    return answered.promise;
  }

  /**
   * Notes that getting a token failed; ends the connection if that is final (RSA4c, RSA4d).
   *
   * @returns The error for the caller.
   */
  failed(error: ErrorInfo): ErrorInfo {
    const { machine, connection } = this.#deps;
    if (connection.errorReason === error) return error; // The connection has reported it already.
    const { status } = machine;
    const isHalted = status.name === "connecting" && status.isHalted;
    // A call of authorize() without any way to get a token changes nothing, unless it has halted the attempt.
    if (error.code === ErrorCode.TokenNotRenewable && !isHalted) return error;
    const { kind, reason } = authFailed(error);
    this.#logger.error(() => describeError(reason));
    connection.errorReason = reason; // RSA4c1, RSA4c3
    machine.dispatch({ type: "unauthorized", kind, reason });
    return reason;
  }

  /** Resolves with the answer to the AUTH that is sent next, or once there is a connection. */
  #answer(): PromiseWithResolvers<void> {
    const waiting = Promise.withResolvers<void>();
    waiting.promise.catch(() => {}); // If the service asked for the AUTH, no caller waits: mark as handled.
    this.#waiting.push(waiting);
    return waiting;
  }

  /**
   * Sends AUTH; fails if the service does not answer. If the connection is lost meanwhile, the state of the next one is the answer.
   */
  async #show(token: string): Promise<void> {
    const { clock, realtimeRequestTimeout: timeout } = this.#context.options;
    const call = this.#answer();
    this.#deps.link.sendAuth(token);
    const timer = clock.setTimeout(() => {
      if (this.#state !== "connected") return;
      // The next UPDATE answers a later AUTH.
      this.#waiting = this.#waiting.filter((other) => other !== call);
      call.reject(timedOut(timeout));
    }, timeout);
    try {
      await call.promise;
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** Resolves when no AUTH or attempt is under way any more. */
  #untilSettled(): Promise<void> {
    const state = this.#state;
    if (isReturning(state)) return this.#answer().promise;
    return this.#waiting.at(-1)?.promise ?? Promise.resolve();
  }
}
