import { fault, INVALID_CREDENTIAL } from "./faults.ts";
import { utf8 } from "../util/encode_bytes.ts";

/** An API key in its parts. */
export interface ApiKey {
  /** `appId.keyId`: not secret, sent in token requests and as `kid` of a JWT. */
  readonly name: string;
  /** What must never leave the server. */
  readonly secret: string;
}

/**
 * Splits an API key into name and secret (RSA11).
 *
 * @param key The key as the dashboard shows it, `appId.keyId:secret`.
 * @throws {ErrorInfo} 40005 if it is not an API key.
 */
export function parseKey(key: string): ApiKey {
  const [, name, secret] = /^([^.:\s]+\.[^.:\s]+):(\S+)$/.exec(key) ?? [];
  if (name !== undefined && secret !== undefined) return { name, secret };
  throw fault(
    INVALID_CREDENTIAL,
    "The API key is malformed",
    "Copy the whole key from your Ably dashboard: appId.keyId:secret.",
  );
}

const imported = new Map<string, Promise<CryptoKey>>();
const MAX_IMPORTED = 16;

/** The secret as a SubtleCrypto key for HMAC-SHA256, imported once for each of the secrets used last. */
export function hmacKey(secret: string): Promise<CryptoKey> {
  let key = imported.get(secret);
  if (key === undefined) {
    key = crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
      "verify",
    ]);
    if (imported.size >= MAX_IMPORTED) imported.delete(imported.keys().next().value!);
    imported.set(secret, key);
  }
  return key;
}

/** Signs text with HMAC-SHA256. */
export async function hmacSha256(secret: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await hmacKey(secret), utf8(text)));
}
