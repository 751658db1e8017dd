import type { MapEntry } from "../../../src/liveobjects/core/object_message.ts";
import { assertEquals, test } from "../../harness.ts";
import {
  clear,
  CoreRig,
  counterState,
  createMap,
  deleted,
  increment,
  mapState,
  NOW,
  operation,
  remove,
  set,
  type Wire,
} from "./core_rig.ts";

/** A root that was cleared at 3, with an entry of each kind at serial 5, and objects that it refers to. */
function rigOf(more: Wire = {}): CoreRig {
  const rig = new CoreRig().synced(
    mapState(
      "root",
      {
        old: { timeserial: "5", data: { number: 1 } },
        gone: { timeserial: "5", tombstone: true, serialTimestamp: 50 },
        bare: { data: { number: 2 } },
        ref: { timeserial: "5", data: { objectId: "counter:1" } },
      },
      {
        siteTimeserials: { a: "0" },
        map: undefined,
        ...more,
      },
    ),
    counterState("counter:1", 7),
  );
  return rig;
}

function rootWith(clearTimeserial?: string): CoreRig {
  const { map } = mapState("root", {
    old: { timeserial: "5", data: { number: 1 } },
    gone: { timeserial: "5", tombstone: true, serialTimestamp: 50 },
    bare: { data: { number: 2 } },
    ref: { timeserial: "5", data: { objectId: "counter:1" } },
  }) as { map: Wire };
  return rigOf({ map: { ...map, ...(clearTimeserial !== undefined && { clearTimeserial }) } });
}

function entry(rig: CoreRig, key: string): MapEntry | undefined {
  return rig.root.data.get(key);
}

const value = { string: "x" };

