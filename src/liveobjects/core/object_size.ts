import { utf8Length } from "../../messages/size.ts";
import type { MapCreate, ObjectMessage, ObjectOperation } from "./object_message.ts";
import { Base64Text, JsonText, Reference, type StoredValue } from "./object_value.ts";

/** OD3d, CCR3a, CIN3a, OCN3a */
const NUMBER_SIZE = 8;

/** The size of object messages in bytes. It counts users' values, not the names of members (OM3, OM3a, OM3c, RTO15d). */
export function sizeOfMessages(messages: readonly ObjectMessage[]): number {
  let size = 0;
  for (const { clientId, extras, operation, object } of messages) {
    size += clientId === undefined ? 0 : utf8Length(clientId); // OM3f
    size += extras === undefined ? 0 : utf8Length(JSON.stringify(extras) ?? ""); // OM3d
    if (operation) size += sizeOfOperation(operation); // OM3b
    if (!object) continue; // OM3e
    size += object.map ? sizeOfMap(object.map) : 0; // OST3, OST3a, OST3b, OST3e, OMP4
    size += sizeOfNumber(object.counter?.count); // OST3c, OCN3
    size += object.createOp ? sizeOfOperation(object.createOp) : 0; // OST3d
  }
  return size;
}

/** OOP4–OOP4f: a creation with an id counts with its initial value (OOP4h2, OOP4k2). */
function sizeOfOperation(operation: ObjectOperation): number {
  const { mapCreate, mapSet, mapRemove, counterCreate, counterInc } = operation;
  return (mapCreate ? sizeOfMap(mapCreate) : 0) + // OOP4h1, MCR3–MCR3b
    (mapSet ? utf8Length(mapSet.key) + sizeOfValue(mapSet.value) : 0) + // OOP4i, MST3–MST3d
    (mapRemove ? utf8Length(mapRemove.key) : 0) + // OOP4j, MRM3–MRM3b
    sizeOfNumber(counterCreate?.count) + // OOP4k1, CCR3
    sizeOfNumber(counterInc?.number); // OOP4l, CIN3
}

function sizeOfMap({ entries }: MapCreate): number {
  let size = 0;
  for (const [key, { value }] of entries) size += utf8Length(key) + sizeOfValue(value); // MCR3a, MCR3a1, MCR3a2, OMP4a–OMP4b, OME3–OME3c
  return size;
}

function sizeOfNumber(value: number | undefined): number {
  return value === undefined ? 0 : NUMBER_SIZE; // CCR3b, CIN3b, OCN3b
}

/** OD3, OD3a */
function sizeOfValue(value: StoredValue | undefined): number {
  if (value === undefined || value instanceof Reference) return 0; // OD3f
  if (typeof value === "string") return utf8Length(value); // OD3e
  if (typeof value === "number") return NUMBER_SIZE; // OD3d
  if (typeof value === "boolean") return 1; // OD3b
  if (value instanceof JsonText) return utf8Length(value.text); // OD3g
  if (value instanceof Base64Text) return Math.floor(value.text.replace(/=+$/, "").length * 3 / 4);
  return value.byteLength; // OD3c
}
