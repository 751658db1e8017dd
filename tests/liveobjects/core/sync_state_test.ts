import { syncPosition } from "../../../src/liveobjects/core/sync_sequence.ts";
import { assertEquals, assertStrictEquals, test } from "../../harness.ts";
import { CoreRig, counterState, increment, mapState, set, type Wire } from "./core_rig.ts";

type State = "initialized" | "syncing" | "synced";

/** A core in a state, with one object beside the root, and an operation in the buffer where there is one. */
function inState(state: State): CoreRig {
  const rig = new CoreRig();
  if (state === "initialized") rig.receive(increment("5", 1));
  else rig.synced(mapState("root", { c: "counter:1" }), counterState("counter:1", 10));
  if (state === "syncing") {
    rig.core.attached(true);
    rig.receive(increment("5", 1));
  }
  assertEquals(rig.core.state, state);
  rig.take();
  return rig;
}

const INPUTS: Record<string, (rig: CoreRig) => void> = {
  "ATTACHED with HAS_OBJECTS": (rig) => rig.core.attached(true),
  "ATTACHED without HAS_OBJECTS": (rig) => rig.core.attached(false),
  "a first page": (rig) => rig.sync("n:1", mapState("root", { a: 1 })),
  "an only page": (rig) => rig.sync("n:", mapState("root", { a: 1 })),
  "a page without serial": (rig) => rig.sync(undefined, mapState("root", { a: 1 })),
  "a page without states": (rig) => rig.sync("n:"),
  "an operation": (rig) => rig.receive(set("7", "b", { string: "x" })),
  "the end of the channel": (rig) => rig.core.detached(),
};

// State, input, effects, the next state, and the tree below the root.
const ROWS: [State, keyof typeof INPUTS & string, string[], State, unknown, string][] = [
  ["initialized", "ATTACHED with HAS_OBJECTS", ["syncing"], "syncing", {}, "RTO4a, RTO4c, RTO4d"],
  [
    "initialized",
    "ATTACHED without HAS_OBJECTS",
    ["syncing", "root {} -", "synced"],
    "synced",
    {},
    "RTO4b, RTO4b2a, RTO4b4",
  ],
  ["initialized", "a first page", ["syncing"], "syncing", {}, "RTO5e, RTO5a3"],
  [
    "initialized",
    "an only page",
    ["syncing", 'root {"a":"updated"}', "counter:1 1", "synced"],
    "synced",
    { a: 1 },
    "RTO5a4, RTO5c6, RTO5c8",
  ],
  [
    "initialized",
    "a page without serial",
    ["syncing", 'root {"a":"updated"}', "counter:1 1", "synced"],
    "synced",
    { a: 1 },
    "RTO5a5",
  ],
  [
    "initialized",
    "a page without states",
    ["syncing", "counter:1 1", "synced"],
    "synced",
    {},
    "RTO5d",
  ],
  ["initialized", "an operation", [], "initialized", {}, "RTO8a"],
  ["initialized", "the end of the channel", [], "initialized", {}, "RTO27"],
  ["syncing", "ATTACHED with HAS_OBJECTS", [], "syncing", { c: 10 }, "RTO4c, RTO4d"],
  [
    "syncing",
    "ATTACHED without HAS_OBJECTS",
    ['root {"c":"removed"} -', "synced"],
    "synced",
    {},
    "RTO4b1, RTO4b2, RTO4d",
  ],
  ["syncing", "a first page", [], "syncing", { c: 10 }, "RTO5f"],
  [
    "syncing",
    "an only page",
    ['root {"c":"removed","a":"updated"}', "counter:1 1", "synced"],
    "synced",
    { a: 1 },
    "RTO5c1a, RTO5c2, RTO5c7, RTO5a2a: the buffer stays",
  ],
  [
    "syncing",
    "a page without serial",
    ['root {"c":"removed","a":"updated"}', "counter:1 1", "synced"],
    "synced",
    { a: 1 },
    "RTO5a5",
  ],
  [
    "syncing",
    "a page without states",
    ["counter:1 1", "synced"],
    "synced",
    // The root keeps its data; the counter is made anew by the operation, and the root does not lead to the old one.
    { c: 1 },
    "RTO5c2a",
  ],
  ["syncing", "an operation", [], "syncing", { c: 10 }, "RTO8a"],
  ["syncing", "the end of the channel", [], "syncing", {}, "RTO27"],
  ["synced", "ATTACHED with HAS_OBJECTS", ["syncing"], "syncing", { c: 10 }, "RTO4c"],
  [
    "synced",
    "ATTACHED without HAS_OBJECTS",
    ["syncing", 'root {"c":"removed"} -', "synced"],
    "synced",
    {},
    "RTO4b",
  ],
  ["synced", "a first page", ["syncing"], "syncing", { c: 10 }, "RTO5e"],
  [
    "synced",
    "an only page",
    ["syncing", 'root {"c":"removed","a":"updated"}', "synced"],
    "synced",
    { a: 1 },
    "RTO5e, RTO5c",
  ],
  [
    "synced",
    "a page without serial",
    ["syncing", 'root {"c":"removed","a":"updated"}', "synced"],
    "synced",
    { a: 1 },
    "RTO5a5",
  ],
  ["synced", "a page without states", ["syncing", "synced"], "synced", { c: undefined }, "RTO5c2a"],
  ["synced", "an operation", ['root {"b":"updated"}'], "synced", { c: 10, b: "x" }, "RTO8b"],
  ["synced", "the end of the channel", [], "synced", {}, "RTO27"],
];

