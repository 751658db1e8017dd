import type { ChannelManager } from "../realtime/channel/channel_manager.ts";
import { liveItems } from "../realtime/channel/live_items.ts";
import { currentPlace } from "../util/place.ts";
import type { ObjectStreamOptions } from "./core/api_objects.ts";

/**
 * Changes as they come. Ends without an error when the channel is detached or released, or the connection is closed; throws
 * why one of them has failed.
 *
 * @param start Starts to deliver; returns what stops it.
 */
export function objectStream<T>(
  channel: ChannelManager,
  start: (listener: (item: T) => void, end: () => void) => () => void,
  options?: ObjectStreamOptions | null,
): AsyncIterableIterator<T> {
  const { clock } = channel.context.options;
  const place = currentPlace();
  let onWaiting = () => {};
  return liveItems<T>({
    onWaiting: () => {
      void channel.connection.visit();
      onWaiting();
    },
    start(listener, end) {
      const stops = [
        start((item) => {
          if (listener(item)) onWaiting = channel.settled();
        }, end),
        channel.onReleased(() => end()),
        channel.onMove(async () => {
          // The loop of a request that has ended takes no items any more.
          if (place?.barrier !== undefined && !await place.run(() => {}, clock)) end();
        }),
        channel.observe(({ event, current }) => {
          if (event === "update") return;
          if (current === "failed") end(channel.errorReason);
          else if (current === "detached" || current === "initialized") end();
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
