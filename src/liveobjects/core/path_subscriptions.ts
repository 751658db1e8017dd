import type { LiveObject, ObjectUpdate } from "./live_object.ts";
import { fullPaths, type Path } from "./object_path.ts";
import type { ObjectPool } from "./object_pool.ts";

/** Called with the path of a change. */
export type PathListener = (path: Path, update: ObjectUpdate) => void;

interface PathSubscription {
  readonly listener: PathListener;
  readonly depth: number;
  /** The order of registration, which is the order of the calls. */
  readonly order: number;
  isActive: boolean;
}

/**
 * The subscriptions to paths (RTO24, RTO24c–RTO24c2d). They are found by path, so that the cost of a change does not depend on the
 * number of other subscriptions.
 */
export class PathSubscriptions {
  /** The subscriptions by the text of their path. */
  readonly #byPath = new Map<string, Set<PathSubscription>>();
  #order = 0;

  /**
   * Adds a listener (RTPO19f).
   *
   * @param path The path to listen at and below.
   * @param depth The number of levels, including the path itself.
   * @returns A function that removes it.
   */
  add(path: Path, listener: PathListener, depth = Infinity): () => void {
    const subscription = { listener, depth, order: this.#order++, isActive: true };
    const place = path.reduce(below, "");
    const here = this.#byPath.get(place) ?? new Set();
    this.#byPath.set(place, here.add(subscription));
    return () => {
      subscription.isActive = false;
      // SUB2b: a second call must not remove the set of later subscriptions.
      if (here.delete(subscription) && here.size === 0) this.#byPath.delete(place);
    };
  }

  /**
   * Calls the listeners for a change (RTO24b). Listeners that are added or removed during the calls are not called.
   *
   * @returns Whether all paths of the object were found.
   */
  dispatch(pool: ObjectPool, object: LiveObject, update: ObjectUpdate): boolean {
    if (this.#byPath.size === 0) return true;
    const { paths, isComplete } = fullPaths(pool, object); // RTO24b1
    for (const path of paths) { // RTO24b2
      const found = this.#covering(path, update);
      if (found.length > 1) found.sort(([one], [other]) => one.order - other.order);
      for (const [subscription, eventPath] of found) {
        if (subscription.isActive) subscription.listener(eventPath, update);
      }
    }
    return isComplete;
  }

  /**
   * The subscriptions that cover the path of a change, or else the path of a changed key (RTO24b2a, RTO24b2a1, RTO24b2b). Only
   * a subscription to the key itself can cover the key but not the map: all others begin above, and a depth that reaches the
   * key reaches the map.
   */
  #covering(path: Path, { keys = [] }: ObjectUpdate): [PathSubscription, Path][] {
    const found: [PathSubscription, Path][] = [];
    let place = "";
    for (let length = 0; length <= path.length; length++) { // RTO24c1
      if (length > 0) place = below(place, path[length - 1]!);
      for (const subscription of this.#byPath.get(place) ?? []) {
        if (path.length - length + 1 <= subscription.depth) found.push([subscription, path]);
      }
    }
    for (const [key] of keys) { // RTO24b2a2
      for (const subscription of this.#byPath.get(below(place, key)) ?? []) {
        found.push([subscription, [...path, key]]);
      }
    }
    return found;
  }
}

/** The text of a path with a further key. Because of the lengths, different paths have different texts. */
function below(place: string, key: string): string {
  return `${place}${key.length}:${key}`;
}
