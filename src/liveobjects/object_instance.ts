import type {
  AnyInstance,
  InstanceSubscriptionEvent,
  ObjectStreamOptions,
  Subscription,
} from "./core/api_objects.ts";
import { checkKey } from "./core/changes.ts";
import type { Resolved } from "./core/compact.ts";
import { LiveObject, type UpdateListener } from "./core/live_object.ts";
import { MapObject } from "./core/map_object.ts";
import { publicMessage } from "./core/public_message.ts";
import type { ChannelObjects } from "./channel_objects.ts";
import { requireObject } from "./object_view.ts";
import { objectStream } from "./object_stream.ts";
import { checkAccess, checkWrite } from "./preconditions.ts";
import { requireListener, subscription } from "./subscription.ts";
import { WritableView } from "./writable_view.ts";

type Listener = (event: InstanceSubscriptionEvent) => void;

/** A certain object, or a value as it was (RTINS1, RTINS1a). */
export class ObjectInstance extends WritableView implements AnyInstance {
  readonly #target: Resolved; // RTINS2a

  constructor(objects: ChannelObjects, target: Resolved) {
    super(objects);
    this.#target = target;
  }

  get id(): string | undefined {
    return this.#target instanceof LiveObject ? this.#target.objectId : undefined; // RTINS3, RTINS3a
  }

  get(key: string): never {
    const target = this.target(); // RTINS5a–RTINS5b
    checkKey(key);
    const found = target instanceof MapObject ? target.get(key) : undefined; // RTINS5c, RTINS5d
    return (found === undefined ? undefined : new ObjectInstance(this.objects, found)) as never;
  }

  entries(): IterableIterator<[string, AnyInstance]> { // RTINS6, RTINS6b
    return this.snapshot().map(([key, value]): [string, AnyInstance] => [
      key,
      new ObjectInstance(this.objects, value),
    ]).values();
  }

  values(): IterableIterator<AnyInstance> { // RTINS8, RTINS8b, RTINS8c
    return this.snapshot().map(([, value]) => new ObjectInstance(this.objects, value)).values();
  }

  subscribe(listener: Listener): Subscription {
    const target = this.#subscribable(); // RTINS16a–RTINS16c, RTINS16h
    requireListener(listener);
    this.objects.visit();
    const deliver = (event: InstanceSubscriptionEvent) => this.objects.call(listener, event);
    return subscription(this.#listen(target, deliver)); // RTINS16f
  }

  subscribeIterator(
    options?: ObjectStreamOptions | null,
  ): AsyncIterableIterator<InstanceSubscriptionEvent> {
    const target = this.#subscribable();
    const { channel } = this.objects;
    return objectStream(channel, (deliver, end) => this.#listen(target, deliver, end), options);
  }

  protected override target(): Resolved {
    checkAccess(this.objects.channel); // RTINS4a, RTINS6a, RTINS7a, RTINS8a, RTINS9a, RTINS10a, RTINS11a
    return this.#target;
  }

  protected override writable(): Resolved {
    checkWrite(this.objects.channel); // RTINS12b, RTINS13b, RTINS14b, RTINS15b
    return this.#target;
  }

  #subscribable(): LiveObject {
    return requireObject(this.target(), "subscribe");
  }

  /** RTLO4b, RTLO4b7, RTLO4b6, RTINS16d, RTINS16e, RTINS16g */
  #listen(target: LiveObject, deliver: Listener, onEnd = () => {}): () => void {
    let isActive = true;
    const listener: UpdateListener = {
      onUpdate: ({ message }) => {
        if (!isActive) return; // Removed by another listener to the same update.
        const shown = publicMessage(message, this.objects.channel.name);
        const object = new ObjectInstance(this.objects, target);
        deliver({ object, ...(shown && { message: shown }) });
      },
      onEnd,
    };
    target.listeners = [...target.listeners, listener];
    return () => {
      isActive = false;
      target.listeners = target.listeners.filter((other) => other !== listener);
    };
  }
}
