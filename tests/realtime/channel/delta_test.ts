import type { ChannelOptions, RealtimeChannel } from "../../../mod.ts";
import { AesCbcCipher } from "../../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../../src/crypto/cipher_params.ts";
import { decodeVcdiff } from "../../../src/delta/vcdiff.ts";
import { Action, Flag } from "../../../src/protocol/actions.ts";
import { fromBase64, toBase64, utf8 } from "../../../src/util/bytes.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { until } from "../../support/outcomes.ts";
import { DEFAULT_MODES, type Frame, history, Rig } from "../../support/realtime_rig.ts";
import { delta, int, window } from "../../delta/support/vcdiff_writer.ts";
import { deltaOf, wireDelta } from "../support/deltas.ts";
import { encryptOne } from "../../support/payloads.ts";

const DELTA = { params: { delta: "vcdiff" } };

/** A frame with one message or several. */
function frame(id: string, ...messages: object[]): Frame {
  return {
    action: Action.Message,
    channel: "c",
    id,
    timestamp: 1,
    channelSerial: `serial-${id}`,
    messages: messages as [],
  };
}

async function received(channel: RealtimeChannel): Promise<unknown[]> {
  const seen: unknown[] = [];
  await channel.subscribe(({ data }) => void seen.push(data));
  return seen;
}

test("RTL19, RTL20: deltas are applied to the message before, delta or whole", async () => {
  await using rig = new Rig();
  const seen = await received(await rig.attach(null, DELTA));
  await rig.receive(
    frame("m1", { data: "hello" }),
    frame("m2", wireDelta("m1:0", ["hello", "hello world"])),
    frame("m3", wireDelta("m2:0", ["hello world", "hello moon"])),
    frame("m4", { data: "whole", id: "own" }),
    frame("m5", wireDelta("own", ["whole", "wholesome"])),
  );
  assertEquals(seen, ["hello", "hello world", "hello moon", "whole", "wholesome"]);
});

test("RTL21: the messages of a frame build on each other in order", async () => {
  await using rig = new Rig();
  const seen = await received(await rig.attach(null, DELTA));
  await rig.receive(
    frame("m1", { data: "a" }, wireDelta("m1:0", ["a", "ab"]), wireDelta("m1:1", ["ab", "abc"])),
    frame("m2", wireDelta("m1:2", ["abc", "abcd"])),
  );
  assertEquals(seen, ["a", "ab", "abc", "abcd"]);
});

test("RTL19a, RTL19b: the base is the payload without base64, before any other step is undone", async () => {
  await using rig = new Rig();
  const seen = await received(await rig.attach(null, DELTA));
  const json = (value: unknown) => JSON.stringify(value);
  await rig.receive(
    frame("m1", { data: '{"a":1}', encoding: "json" }),
    frame("m2", {
      ...wireDelta("m1:0", [json({ a: 1 }), json({ a: 1, b: 2 })]),
      encoding: "json/utf-8/vcdiff/base64",
    }),
    frame("m3", { data: toBase64(new Uint8Array([1, 2, 3])), encoding: "base64" }),
    frame("m4", wireDelta("m3:0", [new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 4])])),
    frame("m5", { data: toBase64(utf8("é")), encoding: "utf-8/base64" }),
    frame("m6", wireDelta("m5:0", ["é", "éé"])),
  );
  assertEquals(seen, [
    { a: 1 },
    { a: 1, b: 2 },
    new Uint8Array([1, 2, 3]),
    new Uint8Array([1, 2, 4]),
    "é",
    "éé",
  ]);
});

