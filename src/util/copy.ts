import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";
import { isBinary, toBytes } from "./bytes.ts";
import { checkPlain, isPlainObject, type Kind, kindOf } from "./read_members.ts";

/**
 * A deep copy of plain data, so that later changes to the original have no effect. An object with a `toJSON()` is copied as its
 * result.
 *
 * @throws {ErrorInfo} 40003 if the value contains itself, or an object that JSON cannot represent, such as a Map.
 */
export function copyOf<T>(value: T): T {
  try {
    return copy(value) as T;
  } catch (cause) {
    throw createError(
      ErrorCode.InvalidParameter,
      `An object cannot be represented in JSON: ${String(cause)}`,
      "Give objects that JSON.stringify accepts.",
      { cause },
    );
  }
}

/** A copy as {@linkcode copyOf} makes it, or the value itself if it cannot be copied. */
export function snapshotOf<T>(value: T): T {
  try {
    return copyOf(value);
  } catch {
    return value;
  }
}

/**
 * A copy of an object with names of the caller's choice, such as extras, so that the checked value is the one that is sent.
 *
 * @throws {ErrorInfo} If it is not a plain object; 40003 as {@linkcode copyOf}.
 */
export function copyEntries(given: unknown, kind: Kind): Record<string, unknown> {
  const plain = jsonOf(given);
  checkPlain(plain, kind);
  return copyOf(plain);
}

function copy(value: unknown): unknown {
  const plain = jsonOf(value);
  if (typeof plain !== "object" || plain === null) return plain;
  if (isBinary(plain)) return toBytes(plain).slice();
  if (Array.isArray(plain)) return plain.map(copy);
  if (isLost(plain)) throw new TypeError(`${kindOf(plain)} has no JSON form`);
  const members: Record<string, unknown> = {};
  for (const name of Object.keys(plain)) {
    const member = copy((plain as Record<string, unknown>)[name]);
    if (name !== "__proto__") members[name] = member;
    else Object.defineProperty(members, name, { value: member, enumerable: true, writable: true });
  }
  return members;
}

/**
 * Finds an object in a value that JSON would write as `{}` although it has contents, such as a Map, a promise or an error.
 *
 * @returns The kind of the object found; undefined if there is no such object.
 */
export function findLost(value: unknown): string | undefined {
  const open = [value]; // It is not recursive, because users determine the depth.
  while (open.length > 0) {
    const plain = jsonOf(open.pop());
    if (typeof plain !== "object" || plain === null || isBinary(plain)) continue;
    if (isLost(plain)) return kindOf(plain);
    for (const member of Object.values(plain)) open.push(member);
  }
  return undefined;
}

/** Whether JSON would write `{}` for an object that has contents. */
function isLost(value: object): boolean {
  if (Array.isArray(value) || isPlainObject(value) || Object.keys(value).length > 0) return false;
  return kindOf(value) !== "Object" || inheritsMembers(value);
}

function inheritsMembers(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return false;
  const members = Object.values(Object.getOwnPropertyDescriptors(prototype));
  return members.some(({ get, enumerable }) => get || enumerable) || inheritsMembers(prototype);
}

/** The value that JSON writes for another value: the result of its `toJSON()`, or the primitive in a `String` or `Number`. */
export function jsonOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || isBinary(value)) return value;
  const plain: unknown = "toJSON" in value && typeof value.toJSON === "function"
    ? value.toJSON()
    : value;
  return plain instanceof String || plain instanceof Number || plain instanceof Boolean
    ? plain.valueOf()
    : plain;
}

/** A copy without members that are null or undefined. Both mean that the member is absent. */
export function withoutNulls<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as T;
}
