import * as ObjectAction from "./object_action.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { createError, type ErrorInfo } from "../../errors.ts";
import { isBinary, toBase64Url, toBytes, utf8 } from "../../util/bytes.ts";
import { findLost } from "../../util/copy.ts";
import { kindOf } from "../../util/read_members.ts";
import { isRecord } from "../../util/wire_fields.ts";
import { encodeMap } from "./encode_message.ts";
import type { MapEntry, ObjectOperation } from "./object_message.ts";
import { JsonText, Reference, type StoredValue } from "./object_value.ts";

/** The types of objects that can be created. */
export type ObjectType = "map" | "counter";

// A registered symbol, to recognise blueprints from another copy of this package.
const KIND = Symbol.for("ably-edge.liveobjects.kind");
const CONTENT = Symbol.for("ably-edge.liveobjects.content");

/** A description of an object to create (RTLCV1, RTLMV1). */
export interface Blueprint {
  readonly [KIND]: ObjectType;
  /** The entries of a map or the count of a counter, as given and unchecked (RTLCV2a, RTLMV2a). */
  readonly [CONTENT]: unknown;
}

/** Makes a blueprint; its content is not checked yet (RTLCV3–RTLCV3c, RTLMV3–RTLMV3c). */
export function blueprint(prototype: object, kind: ObjectType, content: unknown): object {
  const made = Object.create(prototype, { [KIND]: { value: kind }, [CONTENT]: { value: content } });
  return Object.freeze(made); // RTLCV3d, RTLMV3d
}

/** Whether a value is a blueprint, and of the given kind if one is given. */
export function isBlueprint(value: unknown, kind?: ObjectType): value is Blueprint {
  const own = typeof value === "object" && value !== null && (value as Partial<Blueprint>)[KIND];
  return kind === undefined ? own === "map" || own === "counter" : own === kind;
}

/** The external inputs of a creation. */
export interface Origins {
  /** The time of the service, in whole milliseconds (RTO16). */
  readonly timestamp: number;
  /** Makes a unique text (RTLCV4d, RTLMV4g). */
  nonce(): string;
}

/** An object to create, with a checked copy of its content. */
export class PlannedObject {
  readonly type: ObjectType;
  /** The initial value of a counter. */
  readonly count: number;
  /** The entries of a map: values, and objects to create before it. */
  readonly entries: [key: string, value: StoredValue | PlannedObject][] = [];
  /** The operation that creates it, once that is begun. */
  operation: Promise<ObjectOperation> | undefined;

  constructor(type: ObjectType, count: number) {
    this.type = type;
    this.count = count;
  }
}

/** A checked copy of a value: the value, or the objects to create for it, with inner objects before outer ones (RTLMV4k). */
export type PlannedValue = StoredValue | PlannedObject[];

/**
 * Checks a value for a map and copies it (RTLM20e1).
 *
 * @throws {ErrorInfo} 40013 if it cannot be stored; 40003 if the initial value of an object is not valid.
 */
export function planValue(value: unknown): PlannedValue {
  return isBlueprint(value) ? planObjects(value) : toStored(value);
}

/** Lists the objects to create, depth first. It is not recursive, because users determine the depth. */
function planObjects(given: Blueprint): PlannedObject[] {
  const planned: PlannedObject[] = [];
  const trail: { object: PlannedObject; open: [string, unknown][] }[] = [];
  const begin = ({ [KIND]: type, [CONTENT]: content }: Blueprint): PlannedObject => {
    const isMap = type === "map";
    const object = new PlannedObject(type, isMap ? 0 : checkCount(content));
    trail.push({ object, open: isMap ? checkEntries(content).reverse() : [] });
    return object;
  };
  begin(given);
  for (let step = trail.at(-1); step; step = trail.at(-1)) {
    const { object, open } = step;
    const entry = open.pop();
    if (entry) {
      const [key, value] = entry;
      object.entries.push([key, isBlueprint(value) ? begin(value) : toStored(value)]); // RTLMV4d1–RTLMV4d7
    } else {
      planned.push(object);
      trail.pop();
    }
  }
  return planned;
}

/**
 * Makes the operations that create objects. The last one creates the object that the value stands for (RTLCV4, RTLMV4k).
 *
 * @param planned The objects.
 * @param origins The time and the nonces.
 */
export function createOperations(
  planned: readonly PlannedObject[],
  origins: Origins,
): Promise<ObjectOperation[]> {
  // The id of a map depends on the ids of the objects in it, which come before it. All others are hashed concurrently.
  return Promise.all(planned.map((object) => object.operation = createOperation(object, origins)));
}

