import type { LiveObject, ObjectUpdate } from "./live_object.ts";
import { fullPaths, type Path } from "./object_path.ts";
import type { ObjectPool } from "./object_pool.ts";

/** Called with the path of a change. */
export type PathListener = (path: Path, update: ObjectUpdate) => void;

interface PathSubscription {
  readonly listener: PathListener;
  readonly length: number;
  readonly depth: number;
  /** The order of registration, which is the order of the calls. */
  readonly order: number;
  isActive: boolean;
}

interface Node {
  readonly children: Map<string, Node>;
  readonly subscriptions: Set<PathSubscription>;
}

/**
 * The subscriptions to paths (RTO24, RTO24c–RTO24c2d). They form a tree by key, so that the cost of a change does not depend on
 * the number of other subscriptions.
 */
export class PathSubscriptions {
  readonly #root: Node = { children: new Map(), subscriptions: new Set() };
  #count = 0;
  #order = 0;

  /**
   * Adds a listener (RTPO19f).
   *
   * @param path The path to listen at and below.
   * @param depth The number of levels, including the path itself.
   * @returns A function that removes it.
   */
  add(path: Path, listener: PathListener, depth = Infinity): () => void {
    const subscription = {
      listener,
      depth,
      length: path.length,
      order: this.#order++,
      isActive: true,
    };
    const nodes = [this.#root];
    for (const key of path) {
      const { children } = nodes.at(-1)!;
      const child = children.get(key) ?? { children: new Map(), subscriptions: new Set() };
      children.set(key, child);
      nodes.push(child);
    }
    nodes.at(-1)!.subscriptions.add(subscription);
    this.#count++;
    return () => {
      if (!subscription.isActive) return; // SUB2b
      subscription.isActive = false;
      this.#count--;
      this.#remove(nodes, path, subscription);
    };
  }

  /**
   * Calls the listeners for a change (RTO24b). Listeners that are added or removed during the calls are not called.
   *
   * @returns Whether all paths of the object were found.
   */
  dispatch(pool: ObjectPool, object: LiveObject, update: ObjectUpdate): boolean {
    if (this.#count === 0) return true;
    const { paths, isComplete } = fullPaths(pool, object); // RTO24b1
    for (const path of paths) { // RTO24b2
      const found = this.#covering(path, update).sort(([one], [other]) => one.order - other.order);
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
  #covering(path: Path, { keys }: ObjectUpdate): [PathSubscription, Path][] {
    const found: [PathSubscription, Path][] = [];
    let node: Node | undefined = this.#root;
    for (let depth = 0; node; depth++) {
      for (const subscription of node.subscriptions) { // RTO24c1
        if (path.length - subscription.length + 1 <= subscription.depth) {
          found.push([subscription, path]);
        }
      }
      if (depth === path.length) break;
      node = node.children.get(path[depth]!);
    }
    if (!node || !keys || node.children.size === 0) return found;
    for (const [key] of keys) { // RTO24b2a2
      for (const subscription of node.children.get(key)?.subscriptions ?? []) {
        found.push([subscription, [...path, key]]);
      }
    }
    return found;
  }

  #remove(nodes: Node[], path: Path, subscription: PathSubscription): void {
    nodes.at(-1)!.subscriptions.delete(subscription);
    for (let i = path.length; i > 0; i--) {
      const { children, subscriptions } = nodes[i]!;
      if (children.size > 0 || subscriptions.size > 0) return;
      // Remove the node only if it is still this one: a new subscription may have replaced it.
      if (nodes[i - 1]!.children.get(path[i - 1]!) === nodes[i]) {
        nodes[i - 1]!.children.delete(path[i - 1]!);
      }
    }
  }
}
