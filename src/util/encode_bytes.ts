import { encodeBase64 } from "@std/encoding/base64";
import { ensureTransfer } from "./ensure_transfer.ts";

// The runtime's own base64 is several times faster. Runtimes without it use @std/encoding.
interface NativeBytes {
  toBase64?(): string;
}

const encoder = /* @__PURE__ */ new TextEncoder();

/** Encodes text as UTF-8. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Encodes bytes as standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  const own = bytes as NativeBytes;
  if (own.toBase64) return own.toBase64();
  ensureTransfer();
  return encodeBase64(bytes);
}

/** Encodes bytes as base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Joins byte arrays into one. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return joinBytes(parts);
}

/** Joins any number of byte arrays into one. Takes an array, because a call can have only about 100,000 arguments. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
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
