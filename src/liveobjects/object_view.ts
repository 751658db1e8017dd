import { compact, type Resolved } from "./core/compact.ts";
import { CounterObject } from "./core/counter_object.ts";
import { LiveObject } from "./core/live_object.ts";
import { MapObject } from "./core/map_object.ts";
import type { ChannelObjects } from "./channel_objects.ts";
import { wrongType } from "./object_errors.ts";

/** The reads that paths, instances and batch contexts have in common. */
export abstract class ObjectView {
  protected readonly objects: ChannelObjects;

  constructor(objects: ChannelObjects) {
    this.objects = objects;
  }

  /** The object or value, after the checks for reading. */
  protected abstract target(): Resolved;

  // Types that say what is there are a matter of the interfaces: here they would have to be promised.
  value(): never {
    const target = this.target();
    const value = target instanceof CounterObject
      ? target.count // RTPO7c, RTINS4b
      : target instanceof LiveObject
      ? undefined // RTPO7e, RTINS4d
      : this.objects.read(target); // RTPO7d, RTPO7f, RTINS4c
    return value as never;
  }

  keys(): IterableIterator<string> {
    return this.snapshot().map(([key]) => key).values(); // RTPO10, RTPO10c, RTPO10d, RTINS7, RTINS7b, RTINS7c
  }

  size(): number | undefined {
    const target = this.target();
    return target instanceof MapObject ? target.size : undefined; // RTPO12, RTPO12c, RTPO12d, RTINS9, RTINS9b, RTINS9c
  }

  compact(): never {
    return compact(this.target(), false, (value) => this.objects.read(value)) as never; // RTPO13, RTPO13f, RTINS10, RTINS10b
  }

  compactJson(): never {
    return compact(this.target(), true, (value) => this.objects.read(value)) as never; // RTPO14, RTINS11, RTINS11b
  }

  /** The entries of a map, so that changes during an iteration do not disturb it; none for anything else (RTPO9d, RTINS6c). */
  protected snapshot(): [string, Resolved][] {
    const target = this.target();
    return target instanceof MapObject ? target.entries() : [];
  }
}

/**
 * Requires a map.
 *
 * @throws {ErrorInfo} 92007 for any other target.
 */
export function requireMap(target: Resolved, action: string): MapObject {
  if (target instanceof MapObject) return target;
  throw wrongType(action, "map");
}

/**
 * Requires a counter.
 *
 * @throws {ErrorInfo} 92007 for any other target.
 */
export function requireCounter(target: Resolved, action: string): CounterObject {
  if (target instanceof CounterObject) return target;
  throw wrongType(action, "counter");
}

/**
 * Requires a map or a counter.
 *
 * @throws {ErrorInfo} 92007 for a value.
 */
export function requireObject(target: Resolved, action: string): LiveObject {
  if (target instanceof LiveObject) return target;
  throw wrongType(action, "map or counter");
}
