import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { ChannelStateChange } from "./channel_state.ts";

/** A feature of a channel that receives frames of certain actions, such as presence. */
export interface ChannelExtension {
  /** The actions of the frames that it receives. */
  readonly actions: readonly number[];
  /** Handles a frame of one of its actions. */
  onFrame(frame: ProtocolMessage): void;
  /** Handles ATTACHED before the channel changes its state. `wasAttached` is true for an update of an attached channel. */
  onAttached?(frame: ProtocolMessage, wasAttached: boolean): void;
  /** Handles a change of state before the user's listeners are called. */
  onStateChange?(change: ChannelStateChange): void;
}
