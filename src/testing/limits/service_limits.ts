/** The limits of a service. An absent limit is not enforced, unless it has a default. All rates are per second. */
export interface ServiceLimits {
  /** The largest publish, in bytes. Above it: 40009. Defaults to 65,536, as on Ably. */
  maxMessageSize?: number | null;
  /** The connections that are open at the same time. Above it: 40111. */
  connections?: number | null;
  /** The new connections. Above it: 80021, and clients try again. */
  connectionRate?: number | null;
  /** The channels that a connection is attached to. Above it: 90010. */
  channelsPerConnection?: number | null;
  /** The channels of an app that are in use at the same time. Above it: 40114. */
  channels?: number | null;
  /** The channels of an app that come into use. Above it: 90021. */
  channelRate?: number | null;
  /** The members of a channel's presence set. Above it: 91003. Defaults to 250. */
  presenceMembers?: number | null;
  /** The messages that are published to a channel, by all publishers together. Above it: 42913. */
  channelMessageRate?: number | null;
  /** The bytes that are published to a channel. Above it: 42914. */
  channelBandwidth?: number | null;
  /** The messages that a connection publishes. Above it: 42911; above the twentyfold: 42921, which ends the connection. */
  connectionMessageRate?: number | null;
  /** The messages that a connection receives. Those above it are lost, and the channel reports it with 80020. */
  outboundMessageRate?: number | null;
  /** The messages that are published to all channels of an app. Above it: 42917. */
  messageRate?: number | null;
  /** The HTTP requests to the service. Above it: 42918. */
  requestRate?: number | null;
}

/** The limits that all of Ably's packages have. */
const COMMON = {
  channelsPerConnection: 200,
  presenceMembers: 200,
  channelMessageRate: 50,
  channelBandwidth: 1024 * 1024,
  connectionMessageRate: 50,
  outboundMessageRate: 50,
} as const satisfies ServiceLimits;

/** The limits of Ably's packages, as its documentation lists them. Limits by the hour and by the month are not among them. */
export const PACKAGE_LIMITS: Readonly<
  Record<"free" | "standard" | "pro", Readonly<ServiceLimits>>
> = {
  free: {
    ...COMMON,
    maxMessageSize: 64 * 1024,
    connections: 200,
    connectionRate: 42,
    channels: 200,
    channelRate: 42,
    messageRate: 500,
    requestRate: 50,
  },
  standard: {
    ...COMMON,
    maxMessageSize: 64 * 1024,
    connections: 10_000,
    connectionRate: 250,
    channels: 10_000,
    channelRate: 250,
    messageRate: 2_500,
    requestRate: 362,
  },
  pro: {
    ...COMMON,
    maxMessageSize: 256 * 1024,
    connections: 50_000,
    connectionRate: 500,
    channels: 50_000,
    channelRate: 500,
    messageRate: 10_000,
    requestRate: 1_447,
  },
};
