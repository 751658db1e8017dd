import { isBinary, toBytes } from "../util/bytes.ts";

/** The parts of a message that count towards its size (TM6a, TP5). */
interface Sized {
  name?: unknown;
  data?: unknown;
  clientId?: unknown;
  extras?: unknown;
}

/** The size of messages before encryption and encoding, in bytes of UTF-8 and of binary data (TM6, TO3l8f). */
export function sizeOf(messages: readonly Sized[]): number {
  let size = 0;
  for (const { name, data, clientId, extras } of messages) {
    size += sizeOfValue(name) + sizeOfValue(data) + sizeOfValue(clientId) + sizeOfValue(extras);
  }
  return size;
}

function sizeOfValue(value: unknown): number {
  if (value == null) return 0; // TM6e
  if (typeof value === "string") return utf8Length(value); // TM6f
  if (isBinary(value)) return toBytes(value).byteLength; // TM6c
  return utf8Length(JSON.stringify(value) ?? ""); // TM6b, TM6d
}

/** The length of text in bytes of UTF-8. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A surrogate pair is two units and four bytes, so each half adds one; the other three-byte characters add two.
    if (unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff)) length += 2;
    else if (unit > 0x7f) length += 1;
  }
  return length;
}
