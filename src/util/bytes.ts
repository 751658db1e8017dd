import { decodeBase64 as stdDecodeBase64 } from "@std/encoding/base64";

// Encoding has a file of its own, which those can use who decode nothing: the decoder weighs as much as all of a token.
export { concatBytes, joinBytes, toBase64, toBase64Url, utf8 } from "./encode_bytes.ts";

// The runtime's own base64 is several times faster where it exists; @std/encoding serves the others.
interface NativeBase64 {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
}
const native = Uint8Array as unknown as NativeBase64;

const decoder = new TextDecoder();
// A byte order mark at the beginning of a payload is part of it.
const wholeDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes in any of the forms in which a runtime or a user hands them over. */
export type BinaryLike = ArrayBuffer | ArrayBufferView;

/** Decodes UTF-8, replacing what is invalid. */
export function fromUtf8(bytes: BinaryLike): string {
  return decoder.decode(bytes as ArrayBuffer);
}

/** Decodes UTF-8 and throws on what is invalid. */
export function fromUtf8Strict(bytes: BinaryLike): string {
  // The strict decoder takes three times as long on Deno; it is asked where something may have been replaced.
  const text = wholeDecoder.decode(bytes as ArrayBuffer);
  return text.includes("\ufffd") ? strictDecoder.decode(bytes as ArrayBuffer) : text;
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
 * Decodes base64 or base64url, padded or not (RSE1c), with line breaks or white space anywhere.
 *
 * @throws If the text is neither.
 */
export function fromBase64Lenient(text: string): Uint8Array<ArrayBuffer> {
  const standard = text.replace(/\s+/g, "").replaceAll("-", "+").replaceAll("_", "/")
    .replace(/={1,2}$/, "");
  return fromBase64(standard + "=".repeat((4 - (standard.length % 4)) % 4));
}

/**
 * Decodes a payload in base64. Others write it with line breaks or in the alphabet of URLs: that costs time only where the
 * quick way fails.
 *
 * @throws If the text is not base64 in any of the ways.
 */
export function fromBase64Payload(text: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64(text);
  } catch {
    return fromBase64Lenient(text);
  }
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