// The serial of the last clear, the operation, the effects, and the entry with its serial.
const ROWS: [string, string | undefined, Wire, string[], string, unknown][] = [
  [
    "RTLM15–RTLM15c, RTLM15d6–RTLM15d6b, RTLM7–RTLM7e, RTLM7b–RTLM7b3, RTLM7f, RTLM18–RTLM18b: a new key",
    undefined,
    set("6", "k", value),
    [
      'root {"k":"updated"}',
    ],
    "k",
    "6 x",
  ],
  [
    "RTLM7a2, RTLM7a2e–RTLM7a2d, RTLM9–RTLM9a, RTLM9e: a later set",
    undefined,
    set("6", "old", value),
    [
      'root {"old":"updated"}',
    ],
    "old",
    "6 x",
  ],
  ["RTLM7a1, RTLM9e: the same serial", undefined, set("5", "old", value), [], "old", "5 1"],
  ["RTLM7a1, RTLM9e: an earlier set", undefined, set("4", "old", value), [], "old", "5 1"],
  ["RTLM9e: serials are compared as text", undefined, set("10", "old", value), [], "old", "5 1"],
  [
    "RTLM9d: an entry without serial",
    undefined,
    set("1", "bare", value),
    [
      'root {"bare":"updated"}',
    ],
    "bare",
    "1 x",
  ],
  [
    "RTLM7a2c, RTLM7a2d: a key that was removed",
    undefined,
    set("6", "gone", value),
    [
      'root {"gone":"updated"}',
    ],
    "gone",
    "6 x",
  ],
  [
    "RTLM7a1: a key that was removed later",
    undefined,
    set("4", "gone", value),
    [],
    "gone",
    "5 †50",
  ],
  ["RTLM7h: a set before the clear", "6", set("5", "k", value), [], "k", undefined],
  ["RTLM7h: a set at the clear", "6", set("6", "k", value), [], "k", undefined],
  [
    "RTLM7h: a set after the clear",
    "6",
    set("7", "k", value),
    [
      'root {"k":"updated"}',
    ],
    "k",
    "7 x",
  ],
  [
    "RTLM15d7–RTLM15d7b, RTLM8–RTLM8d, RTLM8a2, RTLM8a2a–RTLM8a2d, RTLM8e: a removal",
    undefined,
    remove("6", "old", "root", { serialTimestamp: 60 }),
    [
      'root {"old":"removed"}',
    ],
    "old",
    "6 †60",
  ],
  [
    "RTLM8a2d, RTLO6b: a removal without a time",
    undefined,
    remove("6", "old"),
    [
      'root {"old":"removed"}',
    ],
    "old",
    `6 †${NOW}`,
  ],
  ["RTLM8a1: an earlier removal", undefined, remove("4", "old"), [], "old", "5 1"],
  [
    "RTLM8b, RTLM8b1, RTLM8b2, RTLM8b3: of a key never seen",
    undefined,
    remove("6", "k"),
    [
      'root {"k":"removed"}',
    ],
    "k",
    `6 †${NOW}`,
  ],
  ["RTLM8g: a removal before the clear", "6", remove("5", "k"), [], "k", undefined],
  ["RTLM8g: a removal at the clear", "6", remove("6", "old"), [], "old", "5 1"],
  [
    "RTLM8g: a removal after the clear",
    "6",
    remove("7", "old"),
    [
      'root {"old":"removed"}',
    ],
    "old",
    `7 †${NOW}`,
  ],
  [
    "RTLM15d8–RTLM15d8b, RTLM24–RTLM24b, RTLM24d–RTLM24f, RTLM25: a clear",
    undefined,
    clear("6"),
    [
      'root {"old":"removed","gone":"removed","bare":"removed","ref":"removed"}',
    ],
    "old",
    undefined,
  ],
  [
    "RTLM24e1: a clear before the entries",
    undefined,
    clear("4"),
    [
      'root {"bare":"removed"}',
    ],
    "old",
    "5 1",
  ],
  [
    "RTLM24e1: a clear at the entries",
    undefined,
    clear("5"),
    [
      'root {"bare":"removed"}',
    ],
    "old",
    "5 1",
  ],
  ["RTLM24c: a clear before the last clear", "7", clear("6"), [], "bare", " 2"],
  [
    "RTLM24c: a clear at the last clear passes",
    "6",
    clear("6"),
    [
      'root {"old":"removed","gone":"removed","bare":"removed","ref":"removed"}',
    ],
    "old",
    undefined,
  ],
  [
    "RTLM15b: an operation that the site had before",
    undefined,
    set("0", "k", value),
    [],
    "k",
    undefined,
  ],
  [
    "RTLM15d4: an operation for counters",
    undefined,
    increment("6", 1, "root"),
    [
      "warn",
    ],
    "old",
    "5 1",
  ],
  [
    "RTLO4e10: the root cannot be deleted",
    undefined,
    deleted("6", "root"),
    [
      "warn",
    ],
    "old",
    "5 1",
  ],
  [
    "RTLM15d6: a set without its payload",
    undefined,
    operation("6", {
      action: 1,
      objectId: "root",
    }),
    [],
    "old",
    "5 1",
  ],
  [
    "RTLM15d6: a set of a key that is no text",
    undefined,
    operation("6", {
      action: 1,
      objectId: "root",
      mapSet: { key: 5, value },
    }),
    [],
    "old",
    "5 1",
  ],
  [
    "RTLM5d2g: a value of an unknown kind is kept as one that reads as nothing",
    undefined,
    set("6", "old", {
      date: 5,
    }),
    ['root {"old":"updated"}'],
    "old",
    "6 undefined",
  ],
];

for (const [name, cleared, given, told, key, expected] of ROWS) {
  test(name, () => {
    const rig = rootWith(cleared);
    rig.receive(given);
    assertEquals(rig.take(), told);
    assertEquals(shownEntry(entry(rig, key)), expected);
  });
}

function shownEntry(found: MapEntry | undefined): string | undefined {
  if (!found) return undefined;
  const { timeserial, tombstonedAt } = found;
  return `${timeserial} ${tombstonedAt === undefined ? found.value : `†${tombstonedAt}`}`;
}

