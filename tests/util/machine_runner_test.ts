import { MachineRunner } from "../../src/util/machine_runner.ts";
import { assertEquals, assertThrows, test } from "../harness.ts";

type Runner = MachineRunner<string, string, string>;

/** A machine whose status is the last input, and whose effects are named after it: `a` has the effects `a1` and `a2`. */
function machine(perform: (effect: string, runner: Runner) => void, onIdle?: () => void) {
  const log: string[] = [];
  const runner: Runner = new MachineRunner<string, string, string>("start", {
    transition: (status, input) =>
      input === "ignored" ? [status, []] : [input, [`${input}1`, `${input}2`]],
    perform(effect, previous) {
      log.push(`${previous}>${runner.status}:${effect}`);
      perform(effect, runner);
    },
    ...(onIdle && {
      onIdle() {
        log.push("idle");
        onIdle();
      },
    }),
  });
  return { runner, log };
}

/** Inputs that are dispatched at an effect, and the expected order of all effects. */
const CASES: readonly (readonly [string, Record<string, readonly string[]>, readonly string[]])[] =
  [
    ["without further inputs", {}, ["start>a:a1", "start>a:a2"]],
    ["an input that is ignored has no effects", { a1: ["ignored"] }, ["start>a:a1", "start>a:a2"]],
    [
      "an input from a listener comes after all effects of the current one",
      { a1: ["b"] },
      ["start>a:a1", "start>a:a2", "a>b:b1", "a>b:b2"],
    ],
    [
      "inputs from listeners are handled in the order of the calls",
      { a1: ["b", "c"], b2: ["d"] },
      [
        ...["start>a:a1", "start>a:a2", "a>b:b1", "a>b:b2"],
        ...["b>c:c1", "b>c:c2", "c>d:d1", "c>d:d2"],
      ],
    ],
    [
      "an input that follows from the current one overtakes those that wait",
      { a1: ["b"], a2: ["follow c"] },
      ["start>a:a1", "start>a:a2", "a>c:c1", "a>c:c2", "c>b:b1", "c>b:b2"],
    ],
  ];

for (const [name, calls, expected] of CASES) {
  test(`MachineRunner: ${name}`, () => {
    const { runner, log } = machine((effect, runner) => {
      for (const input of calls[effect] ?? []) {
        if (input.startsWith("follow ")) runner.follow(input.slice(7));
        else runner.dispatch(input);
      }
    });
    runner.dispatch("a");
    assertEquals(log, [...expected]);
    assertEquals(runner.isRunning, false);
  });
}

test("MachineRunner: promises continue after the inputs that waited", async () => {
  let settled: Promise<string> | undefined;
  const { runner } = machine((effect, runner) => {
    if (effect !== "a1") return;
    assertEquals(runner.isRunning, true);
    settled = Promise.resolve().then(() => `${runner.status}, ${runner.isRunning}`);
    runner.dispatch("b");
    assertEquals(runner.isQueued((input) => input === "b"), true);
  });
  runner.dispatch("a");
  assertEquals(await settled, "b, false");
  assertEquals(runner.isQueued(() => true), false);
});

test("MachineRunner: onIdle runs when no input waits, and its own inputs are handled too", () => {
  const inputs = ["c"];
  const parts = machine(
    (effect, runner) => effect === "a1" && runner.dispatch("b"),
    () => inputs.splice(0).forEach((input) => parts.runner.dispatch(input)),
  );
  parts.runner.dispatch("a");
  assertEquals(parts.log.filter((line) => !line.endsWith("2")), [
    ...["start>a:a1", "a>b:b1", "idle", "b>c:c1", "idle"],
  ]);
});

test("MachineRunner: an effect that throws does not block later inputs", () => {
  const { runner, log } = machine((effect, runner) => {
    if (effect !== "a1") return;
    runner.dispatch("b");
    throw new Error("Failed");
  });
  assertThrows(() => runner.dispatch("a"), Error, "Failed");
  assertEquals(runner.isRunning, false);
  runner.dispatch("c");
  assertEquals(log, ["start>a:a1", "a>b:b1", "a>b:b2", "b>c:c1", "b>c:c2"]);
});
