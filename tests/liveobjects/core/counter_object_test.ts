import { assertEquals, test } from "../../harness.ts";
import {
  CoreRig,
  counterState,
  createCounter,
  deleted,
  increment,
  mapState,
  NOW,
  operation,
  set,
  type Wire,
} from "./core_rig.ts";

type Condition = "new" | "created" | "deleted";

/** A counter of 10 that has seen serial 5 of site a. */
function inCondition(condition: Condition): CoreRig {
  const createOp = { action: 3, objectId: "counter:1", counterCreate: { count: 4 } };
  const rig = new CoreRig().synced(
    mapState("root", { c: "counter:1" }),
    counterState("counter:1", condition === "created" ? 6 : 10, {
      siteTimeserials: { a: "5" },
      ...(condition === "created" && { createOp }),
    }),
  );
  if (condition === "deleted") rig.receive(deleted("b:1", "counter:1"));
  rig.take();
  return rig;
}

// The operation, the condition of the counter, the effects, the value, and the last serial of site a.
const ROWS: [string, Condition, Wire, string[], number, string][] = [
  [
    "RTLC7–RTLC7c, RTLC7d–RTLC7d1b, RTLC7d5–RTLC7d5b, RTLC9–RTLC9g, RTLC11–RTLC11b1, RTLC5–RTLC5c, RTLC1–RTLC4b, RTO9–RTO9b2, RTO9a2a–RTO9a2a3, RTLO1–RTLO3a1, RTLO4b4a: an increment",
    "new",
    increment("6", 2.5),
    ["counter:1 2.5"],
    12.5,
    "6",
  ],
  ["RTLC9g: an increment by 0 is an update", "new", increment("6", 0), ["counter:1 0"], 10, "6"],
  [
    "RTLC9h, RTLO4b4b, RTLO4b4c1: an increment by nothing",
    "new",
    increment("6", undefined),
    [],
    10,
    "6",
  ],
  ["RTLC9h: an increment by null", "new", increment("6", null), [], 10, "6"],
  ["RTLC9h: an increment by text", "new", increment("6", "7"), [], 10, "6"],
  ["RTLC9h: an increment by NaN", "new", increment("6", NaN), [], 10, "6"],
  [
    "RTLC7b, RTLO4a–RTLO4a2, RTLO4a4, RTLO4a6: an older increment",
    "new",
    increment("4", 1),
    [],
    10,
    "5",
  ],
  ["RTLC7b, RTLO4a6: the same increment", "new", increment("5", 1), [], 10, "5"],
  ["RTLO4a5: one of another site", "new", increment("b:1", 1), ["counter:1 1"], 11, "5"],
  [
    "RTLO4a6: serials are compared as text",
    "new",
    increment("10", 1),
    [],
    10,
    "5",
  ],
  ["RTLO4a3: no serial", "new", { ...increment("6", 1), serial: "" }, ["warn"], 10, "5"],
  ["RTLO4a3: no site", "new", { ...increment("6", 1), siteCode: undefined }, ["warn"], 10, "5"],
  [
    "RTLC7d1–RTLC7d1b, RTLC8–RTLC8e, RTLC16–RTLC16c: a creation",
    "new",
    createCounter("6", 7),
    ["counter:1 7"],
    17,
    "6",
  ],
  ["RTLC16c: a creation with 0", "new", createCounter("6", 0), ["counter:1 0"], 10, "6"],
  ["RTLC16d: a creation with nothing", "new", createCounter("6", undefined), [], 10, "6"],
  ["RTLC8b: a second creation", "created", createCounter("6", 7), [], 10, "6"],
  [
    "RTLC7d4–RTLC7d4b, RTLO5–RTLO5c, RTLO4e–RTLO4e8, RTLO4b4d, RTLO4b4e: a deletion",
    "new",
    deleted("6", "counter:1"),
    [
      "counter:1 -10 †",
    ],
    0,
    "6",
  ],
  ["RTLC7e: an increment after the deletion", "deleted", increment("6", 1), [], 0, "6"],
  ["RTLC7e: a creation after the deletion", "deleted", createCounter("6", 1), [], 0, "6"],
  [
    "RTLC7d3: an operation for maps",
    "new",
    set("6", "a", { number: 1 }, "counter:1"),
    ["warn"],
    10,
    "6",
  ],
  [
    "RTO9a2b: an operation from the future",
    "new",
    operation("6", { action: 7, objectId: "counter:1" }),
    ["warn"],
    10,
    "5",
  ],
  [
    "OOP2a: an action that is no number",
    "new",
    operation("6", { action: "map.set", objectId: "counter:1" }),
    ["warn"],
    10,
    "5",
  ],
  ["RTO9a1: no operation", "new", { serial: "6", siteCode: "a" }, ["warn"], 10, "5"],
];

