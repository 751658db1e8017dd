import type {
  WireMap,
  WireMapEntry,
  WireObjectMessage,
  WireObjectOperation,
  WireObjectState,
} from "../../protocol/wire_object_message.ts";
import { isRecord } from "../../util/wire_fields.ts";
import { decodeValue } from "./object_value.ts";
import type {
  MapCreate,
  MapEntry,
  ObjectMessage,
  ObjectOperation,
  ObjectState,
} from "./object_message.ts";

/** The data that object messages inherit from their frame, and the local time as the default. */
export interface DecodeContext {
  /** The id of the frame. */
  readonly id?: string;
  readonly connectionId?: string;
  readonly timestamp?: number;
  /** The local time, in milliseconds since the Unix epoch (RTLO6b). */
  readonly now: number;
}

type Unchecked<T> = { readonly [Name in keyof T]?: unknown };

/**
 * Reads the object messages of a frame (OM5). Members of a wrong type count as absent, and so do operations and states without
 * an object id, so no input makes this fail.
 *
 * @param state The `state` of the frame.
 * @param context The data that the messages inherit from the frame.
 */
export function decodeMessages(state: unknown, context: DecodeContext): ObjectMessage[] {
  if (!Array.isArray(state)) return [];
  return state.map((wire, index) => decodeMessage(wire, context, index));
}

function decodeMessage(given: unknown, frame: DecodeContext, index: number): ObjectMessage {
  const wire: Unchecked<WireObjectMessage> = record(given) ?? {};
  const { extras } = wire;
  return {
    id: text(wire.id) ?? (frame.id === undefined ? undefined : `${frame.id}:${index}`), // OM2a
    clientId: text(wire.clientId),
    connectionId: text(wire.connectionId) ?? frame.connectionId, // OM2c
    timestamp: number(wire.timestamp) ?? frame.timestamp, // OM2e
    extras: extras ?? undefined, // OM2d
    serial: text(wire.serial),
    serialTimestamp: number(wire.serialTimestamp),
    siteCode: text(wire.siteCode),
    operation: decodeOperation(wire.operation, frame.now),
    object: decodeState(wire.object, frame.now),
  };
}

function decodeOperation(given: unknown, now: number): ObjectOperation | undefined {
  const wire: Unchecked<WireObjectOperation> | undefined = record(given);
  if (!wire || typeof wire.objectId !== "string" || wire.objectId === "") return undefined;
  // OOP2a: an unknown action is kept, to be reported and ignored.
  const operation: Mutable<ObjectOperation> = {
    action: number(wire.action) ?? -1,
    objectId: wire.objectId,
  };
  const { mapSet, mapRemove, counterInc, mapCreate, counterCreate } = wire;
  if (counterInc != null) operation.counterInc = { number: number(record(counterInc)?.number) };
  if (mapSet != null) operation.mapSet = decodeSet(mapSet);
  if (mapRemove != null) operation.mapRemove = keyed(mapRemove);
  if (mapCreate != null) operation.mapCreate = decodeMap(mapCreate, now);
  if (counterCreate != null) {
    operation.counterCreate = { count: number(record(counterCreate)?.count) };
  }
  if (wire.objectDelete != null) operation.objectDelete = {};
  if (wire.mapClear != null) operation.mapClear = {};
  return operation;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

function decodeSet(given: unknown): ObjectOperation["mapSet"] {
  const set = record(given);
  if (typeof set?.key !== "string") return undefined;
  return { key: set.key, value: decodeValue(set.value) };
}

function keyed(given: unknown): ObjectOperation["mapRemove"] {
  const key = record(given)?.key;
  return typeof key === "string" ? { key } : undefined;
}

function decodeState(given: unknown, now: number): ObjectState | undefined {
  const wire: Unchecked<WireObjectState> | undefined = record(given);
  if (!wire || typeof wire.objectId !== "string" || wire.objectId === "") return undefined;
  const { map, counter, createOp } = wire;
  return {
    objectId: wire.objectId,
    siteTimeserials: Object.entries(record(wire.siteTimeserials) ?? {}).filter(isTextPair),
    tombstone: wire.tombstone === true,
    createOp: decodeOperation(createOp, now),
    map: map == null ? undefined : {
      ...decodeMap(map, now),
      clearTimeserial: text(record(map)?.clearTimeserial) ?? "",
    },
    counter: counter == null ? undefined : { count: number(record(counter)?.count) },
  };
}

function decodeMap(given: unknown, now: number): MapCreate {
  const wire: Unchecked<WireMap> = record(given) ?? {};
  const wires = record(wire.entries) ?? {};
  const entries = new Map<string, MapEntry>();
  for (const key of Object.keys(wires)) entries.set(key, decodeEntry(wires[key], now));
  // OMP2a: unknown semantics are kept, to be reported. Entries are merged by their serials in any case.
  return { semantics: number(wire.semantics) ?? (wire.semantics == null ? 0 : -1), entries };
}

function decodeEntry(given: unknown, now: number): MapEntry {
  const wire: Unchecked<WireMapEntry> = record(given) ?? {};
  const timeserial = text(wire.timeserial) ?? "";
  return wire.tombstone === true
    ? { value: undefined, timeserial, tombstonedAt: number(wire.serialTimestamp) ?? now } // RTLO6
    : { value: decodeValue(wire.data), timeserial, tombstonedAt: undefined };
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return Number.isFinite(value) ? value as number : undefined;
}

function isTextPair(pair: [string, unknown]): pair is [string, string] {
  return typeof pair[1] === "string";
}
