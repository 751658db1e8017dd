import type { RealtimeChannel } from "../../../mod.ts";
import { AesCbcCipher } from "../../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../../src/crypto/cipher_params.ts";
import { Action, MODE_FLAGS } from "../../../src/protocol/actions.ts";
import { toBase64 } from "../../../src/util/bytes.ts";
import { utf8 } from "../../../src/util/encode_bytes.ts";
import { assertEquals, test } from "../../harness.ts";
import { failureOf, outcome, until } from "../../support/outcomes.ts";
import { DEFAULT_MODES, type Frame, Rig } from "../../support/realtime_rig.ts";
import { encryptOne } from "../../support/payloads.ts";

const KEY = new Uint8Array(16).fill(1);

async function encrypted(text: string): Promise<{ data: string; encoding: string }> {
  const random = { bytes: (length: number) => new Uint8Array(length), number: () => 0 };
  const cipher = new AesCbcCipher(getDefaultParams({ key: KEY }), random);
  return {
    data: toBase64(await encryptOne(cipher, utf8(text))),
    encoding: `utf-8/${cipher.encoding}/base64`,
  };
}

/** Two messages, each in a frame with a position of its own. */
async function twoFrames(isEncrypted: boolean): Promise<Frame[]> {
  const item = (text: string) => isEncrypted ? encrypted(text) : { data: text };
  return [
    { action: Action.Message, channel: "c", channelSerial: "s1", messages: [await item("one")] },
    { action: Action.Message, channel: "c", channelSerial: "s2", messages: [await item("two")] },
  ];
}

function recoveredSerial(rig: Rig): string | undefined {
  const { channelSerials } = JSON.parse(rig.client.connection.createRecoveryKey()!);
  return channelSerials.c;
}

for (const isEncrypted of [false, true]) {
  const kind = isEncrypted ? "encrypted" : "plain";
  const options = isEncrypted ? { cipher: { key: KEY } } : {};

  test(`RTL15b: a listener sees the position of its message (${kind})`, async () => {
    await using rig = new Rig();
    const channel = await rig.attach({ channelSerial: "s0" }, options);
    const seen: unknown[] = [];
    await channel.subscribe(({ data }) => void seen.push([data, channel.properties.channelSerial]));
    const frames = await twoFrames(isEncrypted);
    for (const [index, frame] of frames.entries()) {
      rig.line.send(frame);
      await until(() => seen.length > index);
    }
    assertEquals(seen, [["one", "s1"], ["two", "s2"]]);
  });

  test(`RTN16g: a recovery key made in a listener covers its message and those that wait (${kind})`, async () => {
    await using rig = new Rig();
    const channel = await rig.attach({ channelSerial: "s0" }, options);
    const seen: unknown[] = [];
    await channel.subscribe(({ data }) => void seen.push([data, recoveredSerial(rig)]));
    for (const frame of await twoFrames(isEncrypted)) rig.line.send(frame);
    await until(() => seen.length === 2);
    assertEquals([seen, recoveredSerial(rig)], [[["one", "s0"], ["two", "s1"]], "s2"]);
  });
}

test("RTN16g: a recovery key made in a presence listener covers its event", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ channelSerial: "s0" });
  const seen: unknown[] = [];
  await channel.presence.subscribe(() => {
    seen.push(channel.properties.channelSerial, recoveredSerial(rig));
  });
  await rig.receive({
    action: Action.Presence,
    channel: "c",
    channelSerial: "s1",
    id: "x:0",
    connectionId: "x",
    timestamp: 1,
    presence: [{ action: 2, clientId: "a" }],
  });
  assertEquals([seen, recoveredSerial(rig)], [["s1", "s0"], "s1"]);
});

