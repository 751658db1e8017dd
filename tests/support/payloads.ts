import type { AesCbcCipher } from "../../src/crypto/aes_cbc.ts";
import { type EncodeOptions, encodePayload } from "../../src/encoding/chain.ts";

/** A payload in wire form. */
export interface EncodedPayload {
  data?: string | Uint8Array<ArrayBuffer>;
  encoding?: string;
}

/** Encodes a payload as it would be in a message. */
export function encodedPayload(
  data: unknown,
  encoding: string | null | undefined,
  options: EncodeOptions,
): EncodedPayload | Promise<EncodedPayload> {
  return encodePayload<EncodedPayload>({}, { data, encoding }, options);
}

/** Encrypts one payload. */
export async function encryptOne(
  cipher: AesCbcCipher,
  plaintext: string | Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const [ciphertext] = await cipher.encryptAll([plaintext]);
  return ciphertext!;
}
