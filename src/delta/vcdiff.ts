import { ErrorCode } from "../error_codes.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { defaultCodeTable, ENTRY_SIZE, Instruction } from "./code_table.ts";

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
const STANDARD = 0x00;
// The form that open-vcdiff writes when checksums or interleaved sections are on.
const OPEN_VCDIFF = 0x53;

// Bits of the header's indicator.
const SECONDARY_COMPRESSION = 1 << 0;
const CODE_TABLE = 1 << 1;
const APP_HEADER = 1 << 2;

// Bits of a window's indicator.
const FROM_BASE = 1 << 0;
const FROM_TARGET = 1 << 1;
const CHECKSUM = 1 << 2;

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
  const version = readHeader(reader);
  const first = reader.at;
  let size = 0;
  let count = 0;
  const nextWindow = () => {
    const window = readWindow(reader, { version, baseSize: base.byteLength, targetStart: size });
    size += window.targetSize;
    return window;
  };
  // The delta is read twice. The first pass adds up the sizes, so that the target is allocated once and many windows take no
  // memory.
  while (reader.at < reader.end) {
    nextWindow();
    if (size > maxSize) throw failed(`its result has more than ${maxSize} bytes`);
    if (++count > MAX_WINDOWS) throw failed(`it has more than ${MAX_WINDOWS} windows`);
  }
  const target = new Uint8Array(size);
  reader.at = first;
  size = 0;
  while (reader.at < reader.end) applyWindow(nextWindow(), { base, target });
  return target;
}

