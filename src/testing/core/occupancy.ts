import { MODE_FLAGS } from "../../protocol/actions.ts";
import type { Channel } from "./channel.ts";

/** The occupancy of a channel, by role (CHM2). */
export interface OccupancyMetrics {
  connections: number;
  publishers: number;
  subscribers: number;
  presenceConnections: number;
  presenceMembers: number;
  presenceSubscribers: number;
  objectPublishers: number;
  objectSubscribers: number;
}

/** Counts the attachments of a channel by granted mode, and its members. */
export function occupancyOf(channel: Pick<Channel, "attachments" | "presence">): OccupancyMetrics {
  const attachments = [...channel.attachments];
  const having = (mode: keyof typeof MODE_FLAGS) =>
    attachments.filter(({ modes }) => (modes & MODE_FLAGS[mode]) !== 0).length;
  return {
    connections: attachments.length,
    publishers: having("publish"),
    subscribers: having("subscribe"),
    presenceConnections: having("presence"),
    presenceMembers: channel.presence.size,
    presenceSubscribers: having("presence_subscribe"),
    objectPublishers: having("object_publish"),
    objectSubscribers: having("object_subscribe"),
  };
}

/** The details of a channel (CHD2). */
export function describeChannel(
  channelId: string,
  channel: Pick<Channel, "attachments" | "presence">,
): object {
  return {
    channelId,
    status: { isActive: true, occupancy: { metrics: occupancyOf(channel) } },
  };
}
