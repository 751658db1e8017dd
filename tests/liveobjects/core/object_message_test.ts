import { decodeMessages } from "../../../src/liveobjects/core/decode_message.ts";
import { sizeOfOperations } from "../../../src/liveobjects/core/object_size.ts";
import type { OperationMessage } from "../../../src/liveobjects/core/object_message.ts";
import { publicMessage } from "../../../src/liveobjects/core/public_message.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import {
  CoreRig,
  createCounter,
  createMap,
  increment,
  mapState,
  operation,
  remove,
  set,
  type Wire,
} from "./core_rig.ts";

const frame = { id: "frame", connectionId: "conn", timestamp: 5, now: 9 };

test("OM2a, OM2c, OM2e: what a message does not say is said by its frame", () => {
  const [bare, full] = decodeMessages([{}, { id: "i", connectionId: "c", timestamp: 7 }], frame);
  assertEquals([bare!.id, bare!.connectionId, bare!.timestamp], ["frame:0", "conn", 5]);
  assertEquals([full!.id, full!.connectionId, full!.timestamp], ["i", "c", 7]);
});

test("OM1, OM2b, OM2d, OM2f–OM2i: members pass as they are", () => {
  const wire = {
    clientId: "ann",
    extras: { headers: { a: 1 } },
    serial: "s",
    siteCode: "site",
    serialTimestamp: 8,
  };
  const [message] = decodeMessages([wire], frame);
  const { clientId, extras, serial, siteCode, serialTimestamp } = message!;
  assertEquals({ clientId, extras, serial, siteCode, serialTimestamp }, wire);
});

// Sizes: OM3, OOP4, MCR3, MST3, MRM3, CCR3, CIN3, OME3, OD3.
const SIZES: [string, Wire, number][] = [
  [
    "OM3–OM3c, OOP4–OOP4g, OOP4i, MST1–MST3d, OD3–OD3a, OD3e: a set of text",
    set("1", "ké", { string: "aé" }),
    3 + 3,
  ],
  ["OD3d: of a number", set("1", "k", { number: 5 }), 1 + 8],
  ["OD3b: of a boolean", set("1", "k", { boolean: false }), 1 + 1],
  ["OD3c: of base64", set("1", "k", { bytes: "AQIDBA==" }), 1 + 4],
  ["OD3c: of bytes", set("1", "k", { bytes: new Uint8Array(5) }), 1 + 5],
  ["OD3g: of JSON", set("1", "k", { json: '{"é":1}' }), 1 + 8],
  ["OD3f: of a reference", set("1", "k", { objectId: "map:1" }), 1],
  ["OOP4j, MRM1–MRM3b: a removal", remove("1", "key"), 3],
  ["OOP4l, CIN1–CIN3a: an increment", increment("1", 0), 8],
  ["CIN3b: an increment by nothing", increment("1", null), 0],
  ["OOP4k–OOP4k3, CCR1–CCR3a: a counter", createCounter("1", 7), 8],
  ["CCR3b: a counter without count", createCounter("1", null), 0],
  [
    "OOP4h–OOP4h3, MCR1–MCR3b, OME1–OME3c: a map",
    createMap("1", { ab: { data: { string: "xyz" } }, c: { data: { objectId: "map:2" } } }),
    2 + 3 + 1,
  ],
  ["OOP4f: a deletion", operation("1", { action: 5, objectId: "map:1", objectDelete: {} }), 0],
];

for (const [name, wire, size] of SIZES) {
  test(`${name} has the size ${size}`, () => {
    const [one, other] = decodeMessages([wire, wire], { now: 0 }) as OperationMessage[];
    assertEquals(sizeOfOperations([one!.operation, other!.operation]), 2 * size);
  });
}

