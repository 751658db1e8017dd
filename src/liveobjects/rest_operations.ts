import type { Format } from "../encoding/chain.ts";
import { isRecord } from "../util/wire_fields.ts";
import { encodeNumber, encodeValue, Reference } from "./core/object_value.ts";
import {
  invalidArgument,
  requireArgument,
  requireFinite,
  requireText,
  shown,
  toStored,
} from "./core/value_types.ts";

type Given = Readonly<Record<string, unknown>>;

/**
 * Checks a member of an operation and writes it for the wire.
 *
 * @param what The name of the member, for errors.
 */
type Writer = (given: unknown, what: string, format: Format) => unknown;

const text: Writer = (given, what) => {
  requireText(given, what);
  return given;
};

const number: Writer = (given, what, format) => {
  requireFinite(given, what);
  return encodeNumber(given, format);
};

const semantics: Writer = (given, what) => {
  const isKnown = given == null || String(given).toLowerCase() === "lww";
  requireArgument(isKnown, given, [what, '"lww"']);
  return 0;
};

const entries: Writer = (given, what, format) => {
  const wires = Object.entries(record(given ?? {}, what)).map(([key, entry]) => {
    const name = `The entry "${key}"`;
    return [key, { data: data(record(entry, name).data, name, format) }];
  });
  return Object.fromEntries(wires);
};

/** A value with its kind. */
const data: Writer = (given, what, format) => {
  const members = Object.entries(record(given, what)).filter(([, value]) => value != null);
  const [kind, value] = members[0] ?? [];
  if (members.length === 1) {
    if (kind === "objectId") {
      return encodeValue(new Reference(text(value, what, format) as string), format);
    }
    const stored = toStored(value);
    const fits = typeof stored === kind || typeof stored === "object" &&
        kind === (stored instanceof Uint8Array ? "bytes" : "json");
    if (fits) return encodeValue(stored, format);
  }
  throw invalidArgument(
    `${what} must have one value of its kind, got ${
      members.map(([name, value]) => `${name}: ${shown(value)}`).join(", ") || "no value"
    }`,
    "Give one of string, number, boolean, bytes, json, objectId.",
  );
};

const ids = { initialValue: text, nonce: text };

type Kind = keyof typeof KINDS;

/** The kinds of operations, with their members. */
const KINDS = {
  mapSet: { key: text, value: data },
  mapRemove: { key: text },
  mapCreate: { semantics, entries },
  counterCreate: { count: number },
  counterInc: { number },
  mapCreateWithObjectId: ids,
  counterCreateWithObjectId: ids,
};

/**
 * The wire form of an operation for REST.
 *
 * @throws {ErrorInfo} 40003 for anything that is not exactly one operation; 40013 if a value cannot be stored.
 */
export function restOperation(operation: unknown, format: Format): Record<string, unknown> {
  const given = record(operation, "An operation");
  const wire: Record<string, unknown> = {};
  for (const name of ["id", "objectId", "path"]) {
    if (given[name] != null) wire[name] = text(given[name], `The attribute "${name}"`, format);
  }
  const kind = kindIn(given, Object.keys(KINDS) as Kind[], "An operation");
  wire[kind] = restPayload(kind, given[kind], format);
  return wire;
}

/**
 * The kind of an operation or of an initial value.
 *
 * @throws {ErrorInfo} 40003 if it has none of the kinds, or several: only one would have an effect.
 */
export function kindIn<K extends Kind>(given: unknown, kinds: readonly K[], what: string): K {
  const [kind, ...others] = kinds.filter((name) => (given as Given | null)?.[name] != null);
  if (kind !== undefined && others.length === 0) return kind;
  throw invalidArgument(
    `${what} must have exactly one of ${kinds.join(", ")}, got ${
      kind === undefined ? "none" : [kind, ...others].join(" and ")
    }`,
    "Give one of them in each operation or call.",
  );
}

/**
 * The wire form of the member that says what an operation does.
 *
 * @throws {ErrorInfo} As {@linkcode restOperation}.
 */
export function restPayload(
  kind: Kind,
  payload: unknown,
  format: Format,
): Record<string, unknown> {
  const given = record(payload, `The attribute "${kind}"`);
  const written = Object.entries<Writer>(KINDS[kind]).map(([name, write]) => [
    name,
    write(given[name], `The attribute "${name}" of "${kind}"`, format),
  ]);
  return Object.fromEntries(written);
}

function record(value: unknown, what: string): Given {
  requireArgument(isRecord(value), value, [what, "an object"]);
  return value as Given;
}
