import { toBase64 } from "../../util/bytes.ts";
import { CounterObject } from "./counter_object.ts";
import type { LiveObject } from "./live_object.ts";
import { MapObject } from "./map_object.ts";
import { type ReadValue, readValue, type StoredValue } from "./object_value.ts";

/** A value that a map, or a path, leads to. */
export type Resolved = LiveObject | StoredValue | undefined;

type Plain = Record<string, unknown>;

/**
 * An object as plain data (RTPO13). A map that is met again is the same JavaScript object again, in a cycle or not
 * (RTPO13c5); for JSON it is its id instead, and binary data is base64 (RTPO14b).
 *
 * @param from Where to begin.
 * @param isJson Whether the result must be representable in JSON.
 * @param read Reads a value that is no object.
 */
export function compact(
  from: Resolved,
  isJson: boolean,
  read: (value: StoredValue | undefined) => ReadValue | undefined = readValue,
): unknown {
  const seen = new Map<MapObject, Plain>();
  // Instead of a recursion: others decide how deep the maps are.
  const trail: { plain: Plain; entries: [string, Resolved][]; next: number }[] = [];
  const plainOf = (value: Resolved): unknown => {
    if (typeof value !== "object") return value; // Most values, and nothing to look up for them.
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

/** A key may be `__proto__`: to assign to it would change the prototype. */
function define(plain: Plain, key: string, value: unknown): void {
  if (key !== "__proto__") plain[key] = value;
  else {
    const own = { value, configurable: true, enumerable: true, writable: true };
    Object.defineProperty(plain, key, own);
  }
}
