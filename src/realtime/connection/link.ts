import type { ClientContext } from "../../client/context.ts";
import type { ErrorInfo } from "../../errors.ts";
import * as Action from "../../protocol/action_numbers.ts";
import { actionName } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { describeError, type Logger } from "../../util/logger.ts";
import { RateLimit } from "../../util/rate_limit.ts";
import { type AttemptGoal, type AttemptSink, ConnectionAttempt } from "./connection_attempt.ts";
import { connectionIdle, lostFrame, refusedByService } from "./connection_errors.ts";
import type { ConnectionInputs } from "./connection_inputs.ts";
import type { ConnectionSink } from "./connection_sink.ts";
import type { Failure } from "./connection_state.ts";
import { failureOf } from "./failure.ts";
import { IdleTimer } from "./idle_timer.ts";
import type { Outbox } from "./outbox.ts";
import type { Pings } from "./pings.ts";
import type { Transport, TransportSink } from "./transport.ts";

/** Frames that the service sends again on each new connection, so they are no sign of progress. */
const REPEATED: readonly number[] = [
  Action.Attached,
  Action.Detached,
  Action.Sync,
  Action.ObjectSync,
  Action.Error,
];

/** The number of reconnects for unreadable frames in a row, and the time after which there may be one more. */
const RECONNECTS = { burst: 3, refill: 20_000 };

/** The receivers of the frames and failures of a link. */
export interface LinkReceivers {
  readonly channels: ConnectionSink;
  /** The frames that await an ACK or NACK. */
  readonly outbox: Outbox;
  readonly pings: Pings;
  readonly inputs: ConnectionInputs;
  /** The service asks for a new token (RTN22). */
  onAuth(): void;
}

/**
 * The link to the service: the attempt in progress, or the transport that it has opened. There is one of them at a time. Passes
 * the frames of the transport to their receivers, by action.
 */
export class Link implements AttemptSink, TransportSink {
  readonly #context: ClientContext;
  readonly #logger: Logger;
  readonly #receivers: LinkReceivers;
  readonly #idle: IdleTimer;
  readonly #reconnects: RateLimit;
  /** True if the next unreadable frame is another one: since the last, a frame came that the service does not send again. */
  #hasMoved = true;
  #attempt: ConnectionAttempt | undefined;
  #transport: Transport | undefined;
  /** The host that the transport is connected to. */
  #host: string | undefined;
  /** The token that the service was shown last. */
  #token: string | undefined;

  constructor(context: ClientContext, receivers: LinkReceivers) {
    const { clock, logger } = context.options;
    this.#context = context;
    this.#logger = logger.of("connection");
    this.#receivers = receivers;
    this.#idle = new IdleTimer(clock, () => this.onClose(connectionIdle())); // RTN23a
    this.#reconnects = new RateLimit(clock, RECONNECTS);
  }

  /** Starts an attempt to connect. */
  start(goal: AttemptGoal): void {
    this.#attempt = new ConnectionAttempt(this.#context, goal, this);
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

  onCredentials(token: string | undefined): void {
    this.#token = token;
  }

  onConnected(transport: Transport, frame: ProtocolMessage, host: string): void {
    this.#attempt = undefined;
    this.#transport = transport;
    this.#host = host;
    transport.listener = this;
    this.#context.hosts.prefer(host); // RTN17e
    this.#handOn(frame, "opened");
  }

  onFailed(failure: Failure): void {
    this.#attempt = undefined;
    // RSA16d: a token that the service has refused is not used again.
    if (failure.isTokenError && this.#token) this.#context.credentials.invalidate(this.#token);
    this.#receivers.inputs.failed(failure);
  }

  /** CONNECTED: an attempt has succeeded (RTN6), or an open connection got new details (RTN24). */
  #handOn(frame: ProtocolMessage, type: "opened" | "updated"): void {
    const { maxIdleInterval } = frame.connectionDetails ?? {};
    const { realtimeRequestTimeout } = this.#context.options;
    // RTN23a, CD2h: gives the transport up when nothing arrives for longer.
    if (maxIdleInterval != null) {
      this.#idle.start(maxIdleInterval && maxIdleInterval + realtimeRequestTimeout);
    }
    this.#receivers.inputs.connected(frame, type);
  }

  onFrame(frame: ProtocolMessage): void {
    const { channels, outbox, pings, onAuth } = this.#receivers;
    const { action, channel } = frame;
    const serial = frame.msgSerial ?? 0;
    const count = frame.count ?? 1;
    this.#idle.touch();
    switch (action) {
      case Action.Heartbeat:
        return pings.answer(frame.id);
      case Action.Ack:
        return outbox.acknowledge(serial, count, frame.res);
      case Action.Nack:
        return outbox.refuse(serial, count, refusedByService(frame));
      case Action.Connected:
        return this.#handOn(frame, "updated");
      case Action.Auth:
        return onAuth();
      case Action.Closed:
      case Action.Disconnected:
        return this.#onEnd(frame);
      case Action.Error:
        if (!channel) return this.#onEnd(frame);
    }
    if (!channel) {
      return this.#logger.debug(() => `Ignored a frame with action ${actionName(action)}`); // RTF1
    }
    if (!REPEATED.includes(action)) this.#hasMoved = true;
    channels.onFrame(frame);
  }

  /**
   * Handles a frame that cannot be read. The first time, the connection ends: after a resume the service sends the frame again, and
   * one that was damaged on the way arrives intact. A frame that cannot be read the second time will never be readable, so it is
   * skipped: another resume would bring it again.
   *
   * @returns True if it is skipped; false if the connection must end.
   */
  onUnreadable(cause: ErrorInfo): boolean {
    const hasMoved = this.#hasMoved;
    this.#hasMoved = false;
    if (hasMoved && this.#reconnects.note() === 0) return false;
    const reason = lostFrame(cause);
    this.#logger.error(() => describeError(reason));
    this.#idle.touch();
    this.#receivers.channels.onLoss(reason);
    return true;
  }

  onClose(reason: ErrorInfo): void {
    this.onFailed({ kind: "transient", reason }); // RTN15a
  }

  /** DISCONNECTED, CLOSED, or ERROR without a channel. */
  #onEnd(frame: ProtocolMessage): void {
    const failure = failureOf(frame)!;
    const isAtPrimary = this.#host === this.#context.options.hosts.primary; // RTN17f1
    this.onFailed({ ...failure, tryOtherHosts: failure.tryOtherHosts && isAtPrimary });
  }
}
