import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { ChannelStateChange } from "./channel_state.ts";

/** A feature that lives on a channel, such as presence. */
export interface ChannelExtension {
  /** The service said ATTACHED; the channel has not changed its state yet. `wasAttached` tells an update from an entry. */
  onAttached(message: ProtocolMessage, wasAttached: boolean): void;
  /** A message of an action that the extension handles arrived. */
  onFrame(message: ProtocolMessage): void;
  /** The channel changed its state. Called before its listeners are. */
  onStateChange(change: ChannelStateChange): void;
}
