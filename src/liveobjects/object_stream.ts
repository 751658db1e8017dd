import type { ChannelManager } from "../realtime/channel/channel_manager.ts";
import { channelItems } from "../realtime/channel/live_subscription.ts";
import type { ObjectStreamOptions } from "./core/api_calls.ts";

/**
 * An iterator over changes. It ends without an error when the channel is detached or released, or the connection is closed, and
 * throws the reason when one of them has failed.
 *
 * @param start Starts the delivery, and returns a function that stops it.
 */
export function objectStream<T>(
  channel: ChannelManager,
  start: (listener: (item: T) => void, end: () => void) => () => void,
  options?: ObjectStreamOptions | null,
): AsyncIterableIterator<T> {
  return channelItems<T>(channel, (take, end) => {
    const stop = start(take, end);
    const unobserve = channel.observe(({ event, current }) => {
      if (event === "update") return;
      if (current === "failed") end(channel.errorReason);
      else if (current === "detached" || current === "initialized") end();
    });
    return () => {
      stop();
      unobserve();
    };
  }, options);
}
