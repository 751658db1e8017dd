/**
 * The cost of receiving and publishing in a realtime client: bare code without an SDK (the floor), this SDK, and `ably`.
 * Measured is the processor time of this process; the server is another one. The floor decodes with the fastest decoder
 * that is known: `JSON.parse`, and for MessagePack the reader of this module, which is faster than msgpackr.
 *
 * @module
 */
import * as Ably from "ably";
import { Realtime } from "../../mod.ts";
import { AesCbcCipher } from "../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../src/crypto/cipher_params.ts";
import type { Codec } from "../../src/protocol/codec.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { fromBase64, toBase64, utf8 } from "../../src/util/bytes.ts";
import { compare, type Contender, processorTime } from "./support/compare.ts";
import { startServer } from "./support/start_server.ts";

const KEY = new Uint8Array(32).fill(7);
const decoder = new TextDecoder();
const RECEIVED = 20_000;
const PUBLISHED = 5_000;
const DATA = {
  text: "a payload of about one hundred bytes, as the table has it",
  frame: 1,
  index: 2,
};

interface Work {
  codec: Codec;
  size: number;
  encrypted?: boolean;
  /** The number of bytes of a payload; without it, payloads are objects. */
  bytes?: number;
}

type Closable = Contender & { close(): void | Promise<void> };

await using server = await startServer("frame_server.ts");
const address = { endpoint: "127.0.0.1", port: server.port, tls: false, key: "app.key:secret" };

const RECEIVE: Record<string, Omit<Work, "codec">> = {
  "1 message a frame": { size: 1 },
  "10 messages a frame": { size: 10 },
  "1 kB binary, 10 messages a frame": { size: 10, bytes: 1_000 },
  "AES-256, 10 messages a frame": { size: 10, encrypted: true },
};

for (const [title, how] of Object.entries(RECEIVE)) {
  for (const codec of [jsonCodec, msgpackCodec]) {
    const work = { codec, ...how };
    await run(`receive ${codec.format}, ${title}`, [
      bareReceiver(work),
      ownReceiver(work),
      ablyReceiver(work),
    ]);
  }
}
for (const encrypted of [false, true]) {
  await run(`publish json to ACK${encrypted ? ", AES-256" : ""}, pipelined`, [
    barePublisher(encrypted),
    ownPublisher(encrypted),
    ablyPublisher(encrypted),
  ]);
}

async function run(title: string, promised: readonly Promise<Closable>[]): Promise<void> {
  const contenders = await Promise.all(promised);
  await compare(title, contenders);
  for (const { close } of contenders) await close();
}

/** A contender that asks for messages and is done when it has seen them all. */
function receiver(name: string, { size, encrypted, bytes = 0 }: Work) {
  const order = new URLSearchParams({
    channel: name,
    frames: String(RECEIVED / size),
    size: String(size),
    bytes: String(bytes),
  });
  if (encrypted) order.set("encrypted", "");
  let left = 0;
  let done = () => {};
  const receive = () =>
    new Promise<void>((resolve) => {
      left = RECEIVED;
      done = resolve;
      void fetch(`http://127.0.0.1:${server.port}/burst?${order}`).then((response) =>
        response.body?.cancel()
      );
    });
  return {
    listener: (data: { text?: string; byteLength?: number }) => {
      if ((data.text ?? data.byteLength) && --left === 0) done();
    },
    run: () => processorTime(RECEIVED, receive),
  };
}

