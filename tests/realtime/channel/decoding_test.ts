import type { InboundMessage, RealtimeChannel } from "../../../mod.ts";
import { AesCbcCipher } from "../../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../../src/crypto/cipher_params.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { msgpackCodec } from "../../../src/protocol/msgpack_codec.ts";
import { toBase64, utf8 } from "../../../src/util/bytes.ts";
import { assert, assertEquals, assertInstanceOf, test } from "../../harness.ts";
import { until } from "../../support/outcomes.ts";
import { type Frame, Rig } from "../../support/realtime_rig.ts";
import { encryptOne } from "../../support/payloads.ts";

const KEY = new Uint8Array(32).fill(9);
const cipher = new AesCbcCipher(getDefaultParams({ key: KEY }));

/** A text as an encrypted payload in a JSON frame. */
async function encrypted(text: string) {
  return {
    data: toBase64(await encryptOne(cipher, utf8(text))),
    encoding: `utf-8/${cipher.encoding}/base64`,
  };
}

function frame(messages: unknown[], rest: Partial<Frame> = {}): Frame {
  return { action: Action.Message, channel: "c", messages: messages as [], ...rest };
}

async function received(channel: RealtimeChannel): Promise<InboundMessage[]> {
  const seen: InboundMessage[] = [];
  await channel.subscribe((message) => void seen.push(message));
  return seen;
}

test("TM2a, TM2c, TM2f: what a message lacks is that of its frame; what it has stays", async () => {
  await using rig = new Rig();
  const seen = await received(await rig.attach());
  await rig.receive(
    frame([{ name: "a" }, { id: "own", connectionId: "other", timestamp: 5 }, {
      id: null,
      connectionId: null,
      timestamp: null,
    }], { id: "conn:7", connectionId: "conn", timestamp: 100 }),
  );
  assertEquals(seen.map(({ id, connectionId, timestamp }) => [id, connectionId, timestamp]), [
    ["conn:7:0", "conn", 100],
    ["own", "other", 5],
    ["conn:7:2", "conn", 100],
  ]);
});

test("TM2j, TM2s, TM2u, TM8a: action, version and annotations are always there", async () => {
  await using rig = new Rig();
  const seen = await received(await rig.attach());
  const summary = { "reaction:distinct.v1": { "👍": { total: 1, clientIds: ["a"] } } };
  await rig.receive(frame([
    { serial: "s1", timestamp: 5 },
    { serial: "s1", timestamp: 5, action: 1, version: { serial: "v2", clientId: "me" } },
    { action: 4, serial: "s1", timestamp: 5, annotations: { summary } },
    { action: 5, version: null, annotations: null },
    { action: 2, annotations: {} },
    { action: 3 },
    { action: 77 },
  ]));
  assertEquals(seen.map(({ action, version, annotations }) => [action, version, annotations]), [
    ["message.create", { serial: "s1", timestamp: 5 }, { summary: {} }],
    ["message.update", { serial: "v2", timestamp: 5, clientId: "me" }, { summary: {} }],
    ["message.summary", { serial: "s1", timestamp: 5 }, { summary }],
    ["message.append", {}, { summary: {} }],
    ["message.delete", {}, { summary: {} }],
    ["meta", {}, { summary: {} }],
    ["unknown", {}, { summary: {} }], // RSF1
  ]);
});

test("RSF1: unknown fields arrive; strange encodings are left to the listener", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const seen = await received(channel);
  await rig.receive(frame([{ name: "a", future: { x: 1 } }, { data: "x", encoding: 5 }, {
    data: "x",
    encoding: "rot13",
  }]));
  assertEquals((seen[0] as unknown as { future: unknown }).future, { x: 1 });
  assertEquals(seen.slice(1).map(({ data, encoding }) => [data, encoding]), [["x", 5], [
    "x",
    "rot13",
  ]] as unknown[]);
  assertEquals(channel.state, "attached");
});

test("RTL7d: payloads are decoded; null is left of their encoding", async () => {
  await using rig = new Rig();
  const seen = await received(await rig.attach());
  await rig.receive(frame([
    { data: "text" },
    { data: '{"a":[1]}', encoding: "json" },
    { data: "AQI=", encoding: "base64" },
    { data: toBase64(utf8('"x"')), encoding: "json/utf-8/base64" },
    {},
    { data: null },
    { data: "" },
  ]));
  assertEquals(seen.map(({ data, encoding }) => [data, encoding]), [
    ["text", undefined],
    [{ a: [1] }, null],
    [new Uint8Array([1, 2]), null],
    ["x", null],
    [undefined, undefined],
    [null, undefined],
    ["", undefined],
  ] as unknown[]);
  assertInstanceOf(seen[2]!.data, Uint8Array);
});

test("RSL6b: what cannot be decoded is delivered as far as it could be, and logged", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const seen = await received(channel);
  await rig.receive(
    frame([{ data: "{", encoding: "json" }, { data: "%%%", encoding: "base64" }, {
      data: "AQI=",
      encoding: "utf-8/cipher+aes-256-cbc/base64",
    }]),
    frame([{ data: "fine" }]),
  );
  assertEquals(seen.map(({ data, encoding }) => [data, encoding]), [
    ["{", "json"],
    ["%%%", "base64"],
    [new Uint8Array([1, 2]), "utf-8/cipher+aes-256-cbc"],
    ["fine", undefined],
  ] as unknown[]);
  assertEquals(channel.state, "attached");
  assertEquals(rig.logged.filter((line) => line.startsWith("error:")).length, 3);
});

