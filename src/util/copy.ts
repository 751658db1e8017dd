import { ErrorCode } from "../error_codes.ts";
import { fault } from "../errors.ts";
import { isBinary, toBytes } from "./bytes.ts";

/**
 * A copy of plain data, as deep as it goes, that later changes to the original do not reach. What has a JSON form of its
 * own is copied in that form.
 *
 * @throws {ErrorInfo} 40003 if the value holds itself.
 */
export function copyOf<T>(value: T): T {
  try {
    return copy(value) as T;
  } catch (cause) {
    throw fault(
      ErrorCode.InvalidParameter,
      `An object cannot be represented in JSON: ${String(cause)}`,
      "Give objects that JSON.stringify accepts.",
      { cause },
    );
  }
}

/** A copy as {@linkcode copyOf} makes it, or the value itself where it cannot be copied. */
export function snapshotOf<T>(value: T): T {
  try {
    return copyOf(value);
  } catch {
    return value;
  }
}

function copy(value: unknown): unknown {
  const plain = jsonOf(value);
  if (typeof plain !== "object" || plain === null) return plain;
  if (isBinary(plain)) return toBytes(plain).slice();
  if (Array.isArray(plain)) return plain.map(copy);
  return Object.fromEntries(Object.entries(plain).map(([name, member]) => [name, copy(member)]));
}

/** What JSON writes in the place of a value: what its `toJSON()` gives, and what is in a `String` or `Number`. */
export function jsonOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || isBinary(value)) return value;
  const plain: unknown = "toJSON" in value && typeof value.toJSON === "function"
    ? value.toJSON()
    : value;
  return plain instanceof String || plain instanceof Number || plain instanceof Boolean
    ? plain.valueOf()
    : plain;
}

/** A copy without members that are null or undefined: to be absent is what they mean. */
export function withoutNulls<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as T;
}