for (const [from, input, told, to, tree, points] of ROWS) {
  test(`${points}: ${input} while ${from}`, () => {
    const rig = inState(from);
    INPUTS[input]!(rig);
    assertEquals(rig.take(), told);
    assertEquals(rig.core.state, to);
    assertEquals(rig.tree, tree);
  });
}

test("RTO17, RTO17a1–RTO17a3: every state is met with every input", () => {
  const states: State[] = ["initialized", "syncing", "synced"];
  assertEquals(ROWS.length, states.length * Object.keys(INPUTS).length);
});

// RTO5a1: the serial, the sequence, and whether it is the last page.
for (
  const [serial, id, isLast] of [
    [undefined, undefined, true],
    ["", undefined, true],
    ["s:1", "s", false],
    ["s:", "s", true],
    ["s:map:abc@1", "s", false],
    ["s::", "s", false],
    [":", "", true],
    ["s", "s", true],
  ] as const
) {
  test(`RTO5a1, RTO5a4, RTO5a5: the cursor of ${JSON.stringify(serial)}`, () => {
    assertEquals(syncPosition(serial), { id, isLast });
  });
}

test("RTO5a2, RTO5a2a, RTO5a3, RTO5c3–RTO5c5, RTO4b3: a new sequence throws away what the last one had told", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.sync("s1:1", mapState("root", { a: 1 }));
  rig.receive(set("9", "late", { number: 9 }));
  rig.sync("s2:1", mapState("map:2", {}));
  rig.sync("s2:", mapState("root", { b: "map:2" }));
  assertEquals(rig.tree, { b: {}, late: 9 });
});

test("RTO4d, RTO7a, RTO7a1: ATTACHED voids the sequence and the operations that came before it", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.sync("s1:1", mapState("root", { a: 1 }));
  rig.receive(set("9", "late", { number: 9 }));
  rig.core.attached(true);
  rig.sync("s1:", mapState("root", { b: 2 }));
  assertEquals(rig.tree, { b: 2 });
});

test("RTO5f1, RTO5f2a2: the parts of a map are put together", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.sync("s:1", mapState("root", { a: 1 }));
  rig.sync("s:2", mapState("root", { b: 2 }));
  rig.sync("s:", mapState("root", { c: 3 }));
  assertEquals(rig.tree, { a: 1, b: 2, c: 3 });
});

test("RTO5f2a1: a part that says that the map was deleted replaces the others", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.sync("s:1", mapState("root", { m: "map:1" }), mapState("map:1", { a: 1 }));
  rig.sync("s:", mapState("map:1", {}, { tombstone: true }));
  assertEquals(rig.tree, {});
  assertEquals(rig.map("map:1").isTombstone, true);
});

test("RTO5f2b: a second part of a counter is an error, and passed over", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.sync("s:1", counterState("counter:1", 5));
  rig.take();
  rig.sync("s:", counterState("counter:1", 7));
  assertEquals(rig.take(), ["error", "synced"]);
  assertEquals(rig.counter("counter:1").count, 5);
});

test("RTO5f3: an object of a type that is not known is passed over with a warning", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.take();
  rig.sync("s:", { objectId: "list:1", siteTimeserials: {}, list: {} });
  assertEquals(rig.take(), ["warn", "synced"]);
  assertEquals(rig.core.pool.size, 1);
});

test("RTO5d: messages without a state are passed over, and the page counts", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.core.synced("s:", [{}, {}]);
  assertEquals(rig.core.state, "synced");
});

