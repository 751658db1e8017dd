/**
 * The cost of signing a token request: a bare `crypto.subtle.sign` of the same text (the floor), this SDK, and `ably`.
 * Measured is the time that passes: SubtleCrypto works on another thread.
 *
 * @module
 */
import * as Ably from "ably";
import { createTokenRequest, signJwt } from "../../src/token/mod.ts";
import { compare, type Contender } from "./support/compare.ts";

const UNITS = 2_000;
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

await compare("createTokenRequest, one after another", [
  signer("bare subtle.sign", () => crypto.subtle.sign("HMAC", key, encoder.encode(TEXT))),
  signer("@ably-edge/sdk", () => createTokenRequest(KEY, PARAMS)),
  signer("@ably-edge/sdk signJwt", () => signJwt(KEY, PARAMS)),
  signer("ably", () => official.auth.createTokenRequest(PARAMS)),
]);

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

function signer(name: string, sign: () => Promise<unknown>): Contender {
  return {
    name,
    async run() {
      const start = performance.now();
      for (let i = 0; i < UNITS; i++) await sign();
      return (performance.now() - start) * 1_000 / UNITS;
    },
  };
}