test("RTL4k1, RTL4m, RTL15, RTP1: listeners of attached and update see all of the new attachment", async () => {
  await using rig = new Rig();
  const channel = rig.client.channels.get("c");
  const seen: unknown[] = [];
  channel.on(["attached", "update"], ({ event }) => {
    const { state, params, modes, properties, presence } = channel;
    seen.push([event, state, params, modes, properties.channelSerial, presence.syncComplete]);
  });
  const frame = { params: { rewind: "1" }, flags: MODE_FLAGS.publish, channelSerial: "s1" };
  await rig.attach(frame);
  await rig.attached("c", { flags: MODE_FLAGS.subscribe | 1, channelSerial: "s2" });
  assertEquals(seen, [
    ["attached", "attached", { rewind: "1" }, ["publish"], "s1", true],
    ["update", "attached", {}, ["subscribe"], "s2", false],
  ]);
});

test("RTL5k: an ATTACHED that crosses a DETACH is ignored", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const set = failureOf(() => channel.setOptions({ params: { rewind: "1" } }));
  await rig.settle();
  const detached = channel.detach();
  await rig.attached("c", { params: { rewind: "1" } });
  assertEquals([rig.sent(Action.Detach).length, channel.params], [1, {}]);
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detached;
  await set;
});

test("RTL16: setOptions() resolves after the listeners of the update were called", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const order: string[] = [];
  channel.on("update", () => void order.push("update"));
  const set = channel.setOptions({ modes: ["publish"] }).then(() => order.push("set"));
  await rig.settle();
  await rig.attached("c", { flags: MODE_FLAGS.publish });
  await set;
  assertEquals(order, ["update", "set"]);
});

test("RTL16: setOptions() in a listener comes after the calls made before it in the listener", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  let set: Promise<unknown> | undefined;
  channel.once("attached", () => {
    void channel.detach();
    set = channel.setOptions({ params: { rewind: "1" } });
  });
  void channel.attach();
  await rig.settle();
  await rig.attached("c");
  assertEquals([channel.state, await outcome(set!, rig)], ["detaching", undefined]); // RTL16a
  await rig.receive({ action: Action.Detached, channel: "c" });
});

test("RTP5a: extensions handle a change of state before the listeners of the channel", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: DEFAULT_MODES });
  const seen: boolean[] = [channel.presence.syncComplete];
  channel.once("failed", () => void seen.push(channel.presence.syncComplete));
  await rig.receive({ action: Action.Error, channel: "c" });
  assertEquals(seen, [true, false]);
});

/** Acknowledges each frame that expects it, so that a call which sends one does not stay pending. */
function acknowledging(rig: Rig): Rig {
  rig.answer = ({ msgSerial }) =>
    msgSerial === undefined ? undefined : { action: Action.Ack, msgSerial, count: 1, res: [] };
  return rig;
}

const CALLS: Record<string, (channel: RealtimeChannel) => Promise<unknown>> = {
  "publish()": (channel) => channel.publish("a", "b"),
  "updateMessage()": (channel) => channel.updateMessage({ serial: "s", data: "b" }),
  "presence.enter()": (channel) => channel.presence.enter("b"),
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`RTL6c4, RTP16c: ${name} sends nothing if the channel fails while the payload is encrypted`, async () => {
    await using rig = acknowledging(new Rig({ clientId: "me" }));
    const channel = await rig.attach(null, { cipher: { key: KEY } });
    const before = rig.sent().length;
    const failure = failureOf(() => call(channel));
    rig.line.send({ action: Action.Error, channel: "c" });
    assertEquals([(await failure).code, rig.sent().length], [90001, before]);
  });
}

test("RTAN1b: annotations.publish() sends nothing if the channel fails while an earlier payload is encrypted", async () => {
  await using rig = acknowledging(new Rig());
  const channel = await rig.attach(null, { cipher: { key: KEY } });
  const before = rig.sent().length;
  const first = failureOf(() => channel.publish("a", "b"));
  const second = failureOf(() => channel.annotations.publish("serial", { type: "t" }));
  rig.line.send({ action: Action.Error, channel: "c" });
  assertEquals([(await first).code, (await second).code], [90001, 90001]);
  assertEquals(rig.sent().length, before);
});
