import { signalOf } from "../client/call_options.ts";
import { ensureActive } from "../realtime/channel/implicit_attach.ts";
import { untilAborted } from "../util/deadline.ts";
import type {
  ObjectCallOptions,
  ObjectsEvent,
  ObjectsEventCallback,
  StatusSubscription,
} from "./core/api_calls.ts";
import type { RealtimeObject } from "./core/api_objects.ts";
import { invalidArgument, requireFunction, shown } from "./core/value_types.ts";
import type { ChannelObjects } from "./channel_objects.ts";
import { ObjectPath } from "./path_object.ts";
import { checkMode } from "./preconditions.ts";

/** The objects of a realtime channel, for users (RTL27a). */
export class RealtimeChannelObject implements RealtimeObject {
  readonly #objects: ChannelObjects;

  constructor(objects: ChannelObjects) {
    this.#objects = objects;
  }

  async get(options?: ObjectCallOptions | null): Promise<never> {
    const signal = signalOf(options);
    signal?.throwIfAborted();
    const { channel } = this.#objects;
    checkMode(channel, "object_subscribe"); // RTO23a
    await untilAborted(ensureActive(channel, "get objects"), signal); // RTO23e
    // The service may have granted fewer modes than requested.
    checkMode(channel, "object_subscribe");
    await untilAborted(this.#objects.whenSynced("get objects"), signal); // RTO23c
    return new ObjectPath(this.#objects, []) as never; // RTO23d
  }

  on(event: ObjectsEvent, callback: ObjectsEventCallback): StatusSubscription {
    if (event !== "syncing" && event !== "synced") {
      throw invalidArgument(
        `There is no event ${shown(event)} of objects`,
        'Listen to "syncing" or "synced".',
      );
    }
    requireFunction(callback, "A listener");
    this.#objects.checkOwner();
    const listener = { event, callback }; // RTO18a–RTO18d
    this.#objects.listeners = [...this.#objects.listeners, listener];
    return { off: () => this.#remove((other) => other === listener) }; // RTO18f, RTO18f1
  }

  off(event?: ObjectsEvent | null, callback?: ObjectsEventCallback | null): void {
    this.#remove((other) =>
      (event == null || other.event === event) && (callback == null || other.callback === callback)
    ); // RTO19
  }

  #remove(
    isUnwanted: (listener: { event: ObjectsEvent; callback: () => unknown }) => boolean,
  ): void {
    this.#objects.listeners = this.#objects.listeners.filter((other) => !isUnwanted(other));
  }
}
