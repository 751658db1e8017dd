import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Channel } from "../core/channel.ts";
import { occupancyOf } from "../core/occupancy.ts";

/** The name of messages with the occupancy of their channel. */
const EVENT_NAME = "[meta]occupancy";

/** Sends the occupancy of a channel to one attachment whenever it changes. */
export class OccupancyFeed {
  #last = "";
  #count = 0;

  /** Makes the next call send the occupancy, even if it has not changed. */
  reset(): void {
    this.#last = "";
  }

  /**
   * The message to send, if the occupancy has changed.
   *
   * @param wanted The channel parameter: `metrics` for all, `metrics.<category>` for one.
   * @param name The channel's name as the client uses it.
   */
  next(channel: Channel, wanted: string, name: string): ProtocolMessage | undefined {
    const data = JSON.stringify({ metrics: select(occupancyOf(channel), wanted) });
    if (data === this.#last) return undefined;
    this.#last = data;
    const timestamp = channel.clock.now();
    const id = `occupancy-${timestamp}-${this.#count++}`;
    return {
      action: Action.Message,
      channel: name,
      id,
      timestamp,
      channelSerial: channel.events.position,
      messages: [{ id: `${id}:0`, name: EVENT_NAME, data, encoding: "json", timestamp, action: 3 }],
    };
  }
}

function select(metrics: object, wanted: string): object {
  const dot = wanted.indexOf(".");
  if (dot < 0) return metrics;
  const category = wanted.slice(dot + 1);
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => name === category));
}
