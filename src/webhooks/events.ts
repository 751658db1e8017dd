import type { InboundMessage } from "../messages/message.ts";
import type { InboundPresenceMessage } from "../messages/presence_message.ts";

/** The members that all webhook events have. */
export interface WebhookEventBase {
  /** The channel it happened on; empty if the delivery does not name one. */
  channel: string;
  /** The source that the rule listens to, such as `"channel.message"`. */
  source: string;
  /** The app. Not in batched deliveries. */
  appId?: string;
  /** The rule that delivered it; batched deliveries call it `webhookId`. */
  ruleId?: string;
  /** The datacenter it happened in. */
  site?: string;
  /** When it happened, in milliseconds since the Unix epoch. */
  timestamp?: number;
  /** Its position among the events of its channel. Only in batched deliveries. */
  serial?: string;
}

/** The event that a message was published. */
export interface WebhookMessageEvent extends WebhookEventBase {
  /** The discriminator of the union. */
  kind: "message";
  /** The message, decoded. */
  message: InboundMessage;
}

/** The event that a member entered, left or updated its data. */
export interface WebhookPresenceEvent extends WebhookEventBase {
  /** The discriminator of the union. */
  kind: "presence";
  /** The presence message, decoded. */
  presence: InboundPresenceMessage;
}

/** The event that a channel was opened or closed. */
export interface WebhookLifecycleEvent extends WebhookEventBase {
  /** The discriminator of the union. */
  kind: "channel.lifecycle";
  /** `"channel.opened"`, `"channel.closed"`, or a name that this version does not know. */
  name: string;
  /** Whether the channel is active, if the delivery says so. */
  isActive?: boolean;
  /** The occupancy of the channel, if the delivery has it. */
  occupancy?: WebhookOccupancy;
}

/** The event that the occupancy of a channel has changed. */
export interface WebhookOccupancyEvent extends WebhookEventBase {
  /** The discriminator of the union. */
  kind: "channel.occupancy";
  /** The new occupancy of the channel. */
  occupancy: WebhookOccupancy;
}

/** An event that this version does not know, unchanged (RSF1). */
export interface WebhookUnknownEvent extends WebhookEventBase {
  /** The discriminator of the union. */
  kind: "unknown";
  /** The part of the delivery that was not understood. */
  data: unknown;
}

/** The occupancy of a channel, in numbers. Numbers that the delivery leaves out are 0. */
export interface WebhookOccupancy {
  /** Connections attached to the channel. */
  connections: number;
  /** Connections that may publish. */
  publishers: number;
  /** Connections that may subscribe. */
  subscribers: number;
  /** Connections that may enter the presence set. */
  presenceConnections: number;
  /** Members of the presence set. */
  presenceMembers: number;
  /** Connections that receive presence messages. */
  presenceSubscribers: number;
  /** Connections that may publish objects. */
  objectPublishers: number;
  /** Connections that receive objects. */
  objectSubscribers: number;
}

/** A webhook event, discriminated by `kind`. */
export type WebhookEvent =
  | WebhookMessageEvent
  | WebhookPresenceEvent
  | WebhookLifecycleEvent
  | WebhookOccupancyEvent
  | WebhookUnknownEvent;
