import type { Format } from "../../encoding/chain.ts";
import { fromBase64, isBinary, toBase64, toBytes } from "../../util/bytes.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";

/** The actions of operations, by number on the wire (OOP2). */
export const ObjectAction = {
  MapCreate: 0,
  MapSet: 1,
  MapRemove: 2,
  CounterCreate: 3,
  CounterInc: 4,
  ObjectDelete: 5,
  MapClear: 6,
} as const;

/** A value in a map, with exactly one of the members (OD2). */
export interface ObjectValue {
  string?: string;
  number?: number;
  boolean?: boolean;
  bytes?: Uint8Array<ArrayBuffer>;
  /** JSON text. */
  json?: string;
  objectId?: string;
}

/** One entry of a map (OME2). */
export interface MapEntry {
  data?: ObjectValue;
  timeserial?: string;
  tombstone?: boolean;
  serialTimestamp?: number;
}

/** A map (OMP2). */
export interface ObjectsMap {
  semantics: 0;
  entries: Record<string, MapEntry>;
  clearTimeserial?: string;
}

/** An operation on an object (OOP3). */
export interface ObjectOperation {
  action: number;
  objectId: string;
  mapCreate?: ObjectsMap;
  mapSet?: { key: string; value: ObjectValue };
  mapRemove?: { key: string };
  counterCreate?: { count: number };
  counterInc?: { number: number };
  mapCreateWithObjectId?: { initialValue: string; nonce: string };
  counterCreateWithObjectId?: { initialValue: string; nonce: string };
  objectDelete?: object;
  mapClear?: object;
}

/** The state of an object (OST2). */
export interface ObjectState {
  objectId: string;
  siteTimeserials: Record<string, string>;
  tombstone: boolean;
  createOp?: ObjectOperation;
  map?: ObjectsMap;
  counter?: { count: number };
}

/** An object message on the wire: an operation or a state (OM2). */
export interface ObjectMessage {
  id?: string;
  clientId?: string;
  connectionId?: string;
  timestamp?: number;
  extras?: unknown;
  operation?: ObjectOperation;
  object?: ObjectState;
  serial?: string;
  serialTimestamp?: number;
  siteCode?: string;
}

/** Bytes in one of the formats; JSON has them as base64. */
export function readBytes(value: unknown, format: Format): Uint8Array<ArrayBuffer> {
  if (isBinary(value)) return toBytes(value);
  if (typeof value === "string" && format === "json") {
    try {
      return fromBase64(value);
    } catch {
      // Fall through to the error.
    }
  }
  throw invalidOperation("its bytes are not base64");
}

/** A copy with all bytes in base64, for JSON. */
export function withoutBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return toBase64(value);
  if (Array.isArray(value)) return value.map(withoutBytes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withoutBytes(member)]),
  );
}

/** The error for an object message that is not valid. */
export function invalidOperation(why: string): Error {
  return serviceError(ServiceCode.InvalidObjectMessage, `The object message is invalid: ${why}`);
}
