import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { ADD, defaultCodeTable, ENTRY_SIZE, NONE, RUN } from "./code_table.ts";

/** The limits of {@linkcode decodeVcdiff}. */
export interface VcdiffOptions {
  /** The largest result, in bytes. Defaults to 16 MiB. A delta of a few bytes can ask for gigabytes. */
  maxSize?: number | null;
}

const DEFAULT_MAX_SIZE = 16 * 1024 * 1024;
/**
 * The most windows in a delta. Encoders make windows of at least some kilobytes, but a hostile delta could have a million empty
 * ones, each of which would cost a new address cache.
 */
const MAX_WINDOWS = 10_000;

const MAGIC = [0xd6, 0xc3, 0xc4];
/** The version that open-vcdiff writes when checksums or interleaved sections are on. That of the RFC is 0. */
const OPEN_VCDIFF = 0x53;

/**
 * Applies a delta in VCDIFF (RFC 3284) to its base, with the default code table, all kinds of windows, and the Adler-32
 * checksums of xdelta3 and open-vcdiff, which are verified. Windows with secondary compression and custom code tables are
 * refused. Safe on hostile input: the time is linear in the delta and the result, and the memory is limited by `maxSize`.
 *
 * @param delta The delta.
 * @param base The payload that it was made against.
 * @param options The limits.
 * @returns The result, in memory of its own.
 * @throws {ErrorInfo} 40018, and no other error, if the delta is damaged, unsupported, too large or made for another base
 * (RTL18).
 */
export function decodeVcdiff(
  delta: Uint8Array,
  base: Uint8Array,
  options?: VcdiffOptions | null,
): Uint8Array<ArrayBuffer> {
  const maxSize = options?.maxSize ?? DEFAULT_MAX_SIZE;
  const reader = new Reader(delta, 0, delta.byteLength);
  const isOpenVcdiff = readHeader(reader);
  const windows: Window[] = [];
  let size = 0;
  while (reader.at < reader.end) {
    const window = readWindow(reader, { isOpenVcdiff, baseSize: base.byteLength, start: size });
    windows.push(window);
    size = window.end;
    if (size > maxSize) throw failed(`its result has more than ${maxSize} bytes`);
    if (windows.length > MAX_WINDOWS) throw failed(`it has more than ${MAX_WINDOWS} windows`);
  }
  const target = new Uint8Array(size);
  for (const window of windows) applyWindow(window, { base, target });
  return target;
}

/** A stretch of the target, with the sections that describe it (RFC 3284, section 4.2). */
interface Window {
  readonly start: number;
  readonly end: number;
  /** Whether copies read from the base; otherwise they read from the target built so far. */
  readonly fromBase: boolean;
  readonly sourceStart: number;
  readonly sourceSize: number;
  /** The Adler-32 of the stretch, if the delta has one. */
  readonly checksum: number | undefined;
  /**
   * The sections: bytes to add, instructions, addresses to copy from. They are the same reader if the delta interleaves them.
   */
  readonly data: Reader;
  readonly instructions: Reader;
  readonly copies: Reader;
}

/** A range of the delta that is read from start to end. */
class Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw failed("it ends early");
    return this.bytes[this.at++]!;
  }

  /** An integer in base 128, the highest digit first (RFC 3284, section 2). */
  integer(limit = 0x7fffffff): number {
    let value = 0;
    let digit: number;
    do {
      digit = this.byte();
      value = value * 128 + (digit & 0x7f);
      if (value > limit) throw failed("a number in it is too large");
    } while (digit >= 128);
    return value;
  }

  /** Skips bytes and returns their position. */
  skip(size: number): number {
    const start = this.at;
    if (size > this.end - start) throw failed("it ends early");
    this.at = start + size;
    return start;
  }

  /** A reader of the next bytes, which this one skips. */
  part(size: number): Reader {
    const start = this.skip(size);
    return new Reader(this.bytes, start, this.at);
  }
}

/** Reads the header; returns whether the delta is in the form of open-vcdiff. */
function readHeader(reader: Reader): boolean {
  for (const byte of MAGIC) {
    if (reader.byte() !== byte) throw failed("it is not in the VCDIFF format");
  }
  const version = reader.byte();
  const isOpenVcdiff = version === OPEN_VCDIFF;
  if (version !== 0 && !isOpenVcdiff) {
    throw failed(`its VCDIFF version ${version} is not supported`);
  }
  const indicator = reader.byte();
  if (indicator & 2) throw failed("custom code tables are not supported");
  if (indicator > 7) throw failed("its header has unknown flags");
  // RFC 3284, section 4.1: the header names a compressor, but each window says whether it was compressed. So skip the name.
  if (indicator & 1) reader.byte();
  if (indicator & 4) reader.skip(reader.integer()); // Data of the application.
  return isOpenVcdiff;
}