test("RTLM7g–RTLM7g2, RTO6–RTO6b3, RTO3, RTO3a: a reference makes an empty object, and a parent", () => {
  const rig = rootWith();
  rig.receive(set("6", "m", { objectId: "map:9" }), set("7", "c", { objectId: "counter:9" }));
  assertEquals(rig.tree, { old: 1, bare: 2, ref: 7, m: {}, c: 0 });
  assertEquals([...rig.map("map:9").parents()], [["root", "m"]]);
  assertEquals([...rig.counter("counter:9").parents()], [["root", "c"]]);
});

test("RTLM7g1: a reference to an object of an unknown type is kept, and reads as nothing", () => {
  const rig = rootWith();
  rig.receive(set("6", "l", { objectId: "list:9" }));
  assertEquals(rig.take(), ['root {"l":"updated"}']);
  assertEquals([rig.root.get("l"), rig.root.size, rig.core.pool.get("list:9")], [
    undefined,
    4,
    undefined,
  ]);
});

test("RTO9a2a1: an operation on an object of an unknown type is dropped with a warning", () => {
  const rig = rootWith();
  rig.receive(set("6", "k", value, "list:9"), set("7", "k", value, "map"));
  assertEquals(rig.take(), ["warn", "warn"]);
});

// RTLM7a3, RTLM8a3, RTLM24e1c, RTLO4e9: what makes an object lose its parent.
for (
  const [name, given] of [
    ["RTLM7a3–RTLM7a3b: a set", set("6", "ref", value)],
    ["RTLM8a3–RTLM8a3b: a removal", remove("6", "ref")],
    ["RTLM24e1c–RTLM24e1b: a clear", clear("6")],
  ] as const
) {
  test(`${name} takes the reference back`, () => {
    const rig = rootWith();
    assertEquals([...rig.counter("counter:1").parents()], [["root", "ref"]]);
    rig.receive(given);
    assertEquals([...rig.counter("counter:1").parents()], []);
  });
}

test("RTLM15d5–RTLM15d5b, RTLO4e9–RTLO4e8: a deleted map loses its children and tells what was lost", () => {
  const rig = new CoreRig().synced(
    mapState("root", { m: "map:1" }),
    mapState("map:1", {
      c: { timeserial: "1", data: { objectId: "counter:1" } },
      x: { timeserial: "1", tombstone: true },
    }),
    counterState("counter:1", 7),
  );
  rig.receive(deleted("6", "map:1"));
  assertEquals(rig.take(), ['map:1 {"c":"removed"} †']);
  assertEquals([...rig.counter("counter:1").parents()], []);
  assertEquals([rig.root.get("m"), rig.root.size, rig.tree], [undefined, 0, {}]); // RTLM14c
});

test("RTLM15e: nothing can be done to a deleted map, and the serial is stored", () => {
  const rig = new CoreRig().synced(mapState("root", { m: "map:1" }), mapState("map:1", {}));
  rig.receive(deleted("6", "map:1"), set("7", "a", value, "map:1"));
  assertEquals([rig.map("map:1").size, rig.map("map:1").siteSerial("a")], [0, "7"]);
});

test("RTLO3f–RTLO3f2, RTLO4g–RTLO4h3: several keys and several parents", () => {
  const rig = rootWith();
  rig.receive(
    set("6", "x", { objectId: "counter:1" }),
    set("6b", "y", { objectId: "counter:1" }),
    createMap("b:6", { z: { data: { objectId: "counter:1" }, timeserial: "6" } }),
  );
  const parents = () =>
    [...rig.counter("counter:1").parents()].map((pair) => pair.join(".")).sort();
  assertEquals(parents(), ["map:1.z", "root.ref", "root.x", "root.y"]);
  rig.receive(remove("7", "ref"), set("8", "x", { objectId: "counter:1" }));
  assertEquals(parents(), ["map:1.z", "root.x", "root.y"]);
  rig.receive(set("8b", "ref", { objectId: "counter:1" }), remove("9", "x"), remove("9b", "y"));
  assertEquals(parents(), ["map:1.z", "root.ref"]);
});

