import type { ObjectCallOptions } from "./core/api_calls.ts";
import { type Change, checkKey, incrementChange, removeChange, setChange } from "./core/changes.ts";
import { compact, type Resolved } from "./core/compact.ts";
import { CounterObject } from "./core/counter_object.ts";
import { LiveObject } from "./core/live_object.ts";
import { MapObject } from "./core/map_object.ts";
import type { ChannelObjects } from "./channel_objects.ts";
import { wrongType } from "./object_errors.ts";

/**
 * The common part of paths, instances and batch contexts. The public interfaces have the types that depend on the value, so
 * results have the type `never` here.
 *
 * @typeParam Result The result of a change; in a batch, there is none.
 */
export abstract class ObjectView<Result> {
  protected readonly objects: ChannelObjects;

  constructor(objects: ChannelObjects) {
    this.objects = objects;
  }

  /** The object or value, after the checks for reading. */
  protected abstract target(): Resolved;

  /** The view of an object or value at a key. */
  protected abstract view(target: Resolved, key: string): unknown;

  /**
   * Changes the object.
   *
   * @param action The name of the change, for errors.
   * @param check Checks the type of the object.
   * @param changeOf Makes the change for an object id.
   */
  protected abstract change(
    action: string,
    [check, changeOf]: readonly [check: TargetCheck, changeOf: (objectId: string) => Change],
    options?: ObjectCallOptions | null,
  ): Result;

  value(): never {
    const target = this.target();
    const value = target instanceof CounterObject
      ? target.count // RTPO7c, RTINS4b
      : target instanceof LiveObject
      ? undefined // RTPO7e, RTINS4d
      : this.objects.read(target); // RTPO7d, RTPO7f, RTINS4c
    return value as never;
  }

  get(key: string): never {
    const target = this.target(); // RTINS5a–RTINS5b
    checkKey(key);
    const found = target instanceof MapObject ? target.get(key) : undefined; // RTINS5c, RTINS5d
    return (found === undefined ? undefined : this.view(found, key)) as never;
  }

  entries(): IterableIterator<[string, never]> { // RTPO9–RTPO9c, RTINS6, RTINS6b
    return this.#snapshot().map(([key, value]) => [key, this.view(value, key)] as [string, never])
      .values();
  }

  keys(): IterableIterator<string> {
    return this.#snapshot().map(([key]) => key).values(); // RTPO10, RTPO10c, RTPO10d, RTINS7, RTINS7b, RTINS7c
  }

  values(): IterableIterator<never> { // RTPO11–RTPO11d, RTINS8, RTINS8b, RTINS8c
    return this.#snapshot().map(([key, value]) => this.view(value, key) as never).values();
  }

  size(): number | undefined {
    const target = this.target();
    return target instanceof MapObject ? target.size : undefined; // RTPO12, RTPO12c, RTPO12d, RTINS9, RTINS9b, RTINS9c
  }

  compact(): never {
    return this.#compact(false); // RTPO13, RTPO13f, RTINS10, RTINS10b
  }

  compactJson(): never {
    return this.#compact(true); // RTPO14, RTINS11, RTINS11b
  }

  set(key: unknown, value: unknown, options?: ObjectCallOptions | null): Result { // RTPO15–RTPO15a2, RTPO15d, RTINS12–RTINS12a2, RTINS12c, RTLM20h
    return this.change("set a key", [requireMap, (id) => setChange(id, key, value)], options);
  }

  remove(key: unknown, options?: ObjectCallOptions | null): Result { // RTPO16–RTPO16a1, RTPO16d, RTINS13–RTINS13a1, RTINS13c, RTLM21g
    return this.change("remove a key", [requireMap, (id) => removeChange(id, key)], options);
  }

  increment(amount?: unknown, options?: ObjectCallOptions | null): Result {
    return this.#add(amount, 1, options); // RTPO17, RTINS14, RTINS14a, RTINS14a1, RTINS14c
  }

  decrement(amount?: unknown, options?: ObjectCallOptions | null): Result {
    return this.#add(amount, -1, options); // RTPO18, RTPO18d, RTINS15, RTINS15a, RTINS15a1, RTINS15c, RTLC13b
  }

  #add(amount: unknown, sign: 1 | -1, options?: ObjectCallOptions | null): Result { // RTPO17d, RTLC12g
    const changeOf = (id: string) => incrementChange(id, amount, sign);
    return this.change("change a counter", [requireCounter, changeOf], options);
  }

  #compact(isJson: boolean): never {
    return compact(this.target(), isJson, (value) => this.objects.read(value)) as never;
  }

  /**
   * A copy of the entries of a map, so that changes during an iteration have no effect. Other values have no entries (RTPO9d,
   * RTINS6c).
   */
  #snapshot(): [string, Resolved][] {
    const target = this.target();
    return target instanceof MapObject ? target.entries() : [];
  }
}

/**
 * Checks the type of a target.
 *
 * @throws {ErrorInfo} 92007 for any other target.
 */
type TargetCheck = (target: Resolved, action: string) => LiveObject;

function requireMap(target: Resolved, action: string): LiveObject {
  if (target instanceof MapObject) return target;
  throw wrongType(action, "map"); // RTPO15e, RTPO16e, RTINS12d, RTINS13d
}

function requireCounter(target: Resolved, action: string): LiveObject {
  if (target instanceof CounterObject) return target;
  throw wrongType(action, "counter"); // RTPO17e, RTPO18e, RTINS14d, RTINS15d
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
