import type { InboundMessage, Message } from "./message.ts";

/**
 * The events of a channel: the type of the data by event name. It exists at compile time only.
 *
 * @example Naming the events of a channel
 * ```ts
 * import { Rest } from "@ably-edge/sdk";
 *
 * type Orders = { placed: { id: string }; cancelled: { id: string; reason: string } };
 *
 * const rest = new Rest("appId.keyId:secret");
 * export const orders = rest.channels.get<Orders>("orders");
 * ```
 */
export type EventMap = Record<string, unknown>;

/** The names of a channel's events. */
export type EventName<Events> = keyof Events & string;

/** A message to publish on a channel with these events. */
export type OutboundMessageOf<Events> = string extends keyof Events ? Message<Events[string]>
  : { [Name in EventName<Events>]: Message<Events[Name]> & { name: Name } }[EventName<Events>];

/** A message received on a channel with these events. If the data has no type, it may also be missing. */
export type InboundMessageOf<Events> = string extends keyof Events
  ? unknown extends Events[string] ? InboundMessage<Events[string]>
  : InboundMessage<Events[string]> & { data: Events[string] }
  : {
    [Name in EventName<Events>]: InboundMessage<Events[Name]> & { name: Name; data: Events[Name] };
  }[EventName<Events>];
