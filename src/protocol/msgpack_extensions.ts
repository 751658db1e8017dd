/** The number of bytes before the content or the members of a value, by its first byte from 0xc0 to 0xdf. */
const HEADS = [
  ...[1, 1, 1, 1, 2, 3, 5, 3], // nil, never used, false, true, bin 8 to 32, ext 8
  ...[4, 6, 5, 9, 2, 3, 5, 9], // ext 16 and 32, floats, unsigned integers
  ...[2, 3, 5, 9, 2, 2, 2, 2], // signed integers, fixext 1 to 8
  ...[2, 2, 3, 5, 3, 5, 3, 5], // fixext 16, str 8 to 32, arrays, maps
];

const NIL = 0xc0;

/**
 * Replaces every extension value with null. The decoder refuses a whole frame because of one extension of unknown type,
 * although the other values are valid (RSF1). A replacement works because values follow each other without an enclosing length.
 */
export function withoutExtensions(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept = new Uint8Array(bytes.byteLength);
  let end = 0;
  for (let at = 0; at < bytes.byteLength;) {
    const next = Math.min(at + sizeAt(view, at), bytes.byteLength);
    if (isExtension(bytes[at]!)) kept[end++] = NIL;
    else {
      kept.set(bytes.subarray(at, next), end);
      end += next - at;
    }
    at = next;
  }
  return kept.slice(0, end);
}

/** Whether a value that starts with this byte is an extension. */
export function isExtension(first: number): boolean {
  return first >= 0xc7 && first <= 0xc9 || first >= 0xd4 && first <= 0xd8;
}

/**
 * The size of a value; of an array or a map, without its members.
 *
 * @throws {RangeError} If the data ends within its head.
 */
function sizeAt(view: DataView, at: number): number {
  const first = view.getUint8(at);
  if (first < 0xa0 || first >= 0xe0) return 1; // Small integers, maps and arrays.
  if (first < 0xc0) return 1 + (first & 0x1f); // Short text.
  const head = HEADS[first - 0xc0]!;
  if (first >= 0xd4 && first <= 0xd8) return head + (1 << (first - 0xd4));
  switch (first) {
    case 0xc4:
    case 0xc7:
    case 0xd9:
      return head + view.getUint8(at + 1);
    case 0xc5:
    case 0xc8:
    case 0xda:
      return head + view.getUint16(at + 1);
    case 0xc6:
    case 0xc9:
    case 0xdb:
      return head + view.getUint32(at + 1);
    default:
      return head;
  }
}