test("RTO5c1b1a, RTO5c1b1b, RTO5c7: new objects are added without events", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.take();
  rig.sync(
    "s:",
    mapState("root", { c: "counter:1", m: "map:1" }),
    counterState("counter:1", 3),
    mapState("map:1", { x: "y" }),
  );
  assertEquals(rig.take(), ['root {"c":"updated","m":"updated"}', "synced"]);
  assertEquals(rig.tree, { c: 3, m: { x: "y" } });
});

test("RTO3b, RTO3b1, RTO5c1a–RTO5c1a2, RTO5c2: known objects keep their identity, unnamed ones go", () => {
  const rig = new CoreRig().synced(
    mapState("root", { c: "counter:1", m: "map:1" }),
    counterState("counter:1", 3),
    mapState("map:1", {}),
  );
  const counter = rig.counter("counter:1");
  const root = rig.root;
  rig.sync("t:", mapState("root", { c: "counter:1" }), counterState("counter:1", 4));
  assertStrictEquals(rig.counter("counter:1"), counter);
  assertStrictEquals(rig.root, root);
  assertEquals(rig.core.pool.get("map:1"), undefined);
  assertEquals(rig.take(), ["syncing", 'root {"m":"removed"}', "counter:1 1", "synced"]);
});

test("RTO5c10–RTO5c10b: parents are found anew after a sync", () => {
  const rig = new CoreRig().synced(mapState("root", { a: "map:1" }), mapState("map:1", {}));
  rig.sync("t:", mapState("root", { b: "map:1" }), mapState("map:1", { self: "map:1" }));
  const parents = [...rig.map("map:1").parents()].sort();
  assertEquals(parents, [["map:1", "self"], ["root", "b"]]);
});

test("RTO5c9: after a sync an own operation that was applied on its ACK is no longer expected", () => {
  const rig = new CoreRig().synced(
    mapState("root", { c: "counter:1" }),
    counterState("counter:1", 0),
  );
  rig.acknowledge(increment("b:5", 1));
  rig.core.attached(true);
  // The service tells the state from before the operation, and then the operation.
  rig.sync("t:", mapState("root", { c: "counter:1" }), counterState("counter:1", 0));
  rig.receive(increment("b:5", 1));
  assertEquals(rig.counter("counter:1").count, 1);
});

test("RTO5c6, RTO5c9: an own operation that was applied on its ACK survives a sync that is older than it", () => {
  const rig = new CoreRig().synced(counterState("counter:1", 1));
  rig.acknowledge(increment("5", 10)); // The ACK overtakes the first page.
  assertEquals(rig.counter("counter:1").count, 11);
  rig.sync("t:more", mapState("root", {}));
  rig.receive(increment("5", 10)); // Its echo
  rig.sync("t:", counterState("counter:1", 1));
  assertEquals(rig.counter("counter:1").count, 11);
  rig.receive(increment("5", 10)); // The same echo again
  assertEquals(rig.counter("counter:1").count, 11);
});

test("RTO5c6: buffered operations that the sync has in it already are not applied again", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.receive(increment("5", 1), increment("7", 1), increment("b:6", 1));
  const state = counterState("counter:1", 10, { siteTimeserials: { a: "5" } });
  rig.sync("s:", mapState("root", { c: "counter:1" }), state);
  assertEquals(rig.counter("counter:1").count, 12);
});

test("RTO27: objects are emptied in silence, and stay the same objects", () => {
  const rig = new CoreRig().synced(
    mapState("root", { c: "counter:1" }),
    counterState("counter:1", 3),
  );
  const counter = rig.counter("counter:1");
  rig.core.detached();
  assertEquals([rig.take(), counter.count, rig.root.size], [[], 0, 0]);
  rig.core.attached(true);
  rig.sync("t:", mapState("root", { c: "counter:1" }), counterState("counter:1", 3));
  assertStrictEquals(rig.counter("counter:1"), counter);
  assertEquals(counter.count, 3);
});

test("RTO5c1a1: an object whose type has changed is left as it is, with a warning", () => {
  const rig = new CoreRig().synced(mapState("root", { a: 1 }));
  rig.sync("t:", counterState("root", 5));
  assertEquals(rig.take(), ["syncing", "warn", "synced"]);
  assertEquals(rig.tree, { a: 1 });
});

test("RTO5f2a2: another type in a second part is refused", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.sync("s:1", counterState("counter:1", 5));
  rig.sync("s:", mapState("counter:1", { a: 1 }) as Wire);
  assertEquals(rig.counter("counter:1").count, 5);
});