test("RTLM15d1–RTLM15d1b, RTLM16–RTLM16f, RTLM23–RTLM23c: a creation merges each entry by its own serial", () => {
  const rig = new CoreRig().synced(mapState("root", { m: "map:1" }));
  rig.receive(
    set("5", "later", value, "map:1"),
    createMap("b:4", {
      later: { timeserial: "4", data: { number: 1 } },
      fresh: { timeserial: "4", data: { number: 2 } },
      bare: { data: { number: 3 } },
      gone: { timeserial: "4", tombstone: true, serialTimestamp: 40 },
    }),
  );
  assertEquals(rig.take(), [
    'map:1 {"later":"updated"}',
    'map:1 {"fresh":"updated","bare":"updated","gone":"removed"}',
  ]);
  assertEquals(rig.tree, { m: { later: "x", fresh: 2, bare: 3 } });
  rig.receive(createMap("b:5", { more: { timeserial: "9", data: { number: 1 } } })); // RTLM16b
  assertEquals(rig.take(), []);
});

test("RTLM9b, RTLM9c: without serials the first one stays", () => {
  const rig = new CoreRig().synced(
    mapState("root", { m: "map:1" }),
    mapState("map:1", {
      bare: { data: { number: 1 } },
      known: { timeserial: "1", data: { number: 1 } },
    }),
  );
  const entries = { bare: { data: { number: 2 } }, known: { data: { number: 2 } } };
  rig.receive(createMap("b:4", entries));
  assertEquals(rig.tree, { m: { bare: 1, known: 1 } });
});

// RTLM6, RTLM22: the state of the service, the effects, and the value of the root.
const before = {
  same: { timeserial: "1", data: { number: 1 } },
  other: { timeserial: "1", data: { number: 1 } },
  gone: { timeserial: "1", tombstone: true },
  removed: { timeserial: "1", data: { number: 1 } },
  lost: { timeserial: "1", data: { number: 1 } },
};

test("RTLM6–RTLM6h, RTLM22–RTLM22b3: a state replaces everything, and emits the differences", () => {
  const rig = new CoreRig().synced(mapState("root", before));
  rig.sync(
    "t:",
    mapState("root", {
      same: { timeserial: "9", data: { number: 1 } },
      other: { timeserial: "1", data: { string: "1" } },
      gone: { timeserial: "2", data: { number: 1 } },
      removed: { timeserial: "2", tombstone: true },
      fresh: { timeserial: "2", data: { number: 1 } },
      never: { timeserial: "2", tombstone: true },
    }),
  );
  assertEquals(
    rig.take()[1],
    'root {"removed":"removed","lost":"removed","other":"updated",' +
      '"gone":"updated","fresh":"updated"}',
  );
});

test("RTLM22b3: JSON is compared by what it says, bytes byte by byte", () => {
  const bytes = (text: string) => ({ timeserial: "1", data: { bytes: text } });
  const json = (text: string) => ({ timeserial: "1", data: { json: text } });
  const rig = new CoreRig().synced(
    mapState("root", {
      a: json('{"x":1,"y":[2]}'),
      b: bytes("AQI="),
      c: json("[1]"),
      d: json("{"),
    }),
  );
  rig.sync(
    "t:",
    mapState("root", {
      a: json('{"y":[2], "x":1}'),
      b: { timeserial: "1", data: { bytes: new Uint8Array([1, 2]) } },
      c: json("[2]"),
      d: json("{"),
    }),
  );
  assertEquals(rig.take()[1], 'root {"c":"updated"}');
});

