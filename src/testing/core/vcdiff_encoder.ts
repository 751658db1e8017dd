/** The shortest run of bytes that is encoded as a copy. */
const MIN_COPY = 4;
/** The number of positions with the same first bytes that are compared. */
const MAX_CANDIDATES = 8;

const MAGIC = [0xd6, 0xc3, 0xc4, 0x00];
const SOURCE_WINDOW = 0x01;
const ADD = 1; // RFC 3284, 5.6: ADD, followed by its size.
const COPY = 19; // COPY in mode SELF, followed by its size.

/**
 * Encodes bytes as a delta to other bytes, in the VCDIFF format (RFC 3284): one window, the default code table, no secondary
 * compression.
 *
 * @param base The bytes that the receiver has.
 * @param target The bytes that the delta describes.
 */
export function encodeVcdiff(base: Uint8Array, target: Uint8Array): Uint8Array<ArrayBuffer> {
  const data: number[] = [];
  const instructions: number[] = [];
  const addresses: number[] = [];
  const index = indexOf(base);
  let added = 0;
  const flush = (end: number) => {
    if (added === end) return;
    instructions.push(ADD);
    pushInteger(instructions, end - added);
    for (let i = added; i < end; i++) data.push(target[i]!);
  };
  let at = 0;
  while (at < target.length) {
    const { position, length } = longestMatch(base, target, { at, index });
    if (length < MIN_COPY) {
      at++;
      continue;
    }
    flush(at);
    instructions.push(COPY);
    pushInteger(instructions, length);
    pushInteger(addresses, position);
    at += length;
    added = at;
  }
  flush(target.length);

  const body: number[] = [];
  pushInteger(body, target.length);
  body.push(0); // No secondary compression.
  for (const section of [data, instructions, addresses]) pushInteger(body, section.length);
  const window: number[] = [];
  if (base.length > 0) {
    window.push(SOURCE_WINDOW);
    pushInteger(window, base.length);
    window.push(0); // The source segment starts at the beginning of the base.
  } else window.push(0);
  pushInteger(window, body.length + data.length + instructions.length + addresses.length);
  return Uint8Array.from([
    ...MAGIC,
    0, // No header extensions.
    ...window,
    ...body,
    ...data,
    ...instructions,
    ...addresses,
  ]);
}

type Index = Map<number, number[]>;

/** The positions of each sequence of four bytes. */
function indexOf(base: Uint8Array): Index {
  const index: Index = new Map();
  for (let i = 0; i + MIN_COPY <= base.length; i++) {
    const key = keyAt(base, i);
    const places = index.get(key);
    if (places === undefined) index.set(key, [i]);
    else if (places.length < MAX_CANDIDATES) places.push(i);
  }
  return index;
}

function longestMatch(
  base: Uint8Array,
  target: Uint8Array,
  { at, index }: { at: number; index: Index },
): { position: number; length: number } {
  let best = { position: 0, length: 0 };
  if (at + MIN_COPY > target.length) return best;
  for (const position of index.get(keyAt(target, at)) ?? []) {
    let length = 0;
    while (
      at + length < target.length && position + length < base.length &&
      base[position + length] === target[at + length]
    ) length++;
    if (length > best.length) best = { position, length };
  }
  return best;
}

function keyAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** Appends an integer in base 128, the highest digits first (RFC 3284, 2). */
function pushInteger(bytes: number[], value: number): void {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest % 128) | 0x80);
  }
  bytes.push(...digits);
}
