import { currentRequestScope } from "../../util/request_scope.ts";
import type { ChannelManager } from "./channel_manager.ts";
import { attachForSubscribe, type DeliveryMode } from "./implicit_attach.ts";
import { liveItems, type LiveOptions } from "./live_items.ts";
import type { Subscriptions, SubscriptionTarget } from "./subscriptions.ts";

/** The items of a channel to iterate over. */
interface Subject<T> {
  /** The source of the items. */
  readonly subscriptions: Subscriptions<T>;
  /** The items to receive. */
  readonly target: SubscriptionTarget<T>;
  /** The mode without which no items arrive. */
  readonly mode: DeliveryMode;
}

/**
 * The items of a channel as they come. Attaches the channel as subscribing does. Ends without an error when the channel is
 * detached or released, or the connection is closed, because no more items can arrive. Throws the error of attaching, or the
 * reason for which the channel or the connection has failed. Continues after the channel was suspended.
 */
export function liveSubscription<T>(
  channel: ChannelManager,
  { subscriptions, target, mode }: Subject<T>,
  options?: LiveOptions | null,
): AsyncIterableIterator<T> {
  return channelItems<T>(channel, (take, end) => {
    const stops = [subscriptions.follow(target, take)];
    let isOver = false;
    const look = ({ state, errorReason }: ChannelManager) => {
      if (state === "failed") end(errorReason);
      else if (state === "detached" || state === "initialized") end();
    };
    attachForSubscribe(channel, mode).then(() => {
      if (isOver) return;
      if (channel.options.attachOnSubscribe) look(channel); // The channel may have been detached meanwhile.
      if (channel.connection.status.name === "closed") return end();
      stops.push(channel.observe(() => look(channel)));
    }).catch(end);
    return () => {
      isOver = true;
      for (const stop of stops) stop();
    };
  }, options);
}

/**
 * An iterator over items of a channel. It ends with the channel's release, with the connection, and on Workers with its
 * request.
 *
 * @param start Starts to deliver; returns a function that stops it.
 */
export function channelItems<T>(
  channel: ChannelManager,
  start: (take: (item: T) => void, end: (error?: unknown) => void) => () => void,
  options?: LiveOptions | null,
): AsyncIterableIterator<T> {
  const { clock } = channel.context.options;
  const scope = currentRequestScope();
  let onWaiting = () => {};
  return liveItems<T>({
    onWaiting: () => {
      void channel.connection.checkOwner();
      onWaiting();
    },
    start(listener, end) {
      const stops = [
        start((item) => {
          if (listener(item)) onWaiting = channel.holdFrames();
        }, end),
        channel.onReleased(() => end()),
        channel.onMove(async () => {
          // The loop of a request that has ended takes no more items.
          if (scope?.barrier !== undefined && !await scope.run(() => {}, clock)) end();
        }),
        channel.connection.observe(({ current, reason }) => {
          if (current === "closed") end();
          else if (current === "failed") end(reason);
        }),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  }, options);
}
