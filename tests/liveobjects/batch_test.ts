import {
  type AnyBatchContext,
  type AnyInstance,
  type AnyPathObject,
  LiveCounter,
  LiveMap,
} from "../../src/liveobjects/mod.ts";
import { Action, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { failureOf, until } from "../support/outcomes.ts";
import { counterState, mapState } from "./core/core_rig.ts";
import { GRANTED, ObjectsRig } from "./objects_rig.ts";

const STATES = [
  mapState("root", { c: "counter:1", m: "map:1", s: "text" }),
  mapState("map:1", { x: 1 }),
  counterState("counter:1", 10),
];

/** A batch at a path or instance, with a context that has all methods. */
function batch(
  place: AnyPathObject | AnyInstance,
  run: (context: AnyBatchContext) => unknown,
): Promise<void> {
  return place.batch(run as () => void);
}

test("batch: all changes in one message, in the order of the calls, and applied together", async () => {
  await using rig = new ObjectsRig({ fetch: async () => Response.json([1_700_000_000_000]) });
  const { root } = await rig.synced(...STATES);
  const done = batch(root, (context) => {
    const counter = context.get("c") as AnyBatchContext;
    const map = context.get("m") as AnyBatchContext;
    counter.increment();
    counter.increment(5);
    counter.decrement(2);
    map.set("y", LiveMap.create({ n: LiveCounter.create(3) }));
    map.remove("x");
    context.set("s", "other");
    // Reads do not show the queued changes.
    assertEquals([counter.value(), map.size(), context.get("s")!.value()], [10, 1, "text"]);
  });
  await until(() => rig.sent(Action.Object).length === 1);
  const [operations] = rig.operations();
  assertEquals(operations!.map(({ action }) => action), [4, 4, 4, 3, 0, 1, 2, 1]);
  await rig.ack(...["1", "2", "3", "4", "5", "6", "7", "8"].map((serial) => `9${serial}`));
  await done;
  assertEquals(root.compactJson(), { c: 14, m: { y: { n: 3 } }, s: "other" });
});

test("batch: the context reads what the object is", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  await batch(root, (context) => {
    assertEquals([context.id, context.size(), [...context.keys()]], ["root", 3, ["c", "m", "s"]]);
    assertEquals([...context.entries()].map(([key, item]) => [key, item.id]), [
      ["c", "counter:1"],
      ["m", "map:1"],
      ["s", undefined],
    ]);
    assertEquals([...context.values()].map((item) => item.value()), [10, undefined, "text"]);
    assertEquals(context.compact(), { c: 10, m: { x: 1 }, s: "text" });
    assertEquals((context.get("m") as AnyBatchContext).compactJson(), { x: 1 });
    assertEquals(context.get("none"), undefined);
  });
  await batch(root.get("c") as AnyPathObject, (context) => {
    assertEquals([context.id, context.value()], ["counter:1", 10]);
  });
  await batch(root.get("m").instance() as AnyInstance, (context) => {
    assertEquals(context.get("x")!.value(), 1);
  });
  assertEquals(rig.operations(), []); // Nothing to do, nothing sent.
});

test("batch: what its function throws is what it rejects with, and nothing is sent", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const mine = new Error("mine");
  const failing = batch(root, (context) => {
    context.set("s", "other");
    throw mine;
  });
  assertEquals(await failing.catch((error: unknown) => error), mine);
  assertEquals(rig.operations(), []);
});

const BAD: [string, (context: AnyBatchContext) => unknown, number][] = [
  ["a key", (context) => context.set(5 as never, 1), 40003],
  ["a key to remove", (context) => context.remove(undefined as never), 40003],
  ["a key to get", (context) => context.get(5 as never), 40003],
  ["a value", (context) => context.set("k", undefined as never), 40013],
  ["a counter of text", (context) => context.set("k", LiveCounter.create("x" as never)), 40003],
  ["set of a counter", (context) => (context.get("c") as AnyBatchContext).set("k", 1), 92007],
  ["remove of a value", (context) => (context.get("s") as AnyBatchContext).remove("k"), 92007],
  ["increment of a map", (context) => context.increment(), 92007],
  ["an amount", (context) => (context.get("c") as AnyBatchContext).increment(NaN), 40003],
];

for (const [name, call, code] of BAD) {
  test(`batch: ${name} is refused with ${code} at once, and nothing is sent`, async () => {
    await using rig = new ObjectsRig();
    const { root } = await rig.synced(...STATES);
    const failing = failureOf(() =>
      batch(root, (context) => {
        context.set("s", "other");
        call(context);
      })
    );
    assertEquals((await failing).code, code);
    assertEquals(rig.operations(), []);
  });
}

test("batch: its contexts are closed when the function has returned or thrown", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const contexts: AnyBatchContext[] = [];
  const keep = (context: AnyBatchContext) =>
    contexts.push(
      context,
      context.get("c") as AnyBatchContext,
      context.get("s") as AnyBatchContext,
    );
  await batch(root, keep);
  await assertRejects(() =>
    batch(root, (context) => {
      keep(context);
      throw new Error("mine");
    })
  );
  for (const context of contexts) {
    const calls = [
      () => context.id,
      () => context.value(),
      () => context.get("x"),
      () => context.keys(),
      () => context.entries(),
      () => context.values(),
      () => context.size(),
      () => context.compact(),
      () => context.compactJson(),
      () => context.set("k", 1),
      () => context.remove("k"),
      () => context.increment(),
      () => context.decrement(),
    ];
    for (const call of calls) {
      const error = await failureOf(call);
      assertEquals([error.code, error.statusCode, error.message], [40000, 400, "Batch is closed"]);
    }
  }
  assertEquals(rig.operations(), []);
});

test("batch: of an async function what comes before its first await is sent, with one warning", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  let late: unknown;
  const run = async (context: AnyBatchContext) => {
    context.set("s", "before");
    await null;
    try {
      context.set("s", "after");
    } catch (error) {
      late = error;
      throw error;
    }
  };
  const first = batch(root, run);
  const second = batch(root, run);
  await rig.settle();
  assertEquals(rig.operations().length, 2);
  assertEquals((await failureOf(() => Promise.reject(late))).message, "Batch is closed");
  assertEquals(rig.logged.filter((line) => line.startsWith("warn")).length, 1);
  assert(rig.logged.some((line) => line.startsWith("error") && line.includes("Batch is closed")));
  for (const msgSerial of [0, 1]) {
    await rig.receive({
      action: Action.Ack,
      msgSerial,
      count: 1,
      res: [{ serials: [`9${msgSerial}`] }],
    });
  }
  await Promise.all([first, second]);
});

test("RTO26, RTO25: a batch checks the modes with every call", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  await rig.attached("c", { flags: MODE_FLAGS.object_publish | (GRANTED & 0xff) });
  const read = failureOf(() => batch(root, (context) => context.size()));
  assertEquals((await read).code, 40024);
  const written = batch(root, (context) => context.set("k", 1));
  await rig.settle();
  await rig.sync("t:", ...STATES);
  await rig.ack("9");
  await written;
});
