import type { ErrorInfo } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";

/** Receives the frames of a transport, and its end. Nothing follows the end. */
export interface TransportSink {
  /** A frame arrived. */
  onFrame(frame: ProtocolMessage): void;
  /**
   * A frame arrived that cannot be read. Without this function, such a frame ends the transport.
   *
   * @returns True if the frame is skipped; false if it ends the transport.
   */
  onUnreadable?(reason: ErrorInfo): boolean;
  /** The transport has ended, or could not be opened. */
  onClose(reason: ErrorInfo): void;
}

/** Carries frames to and from the service. */
export interface Transport {
  /** The receiver. May be replaced, for example when an attempt to connect hands over to the connection. */
  listener: TransportSink;
  /**
   * Sends a frame; does nothing once the transport has ended. If it cannot be sent, the transport ends, and the listener is
   * called before this returns.
   *
   * @param limit The number of bytes that the encoded frame may have. Without it there is no limit.
   * @throws If the frame cannot be encoded; an `ErrorInfo` with code 40009 if it is too large.
   */
  send(frame: ProtocolMessage, limit?: number): void;
  /**
   * Holds back the frames after the current one until the code that waited for a call has run. For a frame that settles a call
   * although frames of its action usually settle none.
   *
   * @returns A function that resumes earlier, if that code is known to have run.
   */
  holdFrames(): () => void;
  /** Drops the transport. The listener receives nothing after this, even if frames or close events arrive late (RTN11b). */
  drop(): void;
}
