import type { RandomSource } from "../../src/util/random.ts";
import { seeded } from "../support/seeded.ts";

/** Random choices that are the same in every run of a seed. */
export class Chance implements RandomSource {
  readonly #below: (limit: number) => number;

  /** @param seed A whole number, or a text such as the name of a client. */
  constructor(...seed: (string | number)[]) {
    this.#below = seeded(hash(seed.join("/")));
  }

  /** A whole number from 0 up to but not including the limit. */
  below(limit: number): number {
    return this.#below(limit);
  }

  /** Whether one of so many cases occurs. */
  oneIn(cases: number): boolean {
    return this.#below(cases) === 0;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)]!;
  }

  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Partial<Record<Name, number>>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let rest = this.#below(entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [name, weight] of entries) if ((rest -= weight) < 0) return name;
    throw new RangeError("There are no weights");
  }

  number(): number {
    return this.#below(2 ** 32) / 2 ** 32;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.#below(256));
  }
}

/** FNV-1a, mixed once more, because seeds in a row would otherwise begin alike. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return Math.imul(value ^ value >>> 15, 0x2c1b3c6d) | 0;
}
