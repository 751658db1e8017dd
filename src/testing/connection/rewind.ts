import * as Action from "../../protocol/action_numbers.ts";
import type { Channel } from "../core/channel.ts";
import type { ChannelEvent, StoredMessage } from "../core/channel_event.ts";
import { frameSerial } from "../core/serials.ts";
import type { AttachmentTerms } from "./attachment.ts";

/** The largest number of messages in a rewind. */
const MAX_REWIND = 100;

/** The messages that the parameter `rewind` requests, oldest first: a number of them, or those of a period (RTL4k). */
export function rewind(
  channel: Channel,
  { rewind, rewindLimit }: AttachmentTerms["params"],
): ChannelEvent[] {
  if (rewind === undefined) return [];
  const match = /^(\d+)([sm]?)$/.exec(rewind);
  if (match === null) return [];
  const amount = Number(match[1]);
  const limit = /^\d+$/.test(rewindLimit ?? "")
    ? Math.min(Number(rewindLimit), MAX_REWIND)
    : MAX_REWIND;
  const now = channel.clock.now();
  const all = channel.messages.all(now);
  const last = (count: number, messages: readonly StoredMessage[]) =>
    asEvents(count === 0 ? [] : messages.slice(-count));
  if (match[2] === "") {
    // A persisted last message is available only by number.
    return last(Math.min(amount, limit), all.length > 0 ? all : channel.messages.last);
  }
  const since = now - amount * (match[2] === "m" ? 60_000 : 1_000);
  return last(limit, all.filter(({ timestamp }) => timestamp >= since));
}

function asEvents(messages: readonly StoredMessage[]): ChannelEvent[] {
  let channelSerial = "";
  return messages.map((message) => {
    // The latest version covers all earlier events, so take its serial as the position.
    const latest = frameSerial(message.version?.serial ?? message.serial);
    if (latest > channelSerial) channelSerial = latest;
    return asEvent(message, channelSerial);
  });
}

function asEvent(message: StoredMessage, channelSerial: string): ChannelEvent {
  const { id, timestamp, connectionId } = message;
  return {
    action: Action.Message,
    channelSerial,
    id: id.replace(/:\d+$/, ""),
    timestamp,
    connectionId,
    messages: [message],
  };
}
