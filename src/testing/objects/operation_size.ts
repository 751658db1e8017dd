import { utf8Length as sizeOfText } from "../../messages/size.ts";
import type { ObjectOperation, ObjectValue } from "./wire_operation.ts";

const SIZE_OF_NUMBER = 8;

/** The size of an operation in bytes: keys and values count, the names of members do not (OOP4). */
export function sizeOfOperation(operation: ObjectOperation): number {
  const { mapCreate, mapSet, mapRemove, counterCreate, counterInc } = operation;
  let size = counterCreate || counterInc ? SIZE_OF_NUMBER : 0;
  for (const [key, { data }] of Object.entries(mapCreate?.entries ?? {})) {
    size += sizeOfText(key) + sizeOfValue(data);
  }
  if (mapSet) size += sizeOfText(mapSet.key) + sizeOfValue(mapSet.value);
  if (mapRemove) size += sizeOfText(mapRemove.key);
  return size;
}

/** The size of a value in bytes. A reference to an object counts as 0 (OD3). */
function sizeOfValue({ string, number, boolean, bytes, json }: ObjectValue = {}): number {
  return sizeOfText(string ?? "") + (number === undefined ? 0 : SIZE_OF_NUMBER) +
    (boolean === undefined ? 0 : 1) + (bytes?.byteLength ?? 0) +
    (json === undefined ? 0 : sizeOfText(json));
}

/** The size of a map's entries. */
export function sizeOfEntries(entries: readonly [string, ObjectValue][]): number {
  let size = 0;
  for (const [key, value] of entries) size += sizeOfText(key) + sizeOfValue(value);
  return size;
}
