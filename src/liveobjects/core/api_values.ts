import { blueprint, isBlueprint, type ObjectType } from "./value_types.ts";

/** A JSON value that is not an object or an array. */
export type JsonScalar = null | boolean | number | string;

/** An array in JSON. */
export type JsonArray = Json[];

/** An object in JSON. */
export type JsonObject = { [key: string]: Json | undefined };

/** A JSON value. */
export type Json = JsonScalar | JsonArray | JsonObject;

/** Binary data. Values that are read are always a new `Uint8Array`. */
export type Binary = ArrayBuffer | ArrayBufferView;

/** A value of a map that is not an object of the channel. */
export type Primitive = string | number | boolean | Binary | JsonArray | JsonObject;

/**
 * A map of a channel as a type: `LiveMap<{ name: string }>`. The value of the same name creates maps.
 *
 * @typeParam T The types of the values by key; it may be an interface.
 */
export interface LiveMap<T extends Entries<T> = Record<string, Value>> {
  /** Only for the compiler, to distinguish it from other records. */
  readonly "~entries": T;
}

/** A counter of a channel as a type. The value of the same name creates counters. */
export interface LiveCounter {
  /** Only for the compiler, to distinguish it from other records. */
  readonly "~count": number;
}

/** An object of a channel as a type. */
// deno-lint-ignore ban-types
export type LiveObject = LiveMap<{}> | LiveCounter;

/** A value of a map. */
export type Value = LiveObject | Primitive;

/** The constraint on the entries of a map. Interfaces have no index signature, and so are checked key by key. */
export type Entries<T> = {
  [K in keyof T]: [T[K]] extends [Value | undefined] ? T[K] : Jsonable<T[K]>;
};

/** The type itself if JSON can represent it; otherwise never. */
export type Jsonable<T> = T extends JsonScalar | undefined ? T
  : T extends (...args: never[]) => unknown ? never
  : T extends object ? { [K in keyof T]: Jsonable<T[K]> }
  : never;

/** The type of a value when it is read: binary data is a `Uint8Array`. */
export type ReadValue<T> = T extends Binary ? Uint8Array<ArrayBuffer> : T;

/** The type of a value when an entry is set: binary data may have any form. */
export type SettableEntry<T> = T extends Binary ? Binary : T;

/** The type of the value at a key, without `undefined`, which does not affect the methods. */
export type ValueAt<T, K extends keyof T> = Exclude<T[K], undefined>;

/** An object as plain data (RTPO13). */
export type CompactedValue<T> = [T] extends [LiveMap<infer E>] ? CompactedEntries<E>
  : [T] extends [LiveCounter] ? number
  : [T] extends [Binary] ? Uint8Array<ArrayBuffer>
  : T extends LiveObject ? unknown
  : T;

/** A map as plain data. */
export type CompactedEntries<T> = { [K in keyof T]: CompactedValue<Exclude<T[K], undefined>> };

/** The replacement of a map that has occurred before (RTPO14b2). */
export interface ObjectIdReference {
  /** The id of the map. */
  objectId: string;
}

/** An object as plain data that JSON can represent (RTPO14). */
export type CompactedJsonValue<T> = [T] extends [LiveMap<infer E>]
  ? CompactedJsonEntries<E> | ObjectIdReference
  : [T] extends [LiveCounter] ? number
  : [T] extends [Binary] ? string
  : T extends LiveObject ? unknown
  : T;

/** A map as plain data that JSON can represent. */
export type CompactedJsonEntries<T> = {
  [K in keyof T]: CompactedJsonValue<Exclude<T[K], undefined>>;
};

/** Creates maps. */
export interface LiveMapStatic {
  /**
   * Describes a new map (RTLMV3). A map is created, and the entries are checked, each time that the description is passed to
   * `set()` or to another `create()`.
   *
   * @typeParam T The types of the entries, usually inferred from the key that the map is set at.
   * @param entries Values by key, which may be other maps and counters. Empty by default.
   */
  create<T extends Entries<T> = Record<string, Value>>(
    entries?: NoInfer<{ [K in keyof T]: SettableEntry<T[K]> }>,
  ): LiveMap<T>;
  /** Whether a value was returned by `create()`. */
  [Symbol.hasInstance](value: unknown): boolean;
}

/** Creates counters. */
export interface LiveCounterStatic {
  /**
   * Describes a new counter (RTLCV3). A counter is created each time that the description is passed to `set()` or to
   * `LiveMap.create()`.
   *
   * @param initialCount 0 by default.
   */
  create(initialCount?: number): LiveCounter;
  /** Whether a value was returned by `create()`. */
  [Symbol.hasInstance](value: unknown): boolean;
}

/** Maps: the type, and the function that creates one (RTLMV1). */
export const LiveMap: LiveMapStatic = kind(
  "map",
  // A copy, so that later changes have no effect.
  (entries) => isRecord(entries) ? { ...entries } : entries,
) as LiveMapStatic;

/** Counters: the type, and the function that creates one (RTLCV1). */
export const LiveCounter: LiveCounterStatic = kind(
  "counter",
  (count) => count,
) as LiveCounterStatic;

function kind(type: ObjectType, contentOf: (given: unknown) => unknown): unknown {
  const prototype = {};
  return {
    create: (given?: unknown) => blueprint(prototype, type, contentOf(given)),
    [Symbol.hasInstance]: (value: unknown) => isBlueprint(value, type),
  };
}

function isRecord(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A value at the time of the call. */
export interface PrimitiveInstance<T = Value> {
  /** A value has no id (RTINS3b). */
  readonly id: undefined;
  /** A copy of the value (RTINS4). */
  value(): ReadValue<T>;
  /** As `value()` (RTINS10). */
  compact(): ReadValue<T>;
  /** The same, with binary data in base64 (RTINS11). */
  compactJson(): CompactedJsonValue<T>;
}