/** A stretch of the target, with the sections that describe it (RFC 3284, section 4.2). */
interface Window {
  /** Whether copies read from the base; otherwise they read from the target built so far. */
  readonly fromBase: boolean;
  readonly sourceStart: number;
  readonly sourceSize: number;
  readonly targetStart: number;
  readonly targetSize: number;
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

function readHeader(reader: Reader): number {
  for (const byte of MAGIC) {
    if (reader.byte() !== byte) throw failed("it is not in the VCDIFF format");
  }
  const version = reader.byte();
  if (version !== STANDARD && version !== OPEN_VCDIFF) {
    throw failed(`its VCDIFF version ${version} is not supported`);
  }
  const indicator = reader.byte();
  // RFC 3284, section 4.1: the header names a compressor, but each window says whether it was compressed. So skip the name.
  if (indicator & SECONDARY_COMPRESSION) reader.byte();
  if (indicator & CODE_TABLE) throw failed("custom code tables are not supported");
  if (indicator & ~(SECONDARY_COMPRESSION | APP_HEADER)) {
    throw failed("its header has unknown flags");
  }
  if (indicator & APP_HEADER) reader.skip(reader.integer());
  return version;
}

function readWindow(
  reader: Reader,
  { version, baseSize, targetStart }: { version: number; baseSize: number; targetStart: number },
): Window {
  const indicator = reader.byte();
  const from = indicator & (FROM_BASE | FROM_TARGET);
  if (indicator & ~(FROM_BASE | FROM_TARGET | CHECKSUM) || from === (FROM_BASE | FROM_TARGET)) {
    throw failed("a window has unknown flags");
  }
  const sourceSize = from ? reader.integer() : 0;
  const sourceStart = from ? reader.integer() : 0;
  const available = from === FROM_BASE ? baseSize : targetStart;
  if (sourceStart + sourceSize > available) {
    throw failed(`it reads byte ${sourceStart + sourceSize} of ${available}`);
  }
  const body = reader.part(reader.integer());
  const targetSize = body.integer();
  if (body.byte() !== 0) throw failed("secondary compression is not supported");
  const dataSize = body.integer();
  const instructionsSize = body.integer();
  const copiesSize = body.integer();
  const checksum = indicator & CHECKSUM ? readChecksum(body, version) : undefined;
  const interleaved = version === OPEN_VCDIFF && dataSize === 0 && copiesSize === 0;
  const data = body.part(dataSize);
  const instructions = body.part(instructionsSize);
  const copies = body.part(copiesSize);
  if (body.at !== body.end) throw failed("the lengths of a window contradict each other");
  return {
    fromBase: from === FROM_BASE,
    sourceStart,
    sourceSize,
    targetStart,
    targetSize,
    checksum,
    data: interleaved ? instructions : data,
    instructions,
    copies: interleaved ? instructions : copies,
  };
}

// Not in the RFC: xdelta3 writes four bytes, open-vcdiff an integer of variable length.
function readChecksum(body: Reader, version: number): number {
  if (version === OPEN_VCDIFF) return body.integer(0xffffffff);
  return (body.byte() << 24 | body.byte() << 16 | body.byte() << 8 | body.byte()) >>> 0;
}

function applyWindow(
  window: Window,
  { base, target }: { base: Uint8Array; target: Uint8Array<ArrayBuffer> },
): void {
  const { data, instructions, copies, sourceSize, sourceStart, targetStart } = window;
  const source = window.fromBase ? base : target;
  const end = targetStart + window.targetSize;
  const table = defaultCodeTable();
  const addresses = freshAddresses();
  let at = targetStart;
  while (instructions.at < instructions.end) {
    const entry = instructions.byte() * ENTRY_SIZE;
    for (let i = entry; i < entry + ENTRY_SIZE; i += 3) {
      const type = table[i]!;
      if (type === Instruction.None) continue;
      const size = table[i + 1]! || instructions.integer();
      if (size > end - at) throw failed("an instruction reaches beyond its window");
      if (type === Instruction.Add) {
        copyBytes(data.bytes, data.skip(size), target, at, size);
      } else if (type === Instruction.Run) {
        target.fill(data.byte(), at, at + size);
      } else {
        // RFC 3284, section 3: the addresses of the source segment and of the window so far form one range.
        const address = addresses.read(copies, table[i + 2]!, sourceSize + at - targetStart);
        const fromSource = Math.min(Math.max(sourceSize - address, 0), size);
        if (fromSource > 0) copyBytes(source, sourceStart + address, target, at, fromSource);
        if (fromSource < size) {
          const start = targetStart + address + fromSource - sourceSize;
          repeatBytes(target, start, at + fromSource, size - fromSource);
        }
      }
      at += size;
    }
  }
  if (at !== end || data.at !== data.end || copies.at !== copies.end) {
    throw failed("the instructions of a window do not match its size");
  }
  if (window.checksum !== undefined && adler32(target, targetStart, end) !== window.checksum) {
    throw failed("the checksum of its result is wrong");
  }
}

/** Below this number of bytes, a loop is faster than a call of `copyWithin` or `set`. */
const SHORT = 32;

// The parameters are separate, because an object for each instruction would be slow.
function copyBytes(
  from: Uint8Array,
  start: number,
  to: Uint8Array,
  at: number,
  size: number,
): void {
  if (size < SHORT) {
    for (let i = 0; i < size; i++) to[at + i] = from[start + i]!;
  } else if (from === to) {
    to.copyWithin(at, start, start + size);
  } else {
    to.set(from.subarray(start, start + size), at);
  }
}

/** Copies within the target. If the ranges overlap, bytes that were just copied are copied again. */
function repeatBytes(target: Uint8Array, start: number, at: number, size: number): void {
  let done = 0;
  while (done < size) {
    const chunk = Math.min(size - done, at + done - start);
    copyBytes(target, start, target, at + done, chunk);
    done += chunk;
  }
}

const NEAR = 4;
const SAME = 3;

/** The most recent addresses, which later addresses refer to (RFC 3284, section 5.1). */
class AddressCache {
  readonly #near = new Uint32Array(NEAR);
  readonly #same = new Uint32Array(SAME * 256);
  #next = 0;

  reset(): void {
    this.#near.fill(0);
    this.#same.fill(0);
    this.#next = 0;
  }

  /** Reads an address, which must lie before `here`. */
  read(copies: Reader, mode: number, here: number): number {
    let address: number;
    if (mode === 0) address = copies.integer();
    else if (mode === 1) address = here - copies.integer();
    else if (mode < 2 + NEAR) address = this.#near[mode - 2]! + copies.integer();
    else address = this.#same[(mode - 2 - NEAR) * 256 + copies.byte()]!;
    if (address < 0 || address >= here) {
      throw failed("it copies from an address that does not exist");
    }
    this.#near[this.#next] = address;
    this.#next = (this.#next + 1) % NEAR;
    this.#same[address % (SAME * 256)] = address;
    return address;
  }
}

let shared: AddressCache | undefined;

/** An empty cache. One object is reused, because making it takes longer than applying a small delta. */
function freshAddresses(): AddressCache {
  shared ??= new AddressCache();
  shared.reset();
  return shared;
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
