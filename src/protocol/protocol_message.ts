import type { WireAnnotation } from "../messages/annotation.ts";
import type { WireMessage } from "../messages/message.ts";
import type { WirePresenceMessage } from "../messages/presence_message.ts";

/** An error on the wire (TI1). */
export interface WireError {
  code?: number;
  statusCode?: number;
  message?: string;
  href?: string;
  cause?: WireError;
  detail?: Record<string, string>;
}

/** What the service says about a connection (CD2). */
export interface ConnectionDetails {
  clientId?: string | null;
  connectionKey?: string;
  maxMessageSize?: number;
  maxFrameSize?: number;
  maxInboundRate?: number;
  maxOutboundRate?: number;
  connectionStateTtl?: number;
  serverId?: string;
  maxIdleInterval?: number;
  objectsGCGracePeriod?: number;
  siteCode?: string;
}

/** One frame of the realtime protocol (TR4). Unknown members are tolerated (RTF1). */
export interface ProtocolMessage {
  /** A number of {@linkcode Action}, or one from the future. */
  action: number;
  id?: string;
  auth?: { accessToken: string };
  channel?: string;
  channelSerial?: string;
  connectionId?: string;
  connectionKey?: string;
  connectionDetails?: ConnectionDetails;
  count?: number;
  error?: WireError;
  flags?: number;
  msgSerial?: number;
  messages?: WireMessage[];
  presence?: WirePresenceMessage[];
  annotations?: WireAnnotation[];
  state?: unknown[];
  timestamp?: number;
  params?: Record<string, string>;
  res?: { serials: (string | null)[] }[];
}
