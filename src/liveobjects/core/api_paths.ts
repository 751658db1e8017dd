import type { KeyOf } from "./api_batch.ts";
import type {
  ObjectStreamOptions,
  PathObjectSubscriptionOptions,
  Subscription,
} from "./api_calls.ts";
import type { LiveCounterWriter, LiveMapOf, LiveMapWriter, ObjectBatching } from "./api_changes.ts";
import type { Instance, LiveCounterInstance, LiveMapInstance } from "./api_instances.ts";
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

/** A change at, or below, a path (RTPO19e). */
export interface PathObjectSubscriptionEvent {
  /** The path of the change (RTPO19e1). */
  object: PathObject;
  /** The message that caused the change; absent after a sync (RTPO19e2). */
  message?: ObjectMessage;
}

/** The members of every path. */
export interface PathObjectBase {
  /** The path as text, with dots in keys escaped by a backslash; empty for the root (RTPO4). */
  path(): string;
  /**
   * Calls a listener with changes at this path and below it, no matter which object is at the path (RTPO19).
   *
   * @throws {ErrorInfo} 40003 for a depth that is not a positive whole number, or a listener that is not a function; 40024
   * without the `object_subscribe` mode, 90001 if the channel is detached or has failed.
   */
  subscribe(
    listener: (event: PathObjectSubscriptionEvent) => void,
    options?: PathObjectSubscriptionOptions | null,
  ): Subscription;
  /**
   * Changes, for `for await`. Delivery starts with the call, and ends with the loop. The loop ends when the channel is detached
   * or released or the client is closed, and throws the reason when the channel or the client has failed. Fails as
   * `subscribe()` does.
   */
  subscribeIterator(
    options?: PathObjectSubscriptionOptions & ObjectStreamOptions | null,
  ): AsyncIterableIterator<PathObjectSubscriptionEvent>;
}

/** The path of a map. Each call looks up the value at the path. */
export interface LiveMapPathObject<T = Record<string, Value>>
  extends PathObjectBase, LiveMapWriter<T>, ObjectBatching<LiveMapOf<T>> {
  /** The path of a key. The value is not looked up (RTPO5). */
  get<K extends KeyOf<T>>(key: K): PathObject<ValueAt<T, K>>;
  /** The path of several keys, separated by dots; `\.` is a dot in a key (RTPO6). */
  at<V = Value>(path: string): PathObject<V>;
  /** The map that is currently at the path (RTPO8). */
  instance(): LiveMapInstance<T> | undefined;
  /** Keys and their paths (RTPO9). */
  entries<K extends KeyOf<T>>(): IterableIterator<[K, PathObject<ValueAt<T, K>>]>;
  /** The keys (RTPO10). */
  keys<K extends KeyOf<T>>(): IterableIterator<K>;
  /** The paths of the keys (RTPO11). */
  values<K extends KeyOf<T>>(): IterableIterator<PathObject<ValueAt<T, K>>>;
  /** The number of keys; `undefined` unless the path leads to a map (RTPO12). */
  size(): number | undefined;
  /** The map and its contents as plain data. Maps that contain each other become objects that contain each other (RTPO13). */
  compact(): CompactedEntries<T> | undefined;
  /** The same for JSON: binary data is base64, and a repeated map is its id (RTPO14). */
  compactJson(): CompactedJsonEntries<T> | undefined;
}

/** The path of a counter. Each call looks up the value at the path. */
export interface LiveCounterPathObject
  extends PathObjectBase, LiveCounterWriter, ObjectBatching<LiveCounter> {
  /** The value of the counter; `undefined` unless the path leads to one (RTPO7). */
  value(): number | undefined;
  /** The counter that is currently at the path (RTPO8). */
  instance(): LiveCounterInstance | undefined;
  /** As `value()` (RTPO13). */
  compact(): number | undefined;
  /** As `value()` (RTPO14). */
  compactJson(): number | undefined;
}

/** The path of a value that is not an object. Each call looks up the value at the path. */
export interface PrimitivePathObject<T = Value> extends PathObjectBase {
  /** A copy of the value; `undefined` if there is no value (RTPO7). */
  value(): ReadValue<T> | undefined;
  /** The current value (RTPO8). */
  instance(): PrimitiveInstance<T> | undefined;
  /** As `value()` (RTPO13). */
  compact(): ReadValue<T> | undefined;
  /** The same, with binary data in base64 (RTPO14). */
  compactJson(): CompactedJsonValue<T> | undefined;
}

/** A path of unknown type. It has all methods, which check the value when they are called. */
export interface AnyPathObject
  extends
    PathObjectBase,
    LiveMapWriter<Record<string, Value>>,
    LiveCounterWriter,
    ObjectBatching<Value> {
  /** The path of a key. The value is not looked up (RTPO5). */
  get<V = Value>(key: string): PathObject<V>;
  /** The path of several keys, separated by dots; `\.` is a dot in a key (RTPO6). */
  at<V = Value>(path: string): PathObject<V>;
  /** The value of a counter, or a copy of the stored value; `undefined` for a map, and without a value (RTPO7). */
  value<V = Exclude<Value, LiveObject>>(): ReadValue<V> | undefined;
  /** The object or value that is currently at the path (RTPO8). */
  instance<V = Value>(): Instance<V> | undefined;
  /** Keys and their paths; empty if there is no map (RTPO9). */
  entries(): IterableIterator<[string, PathObject]>;
  /** The keys; empty if there is no map (RTPO10). */
  keys(): IterableIterator<string>;
  /** The paths of the keys; empty if there is no map (RTPO11). */
  values(): IterableIterator<PathObject>;
  /** The number of keys; `undefined` unless the path leads to a map (RTPO12). */
  size(): number | undefined;
  /** The object or value as plain data (RTPO13). */
  compact<V = Value>(): CompactedValue<V> | undefined;
  /** The same for JSON (RTPO14). */
  compactJson<V = Value>(): CompactedJsonValue<V> | undefined;
}

/** A path in the objects of a channel (RTPO1), with the methods that fit the expected type. */
export type PathObject<T = Value> = [Value] extends [T] ? AnyPathObject
  : [T] extends [LiveMap<infer E>] ? LiveMapPathObject<E>
  : [T] extends [LiveCounter] ? LiveCounterPathObject
  : [Extract<T, LiveObject>] extends [never] ? PrimitivePathObject<T>
  : AnyPathObject;
