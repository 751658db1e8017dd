import type { ChannelStateChange } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { msgpackCodec } from "../../../src/protocol/msgpack_codec.ts";
import { assertEquals, test } from "../../harness.ts";
import { Rig } from "../../support/realtime_rig.ts";

type Raw = string | Uint8Array<ArrayBuffer>;

const message = (id: string) => ({
  action: Action.Message,
  channel: "c",
  id,
  channelSerial: `serial-${id}`,
  messages: [{ data: id }],
});

/** A client that is attached, in a format, and what its user sees. */
async function attached(rig: Rig) {
  const channel = await rig.attach();
  const seen: unknown[] = [];
  const updates: ChannelStateChange[] = [];
  await channel.subscribe(({ data }) => void seen.push(data));
  channel.on("update", (change) => void updates.push(change));
  return { channel, seen, updates };
}

/** Lets the client come back on the same connection, where it attaches again. */
async function resume(rig: Rig): Promise<void> {
  await rig.accept({ id: "id-1" });
  await rig.attached("c", { flags: 4 });
}

const UNREADABLE: Record<string, Raw[]> = {
  JSON: ["{", "null", "[]", "", "{}", '{"action":"15"}'],
  MessagePack: [
    new Uint8Array([0x85]),
    msgpackCodec.encode(null) as Uint8Array<ArrayBuffer>,
    new Uint8Array([0xc1]),
    new Uint8Array([0xd4, 0x55, 1]),
    new Uint8Array(20_000).fill(0x91),
    new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]),
  ],
};

for (const [format, frames] of Object.entries(UNREADABLE)) {
  const useBinaryProtocol = format === "MessagePack";

  frames.forEach((frame, index) => {
    test(`RTN15a, RTL12: a frame that cannot be read, sent again after each resume, costs one connection (${format} ${index})`, async () => {
      await using rig = new Rig({ useBinaryProtocol });
      const { channel, seen, updates } = await attached(rig);
      rig.line.sendRaw(frame);
      await rig.settle();
      assertEquals(rig.client.connection.state, "connecting");
      await resume(rig);
      updates.length = 0;
      for (let times = 0; times < 20; times++) rig.line.sendRaw(frame);
      await rig.receive(message("after"));
      assertEquals([seen, rig.network.lines.length], [["after"], 2] as unknown[]);
      assertEquals([updates.length, updates[0]!.resumed, channel.state], [20, false, "attached"]);
      assertEquals(rig.client.connection.state, "connected");
    });
  });

  test(`RTN15a: what is readable when it is sent again is not lost, spot by spot (${format})`, async () => {
    await using rig = new Rig({ useBinaryProtocol });
    const { seen, updates } = await attached(rig);
    for (const id of ["m1", "m2"]) {
      rig.line.sendRaw(frames[0]!);
      await rig.settle();
      await resume(rig);
      await rig.receive(message(id));
    }
    assertEquals([seen, rig.network.lines.length], [["m1", "m2"], 3] as unknown[]);
    assertEquals(updates.filter(({ resumed }) => !resumed).length, 0);
  });

  test(`RTN15a: many frames that cannot be read do not cost a connection each (${format})`, async () => {
    await using rig = new Rig({ useBinaryProtocol });
    const { seen } = await attached(rig);
    for (let times = 0; times < 30; times++) {
      rig.line.sendRaw(frames[0]!);
      await rig.settle();
      if (rig.client.connection.state === "connecting") await resume(rig);
      await rig.receive(message(`m${times}`));
    }
    assertEquals([seen.length, rig.network.lines.length], [30, 4]);
  });
}

test("RSF1: an extension that MessagePack's decoder does not know spoils its value, not the frame", async () => {
  await using rig = new Rig({ useBinaryProtocol: true });
  const { seen } = await attached(rig);
  const extensions = [
    [0xd4, 0x55, 1],
    [0xd8, 0x55, ...Array(16).fill(1)],
    [0xc7, 3, 0x55, 1, 2, 3],
    [0xc8, 0, 3, 0x55, 1, 2, 3],
    [0xc9, 0, 0, 0, 3, 0x55, 1, 2, 3],
  ];
  for (const extension of extensions) {
    const whole = msgpackCodec.encode({
      action: Action.Message,
      channel: "c",
      timestamp: 1_700_000_000_000,
      messages: [
        {
          data: "first",
          extras: { headers: { a: -5, b: 1.5, c: [true, null], d: "é".repeat(300) } },
        },
        { data: "MARK" },
        "MARK",
        { data: new Uint8Array(300) },
        { data: "last" },
      ],
    }) as Uint8Array;
    const mark = [0xa4, 0x4d, 0x41, 0x52, 0x4b];
    const bytes: number[] = [];
    for (let at = 0; at < whole.length; at++) {
      if (mark.every((byte, index) => whole[at + index] === byte)) {
        bytes.push(...extension);
        at += mark.length - 1;
      } else bytes.push(whole[at]!);
    }
    seen.length = 0;
    rig.line.sendRaw(new Uint8Array(bytes));
    await rig.settle();
    assertEquals(seen, ["first", null, new Uint8Array(300), "last"]);
  }
  assertEquals(rig.network.lines.length, 1);
});
