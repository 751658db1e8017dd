import type { ChannelStateChange } from "./channel/channel_state.ts";
import type { ConnectionStateChange } from "./connection/connection_state.ts";

// Names of types that `ably` has, and that have no other name here.

/** Receives the changes of a channel (RTL2). */
export type channelEventCallback = (change: ChannelStateChange) => void;

/** Receives the changes of the connection (RTN4). */
export type connectionEventCallback = (change: ConnectionStateChange) => void;