for (const [name, condition, given, told, count, serial] of ROWS) {
  test(`${name} (${condition} counter)`, () => {
    const rig = inCondition(condition);
    rig.receive(given);
    assertEquals(rig.take(), told);
    assertEquals(rig.counter("counter:1").count, count);
    assertEquals(rig.counter("counter:1").siteSerial("a"), serial);
  });
}

test("RTLC7c, RTLM15c, RTO7b, RTO7b1, RTO9a2a4, RTO9a3: an own operation leaves the serial of its site, and its echo is dropped once", () => {
  const rig = inCondition("new");
  rig.acknowledge(increment("7", 1));
  assertEquals([rig.counter("counter:1").count, rig.counter("counter:1").siteSerial("a")], [
    11,
    "5",
  ]);
  rig.receive(increment("6", 10)); // A neighbour of the echo, from the same site.
  rig.receive(increment("7", 1));
  assertEquals([rig.counter("counter:1").count, rig.counter("counter:1").siteSerial("a")], [
    21,
    "6",
  ]);
  assertEquals(rig.take(), ["counter:1 1", "counter:1 10"]);
});

test("RTO9a3: an echo that comes twice is dropped twice, until a sync", () => {
  const rig = inCondition("new");
  rig.acknowledge(increment("7", 1));
  rig.receive(increment("7", 1), increment("7", 1));
  assertEquals(rig.counter("counter:1").count, 11);
  rig.receive(increment("6", 1));
  rig.receive(increment("7", 1));
  assertEquals(rig.counter("counter:1").count, 12);
  rig.synced(counterState("counter:1", 10)); // The sync has not seen it, so it is applied.
  rig.receive(increment("7", 1));
  assertEquals(rig.counter("counter:1").count, 11);
});

test("RTO9a2a3: an echo that comes before the ACK is not applied again", () => {
  const rig = inCondition("new");
  rig.receive(increment("7", 1));
  rig.acknowledge(increment("7", 1));
  assertEquals(rig.counter("counter:1").count, 11);
  rig.receive(increment("8", 1));
  assertEquals(rig.counter("counter:1").count, 12);
});

// The state of the service, the effects, and the value.
const STATES: [string, Condition, Wire, string[], number][] = [
  ["RTLC6–RTLC6h, RTLC14–RTLC14b: another count", "new", counterState("counter:1", 3), [
    "counter:1 -7",
  ], 3],
  ["RTLC14b: the same count is an update of 0", "new", counterState("counter:1", 10), [
    "counter:1 0",
  ], 10],
  ["RTLC6c: no count", "new", counterState("counter:1", undefined), ["counter:1 -10"], 0],
  [
    "RTLC6d, RTLC16: the creation is added",
    "created",
    {
      ...counterState("counter:1", 1),
      createOp: { action: 3, objectId: "counter:1", counterCreate: { count: 4 } },
    },
    ["counter:1 -5"],
    5,
  ],
  ["RTLC6f, RTLC6f2: it was deleted", "new", { ...counterState("counter:1", 0), tombstone: true }, [
    "counter:1 -10 †",
  ], 0],
  ["RTLC6e, RTLC6e1: it has been deleted here", "deleted", counterState("counter:1", 5), [], 0],
];

for (const [name, condition, state, told, count] of STATES) {
  test(`${name} (${condition} counter, sync)`, () => {
    const rig = inCondition(condition);
    rig.sync("t:", mapState("root", { c: "counter:1" }), state);
    assertEquals(rig.take().slice(2, -1), told);
    assertEquals(rig.counter("counter:1").count, count);
  });
}

test("RTLC6a, RTLM6a, RTLO3b, RTLO3b1: the serials of the sites are those of the service, also after a deletion", () => {
  for (const condition of ["new", "deleted"] as const) {
    const rig = inCondition(condition);
    const siteTimeserials = { b: "8", c: "9", d: 5 };
    rig.sync("t:", { ...counterState("counter:1", 1), siteTimeserials });
    const counter = rig.counter("counter:1");
    const serials = ["a", "b", "c", "d"].map((site) => counter.siteSerial(site));
    assertEquals(serials, ["", "8", "9", ""]);
  }
});

test("RTLC6b, RTLO3c, RTLO3c1: after a state without a creation, one that arrives is merged", () => {
  const rig = inCondition("created");
  rig.sync("t:", counterState("counter:1", 1));
  rig.receive(createCounter("6", 7));
  assertEquals(rig.counter("counter:1").count, 8);
});

test("RTLO3d–RTLO3e1, RTLO6–RTLO6b1, RTLO4e2, RTLO4e3: a deletion tells its time, or it is the local one", () => {
  const rig = inCondition("new");
  rig.receive(deleted("6", "counter:1", { serialTimestamp: 77 }));
  assertEquals(rig.counter("counter:1").tombstonedAt, 77);
  const other = inCondition("new");
  other.receive(deleted("6", "counter:1"));
  assertEquals(other.counter("counter:1").tombstonedAt, NOW);
});
