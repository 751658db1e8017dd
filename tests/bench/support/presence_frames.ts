import { Action, Flag, MODE_FLAGS } from "../../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../../src/protocol/protocol_message.ts";

const IN_A_FRAME = 100;

/** The frames that answer ATTACH on a channel such as `members:1000:x`, on which 1,000 members are present. */
export function* membersFrames(channel: string): Generator<ProtocolMessage> {
  const [, count] = channel.split(":").map(Number);
  const flags = MODE_FLAGS.presence_subscribe | Flag.HasPresence;
  yield { action: Action.Attached, channel, flags };
  for (let at = 0; at < count!; at += IN_A_FRAME) {
    const length = Math.min(IN_A_FRAME, count! - at);
    yield {
      action: Action.Sync,
      channel,
      channelSerial: `sync:${at + length < count! ? at + length : ""}`,
      id: `other:${at}`,
      timestamp: 1_700_000_000_000,
      presence: Array.from({ length }, (_, index) => member(at + index)),
    };
  }
}

function member(index: number) {
  const connectionId = `connection${index}`;
  return {
    action: 1,
    id: `${connectionId}:0:0`,
    clientId: `client${index}`,
    connectionId,
    timestamp: 1_700_000_000_000,
    data: "here",
  };
}
