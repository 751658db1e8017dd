import { Realtime } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../../src/protocol/protocol_message.ts";
import { assertEquals, test } from "../../harness.ts";
import { DEFAULT_MODES, type Frame } from "../../support/realtime_rig.ts";
import { rawWebSocketServer } from "../../support/raw_web_socket.ts";

const TRIES = 100;

let serial = 0;

/** The server's packet: the answer to a frame, and the frames that follow in the same packet. */
function answer(frame: Partial<ProtocolMessage> | null): Frame[] {
  if (frame === null) {
    return [{
      action: Action.Connected,
      connectionId: "id",
      connectionDetails: { connectionKey: "key" },
    }];
  }
  const { action, channel, msgSerial, id } = frame;
  const behind: Frame[] = [
    { action: Action.Message, channel, messages: [{ name: "behind" }] },
    {
      action: Action.Presence,
      channel,
      connectionId: "other",
      presence: [{ action: 1, clientId: "behind", id: `other:${serial++}:0`, timestamp: 1 }],
    },
  ];
  switch (action) {
    case Action.Attach:
      return [{ action: Action.Attached, channel, flags: DEFAULT_MODES }, ...behind];
    case Action.Message:
    case Action.Presence:
      return [{ action: Action.Ack, msgSerial, count: 1, res: [{ serials: ["s"] }] }, ...behind];
    case Action.Heartbeat:
      return [{ action, id }];
    case Action.Close:
      return [{ action: Action.Closed }];
    default:
      return [];
  }
}

test("RTL17: 100 of 100 receive what stands in one packet with ATTACHED or ACK", async () => {
  await using server = await rawWebSocketServer(answer);
  await using client = new Realtime({
    key: "app.key:secret",
    endpoint: "127.0.0.1",
    port: server.port,
    tls: false,
    useBinaryProtocol: false,
  });
  const counts = { attach: 0, publish: 0, enter: 0 };
  for (let i = 0; i < TRIES; i++) {
    const channel = client.channels.get(`channel-${i}`);
    const calls = {
      attach: () => channel.attach(),
      publish: () => channel.publish("n", null),
      enter: () => channel.presence.enterClient("me"),
    };
    for (const call of ["attach", "publish", "enter"] as const) {
      await calls[call]();
      let received = 0;
      const messages = () => void received++;
      void channel.subscribe(messages);
      void channel.presence.subscribe(messages);
      await client.connection.ping();
      channel.unsubscribe(messages);
      channel.presence.unsubscribe(messages);
      if (received === 2) counts[call]++;
    }
  }
  assertEquals(counts, { attach: TRIES, publish: TRIES, enter: TRIES });
});
