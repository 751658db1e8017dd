import type { LiveObject, ObjectUpdate } from "./live_object.ts";
import { fullPaths, type Path } from "./object_path.ts";
import type { ObjectPool } from "./object_pool.ts";

/** Told where something changed. */
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
 * The subscriptions to paths (RTO24, RTO24c–RTO24c2d). They are looked up by keys, so that the cost does not depend on how many
 * there are elsewhere.
 */
export class PathSubscriptions {
  readonly #root: Node = { children: new Map(), subscriptions: new Set() };
  #count = 0;
  #order = 0;

  /**
   * Adds a listener (RTPO19f).
   *
   * @param path The path below which to listen.
   * @param depth How many levels, the path itself included.
   * @returns What removes it.
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
   * Tells the listeners of a change (RTO24b). Those that are added meanwhile are not told of it, nor those that are removed.
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
   * a subscription to that very key can cover the key but not the map: all others begin further up, and are not deep enough for
   * either or for both.
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
      // Another one may have made the node anew since.
      if (nodes[i - 1]!.children.get(path[i - 1]!) === nodes[i]) {
        nodes[i - 1]!.children.delete(path[i - 1]!);
      }
    }
  }
}
