import type { Format } from "../../encoding/chain.ts";
import { Float64 } from "../../protocol/float64.ts";
import type { WireNumber, WireObjectData } from "../../protocol/wire_object_message.ts";
import { fromBase64, isBinary, toBase64, toBytes } from "../../util/bytes.ts";

/** A value that refers to another object (OD2a). */
export class Reference {
  /** The id of that object. */
  objectId: string;

  constructor(objectId: string) {
    this.objectId = objectId;
  }
}

/** A value that is a JSON object or array. It is stored as text, so that each reader gets a new value. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Binary data in base64, as received in JSON. It is decoded when it is read. */
export class Base64Text {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value of a map in stored form (OD2, OD2b). */
export type StoredValue =
  | string
  | number
  | boolean
  | Uint8Array<ArrayBuffer>
  | JsonText
  | Base64Text
  | Reference;

/** A value of a map in the form for users, as a copy. */
export type ReadValue = string | number | boolean | Uint8Array<ArrayBuffer> | object;

/**
 * Reads a value from the wire (OD5).
 *
 * @returns The value; `undefined` if its kind is unknown, which is not an error (RTLM5d2g).
 */
export function decodeValue(wire: unknown): StoredValue | undefined {
  if (typeof wire !== "object" || wire === null) return undefined;
  const { boolean, bytes, number, string, json, objectId, encoding } = wire as Record<
    keyof WireObjectData,
    unknown
  >;
  if (typeof boolean === "boolean") return boolean; // OD5a1, OD5b1, and the order of RTLM5d2
  if (typeof bytes === "string") return new Base64Text(bytes); // OD5b2
  if (isBinary(bytes)) return toBytes(bytes); // OD5a1
  if (typeof number === "number" && Number.isFinite(number)) return number;
  if (typeof string === "string") {
    return encoding === "json" ? new JsonText(string) : string; // OD5a2, OD5b3
  }
  // The service and other clients send JSON in this member, although the specification's rules for encoding use `string`.
  if (typeof json === "string") return new JsonText(json); // OD2g
  if (typeof objectId === "string" && objectId !== "") return new Reference(objectId); // OD2a
  return undefined;
}

/** Writes a value for the wire (OD4, OD4b). */
export function encodeValue(value: StoredValue, format: Format): WireObjectData {
  if (typeof value === "string") return { string: value }; // OD4c4, OD4d4
  if (typeof value === "number") return { number: encodeNumber(value, format) };
  if (typeof value === "boolean") return { boolean: value }; // OD4c1, OD4d1
  if (value instanceof JsonText) return { json: value.text };
  if (value instanceof Reference) return { objectId: value.objectId };
  if (value instanceof Base64Text) {
    return { bytes: format === "json" ? value.text : fromBase64(value.text) };
  }
  return { bytes: format === "json" ? toBase64(value) : value }; // OD4c2, OD4d2
}

/** Writes a number for the wire (OD4c3, OD4d3). */
export function encodeNumber(value: number, format: Format): WireNumber {
  return format === "msgpack" ? new Float64(value) : value;
}

/**
 * A copy of a value for users.
 *
 * @returns The value; `undefined` if it refers to an object, or cannot be read.
 */
export function readValue(value: StoredValue | undefined): ReadValue | undefined {
  if (typeof value !== "object") return value;
  if (value instanceof Reference) return undefined;
  try {
    if (value instanceof JsonText) return JSON.parse(value.text) as object;
    return value instanceof Base64Text ? fromBase64(value.text) : value.slice();
  } catch {
    return undefined; // Another client sent it; it must not make the whole map unreadable.
  }
}

/** Whether two values are equal: bytes by content, JSON by its meaning (RTLM22b3). */
export function isSameValue(one: StoredValue | undefined, other: StoredValue | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object") return false;
  if (one instanceof Reference || other instanceof Reference) {
    return one instanceof Reference && other instanceof Reference &&
      one.objectId === other.objectId;
  }
  if (one instanceof JsonText !== other instanceof JsonText) return false;
  if (textOf(one) !== undefined && textOf(one) === textOf(other)) return true;
  try {
    return isEqual(readValue(one), readValue(other));
  } catch {
    return false; // It is nested too deeply to compare.
  }
}

function textOf(value: StoredValue): string | undefined {
  return value instanceof JsonText || value instanceof Base64Text ? value.text : undefined;
}

function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const members = Object.entries(one);
  return members.length === Object.keys(other).length &&
    members.every(([name, value]) =>
      Object.hasOwn(other, name) && isEqual(value, (other as Record<string, unknown>)[name])
    );
}
