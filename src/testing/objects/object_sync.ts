import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Channel } from "../core/channel.ts";
import { alphanumeric } from "../core/identifiers.ts";
import { MAX_MESSAGE_SIZE } from "../core/message_size.ts";
import {
  type MapEntry,
  type ObjectMessage,
  type ObjectState,
  withoutBytes,
} from "./wire_operation.ts";

/**
 * The OBJECT_SYNC frames with all objects of a channel (RTO5). A frame is at most as large as a message may be. A larger map is
 * sent in parts, each with some of the keys.
 */
export function syncFrames(channel: Channel, name: string): ProtocolMessage[] {
  const pages = pack(channel.objects.states().flatMap(parts));
  const sequence = alphanumeric(channel.random, 10);
  return pages.map((state, index) => ({
    action: Action.ObjectSync,
    channel: name,
    channelSerial: `${sequence}:${index + 1 < pages.length ? index + 1 : ""}`,
    timestamp: channel.clock.now(),
    state,
  }));
}

function parts(object: ObjectState): ObjectMessage[] {
  const { map } = object;
  if (map === undefined) return [{ object: { ...object, counter: { ...object.counter! } } }];
  const groups: [string, MapEntry][][] = [[]];
  let room = MAX_MESSAGE_SIZE - sizeOf(object.createOp);
  for (const [key, entry] of Object.entries(map.entries)) {
    const size = key.length + sizeOf(entry);
    if (size > room && groups.at(-1)!.length > 0) {
      groups.push([]);
      room = MAX_MESSAGE_SIZE;
    }
    room -= size;
    groups.at(-1)!.push([key, entry]);
  }
  const { createOp, ...rest } = object;
  return groups.map((entries, index) => ({
    object: {
      ...rest,
      ...(index === 0 && createOp && { createOp }),
      map: { ...map, entries: Object.fromEntries(entries) },
    },
  }));
}

/** Distributes messages over frames, as many as fit. */
function pack(messages: ObjectMessage[]): ObjectMessage[][] {
  const pages: ObjectMessage[][] = [[]];
  let room = MAX_MESSAGE_SIZE;
  for (const message of messages) {
    const size = sizeOf(message);
    if (size > room && pages.at(-1)!.length > 0) {
      pages.push([]);
      room = MAX_MESSAGE_SIZE;
    }
    room -= size;
    pages.at(-1)!.push(message);
  }
  return pages;
}

function sizeOf(value: unknown): number {
  return value === undefined ? 0 : JSON.stringify(withoutBytes(value)).length;
}
