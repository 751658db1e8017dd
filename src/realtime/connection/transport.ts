import type { ErrorInfo } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";

/** Told what a transport receives, and that it has ended. After the end, nothing more is told. */
export interface TransportListener {
  /** A frame arrived. */
  onMessage(message: ProtocolMessage): void;
  /**
   * A frame arrived that cannot be read. Without this, it is the end of the transport.
   *
   * @returns Whether it is passed over; else it is the end of the transport.
   */
  onUnreadable?(reason: ErrorInfo): boolean;
  /** The transport is gone, or never came up. */
  onClose(reason: ErrorInfo): void;
}

/** Carries protocol messages to and from the service. */
export interface Transport {
  /** Who is told. May be replaced, for example when an attempt to connect hands over to the connection. */
  listener: TransportListener;
  /**
   * Sends a message; does nothing once the transport has ended. If it can't be sent, the transport ends, and the listener
   * is told before this returns.
   *
   * @param limit How many bytes it may have as a frame. Defaults to any number.
   * @throws If it cannot be written as a frame: an `ErrorInfo` with code 40009 if it is too large.
   */
  send(message: ProtocolMessage, limit?: number): void;
  /**
   * The frame that is being handled has settled a call: the code that waited runs before the next frame is handled.
   *
   * @returns What to call if that code is known to have run.
   */
  settled(): () => void;
  /** Lets go of the transport. The listener is told nothing more, however late frames and close events come (RTN11b). */
  drop(): void;
}

/** Opens transports. */
export type TransportFactory = (url: string, listener: TransportListener) => Transport;
