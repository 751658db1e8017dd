import type { ChannelManager } from "./channel_manager.ts";
import { attachForSubscribe, type DeliveryMode } from "./implicit_attach.ts";
import { liveItems, type LiveOptions } from "./live_items.ts";
import type { Subscriptions, SubscriptionTarget } from "./subscriptions.ts";

/** What of a channel to iterate over. */
interface Subject<T> {
  /** Where the items come from. */
  readonly subscriptions: Subscriptions<T>;
  /** Which of them. */
  readonly target: SubscriptionTarget<T>;
  /** Without which mode there would be none. */
  readonly mode: DeliveryMode;
}

/**
 * The items of a channel as they come. Attaches the channel as subscribing does; ends when attaching fails or the channel
 * fails, with the reason, and when the channel is detached, without one: then nothing more would come.
 */
export function liveSubscription<T>(
  channel: ChannelManager,
  { subscriptions, target, mode }: Subject<T>,
  options?: LiveOptions | null,
): AsyncIterableIterator<T> {
  return liveItems<T>({
    start(listener, end) {
      let stopObserving: (() => void) | undefined = () => {};
      subscriptions.add(target, listener);
      attachForSubscribe(channel, mode).then(() => {
        if (stopObserving === undefined) return;
        stopObserving = channel.observe(({ current, reason }) => {
          if (current === "detached") end();
          else if (current === "failed") end(reason ?? channel.cannot("subscribe"));
        });
      }).catch(end);
      return () => {
        stopObserving?.();
        stopObserving = undefined;
        subscriptions.remove({}, listener);
      };
    },
  }, options);
}
