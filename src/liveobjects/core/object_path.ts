import type { LiveObject } from "./live_object.ts";
import { MapObject } from "./map_object.ts";
import type { StoredValue } from "./object_value.ts";

/** The keys from the root to a value (RTPO2a). */
export type Path = readonly string[];

/** Writes a path as text (RTPO4, RTPO4c). Dots in keys are escaped. Backslashes are not, so some paths cannot be read back. */
export function printPath(path: Path): string {
  return path.map((key) => key.replaceAll(".", "\\.")).join("."); // RTPO4a, RTPO4b
}

/** Parses a path; empty text has no keys (RTPO6b). */
export function parsePath(text: string): string[] {
  if (text === "") return [];
  const keys: string[] = [];
  let key = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\" && text[i + 1] === ".") {
      key += ".";
      i++;
    } else if (text[i] === ".") {
      keys.push(key);
      key = "";
    } else key += text[i];
  }
  return [...keys, key];
}

/** The object or value at a path; `undefined` if there is none (RTPO3, RTPO3c, RTPO3c1). */
export function resolvePath(root: MapObject, path: Path): LiveObject | StoredValue | undefined {
  let current: LiveObject | StoredValue | undefined = root; // RTPO3b
  for (const key of path) { // RTPO3a
    if (!(current instanceof MapObject)) return undefined; // RTPO3a1
    current = current.get(key); // RTPO3a2, RTPO3a3
  }
  return current;
}