test("RTLM6i, RTLM6d, RTLM7h: what a map was created with before it was cleared stays away", () => {
  const rig = new CoreRig();
  rig.core.attached(true);
  rig.sync("t:", {
    ...mapState("root", {}),
    map: { semantics: 0, entries: {}, clearTimeserial: "5" },
    createOp: {
      action: 0,
      objectId: "root",
      mapCreate: {
        entries: {
          before: { timeserial: "4", data: value },
          after: { timeserial: "6", data: value },
          bare: { data: value },
        },
      },
    },
  });
  assertEquals(rig.tree, { after: "x" });
  assertEquals(rig.root.clearTimeserial, "5");
});

test("RTLM3a, RTLM3a1, RTLM6c1: the time of a tombstone in a state is the one it tells, or the local one", () => {
  const rig = new CoreRig().synced(mapState("root", {
    a: { timeserial: "1", tombstone: true, serialTimestamp: 5 },
    b: { timeserial: "1", tombstone: true },
  }));
  assertEquals([entry(rig, "a")?.tombstonedAt, entry(rig, "b")?.tombstonedAt], [5, NOW]);
});

test("RTLM6e, RTLM6e1, RTLM6f, RTLM6f2: a deleted map stays deleted; a state may delete it", () => {
  const rig = new CoreRig().synced(mapState("root", { m: "map:1" }), mapState("map:1", { a: 1 }));
  rig.sync("t:", mapState("root", { m: "map:1" }), mapState("map:1", {}, { tombstone: true }));
  assertEquals(rig.take(), ["syncing", "root {}", 'map:1 {"a":"removed"} †', "synced"]);
  rig.sync("u:", mapState("root", { m: "map:1" }), mapState("map:1", { a: 1 }));
  assertEquals(rig.take(), ["syncing", "root {}", "synced"]);
});

test("RTLM1–RTLM3, RTLM4–RTLM4d, RTLM5–RTLM5d2g, RTLM10–RTLM10d, RTLM11–RTLM11d2, RTLM12–RTLM12b, RTLM13–RTLM13b, RTLM14–RTLM14b: keys that lead nowhere count, removed ones do not", () => {
  const rig = new CoreRig().synced(mapState("root", {
    a: 1,
    dangling: "map:none",
    gone: { timeserial: "1", tombstone: true },
    unknown: { timeserial: "1", data: {} },
  }));
  assertEquals(rig.root.size, 3);
  assertEquals([...rig.root.entries()], [["a", 1], ["dangling", undefined], [
    "unknown",
    undefined,
  ]]);
  assertEquals(rig.tree, { a: 1, dangling: undefined, unknown: undefined });
});

test("RTLM5e: nothing can be read from a deleted map", () => {
  const rig = new CoreRig().synced(mapState("root", { m: "map:1" }), mapState("map:1", { a: 1 }));
  rig.receive(deleted("6", "map:1"));
  assertEquals(rig.map("map:1").get("a"), undefined);
});

test("RTO10c1a, RTLM19a1, RTO10c1b, RTO10c1b1: what was deleted long enough ago is forgotten", () => {
  const rig = new CoreRig().synced(
    mapState("root", {
      early: { timeserial: "1", tombstone: true, serialTimestamp: 100 },
      late: { timeserial: "1", tombstone: true, serialTimestamp: 101 },
      alive: 1,
    }),
    counterState("counter:1", 1),
    counterState("counter:2", 1),
  );
  rig.receive(
    deleted("6", "counter:1", { serialTimestamp: 100 }),
    deleted("6", "counter:2", { serialTimestamp: 101 }),
  );
  const { pool } = rig.core;
  pool.collect(100);
  assertEquals([...rig.root.data.keys()], ["late", "alive"]);
  assertEquals([...pool].map(({ objectId }) => objectId), ["root", "counter:2"]);
  assertEquals(pool.hasGarbage, true);
  pool.collect(101);
  assertEquals([pool.size, pool.hasGarbage, [...rig.root.data.keys()]], [1, false, ["alive"]]);
});
