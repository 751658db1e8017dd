import { actionNumber } from "../messages/wire_action.ts";
import { withoutNulls } from "../util/copy.ts";
import { encodePayload, type Format } from "../encoding/chain.ts";
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
  const { id, clientId, name, count, messageSerial, type, extras } = annotation;
  const action = actionNumber(ANNOTATION_ACTIONS, annotation.action);
  const attributes = { id, action, clientId, name, count, messageSerial, type, extras };
  // Not a promise, because there is no cipher.
  const wire = withoutNulls(attributes) as WireAnnotation;
  return encodePayload(wire, annotation, options) as WireAnnotation;
}
