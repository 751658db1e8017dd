import type { LiveObject } from "./live_object.ts";
import { MapObject } from "./map_object.ts";
import type { ObjectPool } from "./object_pool.ts";
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

/** Limits for the search for the paths of an object. Paths beyond them are left out. */
export interface PathLimits {
  /** The maximal number of paths. */
  readonly paths: number;
  /** The maximal number of steps: visited references and copied keys. */
  readonly steps: number;
}

/** The paths of an object. */
export interface FullPaths {
  readonly paths: Path[];
  /** Whether all paths were found. */
  readonly isComplete: boolean;
}

const LIMITS: PathLimits = { paths: 1_000, steps: 200_000 };

/**
 * The paths of an object: all key sequences from the root to it that contain no object twice (RTLO4f, RTLO4f1).
 *
 * Through n maps there may be 2^n of them, so their number is limited. To avoid dead ends, the search first determines the maps
 * that are reachable from the root.
 */
export function fullPaths(
  pool: ObjectPool,
  object: LiveObject,
  limits: PathLimits = LIMITS,
): FullPaths {
  const only = onlyPath(pool, object);
  if (only) return { paths: [only], isComplete: true };
  const useful = reachable(pool, object);
  const paths: Path[] = [];
  const keys: string[] = []; // From the object up to the root.
  const onPath = new Set([object.objectId]);
  const trail: { id: string; parents: Iterator<readonly [string, string]> }[] = [
    { id: object.objectId, parents: object.parents() },
  ];
  let steps = 0;
  while (trail.length > 0) { // RTLO4f4
    const next = trail.at(-1)!.parents.next();
    if (next.done) {
      onPath.delete(trail.pop()!.id);
      keys.pop();
      continue;
    }
    const [parent, key] = next.value;
    if (++steps > limits.steps) return { paths, isComplete: false };
    if (onPath.has(parent) || !useful.has(parent)) continue;
    if (parent === pool.root.objectId) {
      if (paths.length === limits.paths) return { paths, isComplete: false };
      paths.push([...keys, key].reverse());
      steps += keys.length;
    } else {
      keys.push(key);
      onPath.add(parent);
      trail.push({ id: parent, parents: pool.get(parent)!.parents() });
    }
  }
  return { paths, isComplete: true };
}

/** The path of an object if it and all maps above it have one reference each, as usual (RTLO4f2, RTLO4f3). */
function onlyPath(pool: ObjectPool, object: LiveObject): Path | undefined {
  const keys: string[] = [];
  for (let at = object; at !== pool.root;) {
    const [parent, key] = at.onlyReference ?? [];
    const map = parent === undefined ? undefined : pool.get(parent);
    if (!map || keys.length > pool.size) return undefined; // The maps may form a cycle.
    keys.push(key!);
    at = map;
  }
  return keys.reverse();
}

/** The maps above an object that are reachable from the root. */
function reachable(pool: ObjectPool, object: LiveObject): Set<string> {
  const above = new Map<string, Set<string>>([[object.objectId, new Set()]]);
  const open = [object];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const parent of next.parentIds()) {
      const children = above.get(parent);
      if (children) {
        children.add(next.objectId);
        continue;
      }
      const map = pool.get(parent);
      if (!map) continue;
      above.set(parent, new Set([next.objectId]));
      open.push(map);
    }
  }
  const found = new Set<string>();
  const down = above.has(pool.root.objectId) ? [pool.root.objectId] : [];
  for (let next = down.pop(); next !== undefined; next = down.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    for (const child of above.get(next) ?? []) down.push(child);
  }
  return found;
}
