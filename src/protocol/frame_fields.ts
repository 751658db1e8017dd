import type { WireAnnotation } from "../messages/annotation.ts";
import type { MessageVersion, WireMessage } from "../messages/message.ts";
import type { WirePresenceMessage } from "../messages/presence_message.ts";
import {
  type FieldCheck,
  isList,
  isNumber,
  isObject,
  isText,
  isWhole,
} from "../util/wire_fields.ts";
import type { ConnectionDetails, ProtocolMessage } from "./protocol_message.ts";

/** The fields of a frame. */
export const FRAME_CHECK: FieldCheck<ProtocolMessage> = (wire) =>
  isNumber(wire.action) &&
  isText(wire.id) &&
  isObject(wire.auth) &&
  isText(wire.channel) &&
  isText(wire.channelSerial) &&
  isText(wire.connectionId) &&
  isText(wire.connectionKey) &&
  isObject(wire.connectionDetails) &&
  isWhole(wire.count) &&
  isObject(wire.error) &&
  isWhole(wire.flags) &&
  isWhole(wire.msgSerial) &&
  isList(wire.messages) &&
  isList(wire.presence) &&
  isList(wire.annotations) &&
  isList(wire.state) &&
  isNumber(wire.timestamp) &&
  isObject(wire.params) &&
  isList(wire.res);

/** The fields of the details in CONNECTED. */
export const DETAILS_CHECK: FieldCheck<ConnectionDetails> = (wire) =>
  isText(wire.clientId) &&
  isText(wire.connectionKey) &&
  isWhole(wire.maxMessageSize) &&
  isWhole(wire.maxFrameSize) &&
  isWhole(wire.maxInboundRate) &&
  isWhole(wire.maxOutboundRate) &&
  isWhole(wire.connectionStateTtl) &&
  isText(wire.serverId) &&
  isWhole(wire.maxIdleInterval) &&
  isWhole(wire.objectsGCGracePeriod) &&
  isText(wire.siteCode);

/** The fields of a message. An encoding that is not text is kept, for the user to see (RSF1). */
export const MESSAGE_CHECK: FieldCheck<WireMessage> = (wire) =>
  isText(wire.id) &&
  isText(wire.name) &&
  isText(wire.clientId) &&
  isText(wire.connectionId) &&
  isText(wire.connectionKey) &&
  isObject(wire.extras) &&
  isNumber(wire.timestamp) &&
  isText(wire.serial) &&
  isObject(wire.version) &&
  isObject(wire.annotations);

/** The fields of the version of a message. */
export const VERSION_CHECK: FieldCheck<MessageVersion> = (wire) =>
  isText(wire.serial) &&
  isNumber(wire.timestamp) &&
  isText(wire.clientId) &&
  isText(wire.description) &&
  isObject(wire.metadata);

/** The fields of a presence message. */
export const PRESENCE_CHECK: FieldCheck<WirePresenceMessage> = (wire) =>
  isText(wire.id) &&
  isText(wire.clientId) &&
  isText(wire.connectionId) &&
  isObject(wire.extras) &&
  isNumber(wire.timestamp);

/** The fields of an annotation. */
export const ANNOTATION_CHECK: FieldCheck<WireAnnotation> = (wire) =>
  isText(wire.id) &&
  isText(wire.clientId) &&
  isText(wire.name) &&
  isNumber(wire.count) &&
  isNumber(wire.timestamp) &&
  isText(wire.serial) &&
  isText(wire.messageSerial) &&
  isText(wire.type) &&
  isObject(wire.extras);

/** The fields of object messages. They are checked when they are applied; here they only have to be objects. */
export const OBJECT_CHECK: FieldCheck<object> = () => true;
