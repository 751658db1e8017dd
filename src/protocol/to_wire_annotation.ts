import { type EncodedPayload, encodePayload, type Format } from "../encoding/chain.ts";
import {
  ANNOTATION_ACTIONS,
  type OutboundAnnotation,
  type WireAnnotation,
} from "../messages/annotation.ts";

/**
 * The wire form of an annotation: payload encoded, absent values left out. The payload is never encrypted, because the service
 * aggregates annotations (RSAN1c3). The caller's object is not changed.
 *
 * @throws {ErrorInfo} 40013 if the payload is of a type that cannot be sent (RSL4a).
 */
export function toWireAnnotation(
  annotation: OutboundAnnotation,
  options: { format: Format },
): WireAnnotation {
  const payload = encodePayload(annotation.data, annotation.encoding, { format: options.format });
  const { data, encoding } = payload as EncodedPayload; // Not a promise, because there is no cipher.
  const action = annotation.action == null
    ? -1
    : (ANNOTATION_ACTIONS as readonly string[]).indexOf(annotation.action);
  const wire: WireAnnotation = {};
  if (annotation.id != null) wire.id = annotation.id;
  if (action >= 0) wire.action = action;
  if (annotation.clientId != null) wire.clientId = annotation.clientId;
  if (annotation.name != null) wire.name = annotation.name;
  if (annotation.count != null) wire.count = annotation.count;
  if (data !== undefined) wire.data = data;
  if (encoding !== undefined) wire.encoding = encoding;
  if (annotation.messageSerial != null) wire.messageSerial = annotation.messageSerial;
  if (annotation.type != null) wire.type = annotation.type;
  if (annotation.extras != null) wire.extras = annotation.extras;
  return wire;
}
