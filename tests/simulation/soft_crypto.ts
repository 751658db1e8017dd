import { hmacKey } from "../../src/token/hmac.ts";
import { Chance, hash } from "./chance.ts";
import type { VirtualClock } from "./virtual_clock.ts";

type Bytes = Uint8Array<ArrayBuffer>;

interface SoftKey {
  raw: Bytes;
}

const BLOCK = 16;

/**
 * Functions in place of those of `crypto.subtle`, whose results would come from other threads at times that differ from run to run.
 * They protect nothing, but they keep the shapes: AES-CBC with blocks, chaining and padding, HMAC and digests of 32 bytes.
 *
 * @param done Called before a result is handed over; the world decides how long the work takes.
 */
function softSubtle(done: () => Promise<void>): Partial<SubtleCrypto> {
  const bytes = (source: BufferSource): Bytes =>
    source instanceof ArrayBuffer
      ? new Uint8Array(source)
      : new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength);
  const functions = {
    async importKey(_format: string, raw: BufferSource): Promise<SoftKey> {
      const key = { raw: bytes(raw).slice() };
      await done();
      return key;
    },
    async encrypt({ iv }: { iv: Bytes }, key: SoftKey, data: BufferSource) {
      const result = encrypt(key, iv, bytes(data));
      await done();
      return result.buffer;
    },
    async decrypt({ iv }: { iv: Bytes }, key: SoftKey, data: BufferSource) {
      const result = decrypt(key, iv, bytes(data));
      await done();
      if (result === undefined) throw new DOMException("Decryption failed", "OperationError");
      return result.buffer;
    },
    async sign(_how: string, key: SoftKey, data: BufferSource) {
      const result = digest(key.raw, bytes(data));
      await done();
      return result.buffer;
    },
    async verify(_how: string, key: SoftKey, mac: BufferSource, data: BufferSource) {
      const wanted = digest(key.raw, bytes(data));
      const given = bytes(mac);
      const isRight = given.length === wanted.length &&
        wanted.every((byte, index) => byte === given[index]);
      await done();
      return isRight;
    },
    async digest(_how: string, data: BufferSource) {
      const result = digest(new Uint8Array(), bytes(data));
      await done();
      return result.buffer;
    },
  };
  return functions as unknown as Partial<SubtleCrypto>;
}

/** Puts functions in place of those of `crypto.subtle`; the result puts the old ones back. */
function replaceSubtle(functions: Partial<SubtleCrypto>): () => void {
  const subtle = crypto.subtle as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(functions)) {
    Object.defineProperty(subtle, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const name of Object.keys(functions)) delete subtle[name];
  };
}

/** Puts functions with results in virtual time in place of the ciphers of the runtime, while a function runs. */
export async function withSoftCrypto<T>(
  { clock, seed, secret }: { clock: VirtualClock; seed: number; secret: string },
  run: () => Promise<T>,
): Promise<T> {
  const chance = new Chance("crypto", seed);
  let hasBegun = false;
  const done = () =>
    new Promise<void>((resolve) =>
      hasBegun && chance.oneIn(4)
        ? void clock.setTimeout(resolve, chance.below(chance.oneIn(8) ? 1_000 : 20))
        : resolve()
    );
  const restore = replaceSubtle(softSubtle(done));
  try {
    // The library imports a secret once. Every world must find it imported, not only those after the first one.
    await hmacKey(secret);
    hasBegun = true;
    return await run();
  } finally {
    restore();
  }
}

/** XORs each block with the block before it and with the key. */
function encrypt(key: SoftKey, iv: Bytes, data: Bytes): Bytes {
  const padding = BLOCK - data.length % BLOCK;
  const result = new Uint8Array(data.length + padding).fill(padding);
  result.set(data);
  for (let i = 0; i < result.length; i++) {
    const before = i < BLOCK ? iv[i]! : result[i - BLOCK]!;
    result[i] = result[i]! ^ before ^ key.raw[i % key.raw.length]!;
  }
  return result;
}

function decrypt(key: SoftKey, iv: Bytes, data: Bytes): Bytes | undefined {
  const result = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const before = i < BLOCK ? iv[i]! : data[i - BLOCK]!;
    result[i] = data[i]! ^ before ^ key.raw[i % key.raw.length]!;
  }
  const padding = result.at(-1) ?? 0;
  if (data.length % BLOCK !== 0 || padding < 1 || padding > BLOCK) return undefined;
  return result.slice(0, data.length - padding);
}

function digest(key: Bytes, data: Bytes): Bytes {
  const result = new Uint8Array(32);
  const view = new DataView(result.buffer);
  const text = `${String.fromCharCode(...key)}/${String.fromCharCode(...data)}`;
  for (let word = 0; word < 8; word++) view.setInt32(word * 4, hash(`${word}/${text}`));
  return result;
}
