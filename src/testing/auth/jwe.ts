import {
  concatBytes,
  fromBase64Lenient,
  fromUtf8Strict,
  toBase64Url,
  utf8,
} from "../../util/bytes.ts";
import type { RandomSource } from "../../util/random.ts";

const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/**
 * Encrypts a signed JWT for holders of the key: a JWE in compact form (RFC 7516), `dir` with A256GCM, under the SHA-256 of the
 * key's secret. Ably's own form is not documented; this one is shared by the local service and its echo server.
 */
export async function sealJwt(
  jwt: string,
  { keyName, secret, random }: { keyName: string; secret: string; random: RandomSource },
): Promise<string> {
  const header = { alg: "dir", enc: "A256GCM", cty: "JWT", kid: keyName };
  const head = toBase64Url(utf8(JSON.stringify(header)));
  const iv = random.bytes(IV_LENGTH) as Uint8Array<ArrayBuffer>;
  const algorithm = { name: "AES-GCM", iv, additionalData: utf8(head) };
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt(algorithm, await contentKey(secret), utf8(jwt)),
  );
  const parts = [iv, sealed.subarray(0, -TAG_LENGTH), sealed.subarray(-TAG_LENGTH)];
  return [head, "", ...parts.map((part) => toBase64Url(part))].join(".");
}

/** The JWT inside; undefined if it was not encrypted with this secret. */
export async function openJwt(jwe: string, secret: string): Promise<string | undefined> {
  const [head = "", , ...parts] = jwe.split(".");
  try {
    const [iv, text, tag] = parts.map(fromBase64Lenient);
    const algorithm = { name: "AES-GCM", iv: iv!, additionalData: utf8(head) };
    const sealed = concatBytes(text!, tag!);
    return fromUtf8Strict(
      await crypto.subtle.decrypt(algorithm, await contentKey(secret), sealed),
    );
  } catch {
    return undefined;
  }
}

async function contentKey(secret: string): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(secret));
  return await crypto.subtle.importKey("raw", digest, "AES-GCM", false, ["encrypt", "decrypt"]);
}
