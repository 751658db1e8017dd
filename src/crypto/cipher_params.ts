import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { type BinaryLike, fromBase64Lenient, isBinary, toBytes } from "../util/bytes.ts";
import { type RandomSource, systemRandom } from "../util/random.ts";
import { readMembers, type Rule, type Shape } from "../util/read_members.ts";

/** The encryption parameters of a channel (TZ1). */
export interface CipherParams {
  /** The algorithm; only `"aes"` is supported (TZ2a). */
  algorithm: "aes";
  /** The length of the key in bits: 128 or 256 (TZ2b). */
  keyLength: 128 | 256;
  /** The key (TZ2d). */
  key: Uint8Array<ArrayBuffer>;
  /** The cipher mode; only `"cbc"` is supported (TZ2c). */
  mode: "cbc";
}

/** The argument of `Crypto.getDefaultParams` (CO1). */
export interface CipherParamOptions {
  /** The key as bytes, or as base64 or base64url text (CO2b). */
  key: BinaryLike | string;
  /** `"aes"`, in any case; the default (CO2a). */
  algorithm?: string | null;
  /** The length of the key in bits; must agree with the key (CO2c). */
  keyLength?: number | null;
  /** `"cbc"`, in any case; the default (C02d). */
  mode?: string | null;
}

const OPTIONS: Shape<CipherParamOptions> = {
  what: "The cipher params",
  names: { key: true, algorithm: only("aes"), keyLength: "number", mode: only("cbc") },
};

/** A rule for the one word that is possible, in upper or lower case. */
function only(word: string): Rule {
  return {
    allows: (value) => typeof value === "string" && value.toLowerCase() === word,
    text: `"${word}"`,
    areWords: true,
  };
}

/**
 * Completes and checks cipher parameters (RSE1).
 *
 * @throws {ErrorInfo} 40003 if the key cannot be read, its length does not fit AES, or the options contradict each other.
 */
export function getDefaultParams(options: CipherParamOptions): CipherParams {
  const given = readMembers(options, OPTIONS);
  const key = keyBytes(given.key);
  const keyLength = key.byteLength * 8; // RSE1d
  if (keyLength !== 128 && keyLength !== 256) { // RSL5b, RSE1e
    throw invalidCipherParams(
      `The cipher key has ${keyLength} bits; AES takes 128 or 256`,
      "Make a key with Crypto.generateRandomKey().",
    );
  }
  if (given.keyLength !== undefined && given.keyLength !== keyLength) {
    throw invalidCipherParams(
      `The cipher key has ${keyLength} bits, but keyLength is ${given.keyLength}`,
      "Leave keyLength out.",
    );
  }
  return { algorithm: "aes", keyLength, key, mode: "cbc" }; // RSE1a
}

/**
 * Draws a random key (RSE2).
 *
 * @param keyLength The length in bits: 256 by default (RSE2a).
 * @param random The source of the random bytes.
 * @throws {ErrorInfo} 40003 if AES takes no keys of that length.
 */
export async function generateRandomKey(
  keyLength: number | null = 256,
  random: RandomSource = systemRandom,
): Promise<Uint8Array<ArrayBuffer>> {
  const bits = keyLength ?? 256;
  if (bits === 128 || bits === 256) return random.bytes(bits / 8);
  throw invalidCipherParams(`AES takes no keys of ${String(bits)} bits`, "Ask for 128 or 256.");
}

function keyBytes(key: unknown): Uint8Array<ArrayBuffer> {
  // A copy: the key is imported on first use, and the caller may have erased its own by then.
  if (isBinary(key)) return toBytes(key).slice();
  if (typeof key === "string") {
    try {
      return fromBase64Lenient(key);
    } catch {
      throw invalidCipherParams(
        "The cipher key is not base64",
        "Give the key as bytes, base64 or base64url.",
      );
    }
  }
  throw invalidCipherParams(
    "The cipher key is missing",
    "Give the key as bytes, base64 or base64url.",
  );
}

function invalidCipherParams(message: string, remediation: string): ErrorInfo {
  return createError(ErrorCode.InvalidParameter, message, remediation);
}
