import type { ErrorInfo } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";

/** Receives the frames of a transport, and its end. Nothing follows the end. */
export interface TransportSink {
  /** A frame arrived. */
  onFrame(message: ProtocolMessage): void;
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
  /** The receiver. May be replaced, for example when an attempt to connect hands over to the connection. */
  listener: TransportSink;
  /**
   * Sends a message; does nothing once the transport has ended. If it cannot be sent, the transport ends, and the listener is called before this returns.
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
  /** Drops the transport. The listener receives nothing after this, even if frames or close events arrive late (RTN11b). */
  drop(): void;
}

/** Opens transports. */
export type TransportFactory = (url: string, listener: TransportSink) => Transport;
