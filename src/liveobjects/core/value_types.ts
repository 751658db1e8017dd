import { ErrorCode } from "../../error_codes.ts";
import { createError, type ErrorInfo } from "../../errors.ts";
import { isBinary, toBase64Url, toBytes, utf8 } from "../../util/bytes.ts";
import { findLost } from "../../util/copy.ts";
import { encodeMap } from "./encode_message.ts";
import { type MapEntry, ObjectAction, type ObjectOperation } from "./object_message.ts";
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

/** An object to create, after the objects that it refers to. */
export interface Part {
  readonly type: ObjectType;
  readonly count: number;
  /** The entries of the map: values, and references to other parts. */
  readonly entries: [key: string, value: StoredValue | PartReference][];
}

/** A reference to a part by its position, which is known once it is complete. */
interface PartReference {
  position: number;
}

/**
 * A checked copy of a value, in the form in which it is sent: the value itself, or the objects to create first, with inner
 * objects before outer ones (RTLMV4k).
 */
export type PlannedValue = StoredValue | PlannedParts;

/** Objects to create, with inner objects before outer ones. */
export type PlannedParts = readonly Part[];

/**
 * Checks a value for a map and copies it (RTLM20e1).
 *
 * @throws {ErrorInfo} 40013 if it cannot be stored; 40003 if the initial value of an object is not valid.
 */
export function planValue(value: unknown): PlannedValue {
  return isBlueprint(value) ? planParts(value) : toStored(value);
}

/** Lists the objects to create, depth first. It is not recursive, because users determine the depth. */
function planParts(given: Blueprint): Part[] {
  const parts: Part[] = [];
  interface Step {
    readonly part: Part;
    readonly open: [string, unknown][];
    readonly reference: PartReference;
  }
  const begin = (blueprint: Blueprint, reference: PartReference): Step => {
    const type = blueprint[KIND];
    const content = blueprint[CONTENT];
    const count = type === "counter" ? checkCount(content) : 0;
    const open = type === "map" ? checkEntries(content).reverse() : [];
    return { part: { type, count, entries: [] }, open, reference };
  };
  const trail = [begin(given, { position: 0 })];
  for (let step = trail.at(-1); step; step = trail.at(-1)) {
    const entry = step.open.pop();
    if (!entry) {
      trail.pop();
      step.reference.position = parts.length;
      parts.push(step.part);
      continue;
    }
    const [key, value] = entry;
    if (isBlueprint(value)) { // RTLMV4d1, RTLMV4d2
      const reference = { position: 0 };
      step.part.entries.push([key, reference]);
      trail.push(begin(value, reference));
    } else step.part.entries.push([key, toStored(value)]); // RTLMV4d3–RTLMV4d7
  }
  return parts;
}

/** Whether objects must be created before a value can be sent. */
export function needsObjects(value: PlannedValue): value is PlannedParts {
  return Array.isArray(value);
}

/**
 * Makes the operations that create objects. The last one creates the object that the value stands for (RTLCV4, RTLMV4k).
 *
 * @param parts The objects.
 * @param origins The time and the nonces.
 */
export function createOperations(
  parts: readonly Part[],
  origins: Origins,
): Promise<ObjectOperation[]> {
  // The id of a map depends on the ids of the objects in it, which come before it. All others are hashed concurrently.
  const made: Promise<ObjectOperation>[] = [];
  for (const part of parts) made.push(createOperation(part, made, origins));
  return Promise.all(made);
}

async function createOperation(
  { type, count, entries }: Part,
  made: readonly Promise<ObjectOperation>[],
  { timestamp, nonce: draw }: Origins,
): Promise<ObjectOperation> {
  const nonce = draw(); // RTLCV4d, RTLMV4g
  if (type === "counter") {
    const counterCreate = { count }; // RTLCV4b
    const initialValue = JSON.stringify(counterCreate); // RTLCV4c
    const objectId = await objectIdOf(type, { initialValue, nonce, timestamp }); // RTLCV4f
    const madeOf = { initialValue, nonce }; // RTLCV4g3, RTLCV4g4
    return { action: ObjectAction.CounterCreate, objectId, counterCreate, madeOf }; // RTLCV4g–RTLCV4g2, RTLCV4g5, RTLCV4h
  }
  const mapCreate = { semantics: 0, entries: new Map<string, MapEntry>() }; // RTLMV4e, RTLMV4e1
  for (const [key, given] of entries) {
    const value = typeof given === "object" && "position" in given
      ? new Reference((await made[given.position]!).objectId)
      : given;
    mapCreate.entries.set(key, { value, timeserial: "", tombstonedAt: undefined });
  }
  const initialValue = JSON.stringify(encodeMap(mapCreate, "json")); // RTLMV4f, RTLMV4f2
  const objectId = await objectIdOf(type, { initialValue, nonce, timestamp }); // RTLMV4i
  const madeOf = { initialValue, nonce }; // RTLMV4j3, RTLMV4j4
  return { action: ObjectAction.MapCreate, objectId, mapCreate, madeOf }; // RTLMV4j–RTLMV4j2, RTLMV4j5
}

/** The id of an object: a hash of its initial value and nonce, and the time (RTO14–RTO14a4). */
export async function objectIdOf(
  type: ObjectType,
  { initialValue, nonce, timestamp }: { initialValue: string; nonce: string; timestamp: number },
): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(`${initialValue}:${nonce}`)); // RTO14b1
  return `${type}:${toBase64Url(new Uint8Array(digest))}@${timestamp}`; // RTO14b2, RTO14c
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
  const isRecord = typeof entries === "object" && entries !== null && !Array.isArray(entries) &&
    !isBinary(entries) && !isBlueprint(entries) && !(entries instanceof Map);
  if (isRecord) {
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
  if (text === undefined || !/^[[{]/.test(text) || isHollow(value, text)) throw notStorable(value);
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

/** Whether JSON would lose the contents of an object: of a `Map`, a `Promise`, or an object of this library. */
function isHollow(value: object, text: string): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A record from another realm, such as an iframe, has another prototype, which has none itself.
  return text === "{}" && prototype !== null && Object.getPrototypeOf(prototype) !== null &&
    !("toJSON" in value);
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

/** A description of a value for errors, without its content, which may be long or secret. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || typeof value === "number") return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return Array.isArray(value)
    ? "an array"
    : `a value of type ${value.constructor?.name ?? "object"}`;
}
