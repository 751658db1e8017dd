import type { LiveObject } from "./live_object.ts";
import type { Path } from "./object_path.ts";
import type { ObjectPool } from "./object_pool.ts";

/** Limits for a search for the paths of objects. Paths beyond them are left out. */
export interface PathLimits {
  /** The maximal number of paths of one object. */
  readonly paths: number;
  /** The maximal number of steps for one object: visited references and copied keys. */
  readonly steps: number;
  /** The maximal number of steps for all objects of the search. */
  readonly allSteps: number;
}

/** The paths of an object. */
export interface FullPaths {
  readonly paths: Path[];
  /** True if all paths were found. */
  readonly isComplete: boolean;
}

const LIMITS: PathLimits = { paths: 1_000, steps: 200_000, allSteps: 5_000_000 };

/** The number of levels up to which it is faster to look up each map anew than to keep it. */
const FEW_LEVELS = 16;

/** A map or counter that the root leads to, at one of its paths. */
interface Place {
  readonly object: LiveObject;
  /** The place above; undefined for the root. */
  readonly above: Place | undefined;
  readonly key: string;
  readonly level: number;
  /** True if the object has no other path: it and all maps above it have one reference each (RTLO4f2, RTLO4f3). */
  readonly isOnly: boolean;
}

/**
 * Finds the paths of objects: all key sequences from the root to them that contain no object twice (RTLO4f, RTLO4f1).
 *
 * Through n maps there may be 2^n of them, so their number is limited. A search serves all objects of a sync: it visits each map
 * above them once, and they share the limit of steps, so that a sync takes no longer than its number of objects explains. Each
 * object that the root leads to gets one path at least. References must not change during a search.
 */
export class PathSearch {
  readonly #pool: ObjectPool;
  readonly #limits: PathLimits;
  #stepsLeft: number;
  /**
   * The objects whose references were looked at. Those that the root leads to have a place; to avoid dead ends, paths lead only
   * through these. Absent at first, because most changes need none.
   */
  #visited: Map<LiveObject, Place | undefined> | undefined;

  constructor(pool: ObjectPool, limits: PathLimits = LIMITS) {
    this.#pool = pool;
    this.#limits = limits;
    this.#stepsLeft = limits.allSteps;
  }

  /** The paths of an object. */
  pathsOf(object: LiveObject): FullPaths {
    const short = this.#shortPath(object);
    if (short) return { paths: [short], isComplete: true };
    const place = this.#placeOf(object);
    if (!place) return { paths: [], isComplete: true };
    if (place.isOnly) return { paths: [pathTo(place)], isComplete: true };
    const found = this.#climb(object);
    if (found.paths.length === 0) found.paths.push(pathTo(place));
    return found;
  }

  /** The path of an object with few maps above it that have one reference each, as usual (RTLO4f2, RTLO4f3). */
  #shortPath(object: LiveObject): Path | undefined {
    const keys: string[] = [];
    for (let at = object; at !== this.#pool.root;) {
      const [parent, key] = at.onlyReference ?? [];
      const map = parent === undefined ? undefined : this.#pool.get(parent);
      if (!map || keys.length === FEW_LEVELS) return undefined;
      keys.push(key!);
      at = map;
    }
    return keys.reverse();
  }

  /** Finds the place of an object: from the object up to the root, and down again to all that was passed. */
  #placeOf(object: LiveObject): Place | undefined {
    const visited = this.#visited ??= new Map();
    const { begin, children } = this.#above(object, visited);
    for (const above of begin) { // Places are added meanwhile, so that those with short paths come first.
      for (const child of children.get(above.object) ?? []) {
        if (visited.get(child)) continue;
        const place = {
          object: child,
          above,
          key: child.keyIn(above.object.objectId)!,
          level: above.level + 1,
          isOnly: above.isOnly && child.onlyReference !== undefined,
        };
        visited.set(child, place);
        begin.add(place);
      }
    }
    return visited.get(object);
  }

  /** Visits the maps above an object: lists the objects to find a place for, by map, and the known places above them. */
  #above(
    object: LiveObject,
    visited: Map<LiveObject, Place | undefined>,
  ): { begin: Set<Place>; children: Map<LiveObject, LiveObject[]> } {
    const children = new Map<LiveObject, LiveObject[]>();
    const begin = new Set<Place>();
    const open = [object];
    for (let next = open.pop(); next; next = open.pop()) {
      if (visited.has(next)) continue;
      visited.set(next, undefined);
      if (next === this.#pool.root) {
        const place = { object: next, above: undefined, key: "", level: 0, isOnly: true };
        visited.set(next, place);
        begin.add(place);
        continue;
      }
      for (const parent of next.parentIds()) {
        const map = this.#pool.get(parent);
        if (!map) continue;
        const siblings = children.get(map);
        if (siblings) siblings.push(next);
        else children.set(map, [next]);
        const place = visited.get(map);
        if (place) begin.add(place);
        else open.push(map);
      }
    }
    return { begin, children };
  }

  /** Looks for the paths of an object from the object up to the root. */
  #climb(object: LiveObject): FullPaths {
    const { paths: mostPaths, steps: mostSteps } = this.#limits;
    const paths: Path[] = [];
    const keys: string[] = []; // From the object up to the root.
    const onPath = new Set([object]);
    const trail = [{ object, parents: object.parents() }];
    let steps = Math.min(mostSteps, this.#stepsLeft);
    this.#stepsLeft -= steps;
    while (trail.length > 0) { // RTLO4f4
      const next = trail.at(-1)!.parents.next();
      if (next.done) {
        onPath.delete(trail.pop()!.object);
        keys.pop();
        continue;
      }
      const [parent, key] = next.value;
      if (--steps < 0) return { paths, isComplete: false };
      const map = this.#pool.get(parent);
      if (!map || onPath.has(map) || !this.#visited!.get(map)) continue;
      if (map === this.#pool.root) {
        if (paths.length === mostPaths) break;
        paths.push([...keys, key].reverse());
        steps -= keys.length;
      } else {
        keys.push(key);
        onPath.add(map);
        trail.push({ object: map, parents: map.parents() });
      }
    }
    this.#stepsLeft += Math.max(steps, 0);
    return { paths, isComplete: trail.length === 0 };
  }
}

function pathTo(place: Place): Path {
  const path = new Array<string>(place.level);
  for (let at = place; at.above; at = at.above) path[at.level - 1] = at.key;
  return path;
}
