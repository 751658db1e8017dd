import type { AnyInstance, AnyPathObject } from "../../src/liveobjects/mod.ts";
import { assert, assertEquals, assertStrictEquals, test } from "../harness.ts";
import { counterState, deleted, mapState, set } from "./core/core_rig.ts";
import { ObjectsRig } from "./objects_rig.ts";

const data = (value: object) => ({ timeserial: "1", data: value });

const STATES = [
  mapState("root", {
    c: "counter:1",
    m: "map:1",
    s: "text",
    n: 0,
    b: data({ boolean: false }),
    j: data({ json: '{"x":[1]}' }),
    bytes: data({ bytes: "AQID" }),
    gone: { timeserial: "1", tombstone: true },
    none: "map:9",
  }),
  mapState("map:1", { x: 1, "a.b": 2, up: "root" }),
  counterState("counter:1", 10),
];

const KEYS = ["c", "m", "s", "n", "b", "j", "bytes", "none"];

async function withRoot(run: (root: AnyPathObject, rig: ObjectsRig) => unknown): Promise<void> {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  await run(root, rig);
}

test("RTPO1a–RTPO2b, RTPO4–RTPO4c, RTPO5–RTPO5d, RTPO6–RTPO6d: paths lead on without looking anything up", () =>
  withRoot((root) => {
    assertEquals(root.get("a").get("b.c").get("d").path(), "a.b\\.c.d");
    assertEquals(root.at("a.b\\.c.d").path(), "a.b\\.c.d");
    assertEquals([root.path(), root.at("").path(), root.get("").path()], ["", "", ""]);
    assertEquals(root.get("m").at("a\\.b").value(), 2);
    assertEquals([root.at("").size(), root.get("").size()], [8, undefined]);
    assertEquals(root.get("m").get("up").at("m.x").path(), "m.up.m.x");
  }));

// Path, value(), size(), keys(), compactJson(), instance().id; for paths and instances.
const ROWS: [string, unknown, number | undefined, string[], unknown, string | undefined][] = [
  ["c", 10, undefined, [], 10, "counter:1"],
  ["m", undefined, 3, ["x", "a.b", "up"], {
    x: 1,
    "a.b": 2,
    up: {
      c: 10,
      m: { objectId: "map:1" },
      s: "text",
      n: 0,
      b: false,
      j: { x: [1] },
      bytes: "AQID",
      none: undefined,
    },
  }, "map:1"],
  ["s", "text", undefined, [], "text", undefined],
  ["n", 0, undefined, [], 0, undefined],
  ["b", false, undefined, [], false, undefined],
  ["j", { x: [1] }, undefined, [], { x: [1] }, undefined],
  ["bytes", new Uint8Array([1, 2, 3]), undefined, [], "AQID", undefined],
];

for (const [path, value, size, keys, compactJson, id] of ROWS) {
  test(`RTPO7–RTPO7e, RTPO8–RTPO8f, RTPO9–RTPO9d, RTPO10–RTPO10d, RTPO11–RTPO11d, RTPO12–RTPO12d, RTPO13d, RTPO13e, RTPO14–RTPO14b2: the path of ${path}`, () =>
    withRoot((root) => {
      const place = root.get(path) as AnyPathObject;
      assertEquals(place.value(), value as never);
      assertEquals(place.size(), size);
      assertEquals([...place.keys()], keys);
      assertEquals(
        [...place.values()].map((item) => item.path()),
        keys.map((key) => `${path}.${key.replace(".", "\\.")}`),
      );
      assertEquals([...place.entries()].map(([key]) => key), keys);
      assertEquals(place.compactJson(), compactJson as never);
      assertEquals(place.instance()?.id, id);
    }));

  test(`RTINS1a–RTINS2a, RTINS3–RTINS3b, RTINS4–RTINS4d, RTINS5–RTINS5d, RTINS6–RTINS6c, RTINS7–RTINS7c, RTINS8–RTINS8c, RTINS9–RTINS9c, RTINS11–RTINS11b: the instance of ${path}`, () =>
    withRoot((root) => {
      const instance = root.get(path).instance() as AnyInstance;
      assertEquals(instance.id, id);
      assertEquals(instance.value(), value as never);
      assertEquals(instance.size(), size);
      assertEquals([...instance.keys()], keys);
      assertEquals([...instance.values()].length, keys.length);
      assertEquals([...instance.entries()].map(([key]) => key), keys);
      assertEquals(instance.compactJson(), compactJson as never);
      assertEquals(instance.get("nothing"), undefined); // RTINS5c, RTINS5d
    }));
}

