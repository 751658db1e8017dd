import { systemClock } from "../../src/util/clock.ts";
import { assertEquals, test } from "../harness.ts";

test("TO3l4: a delay beyond what timers can hold, such as Infinity, is a long one", () => {
  const original = globalThis.setTimeout;
  const delays: unknown[] = [];
  globalThis.setTimeout = ((_callback: unknown, delay: unknown) => delays.push(delay)) as never;
  try {
    for (const delay of [5, 2 ** 31, Infinity]) systemClock.setTimeout(() => {}, delay);
  } finally {
    globalThis.setTimeout = original;
  }
  assertEquals(delays, [5, 2 ** 31 - 1, 2 ** 31 - 1]);
});
