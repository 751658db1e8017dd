import type { RandomSource } from "./random.ts";

/**
 * The delay before a retry, in milliseconds (RTB1): the base, times a backoff of 1, 4/3, 5/3, 2, 2, … (RTB1a), times a jitter
 * between 0.8 and 1 (RTB1b).
 *
 * @param base The configured retry timeout in milliseconds.
 * @param attempt The number of the retry, counted from 1.
 * @param random The source of the jitter.
 */
export function retryDelay(base: number, attempt: number, random: RandomSource): number {
  const backoff = Math.min((attempt + 2) / 3, 2);
  const jitter = 0.8 + random.number() * 0.2;
  return base * backoff * jitter;
}
