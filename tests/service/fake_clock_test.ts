import { FakeClock, SkipClock } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";

test("fake clock: fires what is due, in order, with promise jobs between", async () => {
  const clock = new FakeClock(1000);
  const seen: [string, number][] = [];
  const note = (name: string) => () => seen.push([name, clock.now()]);
  clock.setTimeout(note("late"), 300);
  clock.setTimeout(() => {
    note("first")();
    void Promise.resolve().then(() => clock.setTimeout(note("from a promise"), 50));
  }, 100);
  clock.setTimeout(note("same time"), 100);
  clock.clearTimeout(clock.setTimeout(note("cancelled"), 100));
  clock.setTimeout(note("too late"), 301);
  await clock.advance(300);
  assertEquals(seen, [
    ["first", 1100],
    ["same time", 1100],
    ["from a promise", 1150],
    ["late", 1300],
  ]);
  assertEquals([clock.now(), clock.pending], [1300, 1]);
});

test("fake clock: waits as its options say before, between and after timers", async () => {
  const seen: string[] = [];
  const clock = new FakeClock(1000, {
    settle: async () => void seen.push(`settled at ${await clock.now()}`),
  });
  clock.setTimeout(() => seen.push("timer"), 100);
  await clock.advance(300);
  assertEquals(seen, ["settled at 1000", "timer", "settled at 1100", "settled at 1300"]);
});

test("skip clock: what comes due within the skipped time happens at once", async () => {
  const clock = new SkipClock();
  const before = clock.now();
  const fired = new Promise<void>((resolve) => clock.setTimeout(resolve, 3_600_000));
  clock.clearTimeout(clock.setTimeout(() => assert(false), 10));
  clock.advance(3_600_000);
  await fired;
  assert(clock.now() - before >= 3_600_000);
});
