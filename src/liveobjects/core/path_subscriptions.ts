import type { LiveObject, ObjectUpdate } from "./live_object.ts";
import type { Path } from "./object_path.ts";
import type { PathSearch } from "./path_search.ts";

/** Called with the path of a change. */
export type PathListener = (path: Path, update: ObjectUpdate) => void;

interface PathSubscription {
  readonly listener: PathListener;
  readonly depth: number;
  /** The order of registration, which is the order of the calls. */
  readonly order: number;
  isActive: boolean;
}

/** The subscriptions to one path, and the places of its keys. */
class Place {
  readonly subscriptions = new Set<PathSubscription>();
  readonly keys = new Map<string, Place>();

  get isEmpty(): boolean {
    return this.subscriptions.size === 0 && this.keys.size === 0;
  }
}

/**
 * The subscriptions to paths (RTO24, RTO24c–RTO24c2d). They are found key by key, so that the cost of a change does not depend on
 * the number of other subscriptions, nor on the keys below the last subscription.
 */
export class PathSubscriptions {
  readonly #root = new Place();
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
    const places = [this.#root];
    for (const [level, key] of path.entries()) {
      const { keys } = places[level]!;
      const place = keys.get(key) ?? new Place();
      keys.set(key, place);
      places.push(place);
    }
    places.at(-1)!.subscriptions.add(subscription);
    return () => {
      subscription.isActive = false;
      // SUB2b: a second call must not remove the places of later subscriptions.
      if (!places.at(-1)!.subscriptions.delete(subscription)) return;
      for (let level = path.length; level > 0 && places[level]!.isEmpty; level--) {
        places[level - 1]!.keys.delete(path[level - 1]!);
      }
    };
  }

  /**
   * Calls the listeners for a change (RTO24b). Listeners that are added or removed during the calls are not called.
   *
   * @returns Whether all paths of the object were found.
   */
  dispatch(search: PathSearch, object: LiveObject, update: ObjectUpdate): boolean {
    if (this.#root.isEmpty) return true;
    const { paths, isComplete } = search.pathsOf(object); // RTO24b1
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
    let place: Place | undefined = this.#root;
    for (let length = 0; place; place = place.keys.get(path[length++]!)) { // RTO24c1
      for (const subscription of place.subscriptions) {
        if (path.length - length + 1 <= subscription.depth) found.push([subscription, path]);
      }
      if (length === path.length) break;
    }
    if (!place) return found;
    for (const [key] of place.keys.size > 0 ? keys : []) { // RTO24b2a2
      for (const subscription of place.keys.get(key)?.subscriptions ?? []) {
        found.push([subscription, [...path, key]]);
      }
    }
    return found;
  }
}
