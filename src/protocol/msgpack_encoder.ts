import { isBinary, toBytes } from "../util/bytes.ts";
import { jsonOf } from "../util/copy.ts";
import { Float64 } from "./float64.ts";

/** Text of at most this length is encoded in JavaScript, which is faster than `TextEncoder` for short text. */
const SHORT_TEXT = 128;
/** A buffer larger than this is not kept for the next value. */
const KEPT_BYTES = 0x10000;

const encoder = /* @__PURE__ */ new TextEncoder();
let idle: Writer | undefined;

/**
 * Encodes a value as MessagePack in the form that other clients of Ably expect: each value in its shortest form, whole numbers
 * as integers, no extensions, and no values that JSON leaves out.
 *
 * msgpackr would need a prepared copy of every value for this, is not faster with it, and its encoder would be an eighth of the
 * whole client by size.
 *
 * @throws {TypeError} If the value contains a bigint, for which JSON has no form.
 * @throws {RangeError} If it contains itself.
 */
export function encodeMsgpack(value: unknown): Uint8Array<ArrayBuffer> {
  // A toJSON() may call this function before the first call has ended, and then gets a writer of its own.
  const writer = idle ?? new Writer();
  idle = undefined;
  const bytes = writer.encode(value);
  if (bytes.length <= KEPT_BYTES) idle = writer;
  return bytes;
}

/** The forms of one kind of value. They differ in the size of the length or number that follows the first byte. */
interface Forms {
  /** The first byte of the form that holds a number below `limit` itself. */
  fix: number;
  limit: number;
  /** The first byte of the form with 16 more bits. That of the form with 32 more bits is the next one. */
  bits16: number;
  /** True if there is a form with 8 more bits. Its first byte is the one before. */
  has8Bits?: boolean;
}

const UNSIGNED: Forms = { fix: 0, limit: 0x80, bits16: 0xcd, has8Bits: true };
const TEXT: Forms = { fix: 0xa0, limit: 32, bits16: 0xda, has8Bits: true };
const BINARY: Forms = { fix: 0, limit: 0, bits16: 0xc5, has8Bits: true };
const ARRAY: Forms = { fix: 0x90, limit: 16, bits16: 0xdc };
const MAP: Forms = { fix: 0x80, limit: 16, bits16: 0xde };

class Writer {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  encode(value: unknown): Uint8Array<ArrayBuffer> {
    this.#end = 0;
    this.#value(jsonOf(value));
    return this.#bytes.slice(0, this.#end);
  }

  #value(value: unknown): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "boolean") this.#byte(value ? 0xc3 : 0xc2);
    else if (isAbsent(value) || value === null) this.#byte(0xc0);
    else if (isBinary(value)) this.#binary(toBytes(value));
    else if (Array.isArray(value)) this.#array(value);
    else if (value instanceof Float64) this.#float(value.value);
    else this.#object(value as Record<string, unknown>);
  }

  #number(value: number): void {
    this.#reserve(9);
    if (!Number.isFinite(value)) this.#put(0xc0, 1); // null, as in JSON.
    else if (!Number.isSafeInteger(value)) this.#float(value);
    else if (value > 0xffffffff || value < -0x80000000) {
      this.#view.setBigInt64(this.#end + 1, BigInt(value));
      this.#put(0xd3, 9);
    } else if (value >= 0) this.#head(value, UNSIGNED);
    else if (value >= -0x20) this.#put(value & 0xff, 1);
    else if (value >= -0x80) this.#sized(0xd0, value, 1);
    else if (value >= -0x8000) this.#sized(0xd1, value, 2);
    else this.#sized(0xd2, value, 4);
  }

  #float(value: number): void {
    this.#reserve(9);
    this.#view.setFloat64(this.#end + 1, value);
    this.#put(0xcb, 9);
  }

  #text(text: string): void {
    const { length } = text;
    this.#reserve(5 + 3 * length);
    if (length <= SHORT_TEXT && this.#shortAscii(text)) return;
    // The number of bytes is known only after encoding. Leave room for the usual case, as many bytes as characters; otherwise
    // move the text.
    const begin = this.#end;
    const guessed = begin + textHeadSize(length);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(guessed));
    const actual = begin + textHeadSize(written);
    if (actual !== guessed) this.#bytes.copyWithin(actual, guessed, guessed + written);
    this.#head(written, TEXT);
    this.#end += written;
  }

  #shortAscii(text: string): boolean {
    const { length } = text;
    const bytes = this.#bytes;
    const begin = this.#end + textHeadSize(length);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[begin + i] = code;
    }
    this.#head(length, TEXT);
    this.#end += length;
    return true;
  }

  #binary(bytes: Uint8Array): void {
    this.#head(bytes.length, BINARY);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #array(items: unknown[]): void {
    this.#head(items.length, ARRAY);
    for (const item of items) this.#value(jsonOf(item));
  }

  #object(object: Record<string, unknown>): void {
    if (typeof object === "bigint") throw new TypeError("A bigint cannot be encoded");
    const names = Object.keys(object);
    const members: unknown[] = new Array(names.length);
    let count = 0;
    for (let i = 0; i < names.length; i++) {
      members[i] = jsonOf(object[names[i]!]);
      if (!isAbsent(members[i])) count++;
    }
    this.#head(count, MAP);
    for (let i = 0; i < names.length; i++) {
      if (isAbsent(members[i])) continue;
      this.#text(names[i]!);
      this.#value(members[i]);
    }
  }

  #head(number: number, { fix, limit, bits16, has8Bits }: Forms): void {
    this.#reserve(5);
    if (number < limit) this.#put(fix | number, 1);
    else if (has8Bits && number <= 0xff) this.#sized(bits16 - 1, number, 1);
    else if (number <= 0xffff) this.#sized(bits16, number, 2);
    else this.#sized(bits16 + 1, number, 4);
  }

  /**
   * Writes a first byte, and a number of 1, 2 or 4 bytes. For a negative one, these are those of its two's complement. The caller
   * has reserved them.
   */
  #sized(first: number, number: number, size: number): void {
    const at = this.#end + 1;
    if (size === 1) this.#bytes[at] = number;
    else if (size === 2) this.#view.setUint16(at, number);
    else this.#view.setUint32(at, number);
    this.#put(first, 1 + size);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#put(value, 1);
  }

  /** Writes the first byte of a form. The caller has written the others. */
  #put(first: number, length: number): void {
    this.#bytes[this.#end] = first;
    this.#end += length;
  }

  #reserve(length: number): void {
    const wanted = this.#end + length;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function textHeadSize(bytes: number): number {
  return bytes < 32 ? 1 : bytes <= 0xff ? 2 : bytes <= 0xffff ? 3 : 5;
}

/** Whether JSON leaves a value out of objects and writes it as null in arrays. */
function isAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}
