import type { KeyOf } from "./api_batch.ts";
import type { ObjectStreamOptions, Subscription } from "./api_calls.ts";
import type { LiveCounterWriter, LiveMapOf, LiveMapWriter, ObjectBatching } from "./api_changes.ts";
import type { ObjectMessage } from "./api_messages.ts";
import type {
  CompactedEntries,
  CompactedJsonEntries,
  CompactedJsonValue,
  CompactedValue,
  LiveCounter,
  LiveMap,
  LiveObject,
  PrimitiveInstance,
  ReadValue,
  Value,
  ValueAt,
} from "./api_values.ts";

/** A change of an object (RTINS16e). */
export interface InstanceSubscriptionEvent<T = Value> {
  /** The object (RTINS16e1). */
  object: Instance<T>;
  /** The message that caused the change; absent after a sync (RTINS16e2). */
  message?: ObjectMessage;
}

/** The members of every map and counter instance. */
export interface InstanceBase<T> {
  /** The id of the object (RTINS3). */
  readonly id: string;
  /**
   * Calls a listener with the changes of this object, until it is deleted (RTINS16).
   *
   * @throws {ErrorInfo} 40003 if the listener is not a function, 40024 without the `object_subscribe` mode, 90001 if the
   * channel is detached or has failed.
   */
  subscribe(listener: (event: InstanceSubscriptionEvent<T>) => void): Subscription;
  /** Changes, for `for await`. Begins and ends as the iterator of a path does. */
  subscribeIterator(
    options?: ObjectStreamOptions | null,
  ): AsyncIterableIterator<InstanceSubscriptionEvent<T>>;
}

/** A specific map, independent of its path. */
export interface LiveMapInstance<T = Record<string, Value>>
  extends InstanceBase<LiveMapOf<T>>, LiveMapWriter<T>, ObjectBatching<LiveMapOf<T>> {
  /** The instance at a key (RTINS5). */
  get<K extends KeyOf<T>>(key: K): Instance<ValueAt<T, K>> | undefined;
  /** Keys and instances (RTINS6). */
  entries<K extends KeyOf<T>>(): IterableIterator<[K, Instance<ValueAt<T, K>>]>;
  /** The keys (RTINS7). */
  keys<K extends KeyOf<T>>(): IterableIterator<K>;
  /** The instances at the keys (RTINS8). */
  values<K extends KeyOf<T>>(): IterableIterator<Instance<ValueAt<T, K>>>;
  /** The number of keys (RTINS9). */
  size(): number;
  /** The map and its contents as plain data (RTINS10). */
  compact(): CompactedEntries<T>;
  /** The same for JSON (RTINS11). */
  compactJson(): CompactedJsonEntries<T>;
}

/** A specific counter, independent of its path. */
export interface LiveCounterInstance
  extends InstanceBase<LiveCounter>, LiveCounterWriter, ObjectBatching<LiveCounter> {
  /** The value of the counter (RTINS4). */
  value(): number;
  /** As `value()` (RTINS10). */
  compact(): number;
  /** As `value()` (RTINS11). */
  compactJson(): number;
}

/** An object or value of unknown type. It has all methods, which check the value when they are called. */
export interface AnyInstance
  extends LiveMapWriter<Record<string, Value>>, LiveCounterWriter, ObjectBatching<Value> {
  /** The id of an object (RTINS3). */
  readonly id: string | undefined;
  /** The instance at a key (RTINS5). */
  get<V = Value>(key: string): Instance<V> | undefined;
  /** The value of a counter, or a copy of the stored value; `undefined` for a map (RTINS4). */
  value<V = Exclude<Value, LiveObject>>(): ReadValue<V> | undefined;
  /** Keys and instances; empty unless it is a map (RTINS6). */
  entries(): IterableIterator<[string, Instance]>;
  /** The keys; empty unless it is a map (RTINS7). */
  keys(): IterableIterator<string>;
  /** The instances at the keys; empty unless it is a map (RTINS8). */
  values(): IterableIterator<Instance>;
  /** The number of keys; `undefined` unless it is a map (RTINS9). */
  size(): number | undefined;
  /** The object or value as plain data (RTINS10). */
  compact<V = Value>(): CompactedValue<V> | undefined;
  /** The same for JSON (RTINS11). */
  compactJson<V = Value>(): CompactedJsonValue<V> | undefined;
  /** As for a map or counter. A value cannot be subscribed to: 92007 (RTINS16c). */
  subscribe(listener: (event: InstanceSubscriptionEvent) => void): Subscription;
  /** As for a map or counter. A value cannot be subscribed to: 92007. */
  subscribeIterator(
    options?: ObjectStreamOptions | null,
  ): AsyncIterableIterator<InstanceSubscriptionEvent>;
}

/** A specific object, or a value at the time of the call (RTINS1), with the methods that fit its type. */
export type Instance<T = Value> = [Value] extends [T] ? AnyInstance
  : [T] extends [LiveMap<infer E>] ? LiveMapInstance<E>
  : [T] extends [LiveCounter] ? LiveCounterInstance
  : [Extract<T, LiveObject>] extends [never] ? PrimitiveInstance<T>
  : AnyInstance;