test("RTL19: what a listener does to binary data does not reach the base", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, DELTA);
  const seen: number[][] = [];
  await channel.subscribe(({ data }) => {
    seen.push([...data as Uint8Array]);
    (data as Uint8Array).fill(0);
  });
  const states = [[1, 2], [1, 2, 3], [1, 2, 3, 4]].map((bytes) => new Uint8Array(bytes));
  await rig.receive(
    frame("m1", { data: toBase64(states[0]!), encoding: "base64" }),
    frame("m2", wireDelta("m1:0", [states[0]!, states[1]!])),
    frame("m3", wireDelta("m2:0", [states[1]!, states[2]!])),
  );
  assertEquals(seen, [[1, 2], [1, 2, 3], [1, 2, 3, 4]]);
});

test("RTL19: the base follows messages without a subscriber", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, DELTA);
  await rig.receive(frame("m1", { data: "a", name: "other" }));
  const seen = await received(channel);
  await rig.receive(frame("m2", wireDelta("m1:0", ["a", "ab"])));
  assertEquals(seen, ["ab"]);
});

test("RTL19c: deltas of encrypted messages are applied to the ciphertext", async () => {
  await using rig = new Rig();
  const key = new Uint8Array(16).fill(3);
  const cipher = new AesCbcCipher(getDefaultParams({ key }));
  const seen = await received(await rig.attach(null, { ...DELTA, cipher: { key } }));
  const [one, two] = [await encryptOne(cipher, utf8("one")), await encryptOne(cipher, utf8("two"))];
  await rig.receive(
    frame("m1", { data: toBase64(one), encoding: `utf-8/${cipher.encoding}/base64` }),
    frame("m2", {
      ...wireDelta("m1:0", [one, two]),
      encoding: `utf-8/${cipher.encoding}/vcdiff/base64`,
    }),
  );
  await until(() => seen.length === 2);
  assertEquals(seen, ["one", "two"]);
});

test("PC3, VD2a: a decoder given as plugin is used, with the base as bytes; one that fails starts the recovery", async () => {
  const calls: [number, string][] = [];
  await using rig = new Rig({
    plugins: {
      vcdiff: {
        decode(delta, base) {
          calls.push([delta.length, new TextDecoder().decode(base)]);
          if (calls.length === 2) throw new RangeError("It does not fit");
          return decodeVcdiff(delta, base);
        },
      },
    },
  });
  const channel = await rig.attach(null, DELTA);
  const seen = await received(channel);
  await rig.receive(
    frame("m1", { data: "é" }),
    frame("m2", wireDelta("m1:0", ["é", "éa"])),
    frame("m3", wireDelta("m2:0", ["éa", "éab"])),
  );
  assertEquals(calls, [[deltaOf("é", "éa").length, "é"], [deltaOf("éa", "éab").length, "éa"]]);
  assertEquals([seen, channel.state], [["é", "éa"], "attaching"] as unknown[]);
  await rig.attached("c");
});

/** Frames that a client cannot read after "m1" was "a". */
const UNREADABLE: Record<string, Frame> = {
  "RTL20: a delta against another message": frame("m2", wireDelta("m0:0", ["a", "ab"])),
  "RTL18: a delta that is none": frame("m2", {
    data: "AAAA",
    encoding: "vcdiff/base64",
    extras: { delta: { from: "m1:0" } },
  }),
  "RTL18: a delta that is text": frame("m2", {
    data: "text",
    encoding: "vcdiff",
    extras: { delta: { from: "m1:0" } },
  }),
  "RTL20: a delta without reference": frame("m2", {
    data: "AAAA",
    encoding: "vcdiff/base64",
    extras: null as unknown as object,
  }),
};

for (const [name, unreadable] of Object.entries(UNREADABLE)) {
  test(`${name} starts the recovery`, async () => {
    await using rig = new Rig();
    const channel = await rig.attach(null, DELTA);
    const events = history(channel);
    const seen = await received(channel);
    await rig.receive(frame("m1", { data: "a" }), unreadable);
    assertEquals(events, ["attaching:40018"]); // RTL18c
    assertEquals(rig.sent().at(-1), {
      action: Action.Attach,
      channel: "c",
      channelSerial: "serial-m1", // Not that of the frame that could not be read.
      params: { delta: "vcdiff" },
    });
    assert(rig.logged.some((line) => line.startsWith("error:") && line.includes("40018"))); // RTL18a
    assertEquals(seen, ["a"]); // RTL18b
    await rig.attached("c", { channelSerial: "serial-m1", flags: DEFAULT_MODES | Flag.Resumed });
    await rig.receive(frame("m2", { data: "ab" }), frame("m3", wireDelta("m2:0", ["ab", "abc"])));
    assertEquals(seen, ["a", "ab", "abc"]);
    assertEquals(events, ["attaching:40018", "attached"]);
  });
}

