import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";

/** The description of a caller's object, for errors. */
export interface Kind {
  /** The beginning of a sentence, such as "The token params". */
  readonly what: string;
  /** The code of the error if it is something else. Defaults to 40003. */
  readonly code?: number;
  /** The status of that error. Follows from the code by default. */
  readonly statusCode?: number;
}

/** A rule for the value of a member. */
export interface Rule {
  /** Whether a value is right. */
  readonly allows: (value: unknown) => boolean;
  /** The right values, as the end of "must be". */
  readonly text: string;
  /** Whether they are words. */
  readonly areWords?: boolean;
  /** The remedy, if there is more to say than which values are right. */
  readonly remediation?: string;
}

/**
 * The values that a member may have: those of a type as `typeof` names it, or of several types joined by " or ", where numbers
 * are not negative; or those that a rule allows.
 */
export type Wanted = Type | `${Type} or ${Type}` | Rule;

/** A type as `typeof` names it. */
export type Type = "boolean" | "string" | "function" | "object" | "number";

/**
 * A table with the names of all members of a shape, and the values that they may have; `true` if the reader of the member checks
 * them. The type checker refuses a table with a missing name.
 */
export type Names<T> = { readonly [Name in keyof T]-?: true | Wanted };

/** A rule for a choice of words. */
export function oneOf(...words: string[]): Rule {
  return {
    allows: (value) => words.includes(value as string),
    text: words.map(shown).join(" or "),
    areWords: true,
  };
}

/** A rule for text that is not empty. */
export const NOT_EMPTY: Rule = {
  allows: (value) => typeof value === "string" && value !== "",
  text: "a non-empty string",
};

/** A rule for objects that have certain methods. */
export function having(...methods: string[]): Rule {
  return {
    // They are not read yet, because that may look up something of the runtime.
    allows: (value) => methods.every((name) => name in Object(value)),
    text: `an object with ${methods.map((name) => `${name}()`).join(", ")}`,
  };
}

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
 * Map, or if a member cannot be read or has a value that its shape does not permit.
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
  const members = reading(given, shape, () => {
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
  checkMembers(members, shape);
  return members;
}

/**
 * Checks that members have the values that their shape permits. Those that are null or unknown are not checked.
 *
 * @throws {ErrorInfo} If one has another value.
 */
export function checkMembers<T>(members: T, shape: Shape<T>): void {
  for (const name in shape.names) {
    const [value, wanted] = [members[name], shape.names[name]];
    if (value != null && wanted !== true) checkValue(value, wanted, { ...shape, name });
  }
}

/**
 * Checks the value of a member.
 *
 * @throws {ErrorInfo} If it is not one of those that are wanted.
 */
function checkValue(
  value: unknown,
  wanted: Wanted,
  { what, name, code = ErrorCode.InvalidParameter, statusCode }: Kind & { name: string },
): void {
  const { allows, text, areWords, remediation } = typeof wanted === "string"
    ? ofType(wanted)
    : wanted;
  if (allows(value)) return;
  // Text is only shown where words are wanted: elsewhere it may be a misplaced secret.
  const got = typeof value === "number" ? value : areWords || !value ? shown(value) : kindOf(value);
  throw createError(
    code,
    `${what}: "${name}" must be ${text}, got ${got}`,
    remediation ?? `Give ${text}, or leave it out.`,
    { statusCode },
  );
}

/** The rule for values of a type, or of several types joined by " or ". */
export function ofType(types: string): Rule {
  return {
    allows: (value) => types.includes(typeof value) && (typeof value !== "number" || value >= 0),
    text: types === "object" ? "an object" : `a ${types}${types === "number" ? " from 0" : ""}`,
  };
}

/**
 * Checks that all values of an object fit a rule.
 *
 * @throws {ErrorInfo} If one does not.
 */
export function checkEach(values: Readonly<Record<string, unknown>>, rule: Rule, kind: Kind): void {
  for (const [name, value] of Object.entries(values)) checkValue(value, rule, { ...kind, name });
}

/**
 * Reads the members of an object with names of the caller's choice as text, such as parameters of a URL. Members that are null
 * are left out.
 *
 * @throws {ErrorInfo} As {@linkcode readEntries}, and if a member has no text, such as an object.
 */
export function readTexts(given: unknown, kind: Kind): Record<string, string> {
  const entries = readEntries(given, kind).filter(([, value]) => value != null);
  checkEach(Object.fromEntries(entries), TEXT, kind);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

const TEXT: Rule = {
  allows: (value) => !["function", "symbol"].includes(typeof value) && !isPlainObject(value),
  text: "a string, a number or a boolean",
};

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
  // An array has no members of ours, but methods with names like them, such as push().
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw wrongKind(given, kind);
  }
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

function wrongKind(
  value: unknown,
  { what, code = ErrorCode.InvalidParameter, statusCode }: Kind,
): ErrorInfo {
  return createError(
    code,
    `${what} must be a plain object, got ${
      isPlainObject(value) ? "one with toJSON()" : kindOf(value)
    }`,
    "Give an object literal with the members as they are documented.",
    { statusCode },
  );
}

function unreadable(
  cause: unknown,
  { what, code = ErrorCode.InvalidParameter, statusCode }: Kind,
): ErrorInfo {
  return createError(
    code,
    `${what} can't be read`,
    "Give an object whose members can be read without an error.",
    { cause, statusCode },
  );
}
