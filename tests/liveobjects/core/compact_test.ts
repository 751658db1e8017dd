import { compact } from "../../../src/liveobjects/core/compact.ts";
import { assert, assertEquals, assertStrictEquals, test } from "../../harness.ts";
import { CoreRig, counterState, mapState } from "./core_rig.ts";

// deno-lint-ignore no-explicit-any
type Plain = any;

const data = (value: object) => ({ timeserial: "1", data: value });

test("RTPO13c1, RTPO13c2, RTPO13c3, RTPO13c4: all kinds of values", () => {
  const rig = new CoreRig().synced(
    mapState("root", {
      m: "map:1",
      c: "counter:1",
      s: "text",
      n: data({ number: 0 }),
      b: data({ boolean: false }),
      j: data({ json: '{"x":[1]}' }),
      old: data({ string: "[2]", encoding: "json" }),
      bytes: data({ bytes: "AQID" }),
      gone: { timeserial: "1", tombstone: true },
    }),
    mapState("map:1", { empty: "map:2" }),
    mapState("map:2", {}),
    counterState("counter:1", 7),
  );
  const shared = {
    m: { empty: {} },
    c: 7,
    s: "text",
    n: 0,
    b: false,
    j: { x: [1] },
    old: [2],
  };
  assertEquals(compact(rig.root, false), { ...shared, bytes: new Uint8Array([1, 2, 3]) });
  assertEquals(compact(rig.root, true), { ...shared, bytes: "AQID" }); // RTPO14b1
  assertEquals(compact(rig.root.get("c"), false), 7); // RTPO13d
  assertEquals(compact(rig.root.get("s"), false), "text"); // RTPO13e
  assertEquals(compact(undefined, false), undefined); // RTPO13f
});

test("RTPO13c5, RTPO14b2: a map that is met again, in a cycle or not", () => {
  const rig = new CoreRig().synced(
    mapState("root", { a: "map:1", b: "map:2", self: "root" }),
    mapState("map:1", { x: "map:2" }),
    mapState("map:2", { up: "map:1" }),
  );
  const plain = compact(rig.root, false) as Plain;
  assertStrictEquals(plain.self, plain);
  assertStrictEquals(plain.b, plain.a.x);
  assertStrictEquals(plain.a.x.up, plain.a);
  // Depth first: map:2 is shown where it is met first, below map:1.
  assertEquals(compact(rig.root, true), {
    a: { x: { up: { objectId: "map:1" } } },
    b: { objectId: "map:2" },
    self: { objectId: "root" },
  });
});

test("RTPO13c: keys may have any name", () => {
  const entries = JSON.parse('{"__proto__":{"timeserial":"1","data":{"string":"x"}}}');
  const rig = new CoreRig().synced(mapState("root", {}));
  rig.sync("t:", {
    objectId: "root",
    siteTimeserials: {},
    map: { entries: Object.assign(entries, { constructor: data({ number: 1 }) }) },
  });
  const plain = compact(rig.root, false) as Plain;
  assertStrictEquals(Object.getPrototypeOf(plain), Object.prototype);
  assertEquals(Object.entries(plain).sort(), [["__proto__", "x"], ["constructor", 1]]);
});

test("RTPO13: what is read is a copy: changing it changes nothing", () => {
  const rig = new CoreRig().synced(
    mapState("root", { j: data({ json: '{"x":[1]}' }), b: data({ bytes: new Uint8Array([1]) }) }),
  );
  const first = compact(rig.root, false) as Plain;
  first.j.x.push(2);
  first.b[0] = 9;
  assertEquals(compact(rig.root, false), { j: { x: [1] }, b: new Uint8Array([1]) });
});

test("RTPO13: values that cannot be read are there, as nothing", () => {
  const rig = new CoreRig().synced(
    mapState("root", { j: data({ json: "{" }), b: data({ bytes: "%" }), none: "map:9" }),
  );
  assertEquals(compact(rig.root, true), { j: undefined, b: undefined, none: undefined });
});

test("RTPO13: 10,000 maps one inside the other, and 40 that are shared 2^40 times", () => {
  const chain = (length: number, keys: string[]) =>
    Array.from({ length }, (_, i) =>
      mapState(
        i === 0 ? "root" : `map:${i}`,
        Object.fromEntries(keys.map((key) => [key, `map:${i + 1}`])),
      ));
  const deep = new CoreRig().synced(...chain(10_000, ["d"]), mapState("map:10000", { end: 1 }));
  let plain = compact(deep.root, true) as Plain;
  while (plain.d) plain = plain.d;
  assertEquals(plain, { end: 1 });
  const shared = new CoreRig().synced(...chain(40, ["l", "r"]), mapState("map:40", {}));
  const twice = compact(shared.root, false) as Plain;
  assertStrictEquals(twice.l, twice.r);
  assertEquals((compact(shared.root, true) as Plain).r, { objectId: "map:1" });
});

test("RTPO13: a map with 100,000 keys", () => {
  const entries: Record<string, number> = {};
  for (let i = 0; i < 100_000; i++) entries[`key${i}`] = i;
  const rig = new CoreRig().synced(mapState("root", entries));
  assertEquals(Object.keys(compact(rig.root, true) as Plain).length, 100_000);
  assert(rig.root.size === 100_000);
});