test("RTL18: what follows in the burst is dropped, and nothing moves the position meanwhile", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, DELTA);
  const seen = await received(channel);
  await rig.receive(
    frame("m1", { data: "a" }),
    UNREADABLE["RTL18: a delta that is none"]!,
    frame("m3", { data: "whole" }),
    { action: Action.Presence, channel: "c", channelSerial: "serial-p" },
    { action: Action.Annotation, channel: "c", channelSerial: "serial-a" },
  );
  assertEquals([seen, channel.properties.channelSerial], [["a"], "serial-m1"] as unknown[]);
  await rig.lose(); // Before the service could answer.
  await rig.accept();
  assertEquals(rig.sent().map(({ channelSerial }) => channelSerial), ["serial-m1"]);
  await rig.attached("c", { flags: DEFAULT_MODES | Flag.Resumed });
  await rig.receive(frame("m2", { data: "b" }), frame("m3", { data: "whole" }));
  assertEquals(
    [seen, channel.properties.channelSerial],
    [["a", "b", "whole"], "serial-m3"] as unknown[],
  );
});

test("RTL18: a frame that is sent again delivers no message twice", async () => {
  await using rig = new Rig();
  const seen = await received(await rig.attach(null, DELTA));
  const bad = { data: "AAAA", encoding: "vcdiff/base64", extras: { delta: { from: "m2:1" } } };
  await rig.receive(
    frame("m1", { data: "a" }),
    frame("m2", { data: "b" }, wireDelta("m2:0", ["b", "bc"]), bad, { data: "e" }),
  );
  assertEquals(seen, ["a", "b", "bc"]);
  await rig.attached("c", { channelSerial: "serial-m1", flags: DEFAULT_MODES | Flag.Resumed });
  // The same again, and it fails later.
  const worse = { ...bad, extras: { delta: { from: "m2:2" } } };
  await rig.receive(
    frame(
      "m2",
      { data: "b" },
      wireDelta("m2:0", ["b", "bc"]),
      wireDelta("m2:1", ["bc", "bcd"]),
      worse,
    ),
  );
  assertEquals(seen, ["a", "b", "bc", "bcd"]);
  await rig.attached("c", { channelSerial: "serial-m1", flags: DEFAULT_MODES | Flag.Resumed });
  await rig.receive(
    frame("m2", { data: "b" }, { data: "bc" }, { data: "bcd" }, { data: "e" }),
    frame("m3", wireDelta("m2:3", ["e", "ef"])),
  );
  assertEquals(seen, ["a", "b", "bc", "bcd", "e", "ef"]);
});

test("RTL18: encrypted messages from before the failure are delivered, in order", async () => {
  await using rig = new Rig();
  const key = new Uint8Array(16).fill(3);
  const cipher = new AesCbcCipher(getDefaultParams({ key }));
  const seen = await received(await rig.attach(null, { ...DELTA, cipher: { key } }));
  const secret = async (text: string) => ({
    data: toBase64(await encryptOne(cipher, utf8(text))),
    encoding: `utf-8/${cipher.encoding}/base64`,
  });
  const [one, two] = [await secret("one"), await secret("two")];
  rig.line.send(frame("m1", one));
  rig.line.send(UNREADABLE["RTL18: a delta that is none"]!);
  rig.line.send({
    action: Action.Attached,
    channel: "c",
    channelSerial: "serial-m1",
    flags: DEFAULT_MODES | Flag.Resumed,
  });
  rig.line.send(frame("m2", two));
  await until(() => seen.length === 2);
  assertEquals(seen, ["one", "two"]);
});

