import type { ObjectMessage } from "./api_messages.ts";
import type {
  CompactedEntries,
  CompactedJsonEntries,
  CompactedJsonValue,
  CompactedValue,
  Entries,
  LiveCounter,
  LiveMap,
  LiveObject,
  ReadValue,
  SettableEntry,
  Value,
  ValueAt,
} from "./api_values.ts";

/** The options of every call. */
export interface ObjectCallOptions {
  /** Ends the wait when aborted: the call rejects. Operations that were sent are not undone. */
  signal?: AbortSignal | null;
}

/**
 * A change of the sync state: `"syncing"` while the service sends the objects, `"synced"` once all are known (RTO18b, RTO18b1,
 * RTO18b2).
 */
export type ObjectsEvent = "syncing" | "synced";

/** Called when the sync state changes, without arguments (RTO18e). */
export type ObjectsEventCallback = () => void;

/** The registration of a listener to the sync state (RTO18f). */
export interface StatusSubscription {
  /** Removes the listener (RTO18f2). */
  off(): void;
}

/** The registration of a listener to changes (SUB1). */
export interface Subscription {
  /** Removes the listener; a second call does nothing (SUB2). It can be called as a plain function. */
  unsubscribe: () => void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/** The selection of changes below a path. */
export interface PathObjectSubscriptionOptions {
  /** The number of levels: 1 for the path itself, 2 to include its keys. All levels by default (RTPO19c1). */
  depth?: number | null;
}

/** The options of an iterator over changes. */
export interface ObjectStreamOptions {
  /** Ends the iteration when aborted. */
  signal?: AbortSignal | null;
  /** The number of changes that may be queued. Defaults to 10000. */
  bufferLimit?: number | null;
  /** The reaction to a full queue. Defaults to `"error"`. */
  onOverflow?: "error" | "drop-oldest" | "drop-newest" | null;
}

/** A change at, or below, a path (RTPO19e). */
export interface PathObjectSubscriptionEvent {
  /** The path of the change (RTPO19e1). */
  object: PathObject;
  /** The message that caused the change; absent after a sync (RTPO19e2). */
  message?: ObjectMessage;
}

/** A change of an object (RTINS16e). */
export interface InstanceSubscriptionEvent<T = Value> {
  /** The object (RTINS16e1). */
  object: Instance<T>;
  /** The message that caused the change; absent after a sync (RTINS16e2). */
  message?: ObjectMessage;
}

/**
 * Changes several objects in one message, which is applied as a whole or not at all. The function must be synchronous: calls
 * after it has returned fail.
 */
export type BatchFunction<T> = (context: BatchContext<T>) => void;

/** The map with these entries. */
export type LiveMapOf<T> = T extends Entries<T> ? LiveMap<T> : LiveMap;

/** The keys of a map that are text. */
export type KeyOf<T> = keyof T & string;

/** The objects of a channel (RTL27a). */
export interface RealtimeObject {
  /**
   * Waits until the objects are known, and attaches the channel if it is not attached (RTO23).
   *
   * @typeParam T The types of the channel's objects, by key. They are not checked at runtime.
   * @param options A signal that ends the wait.
   * @returns The root of all paths.
   * @throws {ErrorInfo} 40024 without the `object_subscribe` mode, 90001 if the channel has failed, 92008 if it is detached,
   * suspended or failed before the objects are known; or the error of attaching.
   */
  get<T extends Entries<T> = Record<string, Value>>(
    options?: ObjectCallOptions | null,
  ): Promise<PathObject<LiveMap<T>>>;
  /**
   * Listens to the sync state (RTO18). A listener that is added several times is called as often.
   *
   * @throws {ErrorInfo} 40003 if the callback is not a function.
   */
  on(event: ObjectsEvent, callback: ObjectsEventCallback): StatusSubscription;
  /** Removes a listener, all listeners of an event, or all (RTO19). */
  off(event?: ObjectsEvent | null, callback?: ObjectsEventCallback | null): void;
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

/** The changes of a map. */
export interface LiveMapWriter<T> {
  /**
   * Sets a key (RTPO15, RTINS12). Resolves once the service has accepted the change and this client has applied it. Later calls
   * on the channel do not overtake it.
   *
   * @throws {ErrorInfo} 40003 if the key is not text, 40009 if it is too large, 40013 if the value cannot be stored, 40024
   * without the `object_publish` mode, 90001 if the channel is detached, suspended or failed, 92005 if the path leads nowhere,
   * 92007 if it leads to another value than a map, 92008 if the channel was lost before the change could be applied; or the
   * error of the service.
   */
  set<K extends KeyOf<T>>(
    key: K,
    value: SettableEntry<ValueAt<T, K>>,
    options?: ObjectCallOptions | null,
  ): Promise<void>;
  /** Removes a key (RTPO16, RTINS13). Fails as `set()` does. */
  remove(key: KeyOf<T>, options?: ObjectCallOptions | null): Promise<void>;
}

/** The changes of a counter. */
export interface LiveCounterWriter {
  /**
   * Adds to the counter, 1 by default (RTPO17, RTINS14). Resolves and fails as `set()` of a map does; 92007 if the value is not
   * a counter.
   */
  increment(amount?: number | null, options?: ObjectCallOptions | null): Promise<void>;
  /** Subtracts from the counter, 1 by default (RTPO18, RTINS15). */
  decrement(amount?: number | null, options?: ObjectCallOptions | null): Promise<void>;
}

/** Changes in one message. */
export interface ObjectBatching<T> {
  /**
   * Makes several changes in one message.
   *
   * @throws {ErrorInfo} As `set()` of a map does; or the error that the function throws; in both cases no change is sent.
   */
  batch(fn: BatchFunction<T>, options?: ObjectCallOptions | null): Promise<void>;
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

/** The changes of a map inside a batch. */
export interface LiveMapBatchWriter<T> {
  /** Sets a key, with the rest of the batch. Reads in the batch do not show the change yet. */
  set<K extends KeyOf<T>>(key: K, value: SettableEntry<ValueAt<T, K>>): void;
  /** Removes a key, with the rest of the batch. */
  remove(key: KeyOf<T>): void;
}

/** The changes of a counter inside a batch. */
export interface LiveCounterBatchWriter {
  /** Adds to the counter, 1 by default, with the rest of the batch. */
  increment(amount?: number | null): void;
  /** Subtracts from the counter, 1 by default, with the rest of the batch. */
  decrement(amount?: number | null): void;
}

/** A map inside a batch. */
export interface LiveMapBatchContext<T = Record<string, Value>> extends LiveMapBatchWriter<T> {
  /** The id of the map. */
  readonly id: string;
  /** The context at a key. */
  get<K extends KeyOf<T>>(key: K): BatchContext<ValueAt<T, K>> | undefined;
  /** Keys and contexts. */
  entries<K extends KeyOf<T>>(): IterableIterator<[K, BatchContext<ValueAt<T, K>>]>;
  /** The keys. */
  keys<K extends KeyOf<T>>(): IterableIterator<K>;
  /** The contexts at the keys. */
  values<K extends KeyOf<T>>(): IterableIterator<BatchContext<ValueAt<T, K>>>;
  /** The number of keys. */
  size(): number;
  /** The map and its contents as plain data. */
  compact(): CompactedEntries<T>;
  /** The same for JSON. */
  compactJson(): CompactedJsonEntries<T>;
}

/** A counter inside a batch. */
export interface LiveCounterBatchContext extends LiveCounterBatchWriter {
  /** The id of the counter. */
  readonly id: string;
  /** The value of the counter. */
  value(): number;
  /** As `value()`. */
  compact(): number;
  /** As `value()`. */
  compactJson(): number;
}

/** A value inside a batch. */
export type PrimitiveBatchContext<T = Value> = PrimitiveInstance<T>;

/** An object or value of unknown type inside a batch. */
export interface AnyBatchContext
  extends LiveMapBatchWriter<Record<string, Value>>, LiveCounterBatchWriter {
  /** The id of an object. */
  readonly id: string | undefined;
  /** The context at a key. */
  get<V = Value>(key: string): BatchContext<V> | undefined;
  /** The value of a counter, or a copy of the stored value. */
  value<V = Exclude<Value, LiveObject>>(): ReadValue<V> | undefined;
  /** Keys and contexts. */
  entries(): IterableIterator<[string, BatchContext]>;
  /** The keys. */
  keys(): IterableIterator<string>;
  /** The contexts at the keys. */
  values(): IterableIterator<BatchContext>;
  /** The number of keys. */
  size(): number | undefined;
  /** The object or value as plain data. */
  compact<V = Value>(): CompactedValue<V> | undefined;
  /** The same for JSON. */
  compactJson<V = Value>(): CompactedJsonValue<V> | undefined;
}

/** An object or value inside a batch, with the methods that fit its type. */
export type BatchContext<T = Value> = [Value] extends [T] ? AnyBatchContext
  : [T] extends [LiveMap<infer E>] ? LiveMapBatchContext<E>
  : [T] extends [LiveCounter] ? LiveCounterBatchContext
  : [Extract<T, LiveObject>] extends [never] ? PrimitiveBatchContext<T>
  : AnyBatchContext;
