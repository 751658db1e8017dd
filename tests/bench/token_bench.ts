/**
 * The cost of signing a token request: a bare `crypto.subtle.sign` of the same text (the floor), this SDK, and `ably`.
 * Measured is the time that passes: SubtleCrypto works on another thread.
 *
 * @module
 */
import * as Ably from "ably";
import { createTokenRequest, signJwt } from "../../src/token/mod.ts";
import { toBase64 } from "../../src/util/bytes.ts";
import { compare, type Contender } from "./support/compare.ts";

const UNITS = 2_000;
const AT_ONCE = 50;
const KEY = "app.key:a-secret-of-the-usual-length-x";
const PARAMS = {
  clientId: "jim",
  capability: { "orders:jim": ["subscribe" as const] },
  ttl: 900_000,
};
const TEXT =
  'app.key\n900000\n{"orders:jim":["subscribe"]}\njim\n1700000000000\n0123456789abcdef\n';

const encoder = new TextEncoder();
const key = await crypto.subtle.importKey(
  "raw",
  encoder.encode(KEY.split(":")[1]!),
  { name: "HMAC", hash: "SHA-256" },
  false,
  ["sign"],
);
const official = new Ably.Rest({ key: KEY, logLevel: 0 });

for (const atOnce of [1, AT_ONCE]) {
  const signer = (name: string, sign: () => Promise<unknown>) => signing(name, sign, atOnce);
  await compare(`createTokenRequest, ${atOnce === 1 ? "one after another" : `${atOnce} at once`}`, [
    signer("bare subtle.sign", () => crypto.subtle.sign("HMAC", key, encoder.encode(TEXT))),
    signer("bare token request", bareRequest),
    signer("@ably-edge/sdk", () => createTokenRequest(KEY, PARAMS)),
    signer("@ably-edge/sdk signJwt", () => signJwt(KEY, PARAMS)),
    signer("ably", () => official.auth.createTokenRequest(PARAMS)),
  ]);
}

/** A complete token request without an SDK. */
async function bareRequest(): Promise<object> {
  const { clientId, ttl } = PARAMS;
  const capability = JSON.stringify(PARAMS.capability);
  const nonce = crypto.randomUUID();
  const timestamp = Date.now();
  const text = `app.key\n${ttl}\n${capability}\n${clientId}\n${timestamp}\n${nonce}\n`;
  const signature = await crypto.subtle.sign("HMAC", key, encoder.encode(text));
  const mac = toBase64(new Uint8Array(signature));
  return { keyName: "app.key", ttl, capability, clientId, timestamp, nonce, mac };
}

// A Worker can't measure itself; Deno does it from outside, where it starts workerd.
if (navigator.userAgent.startsWith("Deno/")) {
  const { startWorker } = await import("./support/start_worker.ts");
  await using worker = await startWorker(new URL("support/token_worker.ts", import.meta.url));
  await compare("createTokenRequest in workerd, one after another", [
    remote("bare subtle.sign", `${worker.origin}/bare?n=${UNITS}`),
    remote("@ably-edge/sdk", `${worker.origin}/sdk?n=${UNITS}`),
  ]);
}

function remote(name: string, url: string): Contender {
  return {
    name,
    async run() {
      const start = performance.now();
      await (await fetch(url)).text();
      return (performance.now() - start) * 1_000 / UNITS;
    },
  };
}

function signing(name: string, sign: () => Promise<unknown>, atOnce: number): Contender {
  return {
    name,
    async run() {
      const start = performance.now();
      for (let done = 0; done < UNITS; done += atOnce) {
        await Promise.all(Array.from({ length: atOnce }, sign));
      }
      return (performance.now() - start) * 1_000 / UNITS;
    },
  };
}
