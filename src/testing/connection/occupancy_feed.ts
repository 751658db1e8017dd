import { Action } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Channel } from "../core/channel.ts";
import { occupancyOf } from "../core/occupancy.ts";

/** The name of messages that tell the occupancy of the channel they arrive on. */
const EVENT_NAME = "[meta]occupancy";

/** Tells one attachment how many are on its channel, whenever that changes. */
export class OccupancyFeed {
  #last = "";
  #count = 0;

  /** Send the occupancy again, even if it has not changed. */
  reset(): void {
    this.#last = "";
  }

  /**
   * The message that is due, if the occupancy has changed.
   *
   * @param wanted The channel parameter: `metrics` for all, `metrics.<category>` for one.
   * @param name The channel, as the client calls it.
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
