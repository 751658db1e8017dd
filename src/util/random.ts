import { toBase64, toBase64Url } from "./encode_bytes.ts";
import { having } from "./read_members.ts";

/** The source of random numbers. Tests pass their own. */
export interface RandomSource {
  /** Cryptographically strong random bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** A number from 0 up to but not including 1; need not be cryptographically strong. */
  number(): number;
}

/** The rule for a caller's random source. */
export const RANDOM = /* @__PURE__ */ having("bytes", "number");

/** The random source of the runtime. Draws nothing at import time. */
export const systemRandom: RandomSource = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  number: () => Math.random(),
};

/** A random identifier that is safe in a URL: 9 bytes of entropy by default (RSC7c). */
export function randomId(random: RandomSource, bytes = 9): string {
  return toBase64Url(random.bytes(bytes));
}

/** The base of a library-generated message id: 9 random bytes in base64 (RSL1k1). */
export function randomMessageIdBase(random: RandomSource): string {
  return toBase64(random.bytes(9));
}

/** A copy of a list in random order (RSC15a, RTN17j). */
export function shuffled<T>(items: readonly T[], random: RandomSource): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random.number() * (i + 1));
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
