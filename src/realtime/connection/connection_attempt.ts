import { authFailure } from "../../auth/auth_failure.ts";
import { ErrorInfo } from "../../errors.ts";
import { Action } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Clock, Timer } from "../../util/clock.ts";
import { redacted, secretsOf } from "../../util/redact.ts";
import { hostsTried } from "../../http/hosts.ts";
import { refusedByRuntime } from "../../http/runtime_refusal.ts";
import { disconnected, timedOut } from "./connection_errors.ts";
import type { Failure } from "./connection_state.ts";
import { failureOf } from "./failure.ts";
import type { Transport, TransportFactory } from "./transport.ts";

/** The dependencies of an attempt to connect. */
export interface AttemptDependencies {
  /** The URL to connect to at a host; fails without credentials. */
  url(host: string, signal: AbortSignal): Promise<string>;
  /** The host to try first (RTN17i). */
  readonly primaryHost: string;
  /** Whether to pass over the primary host, which has just sent the client away (RTN17f1). */
  readonly skipPrimary: boolean;
  /** The other hosts to try, in random order (RTN17j). */
  fallbackHosts(): readonly string[];
  /** Whether there is an internet connection at all (RTN17j). */
  isOnline(signal: AbortSignal): Promise<boolean>;
  readonly openTransport: TransportFactory;
  readonly clock: Clock;
  /** The time that one host may take to answer, in milliseconds (RTN14c). */
  readonly timeout: number;
}

/**
 * Receives the outcome of an attempt: exactly one call of one of these functions. There is no call if the attempt is
 * abandoned, and two if `onConnected` throws.
 */
export interface AttemptSink {
  /** The service said CONNECTED. */
  onConnected(transport: Transport, frame: ProtocolMessage, host: string): void;
  /** No host could be connected to. */
  onFailed(failure: Failure): void;
}

/**
 * One attempt to connect (RTN14): gets credentials, opens a transport to the primary host and waits for CONNECTED; goes
 * on to fallback hosts where the failure is one that another host may not have (RTN17).
 */
export class ConnectionAttempt {
  readonly #deps: AttemptDependencies;
  readonly #listener: AttemptSink;
  readonly #abandoned = new AbortController();
  #transport: Transport | undefined;
  #timer: Timer | undefined;
  #noFallback = false;
  readonly #tried: string[] = [];

  constructor(deps: AttemptDependencies, listener: AttemptSink) {
    this.#deps = deps;
    this.#listener = listener;
    this.#run().catch((cause) => {
      if (!this.#isAbandoned) listener.onFailed(broken(cause));
    });
  }

  /** Gives up without calling the listener. */
  abandon(): void {
    this.#abandoned.abort();
    this.#release();
  }

  /** Tries no further host: the connection is only to be closed (RTN12f). */
  stopFallback(): void {
    this.#noFallback = true;
  }

  async #run(): Promise<void> {
    const { primaryHost, skipPrimary } = this.#deps;
    const fallbacks = this.#deps.fallbackHosts();
    const isSentAway = skipPrimary && await this.#canGoTo(fallbacks);
    // RTN17i: the primary host comes first, unless it was the one that sent the client away.
    let failure = isSentAway ? undefined : await this.#tryHost(primaryHost);
    if (isSentAway || failure?.tryOtherHosts && await this.#canGoTo(fallbacks)) {
      failure = await this.#tryHosts(fallbacks);
    }
    if (failure && !this.#isAbandoned) this.#listener.onFailed(this.#named(failure));
  }

  get #isAbandoned(): boolean {
    return this.#abandoned.signal.aborted;
  }

  /** RTN17g, RTN17j: fallback needs other hosts and a network. */
  async #canGoTo(hosts: readonly string[]): Promise<boolean> {
    const { signal } = this.#abandoned;
    if (hosts.length === 0 || signal.aborted || this.#noFallback) return false;
    return await this.#deps.isOnline(signal) && !this.#noFallback;
  }

  /** Tries one host after the other until one is connected, or fails in a way that others would share. */
  async #tryHosts(hosts: readonly string[]): Promise<Failure | undefined> {
    let failure: Failure | undefined;
    for (const host of hosts) {
      failure = await this.#tryHost(host);
      if (!failure?.tryOtherHosts || this.#noFallback) break;
    }
    return failure;
  }

  /** A failure that names all hosts, if more than one was tried. */
  #named({ reason, ...failure }: Failure): Failure {
    const [first, ...others] = this.#tried;
    if (others.length === 0 || !failure.tryOtherHosts) return { reason, ...failure };
    const message = `Failed to connect to ${hostsTried(first!, others.length)}: ${reason.message}`;
    const { cause } = reason;
    return { ...failure, reason: new ErrorInfo({ ...reason.toJSON(), message, cause }) };
  }

  /** Tries a host; resolves with the failure, or with nothing once it is connected. */
  async #tryHost(host: string): Promise<Failure | undefined> {
    this.#tried.push(host);
    let url: string;
    try {
      url = await this.#deps.url(host, this.#abandoned.signal);
    } catch (error) {
      return unauthenticated(error as ErrorInfo);
    }
    return this.#isAbandoned ? undefined : await this.#open(url, host);
  }

  #open(url: string, host: string): Promise<Failure | undefined> {
    return new Promise((resolve) => {
      const fail = (failure: Failure) => {
        this.#release();
        resolve(failure);
      };
      try {
        const { clock, timeout } = this.#deps;
        const late = () =>
          fail({ kind: "transient", reason: timedOut(timeout), tryOtherHosts: true });
        this.#timer = clock.setTimeout(late, timeout);
        this.#transport = this.#deps.openTransport(url, {
          onFrame: (frame) => {
            if (frame.action === Action.Connected) {
              this.#succeed(frame, host);
              resolve(undefined);
              return;
            }
            const failure = failureOf(frame);
            if (failure) fail(failure);
          },
          onClose: (reason) => fail({ kind: "transient", reason, tryOtherHosts: true }),
        });
      } catch (cause) {
        const reason = refusedByRuntime("open a connection", {
          cause: redacted(cause, secretsOf(url)),
        });
        fail({ kind: "fatal", reason });
      }
    });
  }

  #succeed(frame: ProtocolMessage, host: string): void {
    const transport = this.#transport!;
    this.#transport = undefined;
    this.#release();
    try {
      this.#listener.onConnected(transport, frame, host);
    } catch (cause) {
      // Without a failure here, the connection would stay `connecting` for ever.
      transport.drop();
      this.#listener.onFailed(broken(cause));
    }
  }

  #release(): void {
    if (this.#timer !== undefined) this.#deps.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#transport?.drop();
    this.#transport = undefined;
  }
}

/** RSA4c, RSA4d: only a refusal, or what trying again cannot help, is final. */
function unauthenticated(reason: ErrorInfo): Failure {
  return { kind: authFailure(reason) === "retriable" ? "transient" : "fatal", reason };
}

/** The failure when something threw while connecting. */
function broken(cause: unknown): Failure {
  const reason = disconnected(
    `Failed to connect: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  );
  return { kind: "transient", reason };
}
