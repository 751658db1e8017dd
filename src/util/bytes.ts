import {
  decodeBase64 as stdDecodeBase64,
  encodeBase64 as stdEncodeBase64,
} from "@std/encoding/base64";

// The runtime's own base64 is several times faster where it exists; @std/encoding serves the others.
interface NativeBase64 {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
}
interface NativeBytes {
  toBase64?(): string;
}
const native = Uint8Array as unknown as NativeBase64;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true });

/** Bytes in any of the forms in which a runtime or a user hands them over. */
export type BinaryLike = ArrayBuffer | ArrayBufferView;

/** Encodes text as UTF-8. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Decodes UTF-8, replacing what is invalid. */
export function fromUtf8(bytes: BinaryLike): string {
  return decoder.decode(bytes as ArrayBuffer);
}

/** Decodes UTF-8 and throws on what is invalid. */
export function fromUtf8Strict(bytes: BinaryLike): string {
  return strictDecoder.decode(bytes as ArrayBuffer);
}

/** Encodes bytes as standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  const own = bytes as NativeBytes;
  return own.toBase64 ? own.toBase64() : stdEncodeBase64(bytes);
}

/** Encodes bytes as base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * Decodes standard base64.
 *
 * @throws If the text is not base64.
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return native.fromBase64 ? native.fromBase64(text) : stdDecodeBase64(text);
}

/**
 * Decodes base64 or base64url, padded or not (RSE1c).
 *
 * @throws If the text is neither.
 */
export function fromBase64Lenient(text: string): Uint8Array<ArrayBuffer> {
  const standard = text.replace(/\s+/g, "").replaceAll("-", "+").replaceAll("_", "/")
    .replace(/=+$/, "");
  return fromBase64(standard + "=".repeat((4 - (standard.length % 4)) % 4));
}

/** Whether a value is binary data. */
export function isBinary(value: unknown): value is BinaryLike {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

/** The same bytes as a plain `Uint8Array`, without copying; a Node or Bun `Buffer` loses its subclass. */
export function toBytes(value: BinaryLike): Uint8Array<ArrayBuffer> {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value.constructor === Uint8Array) return value as Uint8Array<ArrayBuffer>;
  return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
}

/** Joins byte arrays into one. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.byteLength;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.byteLength;
  }
  return joined;
}
