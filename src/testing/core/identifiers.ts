import type { RandomSource } from "../../util/random.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A random identifier of letters and digits. */
export function alphanumeric(random: RandomSource, length: number): string {
  let id = "";
  // 62 does not divide 256: the slight bias does not matter for identifiers of a local service.
  for (const byte of random.bytes(length)) id += ALPHABET[byte % ALPHABET.length];
  return id;
}