async function bareReceiver(work: Work): Promise<Closable> {
  const { codec } = work;
  const { listener, run } = receiver("bare", work);
  const socket = await openBare(codec);
  const cipher = new AesCbcCipher(getDefaultParams({ key: KEY }));
  socket.send(codec.encode({ action: 10, channel: "bare" }));
  await new Promise((resolve) => socket.onmessage = resolve);
  socket.onmessage = async ({ data }) => {
    const raw = typeof data === "string" ? data : new Uint8Array(data);
    const { messages = [] } = codec.decode(raw) as ProtocolMessage;
    const binary = (data: unknown) =>
      codec === jsonCodec ? fromBase64(data as string) : data as Uint8Array<ArrayBuffer>;
    if (!work.encrypted) {
      for (const { data } of messages) {
        listener(work.bytes ? binary(data) : JSON.parse(data as string));
      }
      return;
    }
    // One call to SubtleCrypto for the whole frame: there is no cheaper way.
    const plain = await cipher.decryptAll(messages.map(({ data }) => binary(data)));
    for (const bytes of plain) listener(JSON.parse(decoder.decode(bytes as Uint8Array)));
  };
  return { name: "bare", run, close: () => socket.close() };
}

function openBare(codec: Codec): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/?format=${codec.format}`);
  socket.binaryType = "arraybuffer";
  return new Promise((resolve) => socket.onmessage = () => resolve(socket));
}

async function ownReceiver(work: Work): Promise<Closable> {
  const { listener, run } = receiver("own", work);
  const client = new Realtime({ ...address, useBinaryProtocol: work.codec === msgpackCodec });
  const channel = client.channels.get("own", work.encrypted ? { cipher: { key: KEY } } : {});
  await channel.subscribe(({ data }) => listener(data as { text: string }));
  return { name: "@ably-edge/sdk", run, close: () => client.close() };
}

async function ablyReceiver(work: Work): Promise<Closable> {
  const { listener, run } = receiver("ably", work);
  const client = new Ably.Realtime({
    ...address,
    useBinaryProtocol: work.codec === msgpackCodec,
    logLevel: 0,
  });
  const channel = client.channels.get("ably", work.encrypted ? { cipher: { key: KEY } } : {});
  await channel.subscribe(({ data }) => listener(data));
  return { name: "ably", run, close: () => client.close() };
}

async function barePublisher(encrypted: boolean): Promise<Closable> {
  const socket = await openBare(jsonCodec);
  let serial = 0;
  const pending = new Map<number, () => void>();
  socket.onmessage = ({ data }) => {
    const { msgSerial } = JSON.parse(data) as ProtocolMessage;
    pending.get(msgSerial!)!();
    pending.delete(msgSerial!);
  };
  const send = (data: string, encoding: string) =>
    new Promise<void>((resolve) => {
      const messages = [{ name: "event", data, encoding }];
      socket.send(JSON.stringify({ action: 15, channel: "bare", msgSerial: serial, messages }));
      pending.set(serial++, resolve);
    });
  const cipher = new AesCbcCipher(getDefaultParams({ key: KEY }));
  const publish = async () => {
    const bytes = await cipher.encrypt(utf8(JSON.stringify(DATA)));
    await send(toBase64(bytes), "json/utf-8/cipher+aes-256-cbc/base64");
  };
  return {
    name: "bare",
    run: () => publishing(encrypted ? publish : () => send(JSON.stringify(DATA), "json")),
    close: () => socket.close(),
  };
}

async function ownPublisher(encrypted: boolean): Promise<Closable> {
  const client = new Realtime({ ...address, useBinaryProtocol: false });
  const channel = client.channels.get("own", encrypted ? { cipher: { key: KEY } } : {});
  await channel.attach();
  return {
    name: "@ably-edge/sdk",
    run: () => publishing(() => channel.publish("event", DATA)),
    close: () => client.close(),
  };
}

async function ablyPublisher(encrypted: boolean): Promise<Closable> {
  const client = new Ably.Realtime({ ...address, useBinaryProtocol: false, logLevel: 0 });
  const channel = client.channels.get("ably", encrypted ? { cipher: { key: KEY } } : {});
  await channel.attach();
  return {
    name: "ably",
    run: () => publishing(() => channel.publish("event", DATA)),
    close: () => client.close(),
  };
}

function publishing(publish: () => Promise<unknown>): Promise<number> {
  return processorTime(PUBLISHED, async () => {
    await Promise.all(Array.from({ length: PUBLISHED }, publish));
  });
}