test("RTPO3c1, RTPO7f, RTPO8e, RTPO9d, RTPO10d, RTPO11d, RTPO12d, RTPO13f: where nothing is", () =>
  withRoot((root) => {
    for (const path of ["x", "gone", "none", "s.x", "c.x.y", "none.x"]) {
      const place = root.at(path) as AnyPathObject;
      assertEquals(
        [place.value(), place.instance(), place.size(), place.compact(), place.compactJson()],
        [undefined, undefined, undefined, undefined, undefined] as never,
      );
      assertEquals([[...place.keys()], [...place.values()], [...place.entries()]], [[], [], []]);
    }
  }));

test("RTPO9c, RTPO10c, RTPO12c: the root, and iterators that may be used as such", () =>
  withRoot((root) => {
    assertEquals([...root.keys()], KEYS);
    assertEquals(root.size(), KEYS.length);
    const keys = root.keys();
    assertEquals([keys.next().value, [...keys].length], ["c", KEYS.length - 1]);
    assertStrictEquals(root.value(), undefined); // RTPO7e
  }));

test("RTINS5c, RTINS6b, RTINS8b: what a map refers to, though it may be nothing", () =>
  withRoot((root) => {
    const instance = root.instance() as AnyInstance;
    assertEquals(instance.get("c")!.id, "counter:1");
    assertEquals(instance.get("n")!.value(), 0 as never);
    assertEquals((instance.get("m") as AnyInstance).get("up")!.id, "root");
    assertEquals([instance.get("gone"), instance.get("none")], [undefined, undefined]);
    const values = [...instance.entries()].map(([key, item]) => [key, item.value()]);
    assertEquals(values.at(-1), ["none", undefined]); // RTLM11d3a
  }));

test("RTPO13–RTPO13c5, RTINS10–RTINS10b: plain data, in which a circle is a circle", () =>
  withRoot((root) => {
    // deno-lint-ignore no-explicit-any
    const plain = root.compact() as any;
    assertStrictEquals(plain.m.up, plain);
    assertEquals([plain.c, plain.bytes], [10, new Uint8Array([1, 2, 3])]);
    // deno-lint-ignore no-explicit-any
    const inner = root.get("m").instance()!.compact() as any;
    assertStrictEquals(inner.up.m, inner);
  }));

test("RTPO7d: each read gives a copy", () =>
  withRoot((root) => {
    const json = root.get("j").value<{ x: number[] }>()!;
    json.x.push(2);
    const bytes = root.get("bytes").value<Uint8Array<ArrayBuffer>>()!;
    bytes[0] = 9;
    const instance = root.get("j").instance() as AnyInstance;
    instance.value<{ x: number[] }>()!.x.push(3);
    assertEquals(root.get("j").value(), { x: [1] } as never);
    assertEquals(instance.value(), { x: [1] } as never);
    assertEquals(root.get("bytes").value(), new Uint8Array([1, 2, 3]) as never);
  }));

test("RTPO1, RTINS1: a path shows what is there now, an instance its object", () =>
  withRoot(async (root, rig) => {
    const path = root.get("c");
    const instance = path.instance() as AnyInstance;
    await rig.operate(set("5", "c", { objectId: "counter:2" }), set("6", "m", { string: "x" }));
    assertEquals([path.value(), instance.value()], [0, 10] as never);
    await rig.operate(deleted("7", "counter:1"));
    assertEquals([instance.value(), instance.id], [0, "counter:1"] as never);
    assertEquals(root.at("m.x").value(), undefined);
  }));

test("RTINS2a: the instance of a value stays as it was", () =>
  withRoot(async (root, rig) => {
    const instance = root.get("s").instance() as AnyInstance;
    await rig.operate(set("5", "s", { string: "other" }));
    assertEquals([instance.value(), root.get("s").value()], ["text", "other"] as never);
  }));

test("RTPO9: an iteration is not disturbed by changes", () =>
  withRoot(async (root, rig) => {
    const keys = root.keys();
    keys.next();
    await rig.operate(set("5", "late", { number: 1 }), set("6", "m", { number: 1 }));
    assertEquals([...keys].length, KEYS.length - 1);
  }));

test("RTPO7: a value that cannot be read is logged once, and is undefined", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(mapState("root", { j: data({ json: "{" }) }));
  assertEquals([root.get("j").value(), root.get("j").value()], [undefined, undefined]);
  assertEquals([...root.keys()], ["j"]);
  assertEquals(rig.logged.filter((line) => line.startsWith("error")).length, 1);
  assert(root.get("j").instance() !== undefined);
});
