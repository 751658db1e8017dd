import type { ChannelStateChange } from "./channel/channel_state.ts";
import type { ConnectionStateChange } from "./connection/connection_state.ts";

// The public names of the realtime client, except for the client class itself.
export type { DeriveOptions, RealtimeChannels } from "./channel/realtime_channels.ts";
export type {
  ChannelProperties,
  MessageListener,
  RealtimeChannel,
  RealtimeHistoryParams,
} from "./channel/realtime_channel.ts";
export type { ChannelEvent, ChannelState, ChannelStateChange } from "./channel/channel_state.ts";
export type { LiveOptions } from "./channel/live_items.ts";
export type { MessageFilter } from "./channel/message_filter.ts";
export type { AnnotationListener, RealtimeAnnotations } from "./channel/realtime_annotations.ts";
export type { SubscriptionListener } from "./channel/subscriptions.ts";
export type { Connection } from "./connection/connection.ts";
export type {
  ConnectionEvent,
  ConnectionState,
  ConnectionStateChange,
} from "./connection/connection_state.ts";
export type {
  PresenceListener,
  RealtimePresence,
  RealtimePresenceHistoryParams,
  RealtimePresenceParams,
} from "./presence/realtime_presence.ts";
export type { RealtimeClient } from "./realtime_client.ts";
export type { ListenerFields } from "../compat/ably_event_emitter.ts";
export type { EventEmitter, Listener, ListenerOf } from "../util/event_emitter.ts";

// Names that `ably` or Ably's API documentation uses, for some of them or for types without another name here.
export type { MessageFilter as MessageFilterObject } from "./channel/message_filter.ts";
export type { SubscriptionListener as messageCallback } from "./channel/subscriptions.ts";

/** Called with the state changes of a channel (RTL2). */
export type channelEventCallback = (change: ChannelStateChange) => void;

/** Called with the state changes of the connection (RTN4). */
export type connectionEventCallback = (change: ConnectionStateChange) => void;
