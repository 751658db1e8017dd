import { concatBytes } from "../util/bytes.ts";
import { type RandomSource, systemRandom } from "../util/random.ts";
import type { CipherParams } from "./cipher_params.ts";

const BLOCK = 16;

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

  constructor(params: CipherParams, random: RandomSource = systemRandom) {
    this.#params = params;
    this.#random = random;
    this.encoding = `cipher+${params.algorithm}-${params.keyLength}-${params.mode}`;
  }

  /**
   * Encrypts.
   *
   * @param plaintext What to encrypt.
   * @param iv The initialisation vector: 16 fresh random bytes unless a test says otherwise.
   */
  async encrypt(
    plaintext: Uint8Array<ArrayBuffer>,
    iv = this.#random.bytes(BLOCK),
  ): Promise<Uint8Array<ArrayBuffer>> {
    const encrypted = await crypto.subtle.encrypt(
      { name: "AES-CBC", iv },
      await this.#imported(),
      plaintext,
    );
    return concatBytes(iv, new Uint8Array(encrypted));
  }

  /**
   * Decrypts.
   *
   * @throws If the ciphertext is cut, or was encrypted with another key.
   */
  async decrypt(ciphertext: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const iv = ciphertext.subarray(0, BLOCK);
    const decrypted = await crypto.subtle.decrypt(
      { name: "AES-CBC", iv },
      await this.#imported(),
      ciphertext.subarray(BLOCK),
    );
    return new Uint8Array(decrypted);
  }

  #imported(): Promise<CryptoKey> {
    return this.#key ??= crypto.subtle.importKey("raw", this.#params.key, "AES-CBC", false, [
      "encrypt",
      "decrypt",
    ]);
  }
}
