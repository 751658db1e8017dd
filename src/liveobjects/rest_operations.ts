import type { Format } from "../encoding/chain.ts";
import type { WireMap } from "../protocol/wire_object_message.ts";
import { encodeNumber, encodeValue, Reference, type StoredValue } from "./core/object_value.ts";
import { isRecord } from "../util/wire_fields.ts";
import {
  invalidArgument,
  requireArgument,
  requireFinite,
  requireText,
  shown,
  toStored,
} from "./core/value_types.ts";

type Given = Readonly<Record<string, unknown>>;

/** The members that determine the kind of an operation. */
const KINDS = [
  "mapSet",
  "mapRemove",
  "mapCreate",
  "counterCreate",
  "counterInc",
  "mapCreateWithObjectId",
  "counterCreateWithObjectId",
] as const;

/**
 * The wire form of an operation for REST.
 *
 * @throws {ErrorInfo} 40003 for anything that is not exactly one operation; 40013 if a value cannot be stored.
 */
export function restOperation(operation: unknown, format: Format): Record<string, unknown> {
  const given = record(operation, "The operation");
  const [kind, ...others] = KINDS.filter((name) => given[name] != null);
  if (kind === undefined || others.length > 0) {
    throw invalidArgument(
      `An operation must have one action, got ${
        kind === undefined ? "none" : [kind, ...others].join(", ")
      }`,
      `Give one of ${KINDS.join(", ")}; several operations go into an array.`,
    );
  }
  const target: Record<string, string> = {};
  for (const name of ["id", "objectId", "path"] as const) {
    const value = given[name];
    if (value == null) continue;
    target[name] = text(value, `The attribute "${name}" of the operation`);
  }
  return {
    ...target,
    [kind]: payload(kind, record(given[kind], `The attribute "${kind}"`), format),
  };
}

function payload(kind: typeof KINDS[number], given: Given, format: Format): unknown {
  switch (kind) {
    case "mapSet":
      return { key: keyOf(given), value: encodeValue(storedData(given.value), format) };
    case "mapRemove":
      return { key: keyOf(given) };
    case "mapCreate":
      return restMap(given, format);
    case "counterCreate":
      return { count: encodeNumber(finite(given.count, "The count of a counter"), format) };
    case "counterInc":
      return { number: encodeNumber(finite(given.number, "The change of a counter"), format) };
    default: {
      const { initialValue, nonce } = given;
      return {
        initialValue: text(initialValue, "The initial value"),
        nonce: text(nonce, "The nonce"),
      };
    }
  }
}

/**
 * The wire form of a map's initial content.
 *
 * @throws {ErrorInfo} As {@linkcode restOperation}.
 */
export function restMap(given: Given, format: Format): WireMap {
  const { semantics, entries } = given;
  if (semantics != null && String(semantics).toLowerCase() !== "lww") {
    throw invalidArgument(`A map cannot have the semantics ${shown(semantics)}`, 'Give "lww".');
  }
  const wires = Object.entries(record(entries ?? {}, "The entries of a map")).map(
    ([key, entry]) => {
      const { data } = record(entry, `The entry "${key}"`);
      return [key, { data: encodeValue(storedData(data), format) }] as const;
    },
  );
  return { semantics: 0, entries: Object.fromEntries(wires) };
}

/** A value with its kind. */
function storedData(data: unknown): StoredValue {
  const given = record(data, "A value");
  const members = Object.entries(given).filter(([, value]) => value != null);
  const [kind, value] = members[0] ?? [];
  if (members.length !== 1) {
    throw invalidArgument(
      `A value must be of one kind, got ${members.map(([name]) => name).join(", ") || "none"}`,
      "Give one of string, number, boolean, bytes, json, objectId.",
    );
  }
  if (kind === "objectId") return new Reference(text(value, "The object id"));
  const stored = toStored(value);
  const fits = typeof stored === kind || typeof stored === "object" &&
      kind === (stored instanceof Uint8Array ? "bytes" : "json");
  if (fits) return stored;
  throw invalidArgument(
    `A value of the kind "${kind}" cannot be ${shown(value)}`,
    "Give a value of that kind.",
  );
}

function keyOf({ key }: Given): string {
  return text(key, "The key");
}

/** As {@linkcode requireFinite}, but returns the number. */
export function finite(value: unknown, what: string): number {
  requireFinite(value, what);
  return value;
}

function text(value: unknown, what: string): string {
  requireText(value, what);
  return value;
}

function record(value: unknown, what: string): Given {
  requireArgument(isRecord(value), value, [what, "an object"]);
  return value as Given;
}
