import { decodeBase64 } from "@std/encoding/base64";
import { ensureTransfer } from "./ensure_transfer.ts";

// Encoding is in a file of its own for the token entry, which decodes nothing: the decoder would double that entry's size.
export { concatBytes, joinBytes, toBase64, toBase64Url, utf8 } from "./encode_bytes.ts";

// The runtime's own base64 is several times faster. Runtimes without it use @std/encoding.
interface NativeBase64 {
  fromBase64?(text: string): Uint8Array<ArrayBuffer>;
}
const native = Uint8Array as unknown as NativeBase64;

const decoder = /* @__PURE__ */ new TextDecoder();
// A byte order mark at the beginning of a payload belongs to the payload, so keep it.
const wholeDecoder = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Binary data in any form that a runtime or a user passes. */
export type BinaryLike = ArrayBuffer | ArrayBufferView;

/** Decodes UTF-8; invalid sequences become U+FFFD. */
export function fromUtf8(bytes: BinaryLike): string {
  return decoder.decode(bytes as ArrayBuffer);
}

/**
 * Decodes UTF-8.
 *
 * @throws If the bytes are not valid UTF-8.
 */
export function fromUtf8Strict(bytes: BinaryLike): string {
  // The strict decoder takes three times as long on Deno, so use it only if the text may contain a replacement.
  const text = wholeDecoder.decode(bytes as ArrayBuffer);
  return text.includes("\ufffd") ? strictDecoder.decode(bytes as ArrayBuffer) : text;
}

/**
 * Decodes standard base64.
 *
 * @throws If the text is not base64.
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (native.fromBase64) return native.fromBase64(text);
  ensureTransfer();
  return decodeBase64(text);
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
 * Decodes a payload in base64. Some clients write line breaks or the URL alphabet; these are handled only after the fast
 * decoder has failed.
 *
 * @throws If the text is not base64 in any of these forms.
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

/** The same bytes as a plain `Uint8Array`, without copying; a `Buffer` of Node or Bun becomes a view of the plain class. */
export function toBytes(value: BinaryLike): Uint8Array<ArrayBuffer> {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value.constructor === Uint8Array) return value as Uint8Array<ArrayBuffer>;
  return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
}
