import { utf8Length } from "../../messages/size.ts";
import type { MapCreate, ObjectOperation } from "./object_message.ts";
import { Base64Text, JsonText, Reference, type StoredValue } from "./object_value.ts";

/** The size of a number (OD3d). */
const NUMBER_SIZE = 8;

/** The size of operations in bytes. It counts users' values, not the names of members (OM3, OM3a–OM3c, OOP4–OOP4f, RTO15d). */
export function sizeOfOperations(operations: readonly ObjectOperation[]): number {
  let size = 0;
  for (const { mapCreate, mapSet, mapRemove, counterCreate, counterInc } of operations) {
    if (mapCreate) size += sizeOfMap(mapCreate); // OOP4h1, OOP4h2, MCR3–MCR3b
    if (mapSet) size += utf8Length(mapSet.key) + sizeOfValue(mapSet.value); // OOP4i, MST3–MST3d
    if (mapRemove) size += utf8Length(mapRemove.key); // OOP4j, MRM3–MRM3b
    if (counterCreate?.count !== undefined) size += NUMBER_SIZE; // OOP4k1, OOP4k2, CCR3–CCR3b
    if (counterInc?.number !== undefined) size += NUMBER_SIZE; // OOP4l, CIN3–CIN3b
  }
  return size;
}

function sizeOfMap({ entries }: MapCreate): number {
  let size = 0;
  for (const [key, { value }] of entries) size += utf8Length(key) + sizeOfValue(value); // MCR3a, MCR3a1, MCR3a2, OME3–OME3c
  return size;
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
