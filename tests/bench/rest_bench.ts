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
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { fromBase64 } from "../../src/util/bytes.ts";
import { compare, type Contender, measured, processorTime } from "./support/compare.ts";
import {
  decode,
  headers,
  optionsOf,
  PUBLISHERS,
  restPublisher,
} from "./support/publish_contenders.ts";
import { startServer } from "./support/start_server.ts";

const KEY = new Uint8Array(32).fill(7);
const PAGES = 20;
const ITEMS = 1000;
const decoder = new TextDecoder();

await using server = await startServer("rest_server.ts");
const { port } = server;
const origin = `http://127.0.0.1:${port}`;

for (const codec of [jsonCodec, msgpackCodec]) {
  const { format } = codec;
  await compare(
    `publish ${format}, one after another`,
    () => Object.keys(PUBLISHERS).map((name) => measured(name, restPublisher(name, format, port))),
  );
  const own = new Rest(optionsOf(codec, port)).channels.get("c");
  const other = new Ably.Rest({ ...optionsOf(codec, port), logLevel: 0 }).channels.get("c");
  await compare(`history ${format}, an item of ${ITEMS}`, [
    reader("bare fetch", async () => {
      const items = await bareHistory("c", codec);
      for (const item of items) item.data = JSON.parse(item.data as string);
      return items;
    }),
    reader("@ably-edge/sdk", async () => (await own.history()).items),
    reader("ably", async () => (await other.history()).items),
  ]);
}

const cipher = { key: KEY };
const secret = new Rest(optionsOf(jsonCodec, port)).channels.get("secret", { cipher });
const otherSecret = new Ably.Rest({ ...optionsOf(jsonCodec, port), logLevel: 0 }).channels
  .get("secret", { cipher });
await compare(`history json, AES-256, an item of ${ITEMS}`, [
  reader("bare fetch", bareSecretHistory),
  reader("@ably-edge/sdk", async () => (await secret.history()).items),
  reader("ably", async () => (await otherSecret.history()).items),
]);

function reader(name: string, read: () => Promise<{ data?: unknown }[]>): Contender {
  const run = async () => {
    for (let i = 0; i < PAGES; i++) {
      const items = await read();
      const last = items[ITEMS - 1]!.data as { index: number };
      if (items.length !== ITEMS || last.index !== ITEMS - 1) throw new Error("Not the history");
    }
  };
  return { name, run: () => processorTime(PAGES * ITEMS, run) };
}

async function bareHistory(channel: string, codec: typeof jsonCodec) {
  const response = await fetch(`${origin}/channels/${channel}/messages`, {
    headers: headers(codec),
  });
  return await decode(codec, response) as { data?: unknown }[];
}

async function bareSecretHistory(): Promise<{ data?: unknown }[]> {
  const items = await bareHistory("secret", jsonCodec);
  // One call to SubtleCrypto for the whole page: there is no cheaper way.
  const cipher = new AesCbcCipher(getDefaultParams({ key: KEY }));
  const plain = await cipher.decryptAll(items.map(({ data }) => fromBase64(data as string)));
  plain.forEach((bytes, i) => items[i]!.data = JSON.parse(decoder.decode(bytes as Uint8Array)));
  return items;
}
