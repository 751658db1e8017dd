import type { WireAnnotation } from "../messages/annotation.ts";
import type { WireMessage } from "../messages/message.ts";
import type { WirePresenceMessage } from "../messages/presence_message.ts";

/** An error on the wire (TI1). */
export interface WireError {
  /** Ably's error code. */
  code?: number;
  /** The HTTP status that corresponds to the code. */
  statusCode?: number;
  /** The description of the error. */
  message?: string;
  /** A page that explains the code. */
  href?: string;
  /** The error behind this one. */
  cause?: WireError;
  /** Structured metadata. */
  detail?: Record<string, string>;
}

/** The details of a connection that the service sends (CD1). */
export interface ConnectionDetails {
  /** The client's identity according to the service; `"*"` may act as any clientId (CD2a). */
  clientId?: string | null;
  /** The key for resuming the connection (CD2b). */
  connectionKey?: string;
  /** The largest total size of the messages in one publish, in bytes (CD2c). */
  maxMessageSize?: number;
  /** The largest size of one frame, in bytes (CD2d). */
  maxFrameSize?: number;
  /** The number of frames that the client may send per second (CD2e). */
  maxInboundRate?: number;
  /** The number of frames that the service sends per second. */
  maxOutboundRate?: number;
  /** The number of milliseconds for which the service keeps the state of a lost connection (CD2f). */
  connectionStateTtl?: number;
  /** The identifier of the server (CD2g). */
  serverId?: string;
  /** The number of milliseconds of silence after which the service sends a sign of life; 0 for never (CD2h). */
  maxIdleInterval?: number;
  /** The number of milliseconds for which tombstones of objects are kept (CD2i). */
  objectsGCGracePeriod?: number;
  /** The identifier of the site (CD2j). */
  siteCode?: string;
}

/** One frame of the realtime protocol (TR4). Unknown members are tolerated (RTF1). */
export interface ProtocolMessage {
  /** The action: a number of `Action`, or one that this module does not know (TR4a). */
  action: number;
  /** The id of the frame (TR4n). */
  id?: string;
  /** A token (TR4p). */
  auth?: { accessToken: string };
  /** The channel that the frame belongs to (TR4b). */
  channel?: string;
  /** A position in the channel, or the cursor of a sync (TR4c). */
  channelSerial?: string;
  /** The connection that the frame comes from (TR4d). */
  connectionId?: string;
  /** The key for resuming the connection; `connectionDetails` contains it too. */
  connectionKey?: string;
  /** The details of the connection (TR4o). */
  connectionDetails?: ConnectionDetails;
  /** The number of frames that this one answers (TR4g). */
  count?: number;
  /** The error (TR4h). */
  error?: WireError;
  /** Bits of `Flag` and `MODE_FLAGS` (TR4i). */
  flags?: number;
  /** The serial of the frame; in an ACK or NACK, that of the first frame it answers (TR4j). */
  msgSerial?: number;
  /** Messages (TR4k). */
  messages?: WireMessage[];
  /** Presence messages (TR4l). */
  presence?: WirePresenceMessage[];
  /** Annotations. */
  annotations?: WireAnnotation[];
  /** Object messages (TR4r). */
  state?: unknown[];
  /** When the service received the frame, in milliseconds since the Unix epoch (TR4m). */
  timestamp?: number;
  /** Channel or publish parameters (TR4q). */
  params?: Record<string, string>;
  /** The results of the frames that this one answers, one element for each (TR4s). */
  res?: { serials: (string | null)[] }[];
}
