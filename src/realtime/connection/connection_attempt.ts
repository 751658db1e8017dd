import { messageOf } from "../../util/message_of.ts";
import type { Credential, Credentials } from "../../auth/credentials.ts";
import type { ClientContext } from "../../client/context.ts";
import { ErrorInfo } from "../../errors.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Codec } from "../../protocol/codec.ts";
import type { ResolvedOptions } from "../../client/resolve_options.ts";
import { shuffled } from "../../util/random.ts";
import { redacted, secretsOf } from "../../util/redact.ts";
import { hostsTried } from "../../http/hosts.ts";
import { refusedByRuntime, withRefusal } from "../../http/runtime_refusal.ts";
import { connectUrl, type SessionKeys } from "./connect_params.ts";
import { disconnected, timedOut } from "./connection_errors.ts";
import type { Failure } from "./connection_state.ts";
import { authFailed, failureOf } from "./failure.ts";
import { isOnline } from "./connectivity_check.ts";
import type { Transport } from "./transport.ts";
import { WebSocketTransport } from "./websocket_transport.ts";

/** The goal of an attempt to connect: the session to continue, if there is one, and the way. */
export interface AttemptGoal extends SessionKeys {
  /** Whether to pass over the primary host, which has just sent the client away (RTN17f1). */
  readonly skipPrimary: boolean;
  /** Reads and writes frames. */
  readonly codec: Codec;
  /** True if another host may be tried. If the connection is only to be closed, it may not (RTN12f). */
  mayFallBack(): boolean;
}

/**
 * Receives the outcome of an attempt: exactly one call of `onConnected` or `onFailed`. There is no call if the attempt is
 * abandoned, and two if `onConnected` throws.
 */
export interface AttemptSink {
  /** Receives the token that is tried; undefined if it is the key. */
  onCredentials(token: string | undefined): void;
  /** The service sent CONNECTED. */
  onConnected(transport: Transport, frame: ProtocolMessage, host: string): void;
  /** No host could be connected to. */
  onFailed(failure: Failure): void;
}

/**
 * One attempt to connect (RTN14): gets credentials, opens a transport to the primary host and waits for CONNECTED; goes
 * on to fallback hosts where the failure is one that another host may not have (RTN17).
 */
export class ConnectionAttempt {
  readonly #options: ResolvedOptions;
  readonly #credentials: Credentials;
  readonly #goal: AttemptGoal;
  readonly #sink: AttemptSink;
  readonly #abandoned = new AbortController();
  readonly #tried: string[] = [];
  /** Stops the timer of the host that is tried, and drops its transport. */
  #release = () => {};
  /** Whether the runtime has refused to open a connection to a host. */
  #isRefused = false;

  constructor({ options, credentials }: ClientContext, goal: AttemptGoal, sink: AttemptSink) {
    this.#options = options;
    this.#credentials = credentials;
    this.#goal = goal;
    this.#sink = sink;
    this.#run().catch((cause) => {
      if (!this.#isAbandoned) sink.onFailed(broken(cause));
    });
  }

  /** Gives up without calling the sink. */
  abandon(): void {
    this.#abandoned.abort();
    this.#release();
  }

  async #run(): Promise<void> {
    const { hosts, random } = this.#options;
    const fallbacks = shuffled(hosts.fallbacks, random); // RTN17h, RTN17j
    const isSentAway = this.#goal.skipPrimary && await this.#canGoTo(fallbacks);
    // RTN17i: the primary host comes first, unless it was the one that sent the client away.
    let failure = isSentAway ? undefined : await this.#tryHost(hosts.primary);
    if (isSentAway || failure?.tryOtherHosts && await this.#canGoTo(fallbacks)) {
      const last = await this.#tryHosts(fallbacks);
      failure = this.#isRefused
        ? withoutFallback(failure ?? await this.#tryHost(hosts.primary), last!)
        : last;
    }
    if (failure && !this.#isAbandoned) this.#sink.onFailed(this.#named(failure));
  }

  get #isAbandoned(): boolean {
    return this.#abandoned.signal.aborted;
  }

  /** RTN17g, RTN17j: fallback needs other hosts and a network. */
  async #canGoTo(hosts: readonly string[]): Promise<boolean> {
    const { signal } = this.#abandoned;
    if (hosts.length === 0 || signal.aborted || !this.#goal.mayFallBack()) return false;
    return await isOnline(this.#options, signal) && this.#goal.mayFallBack();
  }

  /** Tries one host after the other until one is connected, or fails in a way that others would share. */
  async #tryHosts(hosts: readonly string[]): Promise<Failure | undefined> {
    let failure: Failure | undefined;
    for (const host of hosts) {
      failure = await this.#tryHost(host);
      if (!failure?.tryOtherHosts || !this.#goal.mayFallBack()) break;
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
    let credential: Credential;
    try {
      credential = await this.#credentials.current(this.#abandoned.signal);
    } catch (error) {
      return authFailed(error as ErrorInfo);
    }
    if (this.#isAbandoned) return undefined;
    this.#sink.onCredentials(credential.token);
    return await this.#open(connectUrl(this.#options, { ...this.#goal, host, credential }), host);
  }

  #open(url: string, host: string): Promise<Failure | undefined> {
    const { clock, realtimeRequestTimeout: timeout } = this.#options;
    return new Promise((resolve) => {
      let transport: Transport | undefined;
      const fail = (failure: Failure) => {
        this.#release();
        resolve(failure);
      };
      const failTransiently = (reason: ErrorInfo) =>
        fail({ kind: "transient", reason, tryOtherHosts: true });
      const timer = clock.setTimeout(() => failTransiently(timedOut(timeout)), timeout); // RTN14c
      this.#release = () => {
        clock.clearTimeout(timer);
        transport?.drop();
      };
      try {
        transport = new WebSocketTransport(url, {
          onFrame: (frame) => {
            if (frame.action === Action.Connected) {
              clock.clearTimeout(timer);
              this.#release = () => {};
              this.#handOver(transport!, frame, host);
              return resolve(undefined);
            }
            const failure = failureOf(frame);
            if (failure) fail(failure);
          },
          onClose: failTransiently,
        }, { ...this.#options, codec: this.#goal.codec });
      } catch (cause) {
        const reason = refusedByRuntime("open a connection", {
          cause: redacted(cause, secretsOf(url)),
        });
        this.#isRefused = true;
        fail({ kind: "fatal", reason });
      }
    });
  }

  #handOver(transport: Transport, frame: ProtocolMessage, host: string): void {
    try {
      this.#sink.onConnected(transport, frame, host);
    } catch (cause) {
      // Without a failure here, the connection would stay `connecting` for ever.
      transport.drop();
      this.#sink.onFailed(broken(cause));
    }
  }
}

/** The failure of the primary host, if the runtime refuses to try the others: it is not final, as their refusal would be. */
function withoutFallback(failure: Failure | undefined, { reason }: Failure): Failure | undefined {
  return failure && { ...failure, reason: withRefusal(failure.reason, reason) };
}

/** The failure when something threw while connecting. */
function broken(cause: unknown): Failure {
  const reason = disconnected(
    `Failed to connect: ${messageOf(cause)}`,
    cause,
  );
  return { kind: "transient", reason };
}