function readWindow(
  reader: Reader,
  { isOpenVcdiff, baseSize, start }: { isOpenVcdiff: boolean; baseSize: number; start: number },
): Window {
  const indicator = reader.byte();
  // Copies read from the base (1), or from the target (2), but not from both.
  const from = indicator & 3;
  if (indicator > 7 || from === 3) throw failed("a window has unknown flags");
  const fromBase = from === 1;
  const sourceSize = from ? reader.integer() : 0;
  const sourceStart = from ? reader.integer() : 0;
  const available = fromBase ? baseSize : start;
  if (sourceStart + sourceSize > available) {
    throw failed(`it reads byte ${sourceStart + sourceSize} of ${available}`);
  }
  const body = reader.part(reader.integer());
  const end = start + body.integer();
  if (body.byte() !== 0) throw failed("secondary compression is not supported");
  const dataSize = body.integer();
  const instructionsSize = body.integer();
  const copiesSize = body.integer();
  const checksum = indicator & 4 ? readChecksum(body, isOpenVcdiff) : undefined;
  let data = body.part(dataSize);
  const instructions = body.part(instructionsSize);
  let copies = body.part(copiesSize);
  if (body.at !== body.end) throw failed("the lengths of a window contradict each other");
  if (isOpenVcdiff && dataSize + copiesSize === 0) data = copies = instructions;
  return { start, end, fromBase, sourceStart, sourceSize, checksum, data, instructions, copies };
}

// Not in the RFC: xdelta3 writes four bytes, open-vcdiff an integer of variable length.
function readChecksum(body: Reader, isOpenVcdiff: boolean): number {
  if (isOpenVcdiff) return body.integer(0xffffffff);
  return (body.byte() << 24 | body.byte() << 16 | body.byte() << 8 | body.byte()) >>> 0;
}

function applyWindow(
  { start, end, fromBase, sourceStart, sourceSize, checksum, data, instructions, copies }: Window,
  { base, target }: { base: Uint8Array; target: Uint8Array<ArrayBuffer> },
): void {
  const source = fromBase ? base : target;
  const table = defaultCodeTable();
  addresses.fill(0);
  let near = 0;
  let at = start;
  while (instructions.at < instructions.end) {
    const entry = instructions.byte() * ENTRY_SIZE;
    for (let i = entry; i < entry + ENTRY_SIZE; i += 3) {
      const type = table[i]!;
      if (type === NONE) continue;
      const size = table[i + 1]! || instructions.integer();
      if (size > end - at) throw failed("an instruction reaches beyond its window");
      if (type === ADD) copyBytes(data.bytes, data.skip(size), target, at, size);
      else if (type === RUN) target.fill(data.byte(), at, at + size);
      else {
        // RFC 3284, section 3: the addresses of the source segment and of the window so far form one range.
        const here = sourceSize + at - start;
        const address = readAddress(copies, table[i + 2]!, here);
        if (address < 0 || address >= here) {
          throw failed("it copies from an address that does not exist");
        }
        addresses[near] = addresses[NEAR + address % SAME] = address;
        near = (near + 1) % NEAR;
        const fromSource = Math.min(Math.max(sourceSize - address, 0), size);
        copyBytes(source, sourceStart + address, target, at, fromSource);
        const first = start + address + fromSource - sourceSize;
        for (let done = fromSource; done < size;) {
          // If the ranges overlap, bytes that were just copied are copied again.
          const chunk = Math.min(size - done, at + done - first);
          copyBytes(target, first, target, at + done, chunk);
          done += chunk;
        }
      }
      at += size;
    }
  }
  if (at !== end || data.at !== data.end || copies.at !== copies.end) {
    throw failed("the instructions of a window do not match its size");
  }
  if (checksum !== undefined && adler32(target, start, end) !== checksum) {
    throw failed("the checksum of its result is wrong");
  }
}

// The parameters are separate, because an object for each instruction would be slow.
function copyBytes(
  from: Uint8Array,
  start: number,
  to: Uint8Array,
  at: number,
  size: number,
): void {
  // Below this number of bytes, a loop is faster than a call of `set`.
  if (size < 32) { for (let i = 0; i < size; i++) to[at + i] = from[start + i]!; }
  else to.set(from.subarray(start, start + size), at);
}

const NEAR = 4;
const SAME = 3 * 256;

/**
 * The most recent addresses, which later addresses refer to (RFC 3284, section 5.1): the last ones, and then one for each
 * remainder. One array is reused, because making it takes longer than applying a small delta.
 */
const addresses = new Uint32Array(NEAR + SAME);

function readAddress(copies: Reader, mode: number, here: number): number {
  if (mode >= 2 + NEAR) return addresses[NEAR + (mode - 2 - NEAR) * 256 + copies.byte()]!;
  const value = copies.integer();
  if (mode === 0) return value;
  return mode === 1 ? here - value : addresses[mode - 2]! + value;
}

function adler32(bytes: Uint8Array, start: number, end: number): number {
  let a = 1;
  let b = 0;
  for (let i = start; i < end;) {
    // The largest number of bytes for which the sums still fit the 31 bits of a small integer.
    const stop = Math.min(i + 2600, end);
    for (; i < stop; i++) {
      a += bytes[i]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return (b << 16 | a) >>> 0;
}

function failed(reason: string): ErrorInfo {
  return createError(
    ErrorCode.DeltaDecodeFailed,
    `Failed to apply a delta: ${reason}`,
    "Check that the delta is complete and that the base is the one it was made for.",
  );
}
