import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";

/** The description of a caller's object, for errors. */
export interface Kind {
  /** The beginning of a sentence, such as "The token params". */
  readonly what: string;
  /** The code of the error if it is something else. Defaults to 40003. */
  readonly code?: number;
}

/** A table with the names of all members of a shape. The type checker refuses a table with a missing name. */
export type Names<T> = { readonly [Name in keyof T]-?: unknown };

/** A kind of object with the names of its members. */
export interface Shape<T> extends Kind {
  readonly names: Names<T>;
}

/** Members read from an object. Those that are null are omitted. */
export type Members<T> = { -readonly [Name in keyof T]?: NonNullable<T[Name]> };

/**
 * Reads the members of a caller's object. It reads them by name, so that accessors and inherited members count as well, and
 * each one once, so that the value that was checked is the value that is used. Null is the same as absent.
 *
 * @param given The caller's object; null or undefined if there is none.
 * @param shape The members to read.
 * @returns An object of our own.
 * @throws {ErrorInfo} If it is not an object, if it is another object than a plain one and has none of the members, such as a
 * Map, or if a member cannot be read.
 */
export function readMembers<T extends object>(
  given: T | null | undefined,
  shape: Shape<T>,
): Members<T> {
  return given == null ? {} : readObject(given, shape);
}

/**
 * The same for an object that must be there.
 *
 * @throws {ErrorInfo} Also for null and undefined.
 */
export function readObject<T extends object>(given: T, shape: Shape<T>): Members<T> {
  return reading(given, shape, () => {
    const read: Members<T> = {};
    let hasOne = isLiteral(given);
    for (const name in shape.names) {
      const value = given[name];
      if (value != null) read[name] = value;
      hasOne ||= name in given;
    }
    // Refuse a Map and the like, whose contents would be lost silently.
    return hasOne ? read : undefined;
  });
}

/**
 * A copy of a caller's object: the members of its shape as {@linkcode readMembers} reads them, and its own members of other
 * names. Members that are null are kept.
 *
 * @throws {ErrorInfo} As {@linkcode readMembers}.
 */
export function copyMembers<T extends object>(given: T, shape: Shape<T>): T {
  return reading(given, shape, () => {
    const names = new Set(Object.keys(given)); // Own names first, to keep their order.
    let hasOne = isLiteral(given);
    for (const name in shape.names) {
      names.add(name); // A proxy may have members that it does not list.
      hasOne ||= name in given;
    }
    const entries = [...names].map((name) => [name, given[name as keyof T]] as const);
    return hasOne ? Object.fromEntries(entries.filter(isThere)) as T : undefined;
  });
}

/** Whether to copy an entry. A copied `toJSON()` would later replace the copied members. */
function isThere(entry: readonly [string, unknown]): boolean {
  return entry[1] !== undefined && !isOfJson(entry);
}

function isOfJson([name, value]: readonly [string, unknown]): boolean {
  return name === "toJSON" && typeof value === "function";
}

/** Whether an object consists of its members. One with a `toJSON()` may be written as something else. */
export function isLiteral(given: object): boolean {
  return isPlainObject(given) && typeof given.toJSON !== "function";
}

/**
 * Reads the members of an object with names of the caller's choice, each one once. Only plain objects are accepted: a Map has
 * no members, and those of a class instance may be inherited.
 *
 * @param given The caller's object; null or undefined if there is none.
 * @param kind Its description.
 * @returns Its own enumerable members, including those that are null.
 * @throws {ErrorInfo} If it is not a plain object, or a member cannot be read.
 */
export function readEntries(given: unknown, kind: Kind): [name: string, value: unknown][] {
  if (given == null) return [];
  return reading(given as object, kind, () => {
    const entries = isPlainObject(given) ? Object.entries(given) : undefined;
    return entries?.some(isOfJson) ? undefined : entries;
  });
}

/**
 * Checks that a value is a plain object.
 *
 * @throws {ErrorInfo} If it is not.
 */
export function checkPlain(given: unknown, kind: Kind): asserts given is Record<string, unknown> {
  if (!isPlainObject(given)) throw wrongKind(given, kind);
}

/**
 * Reads a caller's object with a given function, and turns exceptions of its accessors into errors.
 *
 * @param read Returns undefined if the object is of the wrong kind. It may throw anything, as accessors and proxies do.
 */
export function reading<T>(given: object, kind: Kind, read: () => T | undefined): T {
  if (typeof given !== "object" || given === null) throw wrongKind(given, kind);
  let result: T | undefined;
  try {
    result = read();
  } catch (cause) {
    throw unreadable(cause, kind);
  }
  if (result === undefined) throw wrongKind(given, kind);
  return result;
}

/** Whether a value is an object literal from any realm, or an object without prototype. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ||
    // The Object.prototype of another realm, such as an iframe's.
    Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** The kind of a value, as a word for errors. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  return Array.isArray(value) ? "array" : Object.prototype.toString.call(value).slice(8, -1);
}

/** A value for errors: text in quotes, and the kind of anything else. */
export function shown(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : kindOf(value);
}

function wrongKind(value: unknown, { what, code = ErrorCode.InvalidParameter }: Kind): ErrorInfo {
  return createError(
    code,
    `${what} must be a plain object, got ${
      isPlainObject(value) ? "one with toJSON()" : kindOf(value)
    }`,
    "Give an object literal with the members as they are documented.",
  );
}

function unreadable(cause: unknown, { what, code = ErrorCode.InvalidParameter }: Kind): ErrorInfo {
  return createError(
    code,
    `${what} can't be read`,
    "Give an object whose members can be read without an error.",
    { cause },
  );
}
