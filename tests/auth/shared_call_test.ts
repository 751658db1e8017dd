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

test("who has begun a call waits as long as it takes; who follows tries for himself after a while", async () => {
  const { clock, call, resolve } = begin();
  let tries = 0;
  const own = call.join();
  const follower = call.follow(() => Promise.resolve(`try ${++tries}`));
  await clock.advance(99);
  assertEquals(tries, 0);
  await clock.advance(1);
  assertEquals(await follower, "try 1");
  resolve("late");
  assertEquals(await own, "late");
});

test("who tries for himself takes the first result that there is", async () => {
  const { clock, call, resolve } = begin();
  const own = call.join();
  const follower = call.follow(() => new Promise(() => {}));
  await clock.advance(100);
  resolve("slow");
  assertEquals([await own, await follower], ["slow", "slow"]);
});

test("a failure of the call is everybody's; a failure of the other try is its own", async () => {
  const first = begin();
  const both = [first.call.join(), first.call.follow(() => Promise.resolve("not tried"))];
  first.reject(new Error("No"));
  for (const one of both) await assertRejects(() => one, Error, "No");

  const second = begin();
  const own = second.call.join();
  const follower = second.call.follow(() => Promise.reject(new Error("Neither")));
  const failed = assertRejects(() => follower, Error, "Neither");
  await second.clock.advance(100);
  await failed;
  second.resolve("fine");
  assertEquals(await own, "fine");
});

test("a call is aborted when no caller waits any more, and an old call takes no new waiters", async () => {
  const { clock, call, isGivenUp } = begin();
  const controller = new AbortController();
  const own = assertRejects(() => call.join(controller.signal), DOMException);
  assertEquals([call.isGivenUp, isGivenUp()], [false, false]);
  await clock.advance(201);
  assertEquals([call.isGivenUp, isGivenUp()], [true, false]);
  controller.abort();
  await own;
  assertEquals(isGivenUp(), true);
});
