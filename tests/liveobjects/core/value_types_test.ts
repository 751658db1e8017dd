import * as ObjectAction from "../../../src/liveobjects/core/object_action.ts";
import { ErrorInfo } from "../../../src/errors.ts";
import { incrementChange } from "../../../src/liveobjects/core/changes.ts";
import { encodeOperation } from "../../../src/liveobjects/core/encode_message.ts";
import { MapObject } from "../../../src/liveobjects/core/map_object.ts";
import type { ObjectOperation } from "../../../src/liveobjects/core/object_message.ts";
import { JsonText, readValue } from "../../../src/liveobjects/core/object_value.ts";
import { LiveCounter, LiveMap } from "../../../src/liveobjects/core/api_values.ts";
import {
  blueprint,
  createOperations,
  identify,
  isBlueprint,
  planValue,
  toStored,
} from "../../../src/liveobjects/core/value_types.ts";
import { sizeOfOperations } from "../../../src/liveobjects/core/object_size.ts";
import { assert, assertEquals, assertThrows, test } from "../../harness.ts";
import { CoreRig, mapState } from "./core_rig.ts";

const counter = (count?: unknown) => blueprint({}, "counter", count);
const map = (entries?: unknown) => blueprint({}, "map", entries);

async function operationsOf(value: unknown): Promise<ObjectOperation[]> {
  const planned = planValue(value);
  assert(Array.isArray(planned));
  let drawn = 0;
  const nonce = () => `nonce-${String(drawn++).padStart(10, "0")}`;
  return await createOperations(planned, { timestamp: 1_700_000_000_000, nonce });
}

// Digests by another implementation: `printf '%s' '{"count":5}:0123456789abcdef' | openssl dgst -sha256 -binary | basenc --base64url`.
test("RTO14–RTO14c: the id of an object", async () => {
  const origins = { nonce: () => "0123456789abcdef", timestamp: 1700000000000 };
  const { objectId } = await identify("counter", { count: 5 }, origins);
  assertEquals(objectId, "counter:huYpIblxUOfKF55RoCjN-h_ULr2RtgdfGBxNKPIQFcE@1700000000000");
});

test("RTLCV1–RTLCV3b, RTLCV4b–RTLCV4d, RTLCV4f–RTLCV4h: a counter", async () => {
  const [operation, ...others] = await operationsOf(counter(5));
  const initialValue = '{"count":5}';
  const nonce = "nonce-0000000000";
  assertEquals(others, []);
  assertEquals(operation!.action, ObjectAction.CounterCreate);
  assertEquals(operation!.counterCreate, { count: 5 }); // RTLCV4g5
  const origins = { nonce: () => nonce, timestamp: 1_700_000_000_000 };
  const { objectId } = await identify("counter", { count: 5 }, origins);
  assertEquals(operation!.objectId, objectId);
  for (const format of ["json", "msgpack"] as const) {
    assertEquals(encodeOperation(operation!, format), {
      operation: {
        action: 3,
        objectId: operation!.objectId,
        counterCreateWithObjectId: { initialValue, nonce },
      },
    });
  }
});

test("RTLCV4b1: a counter without a count begins with 0", async () => {
  const [operation] = await operationsOf(counter());
  assertEquals(operation!.madeOf!.initialValue, '{"count":0}');
});

test("RTLMV1–RTLMV3b, RTLMV4d, RTLMV4d3–RTLMV4f2, RTLMV4i–RTLMV4j5: a map with values of all kinds, for JSON in any format", async () => {
  const [operation] = await operationsOf(map({
    s: "text",
    n: 1,
    b: false,
    o: { x: [1] },
    a: [1],
    bytes: new Uint8Array([1, 2, 3]),
    buffer: new Uint8Array([1]).buffer,
    view: new DataView(new Uint8Array([9, 1, 9]).buffer, 1, 1),
  }));
  assertEquals(JSON.parse(operation!.madeOf!.initialValue), {
    semantics: 0,
    entries: {
      s: { data: { string: "text" } },
      n: { data: { number: 1 } },
      b: { data: { boolean: false } },
      o: { data: { json: '{"x":[1]}' } },
      a: { data: { json: "[1]" } },
      bytes: { data: { bytes: "AQID" } },
      buffer: { data: { bytes: "AQ==" } },
      view: { data: { bytes: "AQ==" } },
    },
  });
  const wire = encodeOperation(operation!, "msgpack").operation!;
  assertEquals(Object.keys(wire), ["action", "objectId", "mapCreateWithObjectId"]);
  // OOP4h2: what is sent as text counts as what it stands for.
  assertEquals(
    sizeOfOperations([operation!]),
    1 + 4 + 1 + 8 + 1 + 1 + 1 + 9 + 1 + 3 + 5 + 3 + 6 + 1 + 4 + 1,
  );
});

