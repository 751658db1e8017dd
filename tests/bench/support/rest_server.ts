/**
 * A bare HTTP server for benchmarks, in a process of its own so that its work is not measured: takes what is published,
 * and answers with a prepared history. Prints its port.
 *
 * @module
 */
import { AesCbcCipher } from "../../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../../src/crypto/cipher_params.ts";
import type { Codec } from "../../../src/protocol/codec.ts";
import { jsonCodec } from "../../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../../src/protocol/msgpack_codec.ts";
import { toWireMessages } from "../../../src/protocol/to_wire_message.ts";

/** The key that encrypted histories are made with. */
const KEY = new Uint8Array(32).fill(7);
const ITEMS = 1000;

const histories = new Map<string, string | Uint8Array<ArrayBuffer>>();

async function history(
  codec: Codec,
  encrypted: boolean,
): Promise<string | Uint8Array<ArrayBuffer>> {
  const name = `${codec.format} ${encrypted}`;
  const prepared = histories.get(name);
  if (prepared !== undefined) return prepared;
  const cipher = encrypted ? new AesCbcCipher(getDefaultParams({ key: KEY })) : null;
  const messages = Array.from({ length: ITEMS }, (_, index) => ({
    name: "event",
    data: { text: "a payload of about one hundred bytes, as the table has it", index },
  }));
  const wire = await toWireMessages(messages, { format: codec.format, cipher });
  const encoded = codec.encode(wire.map((message, index) => ({
    ...message,
    id: `id:${index}`,
    clientId: "someone",
    connectionId: "connection",
    timestamp: 1_700_000_000_000 + index,
    serial: `0${index}`,
    action: 0,
    version: { serial: `0${index}`, timestamp: 1_700_000_000_000 + index },
  })));
  histories.set(name, encoded);
  return encoded;
}

const published = { channel: "c", messageId: "id", serials: ["serial"] };

Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(port) },
  async (request) => {
    const codec = request.headers.get("accept") === msgpackCodec.contentType
      ? msgpackCodec
      : jsonCodec;
    const headers = { "content-type": codec.contentType };
    if (request.method === "POST") {
      await request.arrayBuffer();
      return new Response(codec.encode(published), { status: 201, headers });
    }
    const encrypted = new URL(request.url).pathname.includes("secret");
    return new Response(await history(codec, encrypted), { headers });
  },
);
