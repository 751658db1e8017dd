import type { AnyInstance } from "./core/api_instances.ts";
import type { Resolved } from "./core/compact.ts";
import { LiveObject, type UpdateObserver } from "./core/live_object.ts";
import type { ChannelObjects } from "./channel_objects.ts";
import { requireObject } from "./object_view.ts";
import { checkAccess, checkWrite } from "./preconditions.ts";
import { type Listen, WritableView } from "./writable_view.ts";
import { inspect, shownAs } from "../util/inspect.ts";

/** A specific object, or a value at the time of the call (RTINS1, RTINS1a). */
export class ObjectInstance extends WritableView<AnyInstance> implements AnyInstance {
  readonly #target: Resolved; // RTINS2a

  constructor(objects: ChannelObjects, target: Resolved) {
    super(objects);
    this.#target = target;
  }

  get id(): string | undefined {
    return this.#target instanceof LiveObject ? this.#target.objectId : undefined; // RTINS3, RTINS3a
  }

  [inspect](...given: unknown[]): unknown {
    return shownAs("Instance", { id: this.id }, given);
  }

  protected override target(): Resolved {
    checkAccess(this.objects.channel); // RTINS4a, RTINS6a, RTINS7a, RTINS8a, RTINS9a, RTINS10a, RTINS11a
    return this.#target;
  }

  protected override writable(): Resolved {
    checkWrite(this.objects.channel); // RTINS12b, RTINS13b, RTINS14b, RTINS15b
    return this.#target;
  }

  protected override view(target: Resolved): AnyInstance {
    return new ObjectInstance(this.objects, target);
  }

  /** RTINS16a–RTINS16d, RTINS16g, RTINS16h, RTLO4b, RTLO4b6, RTLO4b7 */
  protected override listen(): Listen<AnyInstance> {
    const target = requireObject(this.target(), "subscribe");
    return (deliver, onEnd = () => {}) => {
      let isActive = true;
      const observer: UpdateObserver = {
        onUpdate: ({ message }) => {
          // Another listener to the same update may have removed it.
          if (isActive) deliver(this.event(this.view(target), message));
        },
        onEnd,
      };
      target.observers = [...target.observers, observer];
      const isInUse = this.objects.core.pool.get(target.objectId) === target && !target.isTombstone;
      if (!isInUse) queueMicrotask(onEnd); // An iterator would wait for changes that cannot come.
      return () => {
        isActive = false;
        target.observers = target.observers.filter((other) => other !== observer);
      };
    };
  }
}