const PUBLIC: [string, Wire, object][] = [
  ["PAOOP1–PAOOP3a: map.set", set("1", "k", { json: "[1]" }), {
    action: "map.set",
    objectId: "root",
    mapSet: { key: "k", value: { json: [1] } },
  }],
  ["PAOOP3a: map.set of bytes", set("1", "k", { bytes: "AQ==" }), {
    action: "map.set",
    objectId: "root",
    mapSet: { key: "k", value: { bytes: new Uint8Array([1]) } },
  }],
  ["PAOOP3a: map.set of a reference", set("1", "k", { objectId: "map:1" }), {
    action: "map.set",
    objectId: "root",
    mapSet: { key: "k", value: { objectId: "map:1" } },
  }],
  ["PAOOP3a, PAOOP3b3, PAOOP3c3: map.remove", remove("1", "k"), {
    action: "map.remove",
    objectId: "root",
    mapRemove: { key: "k" },
  }],
  [
    "PAOOP3a, MCL1, MCL2: map.clear",
    operation("1", { action: 6, objectId: "root", mapClear: {} }),
    {
      action: "map.clear",
      objectId: "root",
      mapClear: {},
    },
  ],
  ["PAOOP3a: counter.inc", increment("1", 5), {
    action: "counter.inc",
    objectId: "counter:1",
    counterInc: { number: 5 },
  }],
  ["PAOOP3c1: counter.create", createCounter("1", 5), {
    action: "counter.create",
    objectId: "counter:1",
    counterCreate: { count: 5 },
  }],
  [
    "PAOOP3b1, MCR2, OMP2, OME2: map.create",
    createMap("1", {
      a: { timeserial: "1", data: { number: 1 } },
      b: { timeserial: "2", tombstone: true, serialTimestamp: 3 },
    }),
    {
      action: "map.create",
      objectId: "map:1",
      mapCreate: {
        semantics: "lww",
        entries: {
          a: { timeserial: "1", data: { number: 1 } },
          b: { timeserial: "2", tombstone: true, serialTimestamp: 3 },
        },
      },
    },
  ],
  [
    "PAOOP3a, ODE1, ODE2: object.delete",
    operation("1", { action: 5, objectId: "map:1", objectDelete: {} }),
    { action: "object.delete", objectId: "map:1", objectDelete: {} },
  ],
  ["OOP2a: an action from the future", operation("1", { action: 99, objectId: "map:1" }), {
    action: "unknown",
    objectId: "map:1",
  }],
  [
    "OMP2a: semantics from the future",
    operation("1", { action: 0, objectId: "map:1", mapCreate: { semantics: 5 } }),
    {
      action: "map.create",
      objectId: "map:1",
      mapCreate: { semantics: "unknown", entries: {} },
    },
  ],
];

for (const [name, wire, expected] of PUBLIC) {
  test(`${name}, as users see it`, () => {
    const [message] = decodeMessages([wire], { now: 0 });
    assertEquals(publicMessage(message, "c"), {
      channel: "c",
      operation: expected as never,
      serial: "1",
      siteCode: "a",
    });
  });
}

test("PAOM3b, PAOM3c: all that is known of a message, and nothing else", () => {
  const wire = { ...increment("1", 5), clientId: "ann", extras: { a: 1 }, serialTimestamp: 3 };
  const [message] = decodeMessages([wire], frame);
  const { operation: _, ...rest } = publicMessage(message, "c")!;
  assertEquals(rest, {
    id: "frame:0",
    clientId: "ann",
    connectionId: "conn",
    timestamp: 5,
    channel: "c",
    serial: "1",
    serialTimestamp: 3,
    siteCode: "a",
    extras: { a: 1 },
  });
});

test("PAOM3a1: a state has no public message", () => {
  const [message] = decodeMessages([{ object: mapState("root", {}) }], frame);
  assertEquals(publicMessage(message, "c"), undefined);
});

/** Puts a value in the place of every member of a message, one after the other. */
function* spoiled(value: unknown, by: unknown): Generator<unknown> {
  yield by;
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    for (const member of spoiled((value as Wire)[key], by)) yield { ...value, [key]: member };
  }
}

test("OM4, OM5, RTF1: members of any type break nothing", () => {
  const operations = [
    set("9", "a", { string: "x" }),
    set("9", "m", { objectId: "map:1" }),
    remove("9", "a"),
    increment("9", 1),
    createCounter("9", 1),
    createMap("9", { a: { timeserial: "1", data: { number: 1 } } }),
    operation("9", { action: 6, objectId: "root", mapClear: {} }),
  ];
  const states = [
    mapState("root", { a: 1, m: "map:1" }, { createOp: createMap("1", {}).operation }),
    { objectId: "counter:1", siteTimeserials: { a: "1" }, counter: { count: 1 } },
  ].map((object) => ({ object }));
  let rounds = 0;
  for (const by of [null, true, -1, NaN, "", "x", [], {}, [[]], { length: 5 }, () => {}]) {
    for (const wire of [...operations, ...states]) {
      for (const bad of spoiled(wire, by)) {
        const rig = new CoreRig().synced(mapState("root", { m: "map:1" }));
        const decoded = decodeMessages([bad], frame);
        rig.core.operated(decoded);
        rig.core.synced("t:", decoded);
        publicMessage(decoded[0], "c");
        assertEquals(rig.core.state, "synced");
        assertEquals(typeof rig.tree, "object");
        assert(rig.core.pool.get("root") === rig.root);
        rounds++;
      }
    }
  }
  assert(rounds > 700, `${rounds} rounds`);
  for (const state of [null, {}, "x", 5, undefined]) assertEquals(decodeMessages(state, frame), []);
});
