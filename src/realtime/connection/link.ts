import type { ClientContext } from "../../client/context.ts";
import type { ErrorInfo } from "../../errors.ts";
import { Action } from "../../protocol/actions.ts";
import type { Codec } from "../../protocol/codec.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { type ConnectGoal, startAttempt } from "./connect.ts";
import type { ConnectionAttempt } from "./connection_attempt.ts";
import { connectionIdle } from "./connection_errors.ts";
import type { Failure } from "./connection_state.ts";
import { failureOf } from "./failure.ts";
import { type FrameReceivers, FrameRouter } from "./frame_router.ts";
import { IdleTimer } from "./idle_timer.ts";
import type { Transport } from "./transport.ts";

/** The dependencies of a link, and the receivers of its frames and failures. */
export interface LinkDependencies
  extends
    Pick<FrameReceivers, "channels" | "sent" | "pings" | "onConnected" | "onAuth" | "onClosed"> {
  /** Reads and writes frames. */
  readonly codec: Codec;
  /** An attempt has succeeded: the service sent CONNECTED (RTN6). */
  onOpened(frame: ProtocolMessage): void;
  /** An attempt has failed (RTN14), or the transport has ended (RTN15). */
  onFailed(failure: Failure): void;
}

/** The link to the service: the attempt in progress, or the transport that it has opened. There is one of them at a time. */
export class Link {
  readonly #context: ClientContext;
  readonly #deps: LinkDependencies;
  readonly #idle: IdleTimer;
  readonly #router: FrameRouter;
  #attempt: ConnectionAttempt | undefined;
  #transport: Transport | undefined;
  /** The host that the transport is connected to. */
  #host: string | undefined;
  /** The token that the service was shown last. */
  #token: string | undefined;

  constructor(context: ClientContext, deps: LinkDependencies) {
    const { clock, logger } = context.options;
    this.#context = context;
    this.#deps = deps;
    this.#idle = new IdleTimer(clock, () => this.#lose(connectionIdle())); // RTN23a
    this.#router = new FrameRouter({
      ...deps,
      clock,
      logger: logger.of("connection"),
      onActivity: () => this.#idle.touch(),
      onEnd: (frame) => this.#onEnd(frame),
    });
  }

  /** Starts an attempt to connect. */
  start(goal: Omit<ConnectGoal, "codec" | "onCredentials">): void {
    this.#attempt = startAttempt(this.#context, {
      ...goal,
      codec: this.#deps.codec,
      onCredentials: (token) => this.#token = token,
    }, {
      onConnected: (transport, frame, host) => this.#onConnected(transport, frame, host),
      onFailed: (failure) => {
        this.#attempt = undefined;
        this.#deps.onFailed(failure);
      },
    });
  }

  /** Lets the attempt in progress try no further host (RTN12f). */
  stopFallback(): void {
    this.#attempt?.stopFallback();
  }

  /** Abandons the attempt in progress and drops the transport. */
  drop(): void {
    this.#idle.stop();
    this.#attempt?.abandon();
    this.#attempt = undefined;
    this.#transport?.drop();
    this.#transport = this.#host = undefined;
    this.#context.hosts.prefer(null);
  }

  /** Gives the transport up when nothing arrives for longer than the service has announced (RTN23a, CD2h). */
  watch(maxIdleInterval: number | undefined): void {
    const { realtimeRequestTimeout } = this.#context.options;
    this.#idle.start(maxIdleInterval ? maxIdleInterval + realtimeRequestTimeout : 0);
  }

  /** Sends a frame; does nothing without a transport. */
  send(frame: ProtocolMessage, limit?: number): void {
    this.#transport?.send(frame, limit);
  }

  /** See {@linkcode Transport.holdFrames}. */
  holdFrames(): () => void {
    return this.#transport?.holdFrames() ?? (() => {});
  }

  /** Shows a new token to the service (RTC8a, AD2). */
  sendAuth(accessToken: string): void {
    this.#token = accessToken;
    this.send({ action: Action.Auth, auth: { accessToken } });
  }

  /** Forgets the token that the service was shown last, so that it is not used again (RSA16d). */
  forgetToken(): void {
    if (this.#token !== undefined) this.#context.credentials.invalidate(this.#token);
  }

  #onConnected(transport: Transport, frame: ProtocolMessage, host: string): void {
    this.#attempt = undefined;
    this.#transport = transport;
    this.#host = host;
    transport.listener = {
      onFrame: (frame) => this.#router.route(frame),
      onUnreadable: (reason) => this.#router.skipUnreadable(reason),
      onClose: (reason) => this.#lose(reason), // RTN15a
    };
    this.#context.hosts.prefer(host); // RTN17e
    this.#deps.onOpened(frame);
  }

  #onEnd(frame: ProtocolMessage): void {
    const failure = failureOf(frame)!;
    const isAtPrimary = this.#host === this.#context.options.hosts.primary;
    this.#deps.onFailed({ ...failure, tryOtherHosts: failure.tryOtherHosts && isAtPrimary }); // RTN17f1
  }

  #lose(reason: ErrorInfo): void {
    this.#deps.onFailed({ kind: "transient", reason });
  }
}