test("RTLMV4e2: a map without entries is empty", async () => {
  const [operation] = await operationsOf(map());
  assertEquals(operation!.madeOf!.initialValue, '{"semantics":0,"entries":{}}');
});

test("RTLMV4d1, RTLMV4d2, RTLMV4k: those inside others come first, and the others refer to them", async () => {
  const operations = await operationsOf(map({
    first: map({ deep: map({ c: counter(1) }), x: 1 }),
    second: counter(2),
  }));
  const shape = operations.map(({ action, mapCreate, counterCreate }) =>
    action === ObjectAction.CounterCreate ? counterCreate!.count : [...mapCreate!.entries.keys()]
  );
  assertEquals(shape, [1, ["c"], ["deep", "x"], 2, ["first", "second"]]);
  assertEquals(new Set(operations.map(({ objectId }) => objectId)).size, 5);
  const rig = new CoreRig().synced(mapState("root", {}));
  rig.core.acknowledged(operations.map((operation, index) => ({
    operation,
    serial: `${index}`,
    siteCode: "a",
  })));
  const top = rig.core.pool.get(operations.at(-1)!.objectId) as MapObject;
  assert(top.get("first") instanceof MapObject);
});

test("RTLMV4k: a map that is 10,000 maps deep", async () => {
  let value: object = map();
  for (let i = 0; i < 10_000; i++) value = map({ d: value });
  assertEquals((await operationsOf(value)).length, 10_001);
});

test("RTLMV4g, RTLCV4d: every use makes another object", async () => {
  const value = counter(1);
  const [first, second] = await operationsOf(map({ a: value, b: value }));
  assert(first!.objectId !== second!.objectId);
});

test("OD4a: a value of 20,000 objects, one in the other, is stored, or refused if JSON is", () => {
  let value: object = {};
  for (let i = 0; i < 20_000; i++) value = { d: value };
  try {
    const stored = toStored(value);
    assert(stored instanceof JsonText);
    assertEquals(stored.text.length, 20_000 * 6 + 2);
  } catch (error) {
    assert(error instanceof ErrorInfo, String(error));
    assertEquals(error.code, 40013);
  }
});

class Point {
  x = 1;
}

class Hollow {
  #x = 1;
  get x(): number {
    return this.#x;
  }
}

const circular: Record<string, unknown> = {};
circular.self = circular;

const BAD: [string, unknown, number][] = [
  ["RTLMV4c: null", null, 40013],
  ["RTLMV4c: undefined", undefined, 40013],
  ["RTLMV4c: a function", () => {}, 40013],
  ["RTLMV4c: a symbol", Symbol("s"), 40013],
  ["RTLMV4c: a bigint", 5n, 40013],
  ["RTLMV4c: a bigint inside", { x: 5n }, 40013],
  ["RTLMV4c: NaN", NaN, 40013],
  ["RTLMV4c: Infinity", -Infinity, 40013],
  ["OD4a: a Date, which JSON has as text", new Date(0), 40013],
  ["OD4a: a wrapped string", new String("x"), 40013],
  ["OD4a: a circle", circular, 40013],
  ["OD4a: a Map", new Map([[1, 2]]), 40013],
  ["OD4a: a Set", new Set([1]), 40013],
  ["OD4a: a Promise", Promise.resolve(), 40013],
  ["OD4a: an object that shows nothing", new Hollow(), 40013],
  ["OD4a: a toJSON that throws", {
    toJSON: () => {
      throw new Error("no");
    },
  }, 40013],
  ["OD4a: a toJSON that gives nothing", { toJSON: () => undefined }, 40013],
  ["RTLMV4c: in a map", map({ x: null }), 40013],
  ["RTLMV4c: in a map in a map", map({ m: map({ x: undefined }) }), 40013],
  ["RTLCV4a: a count of text", counter("5"), 40003],
  ["RTLCV4a: a count of null", counter(null), 40003],
  ["RTLCV4a: a count of NaN", counter(NaN), 40003],
  ["RTLCV4a: a count of Infinity, in a map", map({ c: counter(Infinity) }), 40003],
  ["RTLMV4a: entries of null", map(null), 40003],
  ["RTLMV4a: entries of text", map("x"), 40003],
  ["RTLMV4a: entries in an array", map([1]), 40003],
  ["RTLMV4a: entries in a Map", map(new Map()), 40003],
  ["RTLMV4a: binary entries", map(new Uint8Array(1)), 40003],
  ["RTLMV4a: entries that are a counter", map(counter()), 40003],
  ["RTLMV4b: a symbol as a key", map({ [Symbol("s")]: 1 }), 40003],
];

