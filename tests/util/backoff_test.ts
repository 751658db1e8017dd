import { retryDelay } from "../../src/util/backoff.ts";
import { type RandomSource, systemRandom } from "../../src/util/random.ts";
import { assert, assertEquals, test } from "../harness.ts";

function fixed(number: number): RandomSource {
  return { bytes: (length) => new Uint8Array(length), number: () => number };
}

test("RTB1a: the backoff is 1, 4/3, 5/3, then 2", () => {
  // 0.8 + 0.2 × the number drawn: the middle of the jitter is 0.9.
  const delays = [1, 2, 3, 4, 5, 100, 1e9].map((n) => retryDelay(3000, n, fixed(0.5)) / 0.9);
  assertEquals(delays.map(Math.round), [3000, 4000, 5000, 6000, 6000, 6000, 6000]);
});

test("RTB1b: the jitter lies between 0.8 and 1", () => {
  assertEquals(retryDelay(1000, 1, fixed(0)), 800);
  assert(Math.abs(retryDelay(1000, 1, fixed(0.999999)) - 1000) < 1);
});

test("RTB1b: the jitter is spread over its whole range", () => {
  const tenths = Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const jitter = retryDelay(1, 1, systemRandom);
    assert(jitter >= 0.8 && jitter <= 1);
    const tenth = Math.min(Math.floor((jitter - 0.8) / 0.02), 9);
    tenths[tenth] = tenths[tenth]! + 1;
  }
  for (const count of tenths) assert(count > 700 && count < 1300, tenths.join());
});

test("RTB1: the delay is base times backoff times jitter", () => {
  assertEquals(retryDelay(15_000, 4, fixed(0)), 15_000 * 2 * 0.8);
  assertEquals(retryDelay(0, 4, fixed(0.5)), 0);
});
