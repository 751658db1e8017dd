import { utf8 } from "../util/encode_bytes.ts";

const imported = new Map<string, CryptoKey>();
const MAX_IMPORTED = 16;

/**
 * The secret as a SubtleCrypto key for HMAC-SHA256. Keys of the most recent secrets are kept, so that each is imported once.
 */
export async function hmacKey(secret: string): Promise<CryptoKey> {
  return imported.get(secret) ?? await importKey(secret);
}

async function importKey(secret: string): Promise<CryptoKey> {
  const how = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8(secret), how, false, ["sign", "verify"]);
  if (imported.size >= MAX_IMPORTED) imported.delete(imported.keys().next().value!);
  imported.set(secret, key);
  return key;
}

/** Signs text with HMAC-SHA256. */
export async function hmacSha256(secret: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await signature(secret, text));
}

/** The same, but it returns the promise of SubtleCrypto itself, for calls where each microsecond counts. */
export function signature(secret: string, text: string): Promise<ArrayBuffer> {
  const key = imported.get(secret);
  const sign = (key: CryptoKey) => crypto.subtle.sign("HMAC", key, utf8(text));
  return key ? sign(key) : importKey(secret).then(sign);
}
