import { type FieldCheck, isRecord, removeMistyped } from "../util/wire_fields.ts";
import * as Action from "./action_numbers.ts";
import {
  ANNOTATION_CHECK,
  DETAILS_CHECK,
  FRAME_CHECK,
  MESSAGE_CHECK,
  OBJECT_CHECK,
  PRESENCE_CHECK,
  VERSION_CHECK,
} from "./frame_fields.ts";
import type { ConnectionDetails, ProtocolMessage } from "./protocol_message.ts";

/** Receives a fault of a frame: a sentence with the names of the fields, and the frame. */
export type FrameFaultSink = (fault: string, frame: ProtocolMessage) => void;

/** The fields that an ACK or NACK needs. Without them it would be matched with the first message. */
const ANSWERED: readonly string[] = ["msgSerial", "count"];

/**
 * Checks a frame once, so that later code can rely on the types of its fields. Fields of another type and items that are not
 * objects are removed. The remaining items keep the ids that follow from their original positions.
 *
 * @param frame The decoded frame, an object. It is changed in place.
 * @param onFault Called for removed fields and items.
 * @returns Whether the frame can be used; false if a field was removed that it depends on.
 */
export function checkFrame(frame: ProtocolMessage, onFault: FrameFaultSink): boolean {
  const removed = removeMistyped(frame, FRAME_CHECK);
  if (removed) {
    const isAnswer = frame.action === Action.Ack || frame.action === Action.Nack;
    // Without its channel, a frame would count as one for the connection.
    const isUsable = !removed.some((name) =>
      name === "channel" || isAnswer && ANSWERED.includes(name)
    );
    onFault(
      `${isUsable ? "Ignored" : "Skipped because of"} fields of a wrong type: ${
        removed.join(", ")
      }`,
      frame,
    );
    if (!isUsable) return false;
  }
  if (frame.messages) checkItems(frame, "messages", MESSAGE_CHECK, onFault);
  if (frame.presence) checkItems(frame, "presence", PRESENCE_CHECK, onFault);
  if (frame.annotations) checkItems(frame, "annotations", ANNOTATION_CHECK, onFault);
  if (frame.state) checkItems(frame, "state", OBJECT_CHECK, onFault);
  if (frame.connectionDetails) checkDetails(frame, frame.connectionDetails, onFault);
  if (frame.params) checkParams(frame.params);
  return true;
}

function checkItems(
  frame: ProtocolMessage,
  name: "messages" | "presence" | "annotations" | "state",
  check: FieldCheck<object>,
  onFault: FrameFaultSink,
): void {
  const items: unknown[] = frame[name]!;
  let isWhole = true;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (!isRecord(item)) {
      isWhole = false;
      continue;
    }
    const removed = removeMistyped(item, check);
    if (check === MESSAGE_CHECK && item.version) removeMistyped(item.version, VERSION_CHECK);
    if (removed) {
      onFault(`Ignored fields of a wrong type in "${name}": ${removed.join(", ")}`, frame);
    }
  }
  if (isWhole) return;
  onFault(`Skipped items that are not objects in "${name}"`, frame);
  (frame as unknown as Record<string, unknown>)[name] = withIds(frame, items);
}

/** The items that are objects, with ids that follow from their positions (TM2a, TP3a). */
function withIds({ id }: ProtocolMessage, items: readonly unknown[]): Record<string, unknown>[] {
  return items.flatMap((item, index) => {
    if (!isRecord(item)) return [];
    if (id != null) item.id ??= `${id}:${index}`;
    return [item];
  });
}

function checkDetails(
  frame: ProtocolMessage,
  details: ConnectionDetails,
  onFault: FrameFaultSink,
): void {
  const removed = removeMistyped(details, DETAILS_CHECK);
  if (removed) {
    onFault(`Ignored fields of a wrong value in "connectionDetails": ${removed.join(", ")}`, frame);
  }
}

function checkParams(params: Record<string, unknown>): void {
  for (const name in params) if (typeof params[name] !== "string") delete params[name];
}
