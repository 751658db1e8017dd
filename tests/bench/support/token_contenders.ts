/**
 * The contenders for the cost of signing a token request, the floor first. They run in the process of a benchmark and in a
 * Worker.
 *
 * @module
 */
import * as Ably from "ably";
import { createTokenRequest, signJwt } from "../../../src/token/mod.ts";
import { toBase64 } from "../../../src/util/bytes.ts";
import type { Job } from "./realtime_contenders.ts";

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
let imported: CryptoKey | undefined;
let official: Ably.Rest | undefined;

/** Ways to sign, by name. */
export const SIGNERS: Record<string, () => Promise<unknown>> = {
  "bare token request": bareRequest,
  "bare subtle.sign": () => crypto.subtle.sign("HMAC", imported!, encoder.encode(TEXT)),
  "@ably-edge/sdk": () => createTokenRequest(KEY, PARAMS),
  "@ably-edge/sdk signJwt": () => signJwt(KEY, PARAMS),
  "ably": () => official!.auth.createTokenRequest(PARAMS),
};

/** Makes a contender that signs some requests at once, again and again. */
export async function signer(name: string, atOnce: number): Promise<Job> {
  imported ??= await crypto.subtle.importKey(
    "raw",
    encoder.encode(KEY.split(":")[1]!),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  official ??= new Ably.Rest({ key: KEY, logLevel: 0 });
  const sign = SIGNERS[name]!;
  return {
    units: UNITS,
    async work() {
      for (let done = 0; done < UNITS; done += atOnce) {
        if (atOnce === 1) await sign();
        else await Promise.all(Array.from({ length: atOnce }, sign));
      }
    },
    close: () => {},
  };
}

/** A complete token request without an SDK. */
async function bareRequest(): Promise<object> {
  const { clientId, ttl } = PARAMS;
  const capability = JSON.stringify(PARAMS.capability);
  const nonce = crypto.randomUUID();
  const timestamp = Date.now();
  const text = `app.key\n${ttl}\n${capability}\n${clientId}\n${timestamp}\n${nonce}\n`;
  const signature = await crypto.subtle.sign("HMAC", imported!, encoder.encode(text));
  const mac = toBase64(new Uint8Array(signature));
  return { keyName: "app.key", ttl, capability, clientId, timestamp, nonce, mac };
}
