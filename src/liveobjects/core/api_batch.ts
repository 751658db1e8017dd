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
  SettableEntry,
  Value,
  ValueAt,
} from "./api_values.ts";

/**
 * Changes several objects in one message, which is applied as a whole or not at all. The function must be synchronous: calls
 * after it has returned fail.
 */
export type BatchFunction<T> = (context: BatchContext<T>) => void;

/** The keys of a map that are text. */
export type KeyOf<T> = keyof T & string;

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
