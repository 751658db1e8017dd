import { createTokenRequest } from "../../../src/token/mod.ts";

const KEY = "app.key:a-secret-of-the-usual-length-x";
const PARAMS = {
  clientId: "jim",
  capability: { "orders:jim": ["subscribe" as const] },
  ttl: 900_000,
};
const TEXT =
  'app.key\n900000\n{"orders:jim":["subscribe"]}\njim\n1700000000000\n0123456789abcdef\n';

const encoder = new TextEncoder();
let key: Promise<CryptoKey> | undefined;

async function bare(): Promise<void> {
  key ??= crypto.subtle.importKey(
    "raw",
    encoder.encode(KEY.split(":")[1]!),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  await crypto.subtle.sign("HMAC", await key, encoder.encode(TEXT));
}

// The clock of a Worker stands still while it computes, so the caller measures.
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const sign = pathname === "/bare" ? bare : () => createTokenRequest(KEY, PARAMS);
    for (let i = 0; i < Number(searchParams.get("n")); i++) await sign();
    return new Response("done");
  },
};