test("RTL4f: a recovery without an answer suspends the channel; the next attachment is read again", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000 });
  const channel = await rig.attach(null, DELTA);
  const seen = await received(channel);
  await rig.receive(frame("m1", { data: "a" }), UNREADABLE["RTL18: a delta that is none"]!);
  await rig.clock.advance(5_000);
  assertEquals(channel.state, "suspended");
  await rig.clock.advance(15_000);
  assertEquals(rig.lastFrame().channelSerial, "serial-m1");
  await rig.attached("c");
  await rig.receive(frame("m9", { data: "z" }));
  assertEquals(seen, ["a", "z"]);
});

test("RTL19: after continuity is lost the old base serves no more", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, DELTA);
  await rig.receive(frame("m1", { data: "a" }));
  await rig.attached("c");
  await rig.receive(frame("m2", wireDelta("m1:0", ["a", "ab"])));
  assertEquals([channel.state, channel.errorReason?.code], ["attaching", 40018]);
  await rig.attached("c");
});

test("RTL19: a message without data is no base", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, DELTA);
  await rig.receive(frame("m1", { name: "a" }), frame("m2", wireDelta("m1:0", ["", "ab"])));
  assertEquals(channel.errorReason?.code, 40018);
  await rig.attached("c");
});

/** A delta of a few bytes whose result is one byte over and over. */
function bomb(size: number): string {
  return toBase64(delta(window({ targetSize: size, instructions: [0, ...int(size)], data: [7] })));
}

test("RSL6b: where no deltas were asked for, what looks like one stays as it is", async () => {
  const others: (ChannelOptions | undefined)[] = [
    undefined,
    { params: { rewind: "1" } },
    { params: { delta: "other" } },
  ];
  for (const options of others) {
    await using rig = new Rig();
    const channel = await rig.attach(null, options);
    const seen: unknown[] = [];
    await channel.subscribe(({ data, encoding }) => void seen.push([data, encoding]));
    const made = bomb(1_000_000);
    await rig.receive(
      frame("m1", { data: "base" }),
      frame("m2", { data: made, encoding: "vcdiff/base64", extras: { delta: { from: "m1:0" } } }),
      frame("m3", { data: "text", encoding: "utf-8/vcdiff" }),
      frame("m4", { data: "after" }),
    );
    assertEquals(seen, [["base", undefined], [fromBase64(made), "vcdiff"], [
      "text",
      "utf-8/vcdiff",
    ], ["after", undefined]]);
    assertEquals([channel.state, rig.sent(Action.Attach).length], ["attached", 1]);
    assertEquals(rig.logged.filter((line) => line.startsWith("error:")).length, 2);
  }
});

test("TB2c: deltas may be asked for in the name of the channel", async () => {
  await using rig = new Rig();
  const name = "[?rewind=1&delta=vcdiff]c";
  const seen = await received(await rig.attach({ channel: name }));
  await rig.receive(
    { ...frame("m1", { data: "a" }), channel: name },
    { ...frame("m2", wireDelta("m1:0", ["a", "ab"])), channel: name },
  );
  assertEquals(seen, ["a", "ab"]);
});

test("RTL18: the result of a delta is bounded by the size of a message", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, DELTA);
  const seen = await received(channel);
  const states = history(channel);
  await rig.receive(frame("m1", { data: "base" }), {
    ...frame("m2", {
      data: bomb(16_000_000),
      encoding: "vcdiff/base64",
      extras: { delta: { from: "m1:0", format: "vcdiff" } },
    }),
  });
  assertEquals([seen, states], [["base"], ["attaching:40018"]]);
  await rig.attached("c");
  await rig.receive(frame("m3", { data: "after" }));
  assertEquals(seen, ["base", "after"]);
});
