import type { BatchFunction, KeyOf } from "./api_batch.ts";
import type { ObjectCallOptions } from "./api_calls.ts";
import type { Entries, LiveMap, SettableEntry, ValueAt } from "./api_values.ts";

/** The map with these entries. */
export type LiveMapOf<T> = T extends Entries<T> ? LiveMap<T> : LiveMap;

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
