import type { WireAnnotation } from "../../src/messages/annotation.ts";
import type { MessageVersion, WireMessage } from "../../src/messages/message.ts";
import type { WirePresenceMessage } from "../../src/messages/presence_message.ts";
import type { ConnectionDetails, ProtocolMessage } from "../../src/protocol/protocol_message.ts";

/** The kind of value that a field may hold. A `"whole"` is a number that counts something; `"any"` accepts every value. */
export type Kind = "text" | "number" | "whole" | "object" | "array" | "any";

type KindOf<T> = [T] extends [string] ? "text" | "any"
  : [T] extends [number] ? "number" | "whole" | "any"
  : [T] extends [readonly unknown[]] ? "array"
  : "object";

/** The kinds of all fields of a type. The type checker refuses a table with a missing field or a kind that does not fit. */
type Kinds<Wire> = {
  readonly [Name in keyof Wire]-?: unknown extends Wire[Name] ? Kind : KindOf<
    NonNullable<Wire[Name]>
  >;
};

/** The fields of a frame. */
export const FRAME: Kinds<ProtocolMessage> = {
  action: "number",
  id: "text",
  auth: "object",
  channel: "text",
  channelSerial: "text",
  connectionId: "text",
  connectionKey: "text",
  connectionDetails: "object",
  count: "whole",
  error: "object",
  flags: "whole",
  msgSerial: "whole",
  messages: "array",
  presence: "array",
  annotations: "array",
  state: "array",
  timestamp: "number",
  params: "object",
  res: "array",
};

/** The fields of the details in CONNECTED. */
export const DETAILS: Kinds<ConnectionDetails> = {
  clientId: "text",
  connectionKey: "text",
  maxMessageSize: "whole",
  maxFrameSize: "whole",
  maxInboundRate: "whole",
  maxOutboundRate: "whole",
  connectionStateTtl: "whole",
  serverId: "text",
  maxIdleInterval: "whole",
  objectsGCGracePeriod: "whole",
  siteCode: "text",
};

/** The fields of the version of a message. */
export const VERSION: Kinds<MessageVersion> = {
  serial: "text",
  timestamp: "number",
  clientId: "text",
  description: "text",
  metadata: "object",
};

/** The fields of a message. */
export const MESSAGE: Kinds<WireMessage> = {
  id: "text",
  name: "text",
  data: "any",
  encoding: "any",
  clientId: "text",
  connectionId: "text",
  connectionKey: "text",
  extras: "object",
  timestamp: "number",
  action: "any",
  serial: "text",
  version: "object",
  annotations: "object",
};

/** The fields of a presence message. */
export const PRESENCE: Kinds<WirePresenceMessage> = {
  id: "text",
  action: "any",
  clientId: "text",
  connectionId: "text",
  data: "any",
  encoding: "any",
  extras: "object",
  timestamp: "number",
};

/** The fields of an annotation. */
export const ANNOTATION: Kinds<WireAnnotation> = {
  id: "text",
  action: "any",
  clientId: "text",
  name: "text",
  count: "number",
  data: "any",
  encoding: "any",
  timestamp: "number",
  serial: "text",
  messageSerial: "text",
  type: "text",
  extras: "object",
};
