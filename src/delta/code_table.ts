// The instructions of a delta (RFC 3284, section 5.4).
/** No instruction. */
export const NONE = 0;
/** Adds bytes of the delta. */
export const ADD = 1;
/** Repeats a byte. */
export const RUN = 2;
/** Copies from the source or the target. */
const COPY = 3;

/** The number of bytes of a code table entry: type, size and mode, twice. */
export const ENTRY_SIZE = 6;

let table: Uint8Array | undefined;

/**
 * The default code table (RFC 3284, section 5.6): 256 entries of two instructions each, either of which may be {@linkcode NONE}. A size
 * of 0 means that the size follows in the instructions section. Made on first use.
 */
export function defaultCodeTable(): Uint8Array {
  return table ??= makeTable();
}

function makeTable(): Uint8Array {
  const entries = new Uint8Array(256 * ENTRY_SIZE);
  let at = 0;
  const put = (...entry: number[]) => {
    entries.set(entry, at);
    at += ENTRY_SIZE;
  };
  put(RUN, 0, 0);
  for (let size = 0; size <= 17; size++) put(ADD, size, 0);
  for (let mode = 0; mode <= 8; mode++) {
    put(COPY, 0, mode);
    for (let size = 4; size <= 18; size++) put(COPY, size, mode);
  }
  for (let mode = 0; mode <= 8; mode++) {
    const longest = mode <= 5 ? 6 : 4;
    for (let added = 1; added <= 4; added++) {
      for (let copied = 4; copied <= longest; copied++) put(ADD, added, 0, COPY, copied, mode);
    }
  }
  for (let mode = 0; mode <= 8; mode++) put(COPY, 4, mode, ADD, 1, 0);
  return entries;
}
