/**
 * The cost of publishing and reading history in a REST client: bare `fetch` without an SDK (the floor), this SDK, and `ably`.
 * Measured is the processor time of this process; the server is another one.
 *
 * @module
 */
import * as Ably from "ably";
import { Rest } from "../../mod.ts";
import { AesCbcCipher } from "../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../src/crypto/cipher_params.ts";
import type { Codec } from "../../src/protocol/codec.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { fromBase64 } from "../../src/util/bytes.ts";
import { compare, type Contender, processorTime } from "./support/compare.ts";
import { startServer } from "./support/start_server.ts";

const KEY = new Uint8Array(32).fill(7);
const PUBLISHES = 300;
const PAGES = 20;
const ITEMS = 1000;
const DATA = { text: "a payload of about one hundred bytes, as the table has it", index: 1 };
const decoder = new TextDecoder();

await using server = await startServer("rest_server.ts");
const address = { endpoint: "127.0.0.1", port: server.port, tls: false, key: "app.key:secret" };
const origin = `http://127.0.0.1:${server.port}`;

for (const codec of [jsonCodec, msgpackCodec]) {
  const useBinaryProtocol = codec === msgpackCodec;
  const own = new Rest({ ...address, useBinaryProtocol });
  const other = new Ably.Rest({ ...address, useBinaryProtocol, logLevel: 0 });
  await compare(`publish ${codec.format}, one after another`, [
    publisher("bare fetch", () => barePublish(codec)),
    publisher("fetch with a deadline", () => publishInTime(codec)),
    publisher("@ably-edge/sdk", () => own.channels.get("c").publish("event", DATA)),
    publisher("ably", () => other.channels.get("c").publish("event", DATA)),
  ]);
  await compare(`history ${codec.format}, an item of ${ITEMS}`, [
    reader("bare fetch", () => bareHistory(codec)),
    reader("@ably-edge/sdk", async () => (await own.channels.get("c").history()).items),
    reader("ably", async () => (await other.channels.get("c").history()).items),
  ]);
}

const secret = new Rest({ ...address, useBinaryProtocol: false }).channels
  .get("secret", { cipher: { key: KEY } });
const otherSecret = new Ably.Rest({ ...address, useBinaryProtocol: false, logLevel: 0 }).channels
  .get("secret", { cipher: { key: KEY } });
await compare(`history json, AES-256, an item of ${ITEMS}`, [
  reader("bare fetch", bareSecretHistory),
  reader("@ably-edge/sdk", async () => (await secret.history()).items),
  reader("ably", async () => (await otherSecret.history()).items),
]);

function publisher(name: string, publish: () => Promise<unknown>): Contender {
  const run = async () => {
    for (let i = 0; i < PUBLISHES; i++) await publish();
  };
  return { name, run: () => processorTime(PUBLISHES, run) };
}

function reader(name: string, read: () => Promise<{ data?: unknown }[]>): Contender {
  const run = async () => {
    for (let i = 0; i < PAGES; i++) {
      const items = await read();
      const last = items[ITEMS - 1]!.data as typeof DATA;
      if (items.length !== ITEMS || last.index !== ITEMS - 1) throw new Error("Not the history");
    }
  };
  return { name, run: () => processorTime(PAGES * ITEMS, run) };
}

function headers(codec: Codec): Record<string, string> {
  return {
    authorization: `Basic ${btoa(address.key)}`,
    accept: codec.contentType,
    "content-type": codec.contentType,
    "x-ably-version": "6",
    "ably-agent": "bare/1.0",
  };
}

/** The cost of a deadline, which any client has to pay. */
async function publishInTime(codec: Codec): Promise<unknown> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 10_000);
  try {
    return await barePublish(codec, controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function barePublish(codec: Codec, signal?: AbortSignal): Promise<unknown> {
  const id = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(9))));
  const body = codec.encode([
    { name: "event", data: JSON.stringify(DATA), encoding: "json", id: `${id}:0` },
  ]);
  const response = await fetch(`${origin}/channels/c/messages`, {
    method: "POST",
    headers: headers(codec),
    body,
    signal,
  });
  return await decode(codec, response);
}

async function bareHistory(codec: Codec): Promise<{ data?: unknown }[]> {
  const response = await fetch(`${origin}/channels/c/messages`, { headers: headers(codec) });
  const items = await decode(codec, response) as { data?: unknown }[];
  for (const item of items) item.data = JSON.parse(item.data as string);
  return items;
}

async function bareSecretHistory(): Promise<{ data?: unknown }[]> {
  const response = await fetch(`${origin}/channels/secret/messages`, {
    headers: headers(jsonCodec),
  });
  const items = await response.json() as { data?: unknown }[];
  // One call to SubtleCrypto for the whole page: there is no cheaper way.
  const cipher = new AesCbcCipher(getDefaultParams({ key: KEY }));
  const plain = await cipher.decryptAll(items.map(({ data }) => fromBase64(data as string)));
  plain.forEach((bytes, i) => items[i]!.data = JSON.parse(decoder.decode(bytes as Uint8Array)));
  return items;
}

async function decode(codec: Codec, response: Response): Promise<unknown> {
  if (codec.format === "json") return await response.json();
  return codec.decode(new Uint8Array(await response.arrayBuffer()));
}
