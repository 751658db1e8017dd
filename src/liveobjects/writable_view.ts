import type { ObjectMessage as PublicMessage } from "./core/api_messages.ts";
import type { BatchFunction } from "./core/api_batch.ts";
import type {
  ObjectCallOptions,
  ObjectStreamOptions,
  PathObjectSubscriptionOptions,
  Subscription,
} from "./core/api_calls.ts";
import type { Value } from "./core/api_values.ts";
import type { Change } from "./core/changes.ts";
import type { Resolved } from "./core/compact.ts";
import type { LiveObject } from "./core/live_object.ts";
import type { ObjectMessage } from "./core/object_message.ts";
import { publicMessage } from "./core/public_message.ts";
import { requireFunction } from "./core/value_types.ts";
import { runBatch } from "./batch_context.ts";
import { ObjectView, requireObject } from "./object_view.ts";
import { objectStream } from "./object_stream.ts";
import { publish } from "./object_publisher.ts";

/** An event of a path or an instance. */
interface ViewEvent<View> {
  readonly object: View;
  readonly message?: PublicMessage;
}

/** Starts to deliver events; returns a function that stops it. */
export type Listen<View> = (
  deliver: (event: ViewEvent<View>) => void,
  end?: () => void,
) => () => void;

/** The changes and subscriptions of paths and instances. Methods for changes are async, so that errors reject the promise. */
export abstract class WritableView<View> extends ObjectView<Promise<void>> {
  /**
   * The object or value, after the checks for writing.
   *
   * @throws {ErrorInfo} 92005 if there is no value.
   */
  protected abstract writable(action: string): Resolved;

  /** Prepares a subscription, after the checks for it. */
  protected abstract listen(options?: PathObjectSubscriptionOptions | null): Listen<View>;

  async batch(fn: BatchFunction<Value>, options?: ObjectCallOptions | null): Promise<void> {
    const target = requireObject(this.writable("run a batch"), "run a batch");
    const changes = runBatch(this.objects, target, fn);
    if (changes.length > 0) await publish(this.objects, changes, options);
  }

  subscribe(
    listener: (event: ViewEvent<View>) => void,
    options?: PathObjectSubscriptionOptions | null,
  ): Subscription {
    const listen = this.listen(options);
    requireFunction(listener, "A listener");
    this.objects.checkOwner();
    const unsubscribe = listen((event) => this.objects.call(listener, event));
    return { unsubscribe, [Symbol.dispose]: unsubscribe }; // SUB1, SUB2a, RTPO19d, RTINS16f
  }

  subscribeIterator(
    options?: (PathObjectSubscriptionOptions & ObjectStreamOptions) | null,
  ): AsyncIterableIterator<ViewEvent<View>> {
    return objectStream(this.objects.channel, this.listen(options), options);
  }

  protected override async change(
    action: string,
    [check, changeOf]: readonly [
      check: (target: Resolved, action: string) => LiveObject,
      changeOf: (objectId: string) => Change,
    ],
    options?: ObjectCallOptions | null,
  ): Promise<void> {
    const { objectId } = check(this.writable(action), action);
    await publish(this.objects, [changeOf(objectId)], options);
  }

  /** An event; without a message after a sync (RTPO19e–RTPO19e2, RTINS16e–RTINS16e2, RTO24b2b2). */
  protected event(object: View, message: ObjectMessage | undefined): ViewEvent<View> {
    const known = publicMessage(message, this.objects.channel.name);
    return { object, ...(known && { message: known }) };
  }
}
