import { CounterObject } from "./counter_object.ts";
import type { LiveObject, ObjectHost, ObjectSink } from "./live_object.ts";
import { MapObject } from "./map_object.ts";
import { ROOT } from "./object_message.ts";

/** The objects of a channel by their ids (RTO3). */
export class ObjectPool implements ObjectHost {
  /** The map that always exists (RTO3b). */
  readonly root: MapObject;
  readonly sink: ObjectSink;
  now = 0;
  hasGarbage = false;
  readonly #objects = new Map<string, LiveObject>(); // RTO3a

  constructor(sink: ObjectSink) {
    this.sink = sink;
    this.root = new MapObject(ROOT, this); // RTO3b1
    this.#objects.set(ROOT, this.root);
  }

  /** The number of objects. */
  get size(): number {
    return this.#objects.size;
  }

  /** All objects, the root first. */
  [Symbol.iterator](): IterableIterator<LiveObject> {
    return this.#objects.values();
  }

  get(objectId: string): LiveObject | undefined {
    return this.#objects.get(objectId);
  }

  ensure(objectId: string): LiveObject | undefined {
    const existing = this.#objects.get(objectId); // RTO6a
    if (existing) return existing;
    const type = objectId.slice(0, objectId.indexOf(":")); // RTO6b1
    return type === "map" || type === "counter" ? this.add(objectId, type) : undefined;
  }

  /** Adds an empty object (RTO6b2, RTO6b3, RTO5c1b1). */
  add(objectId: string, type: "map" | "counter"): LiveObject {
    const object = type === "map"
      ? new MapObject(objectId, this)
      : new CounterObject(objectId, this);
    this.#objects.set(objectId, object);
    return object;
  }

  /** Removes unwanted objects, but never the root (RTO5c2, RTO5c2a). */
  retain(isWanted: (objectId: string) => boolean): void {
    for (const objectId of this.#objects.keys()) {
      if (objectId !== ROOT && !isWanted(objectId)) this.#forget(objectId);
    }
  }

  /** Determines the parents of all objects anew (RTO5c10). */
  rebuildParents(): void {
    for (const object of this.#objects.values()) object.resetParents(); // RTO5c10a
    for (const object of this.#objects.values()) { // RTO5c10b
      if (object instanceof MapObject) object.claimChildren();
    }
  }

  /** Empties every object without updates. The objects themselves stay, because instances may refer to them (RTO27). */
  clearData(): void {
    for (const object of this.#objects.values()) object.clear();
  }

  /**
   * Removes objects and entries that were deleted at a time or before it (RTO10c).
   *
   * @param before Milliseconds since the Unix epoch.
   */
  collect(before: number): void {
    this.hasGarbage = false;
    for (const [objectId, object] of this.#objects) {
      if (object instanceof MapObject && !object.collect(before)) this.hasGarbage = true; // RTO10c1a
      const { tombstonedAt } = object;
      if (tombstonedAt === undefined || objectId === ROOT) continue; // RTO10c1b1
      if (tombstonedAt <= before) this.#forget(objectId); // RTO10c1b
      else this.hasGarbage = true;
    }
  }

  /** Removes an object. If its id occurs again, that is a new object. */
  #forget(objectId: string): void {
    this.#objects.get(objectId)?.endObservers();
    this.#objects.delete(objectId);
  }
}
