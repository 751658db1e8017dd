import type { ErrorInfo } from "../../errors.ts";
import { Action, actionName } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Clock } from "../../util/clock.ts";
import { describeError, type Logger } from "../../util/logger.ts";
import { lostFrame, refusedByService } from "./connection_errors.ts";
import type { ConnectionSink } from "./connection_sink.ts";
import type { PendingMessages } from "./pending_messages.ts";
import type { Pings } from "./pings.ts";
import { UnreadableFrames } from "./unreadable_frames.ts";

/** Frames that the service sends again on each new connection, so they are no sign of progress. */
const REPEATED: readonly number[] = [
  Action.Attached,
  Action.Detached,
  Action.Sync,
  Action.ObjectSync,
];

/** The receivers of frames. */
export interface FrameReceivers {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly channels: ConnectionSink;
  /** The frames that await an ACK or NACK. */
  readonly sent: PendingMessages;
  readonly pings: Pings;
  /** Called for each frame, before its receiver. */
  onActivity(): void;
  /** The service sent CONNECTED again (RTN24). */
  onConnected(frame: ProtocolMessage): void;
  /** The service asks for a new token (RTN22). */
  onAuth(): void;
  /** The service sent CLOSED. */
  onClosed(frame: ProtocolMessage): void;
  /** The service ends the connection with DISCONNECTED, or ERROR without a channel. */
  onEnd(frame: ProtocolMessage): void;
}

/** Passes the frames of a connection that is open to their receivers, by action. */
export class FrameRouter {
  readonly #receivers: FrameReceivers;
  readonly #unreadable: UnreadableFrames;

  constructor(receivers: FrameReceivers) {
    this.#receivers = receivers;
    this.#unreadable = new UnreadableFrames(receivers.clock);
  }

  /** Handles a frame. */
  route(frame: ProtocolMessage): void {
    const { pings, sent } = this.#receivers;
    const { action, msgSerial, count } = frame;
    this.#receivers.onActivity();
    switch (action) {
      case Action.Heartbeat:
        return pings.answer(frame.id);
      case Action.Ack:
        return sent.acknowledge(msgSerial ?? 0, count ?? 1, frame.res);
      case Action.Nack:
        return sent.refuse(msgSerial ?? 0, count ?? 1, refusedByService(frame));
      case Action.Connected:
        return this.#receivers.onConnected(frame);
      case Action.Auth:
        return this.#receivers.onAuth();
      case Action.Closed:
        return this.#receivers.onClosed(frame);
      case Action.Disconnected:
        return this.#receivers.onEnd(frame);
      case Action.Error:
        if (!frame.channel) return this.#receivers.onEnd(frame);
        return this.#receivers.channels.onFrame(frame);
      default:
        return this.#routeToChannel(frame);
    }
  }

  /**
   * Handles a frame that cannot be read.
   *
   * @returns True if it is skipped; false if the connection must end, since the service may send the frame again.
   */
  skipUnreadable(cause: ErrorInfo): boolean {
    if (this.#unreadable.isWorthAnotherTry()) return false;
    const reason = lostFrame(cause);
    this.#receivers.logger.error(() => describeError(reason));
    this.#receivers.onActivity();
    this.#receivers.channels.onLoss(reason);
    return true;
  }

  #routeToChannel(frame: ProtocolMessage): void {
    if (frame.channel) {
      if (!REPEATED.includes(frame.action)) this.#unreadable.moveOn();
      return this.#receivers.channels.onFrame(frame);
    }
    this.#receivers.logger.debug(() => `Ignored a frame with action ${actionName(frame.action)}`); // RTF1
  }
}