test("TM2d: binary data in MessagePack arrives as Uint8Array, with and without encoding", async () => {
  await using rig = new Rig({ useBinaryProtocol: true, plugins: { msgpack: msgpackCodec } });
  const seen = await received(await rig.attach());
  await rig.receive(frame([{ data: new Uint8Array([1, 2]) }, {
    data: utf8("é"),
    encoding: "utf-8",
  }]));
  assertEquals(seen.map(({ data }) => data), [new Uint8Array([1, 2]), "é"] as unknown[]);
});

test("RTL21: order survives ciphers: slow before fast, encrypted before plain, frames and all else", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, { cipher: { key: KEY }, modes: ["subscribe"] });
  const seen: unknown[] = [];
  await channel.subscribe(({ data }) => void seen.push((data as string).slice(0, 5)));
  await channel.annotations.subscribe(({ type }) => void seen.push(type));
  await channel.presence.subscribe(({ clientId }) => void seen.push(clientId));
  const [slow, fast] = [await encrypted("slow ".repeat(50_000)), await encrypted("fast")];
  await rig.receive(
    frame([{ data: "first" }, slow, { data: "third" }]),
    frame([fast]),
    frame([{ data: "plain" }]),
    { action: Action.Annotation, channel: "c", annotations: [{ type: "annotation" }] },
    {
      action: Action.Presence,
      channel: "c",
      connectionId: "x",
      id: "x:0",
      timestamp: 1,
      presence: [{ action: 2, clientId: "presence" }],
    },
    frame([{ data: "last" }]),
  );
  await until(() => seen.length === 8);
  assertEquals(seen, [
    "first",
    "slow ",
    "third",
    "fast",
    "plain",
    "annotation",
    "presence",
    "last",
  ]);
  // Once nothing waits, delivery is immediate again.
  await rig.settle();
  rig.line.send(frame([{ data: "again" }]));
  assertEquals(seen.at(-1), "again");
});

test("RSL6b: a message under another key holds up nothing", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, { cipher: { key: new Uint8Array(32) } });
  const seen = await received(channel);
  await rig.receive(frame([await encrypted("secret"), { data: "plain" }]));
  await until(() => seen.length === 2);
  assertEquals(seen[1]!.data, "plain");
  assert(typeof seen[0]!.data !== "string" || seen[0]!.encoding !== null);
});

test("RTL17: what is decrypted after the channel was detached is not delivered, then or later", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, { cipher: { key: KEY } });
  const seen = await received(channel);
  const secret = await encrypted("secret ".repeat(50_000));
  const detached = channel.detach();
  rig.line.send(frame([secret]));
  assertEquals(channel.state, "detaching"); // RTL17: dropped on arrival
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detached;
  await rig.attach();
  rig.line.send(frame([secret]));
  rig.line.send({ action: Action.Error, channel: "c" }); // Before it is decrypted.
  const attaching = channel.attach();
  await rig.attached("c");
  await attaching;
  const next = frame([await encrypted("next")]);
  await rig.receive(next);
  await until(() => seen.length > 0);
  assertEquals(seen.map(({ data }) => data), ["next"] as unknown[]);
});

test("RTL3d: what is decrypted while the channel is attached anew is not lost", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, { cipher: { key: KEY } });
  const seen = await received(channel);
  const secret = await encrypted("secret ".repeat(50_000));
  rig.line.send(frame([secret], { channelSerial: "s1" }));
  rig.line.close();
  await rig.accept();
  assertEquals([channel.state, rig.sent()[0]!.channelSerial], ["attaching", "s1"]);
  await until(() => seen.length === 1);
  await rig.attached("c");
});

test("RTL12, RTL15c: an encrypted message comes before the announcement of a gap after it", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, { cipher: { key: KEY } });
  const seen: unknown[] = [];
  await channel.subscribe(({ data }) => void seen.push(data));
  // Code that waits for the announcement runs before what follows it.
  void channel.once("update").then(() =>
    channel.subscribe(({ data }) => void seen.push(`${data} again`))
  );
  channel.on(({ event }) => seen.push(event));
  const [one, two, three] = await Promise.all(["one", "two", "three"].map(encrypted));
  rig.line.send(frame([one!, two!]));
  rig.line.send({ action: Action.Attached, channel: "c", channelSerial: "gap" });
  rig.line.send(frame([three!]));
  await until(() => seen.length >= 5);
  assertEquals(seen, ["one", "two", "update", "three", "three again"]);
});

test("RTL12: the announcement of a gap that waits for a cipher ends with its connection", async () => {
  await using rig = new Rig();
  const channel = await rig.attach(null, { cipher: { key: KEY } });
  const events: string[] = [];
  channel.on(({ event }) => events.push(event));
  await channel.subscribe(() => void events.push("message"));
  const message = frame([await encrypted("secret")], { channelSerial: "s1" });
  const resume = holdCiphers();
  rig.line.send(message);
  rig.line.send({ action: Action.Attached, channel: "c", channelSerial: "gap" });
  await rig.lose();
  await rig.accept();
  assertEquals(rig.sent()[0]!.channelSerial, "s1");
  resume();
  await until(() => events.includes("message"));
  await rig.attached("c");
  assertEquals(events, ["attaching", "message", "attached"]);
});

/** Makes decryption wait until the result is called. */
function holdCiphers(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const subtle: { decrypt?: SubtleCrypto["decrypt"] } = crypto.subtle;
  const decrypt = crypto.subtle.decrypt.bind(crypto.subtle);
  const value: SubtleCrypto["decrypt"] = (...given) => promise.then(() => decrypt(...given));
  Object.defineProperty(subtle, "decrypt", { value, configurable: true });
  return () => {
    delete subtle.decrypt;
    resolve();
  };
}
