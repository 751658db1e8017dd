import { joinBytes } from "../util/bytes.ts";
import { type RandomSource, systemRandom } from "../util/random.ts";
import { batched } from "./batched.ts";
import type { CipherParams } from "./cipher_params.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK = 16;
const NAME = "AES-CBC";

/** The most payloads that are joined for one call to SubtleCrypto. More would save nothing, and the first would wait longer. */
const JOINED = 100;

/**
 * Encrypts and decrypts payloads with AES-CBC through SubtleCrypto (RSL5b). A ciphertext starts with its own random
 * initialisation vector and is padded per PKCS#7. The key is imported once, on first use.
 *
 * Payloads that come together are joined, and encrypted or decrypted in one call. In CBC the vector of a block is the block
 * before it, so ciphertexts that follow each other with their vectors form one long ciphertext.
 */
export class AesCbcCipher {
  /** The encoding step this cipher adds, for example `cipher+aes-256-cbc` (RSL4b). */
  readonly encoding: string;
  /**
   * Encrypts a payload.
   *
   * @returns The ciphertext, which may share its buffer with others.
   */
  readonly encrypt: (plaintext: Bytes) => Promise<Bytes>;
  /**
   * Decrypts several ciphertexts.
   *
   * @returns For each ciphertext, in order, the plaintext or an error: the ciphertext is cut, or was encrypted with another
   * key. Plaintexts share buffers.
   */
  readonly decryptAll: (ciphertexts: readonly Bytes[]) => Promise<(Bytes | Error)[]>;
  readonly #rawKey: Bytes;
  #key: Promise<Key> | undefined;

  constructor(
    { algorithm, keyLength, mode, key }: CipherParams,
    random: RandomSource = systemRandom,
  ) {
    this.encoding = `cipher+${algorithm}-${keyLength}-${mode}`;
    this.#rawKey = key;
    this.encrypt = batched((plaintexts) =>
      this.#inGroups(
        plaintexts,
        (group, { key }) => encryptJoined(group, key, random.bytes(BLOCK * group.length)),
      )
    );
    this.decryptAll = batched(async (lists: (readonly Bytes[])[]) => {
      const results = await this.#inGroups(lists.flat(), decryptJoined);
      let next = 0;
      return lists.map(({ length }) => results.slice(next, next += length));
    });
  }

  async #inGroups<Out>(
    payloads: readonly Bytes[],
    work: (group: readonly Bytes[], key: Key) => Promise<Out[]>,
  ): Promise<Out[]> {
    const key = await (this.#key ??= importKey(this.#rawKey));
    const groups: Promise<Out[]>[] = [];
    for (let at = 0; at < payloads.length; at += JOINED) {
      groups.push(work(payloads.slice(at, at + JOINED), key));
    }
    return (await Promise.all(groups)).flat() as Out[];
  }
}

/** A key that was imported. */
interface Key {
  readonly key: CryptoKey;
  /** The ciphertext of an empty payload. */
  readonly end: Bytes;
}

async function importKey(raw: Bytes): Promise<Key> {
  const key = await crypto.subtle.importKey("raw", raw, NAME, false, ["encrypt", "decrypt"]);
  const [end] = await encryptJoined([new Uint8Array()], key, new Uint8Array(BLOCK));
  return { key, end: end! };
}

/**
 * Encrypts payloads as one. The first vector is random. Before each further payload stands a random block: encrypted, it is as
 * random as before, and the vector of that payload.
 *
 * @param random A block for each payload.
 */
async function encryptJoined(
  plaintexts: readonly Bytes[],
  key: CryptoKey,
  random: Bytes,
): Promise<Bytes[]> {
  const stream = new Uint8Array(plaintexts.reduce((sum, one) => sum + ciphertextSize(one), 0));
  let at = 0;
  const ciphertexts = plaintexts.map((plaintext, index) => {
    const padding = BLOCK - plaintext.byteLength % BLOCK;
    const ciphertext = stream.subarray(at, at += ciphertextSize(plaintext));
    ciphertext.set(random.subarray(BLOCK * index, BLOCK * (index + 1)));
    ciphertext.set(plaintext, BLOCK);
    ciphertext.fill(padding, -padding);
    return ciphertext;
  });
  const iv = stream.subarray(0, BLOCK);
  const payload = stream.subarray(BLOCK, -stream.at(-1)!); // The platform adds the last padding itself.
  const encrypted = await crypto.subtle.encrypt({ name: NAME, iv }, key, payload);
  stream.set(new Uint8Array(encrypted), BLOCK);
  return ciphertexts;
}

function ciphertextSize({ byteLength }: Bytes): number {
  return byteLength - byteLength % BLOCK + 2 * BLOCK;
}

/**
 * Decrypts ciphertexts as one. In the plaintext, each vector except the first has become 16 bytes of noise. The platform checks
 * the padding at the end only, and there it is valid even if a ciphertext is of another key.
 */
async function decryptJoined(
  ciphertexts: readonly Bytes[],
  { key, end }: Key,
): Promise<(Bytes | Error)[]> {
  const stream = joinBytes([...ciphertexts.filter(isWhole), end]);
  const iv = stream.subarray(0, BLOCK);
  const decrypted = await crypto.subtle.decrypt({ name: NAME, iv }, key, stream.subarray(BLOCK));
  let at = 0;
  return ciphertexts.map((ciphertext) => {
    const { byteLength } = ciphertext;
    if (!isWhole(ciphertext)) return new Error(`A ciphertext of ${byteLength} bytes is cut`);
    const padded = new Uint8Array(decrypted, at, byteLength - BLOCK);
    at += byteLength;
    return withoutPadding(padded);
  });
}

function isWhole({ byteLength }: Bytes): boolean {
  return byteLength >= 2 * BLOCK && byteLength % BLOCK === 0;
}

/** Removes the padding of PKCS#7: each of its bytes is the length of the padding (RFC 5652, section 6.3). */
function withoutPadding(padded: Bytes): Bytes | Error {
  const padding = padded.at(-1)!;
  const rest = padded.subarray(0, -padding);
  return padding > 0 && padding <= BLOCK &&
      padded.subarray(-padding).every((byte) => byte === padding)
    ? rest
    : new Error("It was altered, or encrypted with another key");
}
