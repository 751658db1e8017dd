import { concatBytes, joinBytes } from "../util/bytes.ts";
import { systemRandom } from "../util/random.ts";
import { batched } from "./batched.ts";
import type { CipherParams } from "./cipher_params.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK = 16;
const NAME = "AES-CBC";
const encoder = new TextEncoder();

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
   * Encrypts payloads. Text is encrypted as UTF-8.
   *
   * @returns The ciphertexts, in order. They share buffers.
   */
  readonly encryptAll: (plaintexts: readonly (string | Bytes)[]) => Promise<Bytes[]>;
  /**
   * Decrypts ciphertexts.
   *
   * @returns For each ciphertext, in order, the plaintext or an error: the ciphertext is cut, or was encrypted with another
   * key. The plaintexts share buffers.
   */
  readonly decryptAll: (ciphertexts: readonly Bytes[]) => Promise<(Bytes | Error)[]>;

  constructor({ algorithm, keyLength, mode, key: raw }: CipherParams, random = systemRandom) {
    this.encoding = `cipher+${algorithm}-${keyLength}-${mode}`;
    let imported: Promise<Key> | undefined;
    const key = () => imported ??= importKey(raw);
    this.encryptAll = batched(async (plaintexts) =>
      encryptJoined(plaintexts, (await key()).key, random.bytes(BLOCK * plaintexts.length))
    );
    this.decryptAll = batched(async (ciphertexts) => decryptJoined(ciphertexts, await key()));
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
  plaintexts: readonly (string | Bytes)[],
  key: CryptoKey,
  random: Bytes,
): Promise<Bytes[]> {
  // No character takes more than three bytes.
  const most = plaintexts.reduce((sum, { length }) => sum + 3 * length + 2 * BLOCK, 0);
  const stream = new Uint8Array(most);
  let end = 0;
  let padding = 0;
  const ends = plaintexts.map((plaintext, index) => {
    stream.set(random.subarray(BLOCK * index, BLOCK * (index + 1)), end);
    end += BLOCK;
    end += write(plaintext, stream.subarray(end));
    padding = BLOCK - end % BLOCK;
    stream.fill(padding, end, end + padding);
    return end += padding;
  });
  const iv = stream.subarray(0, BLOCK);
  const payload = stream.subarray(BLOCK, end - padding); // The platform adds the last padding itself.
  const encrypted = await crypto.subtle.encrypt({ name: NAME, iv }, key, payload);
  const joined = concatBytes(iv, new Uint8Array(encrypted));
  return ends.map((end, index) => joined.subarray(ends[index - 1] ?? 0, end));
}

/** Writes a payload, and returns the number of bytes. */
function write(payload: string | Bytes, target: Bytes): number {
  if (typeof payload === "string") return encoder.encodeInto(payload, target).written;
  target.set(payload);
  return payload.length;
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
