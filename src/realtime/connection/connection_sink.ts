import type { ErrorInfo } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { ChannelsEvent } from "./connection_state.ts";

/** The functions of the channels that the connection calls. */
export interface ConnectionSink {
  /** The connection changed in a way that concerns all channels. */
  onConnection(event: ChannelsEvent, reason?: ErrorInfo): void;
  /** A frame for a channel arrived. */
  onFrame(frame: ProtocolMessage): void;
  /** A frame was lost, and its channel is unknown. */
  onLoss(reason: ErrorInfo): void;
  /** On Workers: the request that owned the connection has ended, and with it all that was pending there. */
  onMoved(): void;
  /** The position in each attached channel (RTN16g). */
  channelSerials(): Record<string, string>;
}
