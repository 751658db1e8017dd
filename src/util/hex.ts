// Not in bytes.ts: the clients need no hexadecimal digits, and the tables of this package would be in their bundles.
import { encodeHex } from "@std/encoding/hex";
import { ensureTransfer } from "./ensure_transfer.ts";

/** Encodes bytes as hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  ensureTransfer();
  return encodeHex(bytes);
}