for (const [name, value, code] of BAD) {
  test(`${name} is refused with ${code}`, () => {
    const error = assertThrows(() => planValue(value), ErrorInfo);
    assertEquals([error.code, error.statusCode], [code, 400]);
    assert(error.remediation !== "");
  });
}

const GOOD: [string, unknown, unknown][] = [
  ["text without characters", "", ""],
  ["an empty object", {}, {}],
  ["an object without prototype", Object.create(null), {}],
  ["an instance with members", new Point(), { x: 1 }],
  ["an object with a toJSON", { toJSON: () => ({ y: 2 }) }, { y: 2 }],
  ["an empty array", [], []],
  ["members that JSON leaves out", { a: undefined, b: () => {} }, {}],
];

for (const [name, value, read] of GOOD) {
  test(`OD4a: ${name} is accepted`, () => {
    const planned = planValue(value);
    assert(!Array.isArray(planned));
    assertEquals(readValue(planned), read);
  });
}

test("RTLM20e1: what was given may be changed afterwards", () => {
  const json = { x: [1] };
  const bytes = new Uint8Array([1]);
  const planned = [planValue(json), planValue(bytes)];
  json.x.push(2);
  bytes[0] = 9;
  assertEquals(planned.map((value) => readValue(value as never)), [
    { x: [1] },
    new Uint8Array([1]),
  ]);
});

test("RTLC13: to take 0 is to add 0, and not -0", () => {
  assert(Object.is(incrementChange("counter:1", 0, -1).operation.counterInc!.number, 0));
});

test("RTLCV3c, RTLCV3d, RTLMV3c, RTLMV3d: nothing is checked before it is used, and nothing changes", () => {
  for (const made of [counter("bad"), map("bad")]) {
    assert(Object.isFrozen(made));
    assert(isBlueprint(made));
    assertEquals(Object.keys(made), []);
  }
  assertEquals([isBlueprint({}), isBlueprint(null), isBlueprint("x")], [false, false, false]);
  assertEquals([isBlueprint(map(), "counter"), isBlueprint(counter(), "counter")], [false, true]);
});

test("LiveMap, LiveCounter: instanceof finds what create() has made, and only that", () => {
  const [made, counted] = [LiveMap.create({ a: 1 }), LiveCounter.create()];
  assertEquals([made instanceof LiveMap, counted instanceof LiveCounter], [true, true]);
  assertEquals([made instanceof LiveCounter, {} instanceof LiveMap], [false, false]);
});

test("RTLCV1, RTLMV1: values of another copy of this package are known by registered symbols", async () => {
  const [kind, content] = ["kind", "content"].map((name) =>
    Symbol.for(`ably-edge.liveobjects.${name}`)
  );
  const foreign = { [kind!]: "counter", [content!]: 3 };
  const operations = await operationsOf({ [kind!]: "map", [content!]: { c: foreign } });
  assertEquals(operations.map(({ action }) => action), [
    ObjectAction.CounterCreate,
    ObjectAction.MapCreate,
  ]);
  assertEquals(operations[0]!.counterCreate, { count: 3 });
});
