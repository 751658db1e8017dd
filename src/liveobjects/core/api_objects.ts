import type {
  ObjectCallOptions,
  ObjectsEvent,
  ObjectsEventCallback,
  StatusSubscription,
} from "./api_calls.ts";
import type { PathObject } from "./api_paths.ts";
import type { Entries, LiveMap, Value } from "./api_values.ts";

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
