import type * as api from "./api_messages.ts";
import type { Json } from "./api_values.ts";
import type { MapCreate, MapEntry, ObjectMessage, ObjectOperation } from "./object_message.ts";
import { JsonText, readValue, Reference, type StoredValue } from "./object_value.ts";
import { copyOf } from "../../util/copy.ts";

/** The actions by number on the wire (OOP2). */
const ACTIONS: readonly api.ObjectOperationAction[] = [
  "map.create",
  "map.set",
  "map.remove",
  "counter.create",
  "counter.inc",
  "object.delete",
  "map.clear",
];

/**
 * The message that caused a change, for users. Each call makes a new one, which users may keep and change (PAOM3, PAOM3a,
 * PAOM3a1).
 *
 * @returns `undefined` if it has no operation: changes by a sync have no single cause (RTPO19e2, RTINS16e2).
 */
export function publicMessage(
  message: ObjectMessage | undefined,
  channel: string,
): api.ObjectMessage | undefined {
  if (!message?.operation) return undefined;
  const { id, clientId, connectionId, timestamp, serial, serialTimestamp, siteCode } = message;
  const shown: api.ObjectMessage = { channel, operation: publicOperation(message.operation) }; // PAOM3b, PAOM3d
  // PAOM3c: members without a value are left out. They are written out, because each change of each listener comes through here.
  if (id !== undefined) shown.id = id;
  if (clientId !== undefined) shown.clientId = clientId;
  if (connectionId !== undefined) shown.connectionId = connectionId;
  if (timestamp !== undefined) shown.timestamp = timestamp;
  if (serial !== undefined) shown.serial = serial;
  if (serialTimestamp !== undefined) shown.serialTimestamp = serialTimestamp;
  if (siteCode !== undefined) shown.siteCode = siteCode;
  if (message.extras !== undefined) shown.extras = copyOf(message.extras) as Record<string, Json>;
  return shown;
}

/**
 * PAOOP3. The parts of a generated id are left out, because the initial value is present in any case (PAOOP3b1–PAOOP3b3,
 * PAOOP3c1–PAOOP3c3).
 */
function publicOperation(operation: ObjectOperation): api.ObjectOperation {
  const { action, objectId, mapSet, mapRemove, mapCreate } = operation;
  const { counterCreate, counterInc, objectDelete, mapClear } = operation;
  const shown: api.ObjectOperation = { action: ACTIONS[action] ?? "unknown", objectId };
  if (mapSet) shown.mapSet = { key: mapSet.key, value: publicData(mapSet.value) }; // PAOOP3a
  if (counterInc) shown.counterInc = { ...counterInc } as api.CounterInc;
  if (mapRemove) shown.mapRemove = { ...mapRemove };
  if (mapCreate) shown.mapCreate = publicMap(mapCreate); // PAOOP3b
  if (counterCreate) shown.counterCreate = { ...counterCreate } as api.CounterCreate; // PAOOP3c
  if (objectDelete) shown.objectDelete = {};
  if (mapClear) shown.mapClear = {};
  return shown;
}

function publicMap({ semantics, entries }: MapCreate): api.MapCreate {
  const shown = [...entries].map(([key, entry]) => [key, publicEntry(entry)] as const);
  return { semantics: semantics === 0 ? "lww" : "unknown", entries: Object.fromEntries(shown) };
}

function publicEntry({ value, timeserial, tombstonedAt }: MapEntry): api.ObjectsMapEntry {
  return {
    ...(timeserial !== "" && { timeserial }),
    ...(tombstonedAt === undefined
      ? { data: publicData(value) }
      : { tombstone: true, serialTimestamp: tombstonedAt }),
  };
}

/** A value with its kind. A value that cannot be read has no member (OD2). */
export function publicData(value: StoredValue | undefined): api.ObjectData {
  if (value instanceof Reference) return { objectId: value.objectId };
  const read = readValue(value);
  if (read === undefined) return {};
  if (typeof read === "string") return { string: read };
  if (typeof read === "number") return { number: read };
  if (typeof read === "boolean") return { boolean: read };
  if (value instanceof JsonText) return { json: read as Json };
  return { bytes: read as Uint8Array<ArrayBuffer> };
}
