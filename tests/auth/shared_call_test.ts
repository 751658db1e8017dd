import { SharedCall } from "../../src/auth/shared_call.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { assertEquals, assertRejects, test } from "../harness.ts";

function begin() {
  const clock = new FakeClock();
  const result = Promise.withResolvers<string>();
  let givenUp: AbortSignal | undefined;
  const call = new SharedCall<string>((signal) => {
    givenUp = signal;
    return result.promise;
  }, { clock, timeout: 100 });
  return { clock, call, ...result, isGivenUp: () => givenUp!.aborted };
}

test("the starter of a call waits without a limit; a joiner tries again after the time to wait", async () => {
  const { clock, call, resolve } = begin();
  let tries = 0;
  const own = call.waitAsStarter();
  const joiner = call.join(() => Promise.resolve(`try ${++tries}`));
  await clock.advance(99);
  assertEquals(tries, 0);
  await clock.advance(1);
  assertEquals(await joiner, "try 1");
  resolve("late");
  assertEquals(await own, "late");
});

test("a joiner that tries again takes the first of both results", async () => {
  const { clock, call, resolve } = begin();
  const own = call.waitAsStarter();
  const joiner = call.join(() => new Promise(() => {}));
  await clock.advance(100);
  resolve("slow");
  assertEquals([await own, await joiner], ["slow", "slow"]);
});

test("a failure of the call reaches all callers; a failure of the other try only its joiner", async () => {
  const first = begin();
  const both = [first.call.waitAsStarter(), first.call.join(() => Promise.resolve("not tried"))];
  first.reject(new Error("No"));
  for (const one of both) await assertRejects(() => one, Error, "No");

  const second = begin();
  const own = second.call.waitAsStarter();
  const joiner = second.call.join(() => Promise.reject(new Error("Neither")));
  const failed = assertRejects(() => joiner, Error, "Neither");
  await second.clock.advance(100);
  await failed;
  second.resolve("fine");
  assertEquals(await own, "fine");
});

test("a call is aborted when no caller waits any more, and an old call takes no new waiters", async () => {
  const { clock, call, isGivenUp } = begin();
  const controller = new AbortController();
  const own = assertRejects(() => call.waitAsStarter(controller.signal), DOMException);
  assertEquals([call.isGivenUp, isGivenUp()], [false, false]);
  await clock.advance(201);
  assertEquals([call.isGivenUp, isGivenUp()], [true, false]);
  controller.abort();
  await own;
  assertEquals(isGivenUp(), true);
});
