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

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isBinary(value)) return toBytes(value).slice();
  if (Array.isArray(value)) return value.map(copy);
  if ("toJSON" in value && typeof value.toJSON === "function") return copy(value.toJSON());
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member)]));
}
