import { ErrorInfo } from "../../../mod.ts";
import { assert, assertEquals, runtime, test } from "../../harness.ts";
import { outcome } from "../../support/outcomes.ts";
import { CALLS, type Place, REQUESTS, WAITS } from "./calls.ts";
import { BEGINNINGS, ENDINGS, type Stage } from "./stage.ts";

/**
 * The longest wait for the connection in milliseconds: an acknowledgement takes two minutes, and so does a connection
 * until it is suspended. Then an attempt may be in progress, and one request may follow.
 */
const BOUND = 180_000;

/** The longest wait for a response in milliseconds: hosts are tried for 15,000, and the last one may take 10,000. */
const REQUEST_BOUND = 30_000;

const ALL = { ...CALLS, ...REQUESTS };

/**
 * Deno runs the full table. The other runtimes run each 7th case: 7 divides neither the number of calls nor that of the
 * endings, so that each call, each ending and each beginning has its turn.
 */
const EVERY = runtime === "deno" ? 1 : 7;

/** The client is used again after each 7th case of those that run, for the same reason. */
const USED_AGAIN = 7;

/** The result of a call; absent while it waits. */
function follow(call: (place: Place) => Promise<unknown>, stage: Stage) {
  const seen: { result?: PromiseSettledResult<unknown> } = {};
  const done = (result: PromiseSettledResult<unknown>) => void (seen.result = result);
  try {
    call(stage).then(
      (value) => done({ status: "fulfilled", value }),
      (reason) => done({ status: "rejected", reason }),
    );
  } catch (reason) {
    done({ status: "rejected", reason });
  }
  return seen;
}

/** The states of a channel without a connection (RTL3a, RTL3b, RTL3c). */
const RESTING = ["initialized", "detached", "suspended", "failed"];

/** Checks that the state of the channel is possible with the state of the connection (RTL3). */
function checkStates({ client }: Stage, step: string): void {
  const { state } = client.connection;
  assert(state !== "closing", `Still closing: ${step}`);
  if (state !== "closed" && state !== "failed" && state !== "suspended") return;
  for (const channel of client.channels) {
    assert(RESTING.includes(channel.state), `${channel.state} while ${state}: ${step}`);
  }
}

/** Checks that the client can be used again once the service answers. */
async function checkUsable(stage: Stage, step: string): Promise<void> {
  const { client, rig } = stage;
  stage.mend();
  await rig.settle();
  // Attempts and requests that began while the service was silent fail in this time.
  for (let attempts = 0; attempts < 4; attempts++) {
    await stage.connect();
    await rig.clock.advance(40_000);
  }
  await stage.connect();
  assertEquals(client.connection.state, "connected", step);
  const channel = client.channels.get("c");
  const use = async (call: () => Promise<unknown>) => {
    const result = await outcome(call().then(() => "done"), rig);
    assertEquals([result, channel.state], ["done", "attached"], step);
  };
  await use(() => channel.attach());
  await use(() => channel.publish("a", "b"));
  await use(() => client.auth.authorize());
  assertEquals(await outcome(channel.detach().then(() => channel.state), rig), "detached", step);
}

const unhandled: unknown[] = [];
// Bun has no such event. Its test runner reports unhandled rejections.
const onUnhandled = (event: Event & { reason?: unknown }) => {
  event.preventDefault();
  unhandled.push(event.reason);
};

/** Runs a function and checks that it leaves no unhandled rejection. */
async function withoutUnhandled(run: () => Promise<void>): Promise<void> {
  globalThis.addEventListener("unhandledrejection", onUnhandled);
  try {
    await run();
    await new Promise((resolve) => setTimeout(resolve)); // Runtimes report them after all promise jobs.
  } finally {
    globalThis.removeEventListener("unhandledrejection", onUnhandled);
  }
  assertEquals(unhandled.splice(0).map(String), []);
}

let index = 0;
let tried = 0;

for (const [beginning, begin] of Object.entries(BEGINNINGS)) {
  test(`RTL4, RTN7, RTN14: every call settles in bounded time (${beginning})`, () =>
    withoutUnhandled(async () => {
      for (const [ending, end] of Object.entries(ENDINGS)) {
        for (const [name, call] of Object.entries(ALL)) {
          if (index++ % EVERY !== 0) continue;
          const step = `${name}: ${beginning}; ${ending}`;
          const stage = await begin();
          const { rig } = stage;
          stage.fallSilent();
          const seen = follow(call, stage);
          await rig.settle();
          await end(stage);
          await rig.clock.advance(name in REQUESTS ? REQUEST_BOUND : BOUND);
          // A call before the first connect() waits for connect() or close().
          if (stage.client.connection.state === "initialized") await stage.client.close();
          await rig.settle();
          assert(seen.result !== undefined, `It still waits: ${step}`);
          if (seen.result.status === "rejected") {
            const { reason } = seen.result;
            assert(reason instanceof ErrorInfo, `${step}: ${reason}`);
            assert(reason.code > 0 && reason.message !== "", step);
          }
          checkStates(stage, step);
          if (tried++ % USED_AGAIN === 0) await checkUsable(stage, step);
          await stage.end(step);
        }
      }
    }));

  test(`every call with a signal ends when the signal is aborted (${beginning})`, () =>
    withoutUnhandled(async () => {
      for (const [name, call] of Object.entries({ ...WAITS, ...ALL })) {
        if (!call.toString().includes("signal")) continue;
        const step = `${name}: ${beginning}`;
        const stage = await begin();
        stage.fallSilent();
        const seen = follow(call, stage);
        await stage.rig.settle();
        stage.controller.abort(new ErrorInfo("Enough", 1, 400));
        await stage.rig.settle();
        assert(seen.result !== undefined, `It still waits: ${step}`);
        await stage.rig.clock.advance(BOUND);
        await stage.end(step);
      }
    }));
}

test("the table has every call that waits, and every ending", () => {
  const sizes = [ALL, WAITS, BEGINNINGS, ENDINGS].map((table) => Object.keys(table).length);
  assertEquals(sizes, [44, 5, 12, 20]);
  if (index > 0) assertEquals([index, tried], [10_560, Math.ceil(10_560 / EVERY)]);
});
