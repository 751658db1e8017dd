import { toBase64 } from "../../util/bytes.ts";
import { CounterObject } from "./counter_object.ts";
import type { LiveObject } from "./live_object.ts";
import { MapObject } from "./map_object.ts";
import { type ReadValue, readValue, type StoredValue } from "./object_value.ts";

/** The value at a key or path. */
export type Resolved = LiveObject | StoredValue | undefined;

type Plain = Record<string, unknown>;

/**
 * An object as plain data (RTPO13). A map that occurs repeatedly becomes the same JavaScript object each time, in a cycle or
 * not (RTPO13c5); for JSON it becomes its id, and binary data base64 (RTPO14b).
 *
 * @param from The object.
 * @param isJson Whether JSON must be able to represent the result.
 * @param read Reads a value that is not an object.
 */
export function compact(
  from: Resolved,
  isJson: boolean,
  read: (value: StoredValue | undefined) => ReadValue | undefined = readValue,
): unknown {
  const seen = new Map<MapObject, Plain>();
  // No recursion, because other clients determine how deeply maps are nested.
  const trail: { plain: Plain; entries: [string, Resolved][]; next: number }[] = [];
  const plainOf = (value: Resolved): unknown => {
    if (typeof value !== "object") return value; // Most values need no look-up.
    if (value instanceof CounterObject) return value.count; // RTPO13c3, RTPO13d
    if (!(value instanceof MapObject)) {
      const plain = read(value as StoredValue); // RTPO13c4, RTPO13e
      return isJson && plain instanceof Uint8Array ? toBase64(plain) : plain; // RTPO14b1
    }
    const known = seen.get(value);
    if (known) return isJson ? { objectId: value.objectId } : known; // RTPO13c5, RTPO14b2
    const plain: Plain = {};
    seen.set(value, plain);
    trail.push({ plain, entries: value.entries(), next: 0 });
    return plain;
  };
  const result = plainOf(from);
  for (let at = trail.at(-1); at; at = trail.at(-1)) {
    const entry = at.entries[at.next++];
    if (!entry) trail.pop();
    else define(at.plain, entry[0], plainOf(entry[1])); // RTPO13c1, RTPO13c2
  }
  return result;
}

/** Defines a property. A key may be `__proto__`, and assigning to it would change the prototype. */
function define(plain: Plain, key: string, value: unknown): void {
  if (key !== "__proto__") plain[key] = value;
  else {
    const own = { value, configurable: true, enumerable: true, writable: true };
    Object.defineProperty(plain, key, own);
  }
}
