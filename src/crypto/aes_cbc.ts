import { concatBytes, joinBytes } from "../util/bytes.ts";
import { type RandomSource, systemRandom } from "../util/random.ts";
import type { CipherParams } from "./cipher_params.ts";

const BLOCK = 16;

/** Ciphertexts of more bytes than this are decrypted in separate calls: joining them would copy them twice. */
const LARGE = 8 * 1024;

/**
 * Encrypts and decrypts payloads with AES-CBC through SubtleCrypto (RSL5). A ciphertext starts with its own random
 * initialisation vector and is padded per PKCS#7. The key is imported once, on first use.
 */
export class AesCbcCipher {
  /** The encoding step this cipher adds, for example `cipher+aes-256-cbc` (RSL4b). */
  readonly encoding: string;
  readonly #params: CipherParams;
  readonly #random: RandomSource;
  #key: Promise<CryptoKey> | undefined;
  #end: Promise<Uint8Array<ArrayBuffer>> | undefined;

  constructor(params: CipherParams, random: RandomSource = systemRandom) {
    this.#params = params;
    this.#random = random;
    this.encoding = `cipher+${params.algorithm}-${params.keyLength}-${params.mode}`;
  }

  /**
   * Encrypts a payload.
   *
   * @param plaintext The payload.
   * @param iv The initialisation vector. Defaults to 16 random bytes; tests pass their own.
   */
  async encrypt(
    plaintext: Uint8Array<ArrayBuffer>,
    iv: Uint8Array<ArrayBuffer> = this.#random.bytes(BLOCK),
  ): Promise<Uint8Array<ArrayBuffer>> {
    return encryptWith(await this.#imported(), plaintext, iv);
  }

  /**
   * Decrypts several ciphertexts, the small ones in a single call to SubtleCrypto, because its change of threads takes longer
   * than the cipher.
   *
   * @returns For each ciphertext, in order, the plaintext or an error: the ciphertext is cut, or was encrypted with another
   * key.
   */
  async decryptAll(
    ciphertexts: readonly Uint8Array<ArrayBuffer>[],
  ): Promise<(Uint8Array<ArrayBuffer> | Error)[]> {
    const key = await this.#imported();
    const results: (Uint8Array<ArrayBuffer> | Error)[] = new Array(ciphertexts.length);
    const alone: number[] = [];
    const together: number[] = [];
    ciphertexts.forEach(({ byteLength }, i) => {
      if (byteLength < 2 * BLOCK || byteLength % BLOCK !== 0) {
        results[i] = new Error(`A ciphertext of ${byteLength} bytes is cut`);
      } else (byteLength > LARGE ? alone : together).push(i);
    });
    if (together.length === 1) alone.push(together.pop()!);
    await Promise.all([
      ...alone.map(async (i) => results[i] = await decryptOne(ciphertexts[i]!, key)),
      this.#decryptJoined(ciphertexts, { which: together, key, results }),
    ]);
    return results;
  }

  // Decrypts ciphertexts as one. In CBC the vector of a block is the block before it, so ciphertexts that follow each other
  // with their vectors form one long ciphertext. In its plaintext, each vector except the first has become 16 bytes of noise.
  // The call succeeds because the padding at the end is valid in any case; the paddings inside are checked here.
  async #decryptJoined(
    ciphertexts: readonly Uint8Array<ArrayBuffer>[],
    { which, key, results }: {
      which: readonly number[];
      key: CryptoKey;
      results: (Uint8Array<ArrayBuffer> | Error)[];
    },
  ): Promise<void> {
    if (which.length === 0) return;
    const end = await (this.#end ??= encryptWith(key, new Uint8Array(), new Uint8Array(BLOCK)));
    const stream = joinBytes([...which.map((i) => ciphertexts[i]!), end]);
    const plaintext = await decryptWith(key, stream);
    let at = 0;
    for (const i of which) {
      const size = ciphertexts[i]!.byteLength;
      results[i] = withoutPadding(plaintext.subarray(at, at + size - BLOCK));
      at += size;
    }
  }

  #imported(): Promise<CryptoKey> {
    return this.#key ??= crypto.subtle.importKey("raw", this.#params.key, "AES-CBC", false, [
      "encrypt",
      "decrypt",
    ]);
  }
}

async function encryptWith(
  key: CryptoKey,
  plaintext: Uint8Array<ArrayBuffer>,
  iv: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const encrypted = await crypto.subtle.encrypt({ name: "AES-CBC", iv }, key, plaintext);
  return concatBytes(iv, new Uint8Array(encrypted));
}

async function decryptWith(
  key: CryptoKey,
  ciphertext: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = ciphertext.subarray(0, BLOCK);
  const rest = ciphertext.subarray(BLOCK);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv }, key, rest));
}

async function decryptOne(
  ciphertext: Uint8Array<ArrayBuffer>,
  key: CryptoKey,
): Promise<Uint8Array<ArrayBuffer> | Error> {
  try {
    return await decryptWith(key, ciphertext);
  } catch (cause) {
    return wrongKey(cause);
  }
}

/** Removes the padding of PKCS#7: each of its bytes is the length of the padding (RFC 5652, section 6.3). */
function withoutPadding(padded: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | Error {
  const padding = padded.at(-1)!;
  if (padding < 1 || padding > BLOCK) return wrongKey();
  const end = padded.byteLength - padding;
  for (let i = end; i < padded.byteLength; i++) if (padded[i] !== padding) return wrongKey();
  return padded.slice(0, end); // A copy: the buffer also contains other messages.
}

function wrongKey(cause?: unknown): Error {
  return new Error("It was altered, or encrypted with another key", { cause });
}
