// The public names of the realtime layer, apart from the client class itself.
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
export type { EventEmitter, Listener } from "../util/event_emitter.ts";

// The names that `ably`, or Ably's API documentation, has for some of them.
export type { channelEventCallback, connectionEventCallback } from "./realtime_ably_names.ts";
export type { MessageFilter as MessageFilterObject } from "./channel/message_filter.ts";
export type { SubscriptionListener as messageCallback } from "./channel/subscriptions.ts";
