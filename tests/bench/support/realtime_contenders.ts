/**
 * The contenders for the cost of receiving and publishing: bare code without an SDK (the floor), this SDK, and `ably`. They run
 * in the process of a benchmark and in a Worker.
 *
 * The floor decodes with the fastest decoder that is known: `JSON.parse`, and for MessagePack the reader of this module, which is
 * faster than msgpackr (docs/decisions/0011).
 *
 * @module
 */
import * as Ably from "ably";
import { Realtime } from "../../../mod.ts";
import { AesCbcCipher } from "../../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../../src/crypto/cipher_params.ts";
import type { Codec } from "../../../src/protocol/codec.ts";
import { jsonCodec } from "../../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../../src/protocol/msgpack_codec.ts";
import type { ProtocolMessage } from "../../../src/protocol/protocol_message.ts";
import { fromBase64, toBase64 } from "../../../src/util/bytes.ts";

/** The sides of each comparison, the floor first. */
export const VENDORS = ["bare", "@ably-edge/sdk", "ably"] as const;
/** A side of a comparison. */
export type Vendor = typeof VENDORS[number];

/** Some work that a client can do again and again. */
export interface Job {
  /** The number of units that the work has. */
  units: number;
  /** Does the work once. */
  work(): Promise<void>;
  /** Ends the client. */
  close(): void | Promise<void>;
}

/** The work of a row, in a form that can be a part of a URL. */
export interface Work {
  action: "receive" | "publish";
  format: "json" | "msgpack";
  /** The number of messages in a frame. */
  size?: number;
  encrypted?: boolean;
  /** The number of bytes of a payload; without it, payloads are objects. */
  bytes?: number;
}

/** The rows by title. */
export const ROWS: readonly (readonly [title: string, work: Work])[] = [
  ...both("receive", "1 message a frame", { size: 1 }),
  ...both("receive", "10 messages a frame", { size: 10 }),
  ...both("receive", "1 kB binary, 10 messages a frame", { size: 10, bytes: 1_000 }),
  ...both("receive", "AES-256, 10 messages a frame", { size: 10, encrypted: true }),
  ...both("publish", "to ACK, pipelined", {}),
  ...both("publish", "to ACK, AES-256, pipelined", { encrypted: true }),
];

function both(
  action: Work["action"],
  title: string,
  how: Omit<Work, "action" | "format">,
): [string, Work][] {
  return (["json", "msgpack"] as const).map((
    format,
  ) => [`${action} ${format}, ${title}`, { action, format, ...how }]);
}

/** Makes a contender, connected and attached. */
export function contender(vendor: Vendor, work: Work, port: number): Promise<Job> {
  const how = { ...work, port, codec: work.format === "json" ? jsonCodec : msgpackCodec };
  return (work.action === "receive" ? RECEIVERS : PUBLISHERS)[vendor](how);
}

const KEY = new Uint8Array(32).fill(7);
const RECEIVED = 20_000;
const PUBLISHED = 5_000;
const DATA = {
  text: "a payload of about one hundred bytes, as the table has it",
  frame: 1,
  index: 2,
};
const decoder = new TextDecoder();

interface Detail extends Work {
  codec: Codec;
  port: number;
}

const RECEIVERS: Record<Vendor, (how: Detail) => Promise<Job>> = {
  "bare": bareReceiver,
  "@ably-edge/sdk": async (how) => {
    const { listener, ...rest } = receiver("own", how);
    const client = new Realtime(optionsOf(how));
    const channel = client.channels.get("own", channelOptions(how));
    await channel.subscribe(({ data }) => listener(data as { text: string }));
    return { ...rest, close: () => client.close() };
  },
  "ably": async (how) => {
    const { listener, ...rest } = receiver("ably", how);
    const client = new Ably.Realtime({ ...optionsOf(how), logLevel: 0 });
    const channel = client.channels.get("ably", channelOptions(how));
    await channel.subscribe(({ data }) => listener(data));
    return { ...rest, close: () => client.close() };
  },
};

const PUBLISHERS: Record<Vendor, (how: Detail) => Promise<Job>> = {
  "bare": barePublisher,
  "@ably-edge/sdk": async (how) => {
    const client = new Realtime(optionsOf(how));
    const channel = client.channels.get("own", channelOptions(how));
    await channel.attach();
    return publishing(() => channel.publish("event", DATA), () => client.close());
  },
  "ably": async (how) => {
    const client = new Ably.Realtime({ ...optionsOf(how), logLevel: 0 });
    const channel = client.channels.get("ably", channelOptions(how));
    await channel.attach();
    return publishing(() => channel.publish("event", DATA), () => client.close());
  },
};