async function createOperation(
  { type, count, entries }: PlannedObject,
  origins: Origins,
): Promise<ObjectOperation> {
  if (type === "counter") {
    const counterCreate = { count }; // RTLCV4b, RTLCV4g5
    const made = await identify(type, counterCreate, origins);
    return { action: ObjectAction.CounterCreate, counterCreate, ...made }; // RTLCV4g–RTLCV4g2, RTLCV4h
  }
  const mapCreate = { semantics: 0, entries: new Map<string, MapEntry>() }; // RTLMV4e, RTLMV4e1, RTLMV4j5
  for (const [key, given] of entries) {
    const value = given instanceof PlannedObject
      ? new Reference((await given.operation!).objectId)
      : given;
    mapCreate.entries.set(key, { value, timeserial: "", tombstonedAt: undefined });
  }
  const made = await identify(type, encodeMap(mapCreate, "json"), origins); // RTLMV4f
  return { action: ObjectAction.MapCreate, mapCreate, ...made }; // RTLMV4j–RTLMV4j2
}

/** Makes the id of an object from its initial value: a hash, and the time (RTO14–RTO14a4, RTLCV4f, RTLMV4i). */
export async function identify(
  type: ObjectType,
  content: object,
  { timestamp, nonce: draw }: Origins,
): Promise<Required<Pick<ObjectOperation, "objectId" | "madeOf">>> {
  const initialValue = JSON.stringify(content); // RTLCV4c, RTLMV4f2
  const nonce = draw(); // RTLCV4d, RTLMV4g
  const digest = await crypto.subtle.digest("SHA-256", utf8(`${initialValue}:${nonce}`)); // RTO14b1
  const objectId = `${type}:${toBase64Url(new Uint8Array(digest))}@${timestamp}`; // RTO14b2, RTO14c
  return { objectId, madeOf: { initialValue, nonce } }; // RTLCV4g3, RTLCV4g4, RTLMV4j3, RTLMV4j4
}

/** RTLCV4a, RTLCV4b1 */
function checkCount(count: unknown): number {
  if (count === undefined) return 0;
  requireFinite(count, "The argument of LiveCounter.create()");
  return count as number;
}

/** RTLMV4a, RTLMV4b: keys are always text, except for symbols, which are refused. */
function checkEntries(entries: unknown): [string, unknown][] {
  if (entries === undefined) return []; // RTLMV4e2
  const isOther = isBinary(entries) || isBlueprint(entries) || entries instanceof Map;
  if (isRecord(entries) && !isOther) {
    const symbol = Object.getOwnPropertySymbols(entries)[0];
    if (!symbol) return Object.entries(entries);
    throw invalidArgument(`${String(symbol)} cannot be a key of a map`, "Use text for all keys.");
  }
  throw invalidArgument(
    `A map cannot be made from ${shown(entries)}`,
    "Give an object with the entries to LiveMap.create(), or nothing for an empty map.",
  );
}

/**
 * Checks a value that is not an object of the channel, and copies it, because its owner may change it later (RTLMV4c, OD4a).
 *
 * @throws {ErrorInfo} 40013
 */
export function toStored(value: unknown): StoredValue {
  if (typeof value === "string" || typeof value === "boolean") return value;
  // JSON would write null for non-finite numbers.
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (isBinary(value)) return toBytes(value).slice();
  if (typeof value !== "object" || value === null) throw notStorable(value);
  const text = jsonText(value);
  if (text === undefined || !/^[[{]/.test(text)) throw notStorable(value);
  if (text.includes("{}") && findLost(value) !== undefined) throw notStorable(value);
  return new JsonText(text);
}

function jsonText(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw notStorable(value, cause);
  }
}

function notStorable(value: unknown, cause?: unknown): ErrorInfo {
  return createError(
    ErrorCode.InvalidMessageData,
    `A map cannot hold ${shown(value)}`,
    "Give text, a finite number, a boolean, binary data, a JSON object or array, or a result of LiveMap.create() or LiveCounter.create().",
    { cause },
  );
}

/**
 * Checks an argument.
 *
 * @param isValid The result of the check.
 * @param value The argument.
 * @param what The name of the argument, for the error.
 * @param wanted The values that it accepts, for the error.
 * @throws {ErrorInfo} 40003 unless it is valid.
 */
export function requireArgument(
  isValid: boolean,
  value: unknown,
  [what, wanted]: readonly [what: string, wanted: string],
): asserts isValid {
  if (!isValid) {
    throw invalidArgument(`${what} must be ${wanted}, got ${shown(value)}`, `Give ${wanted}.`);
  }
}

/**
 * Requires a number that JSON can represent.
 *
 * @throws {ErrorInfo} 40003 for any other value.
 */
export function requireFinite(value: unknown, what: string): asserts value is number {
  requireArgument(Number.isFinite(value), value, [what, "a finite number"]);
}

/**
 * Requires text.
 *
 * @throws {ErrorInfo} 40003 for any other value.
 */
export function requireText(value: unknown, what: string): asserts value is string {
  requireArgument(typeof value === "string", value, [what, "a string"]);
}

/**
 * Requires a function.
 *
 * @throws {ErrorInfo} 40003 for any other value.
 */
export function requireFunction(value: unknown, what: string): void {
  requireArgument(typeof value === "function", value, [what, "a function"]);
}

/** The error for an argument that cannot be used. */
export function invalidArgument(message: string, remediation: string): ErrorInfo {
  return createError(ErrorCode.InvalidParameter, message, remediation);
}

/** A value for errors: a number, or the kind of anything else, whose content may be long or secret. */
export function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : kindOf(value);
}
