import { blueprint, isBlueprint, type ObjectType } from "./value_types.ts";

/** A JSON value that is not an object or an array. */
export type JsonScalar = null | boolean | number | string;

/** An array in JSON. */
export type JsonArray = Json[];

/** An object in JSON. */
export type JsonObject = { [key: string]: Json | undefined };

/** A JSON value. */
export type Json = JsonScalar | JsonArray | JsonObject;

/** Binary data; what is read is always a `Uint8Array` of its own. */
export type Binary = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** A value of a map that is no object of the channel. */
export type Primitive = string | number | boolean | Binary | JsonArray | JsonObject;

/**
 * A map of a channel, in types: `LiveMap<{ name: string }>`. The value of that name makes one.
 *
 * @typeParam T The types of the values by key: an interface will do.
 */
export interface LiveMap<T extends Entries<T> = Record<string, Value>> {
  /** Only for the compiler: a record is no map of a channel. */
  readonly "~entries": T;
}

/** A counter of a channel, in types. The value of that name makes one. */
export interface LiveCounter {
  /** Only for the compiler. */
  readonly "~count": number;
}

/** An object of a channel, in types. */
// deno-lint-ignore ban-types
export type LiveObject = LiveMap<{}> | LiveCounter;

/** A value of a map. */
export type Value = LiveObject | Primitive;

/** The constraint on the entries of a map. An interface has no index signature, and so is checked key by key. */
export type Entries<T> = {
  [K in keyof T]: [T[K]] extends [Value | undefined] ? T[K] : Jsonable<T[K]>;
};

/** The type itself where JSON can represent it; else nothing. */
export type Jsonable<T> = T extends JsonScalar | undefined ? T
  : T extends (...args: never[]) => unknown ? never
  : T extends object ? { [K in keyof T]: Jsonable<T[K]> }
  : never;

/** The type of a value once it is read: binary data is a `Uint8Array`. */
export type ReadValue<T> = T extends Binary ? Uint8Array<ArrayBuffer> : T;

/** A value as it may be given in an entry, where one of a type is read. */
export type SettableEntry<T> = T extends Binary ? Binary : T;

/** The type of the value at a key: that it may be missing says nothing about its methods. */
export type ValueAt<T, K extends keyof T> = Exclude<T[K], undefined>;

/** An object as plain data (RTPO13). */
export type CompactedValue<T> = [T] extends [LiveMap<infer E>] ? CompactedEntries<E>
  : [T] extends [LiveCounter] ? number
  : [T] extends [Binary] ? Uint8Array<ArrayBuffer>
  : T extends LiveObject ? unknown
  : T;

/** A map as plain data. */
export type CompactedEntries<T> = { [K in keyof T]: CompactedValue<Exclude<T[K], undefined>> };

/** In place of a map that was met before (RTPO14b2). */
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

/** Makes maps. */
export interface LiveMapStatic {
  /**
   * Describes a new map (RTLMV3). The map is made each time that this is given to `set()` or to another
   * `create()`, and only then is checked what it is made of.
   *
   * @typeParam T The entries; as a rule they follow from where the map is put.
   * @param entries Values by key, among them other maps and counters. None by default.
   */
  create<T extends Entries<T> = Record<string, Value>>(
    entries?: NoInfer<{ [K in keyof T]: SettableEntry<T[K]> }>,
  ): LiveMap<T>;
  /** Whether a value was made by `create()`. */
  [Symbol.hasInstance](value: unknown): boolean;
}

/** Makes counters. */
export interface LiveCounterStatic {
  /**
   * Describes a new counter (RTLCV3). It is made each time that this is given to `set()` or to
   * `LiveMap.create()`.
   *
   * @param initialCount 0 by default.
   */
  create(initialCount?: number): LiveCounter;
  /** Whether a value was made by `create()`. */
  [Symbol.hasInstance](value: unknown): boolean;
}

/** Maps: the type of one, and what makes one (RTLMV1). */
export const LiveMap: LiveMapStatic = kind(
  "map",
  (entries) => isRecord(entries) ? { ...entries } : entries, // A copy, so that the map stays as it was meant.
) as LiveMapStatic;

/** Counters: the type of one, and what makes one (RTLCV1). */
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