function optionsOf({ port, format }: Detail) {
  const useBinaryProtocol = format === "msgpack";
  return { endpoint: "127.0.0.1", port, tls: false, key: "app.key:secret", useBinaryProtocol };
}

function channelOptions({ encrypted }: Work) {
  return encrypted ? { cipher: { key: KEY } } : {};
}

/** Asks for messages and is done when it has seen them all. */
function receiver(name: string, { size = 1, encrypted, bytes = 0, port }: Detail) {
  const order = new URLSearchParams({
    channel: name,
    frames: String(RECEIVED / size),
    size: String(size),
    bytes: String(bytes),
  });
  if (encrypted) order.set("encrypted", "");
  let left = 0;
  let done = () => {};
  return {
    units: RECEIVED,
    listener: (data: { text?: string; byteLength?: number }) => {
      if ((data.text ?? data.byteLength) && --left === 0) done();
    },
    work: () =>
      new Promise<void>((resolve) => {
        left = RECEIVED;
        done = resolve;
        void fetch(`http://127.0.0.1:${port}/burst?${order}`).then((response) =>
          response.body?.cancel()
        );
      }),
  };
}

async function bareReceiver(how: Detail): Promise<Job> {
  const { codec, format, bytes, encrypted } = how;
  const { listener, ...rest } = receiver("bare", how);
  const socket = await openBare(how);
  const cipher = new AesCbcCipher(getDefaultParams({ key: KEY }));
  socket.send(codec.encode({ action: 10, channel: "bare" }));
  await new Promise((resolve) => socket.onmessage = resolve);
  const binary = (data: unknown) =>
    format === "json" ? fromBase64(data as string) : data as Uint8Array<ArrayBuffer>;
  socket.onmessage = async ({ data }) => {
    const { messages = [] } = decode(data, codec);
    if (!encrypted) {
      for (const { data } of messages) listener(bytes ? binary(data) : JSON.parse(data as string));
      return;
    }
    // One call to SubtleCrypto for the whole frame: there is no cheaper way.
    const plain = await cipher.decryptAll(messages.map(({ data }) => binary(data)));
    for (const bytes of plain) listener(JSON.parse(decoder.decode(bytes as Uint8Array)));
  };
  return { ...rest, close: () => socket.close() };
}

async function barePublisher(how: Detail): Promise<Job> {
  const { codec, format, encrypted } = how;
  const socket = await openBare(how);
  const pending = new Map<number, () => void>();
  const cipher = new AesCbcCipher(getDefaultParams({ key: KEY }));
  let serial = 0;
  socket.onmessage = ({ data }) => {
    const { msgSerial } = decode(data, codec);
    pending.get(msgSerial!)!();
    pending.delete(msgSerial!);
  };
  const send = (data: string | Uint8Array, encoding: string) =>
    new Promise<void>((resolve) => {
      const messages = [{ name: "event", data, encoding }];
      socket.send(codec.encode({ action: 15, channel: "bare", msgSerial: serial, messages }));
      pending.set(serial++, resolve);
    });
  const publish = async () => {
    const [bytes] = await cipher.encryptAll([JSON.stringify(DATA)]);
    const steps = "json/utf-8/cipher+aes-256-cbc";
    if (format === "json") await send(toBase64(bytes!), `${steps}/base64`);
    else await send(bytes!, steps);
  };
  return publishing(
    encrypted ? publish : () => send(JSON.stringify(DATA), "json"),
    () => socket.close(),
  );
}

function openBare({ port, codec }: Detail): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?format=${codec.format}`);
  socket.binaryType = "arraybuffer";
  return new Promise((resolve) => socket.onmessage = () => resolve(socket));
}

function decode(data: string | ArrayBuffer, codec: Codec): ProtocolMessage {
  return codec.decode(typeof data === "string" ? data : new Uint8Array(data)) as ProtocolMessage;
}

function publishing(publish: () => Promise<unknown>, close: Job["close"]): Job {
  return {
    units: PUBLISHED,
    async work() {
      await Promise.all(Array.from({ length: PUBLISHED }, publish));
    },
    close,
  };
}
