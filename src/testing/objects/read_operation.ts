import type { Format } from "../../encoding/chain.ts";
import { toBase64Url, utf8 } from "../../util/bytes.ts";
import { isTooDeep } from "../core/depth.ts";
import {
  invalidOperation,
  type MapEntry,
  ObjectAction,
  type ObjectOperation,
  type ObjectsMap,
  type ObjectValue,
  readBytes,
} from "./wire_operation.ts";

type Given = Readonly<Record<string, unknown>>;

/** An object message from a client, unchecked. */
export interface GivenMessage {
  readonly id?: unknown;
  readonly extras?: unknown;
  readonly operation?: unknown;
}

/** The members of a value, one for each kind (OD2). */
const KINDS = ["string", "number", "boolean", "bytes", "json", "objectId"] as const;

/**
 * Reads an operation. A create operation with a client's object id is checked, and its initial value is parsed.
 *
 * @throws {ErrorInfo} 92000 if it is not valid.
 */
export function readOperation(
  value: unknown,
  format: Format,
): ObjectOperation | Promise<ObjectOperation> {
  const given = record(value, "it has no operation");
  const { action } = given;
  const objectId = given.objectId;
  if (typeof action !== "number") throw invalidOperation("its action is missing");
  if (typeof objectId !== "string" || objectId === "") {
    throw invalidOperation("its objectId is missing");
  }
  if (action === ObjectAction.ObjectDelete) {
    throw invalidOperation("only the service deletes objects");
  }
  const withId = given.mapCreateWithObjectId ?? given.counterCreateWithObjectId;
  if (withId !== undefined && withId !== null) {
    return readCreateWithId(record(withId, "its initial value is missing"), { action, objectId });
  }
  return { action, objectId, ...readMembers(action, given, format) };
}

/** The id of an object that is created with an initial value (RTO14). */
export async function objectIdOf(
  type: "map" | "counter",
  { initialValue, nonce, timestamp }: { initialValue: string; nonce: string; timestamp: number },
): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(`${initialValue}:${nonce}`));
  return `${type}:${toBase64Url(new Uint8Array(digest))}@${timestamp}`;
}

async function readCreateWithId(
  { initialValue, nonce }: Given,
  { action, objectId }: { action: number; objectId: string },
): Promise<ObjectOperation> {
  const type = action === ObjectAction.MapCreate ? "map" : "counter";
  const timestamp = Number(/@(\d+)$/.exec(objectId)?.[1] ?? NaN);
  if (typeof initialValue !== "string" || typeof nonce !== "string") {
    throw invalidOperation("its initial value or nonce is missing");
  }
  if (objectId !== await objectIdOf(type, { initialValue, nonce, timestamp })) {
    throw invalidOperation("its objectId does not belong to its initial value");
  }
  return { action, objectId, ...readInitialValue(action, initialValue) };
}

function readInitialValue(action: number, text: string): Partial<ObjectOperation> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalidOperation("its initial value is not JSON");
  }
  if (isTooDeep(parsed, text.length)) {
    throw invalidOperation("its initial value is nested too deeply");
  }
  const given = record(parsed, "its initial value is not an object");
  const name = action === ObjectAction.MapCreate ? "mapCreate" : "counterCreate";
  // The initial value stands alone, or under the name of its member.
  return readMembers(action, { [name]: given[name] ?? given }, "json");
}

function readMembers(action: number, given: Given, format: Format): Partial<ObjectOperation> {
  switch (action) {
    case ObjectAction.MapCreate:
      return { mapCreate: readMap(given.mapCreate ?? {}, format) };
    case ObjectAction.MapSet: {
      const { key, value } = record(given.mapSet, "mapSet is missing");
      return { mapSet: { key: readKey(key), value: readValue(value, format) } };
    }
    case ObjectAction.MapRemove:
      return { mapRemove: { key: readKey(record(given.mapRemove, "mapRemove is missing").key) } };
    case ObjectAction.CounterCreate: {
      const { count } = record(given.counterCreate ?? {}, "counterCreate is malformed");
      return { counterCreate: { count: count == null ? 0 : readNumber(count) } };
    }
    case ObjectAction.CounterInc: {
      const { number } = record(given.counterInc, "counterInc is missing");
      return { counterInc: { number: readNumber(number) } };
    }
    case ObjectAction.ObjectDelete:
      return { objectDelete: {} };
    case ObjectAction.MapClear:
      return { mapClear: {} };
    default:
      throw invalidOperation(`its action ${action} is not known`);
  }
}

function readMap(value: unknown, format: Format): ObjectsMap {
  const { semantics, entries } = record(value, "mapCreate is malformed");
  if (
    semantics !== undefined && semantics !== null && semantics !== 0 && !isLastWriteWins(semantics)
  ) {
    throw invalidOperation("its semantics are not known");
  }
  const read = Object.entries(record(entries ?? {}, "its entries are malformed")).map(
    ([key, entry]): [string, MapEntry] => {
      const { data } = record(entry, "an entry is malformed");
      return [readKey(key), { data: readValue(data, format) }];
    },
  );
  return { semantics: 0, entries: Object.fromEntries(read) };
}

/** Reads a value with exactly one kind. */
export function readValue(value: unknown, format: Format): ObjectValue {
  const given = record(value, "a value is missing");
  const kinds = KINDS.filter((kind) => given[kind] !== undefined && given[kind] !== null);
  if (kinds.length > 1) throw invalidOperation(`a value is of several kinds: ${kinds.join(", ")}`);
  if (typeof given.string === "string") {
    return given.encoding === "json" ? { json: readJson(given.string) } : { string: given.string };
  }
  if (given.number !== undefined && given.number !== null) {
    return { number: readNumber(given.number) };
  }
  if (typeof given.boolean === "boolean") return { boolean: given.boolean };
  if (given.bytes !== undefined && given.bytes !== null) {
    return { bytes: readBytes(given.bytes, format) };
  }
  if (given.json !== undefined) return { json: readJson(given.json) };
  if (typeof given.objectId === "string" && given.objectId !== "") {
    return { objectId: given.objectId };
  }
  throw invalidOperation("a value is of no known kind");
}

function isLastWriteWins(semantics: unknown): boolean {
  return typeof semantics === "string" && semantics.toUpperCase() === "LWW";
}

function readJson(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  try {
    JSON.parse(value);
  } catch {
    throw invalidOperation("a value is not JSON");
  }
  return value;
}

function readKey(key: unknown): string {
  if (typeof key === "string" && key !== "") return key;
  throw invalidOperation("a key must be a non-empty string");
}

function readNumber(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw invalidOperation("a number must be finite");
}

function record(value: unknown, why: string): Given {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Given;
  throw invalidOperation(why);
}
