import { parsePath, printPath, resolvePath } from "../../../src/liveobjects/core/object_path.ts";
import { PathSearch } from "../../../src/liveobjects/core/path_search.ts";
import { assert, assertEquals, assertStrictEquals, test } from "../../harness.ts";
import { seeded } from "../../support/seeded.ts";
import { clear, CoreRig, counterState, mapState, type Wire } from "./core_rig.ts";

for (
  const [keys, text] of [
    [[], ""],
    [["a"], "a"],
    [["a", "b", "c"], "a.b.c"],
    [["a", "b.c", "d"], "a.b\\.c.d"],
    [["."], "\\."],
    [["..", ""], "\\.\\.."],
    [["", ""], "."],
    [["a\\b"], "a\\b"],
    [["ключ", "鍵"], "ключ.鍵"],
  ] as const
) {
  test(`RTPO4a, RTPO4b, RTPO4c, RTPO6b: ${JSON.stringify(keys)} is ${JSON.stringify(text)}`, () => {
    assertEquals(printPath(keys), text);
    assertEquals(parsePath(text), [...keys]);
  });
}

for (
  const [text, keys] of [
    ["a..b", ["a", "", "b"]],
    ["a.", ["a", ""]],
    ["a\\", ["a\\"]],
    ["a\\x", ["a\\x"]],
    ["a\\\\.b", ["a\\.b"]],
  ] as const
) {
  test(`RTPO6b: ${JSON.stringify(text)} is read as ${JSON.stringify(keys)}`, () => {
    assertEquals(parsePath(text), [...keys]);
  });
}

test("RTPO4, RTPO6: what is printed is read back, for keys without backslash", () => {
  const random = seeded(7);
  for (let round = 0; round < 5_000; round++) {
    const keys = Array.from(
      { length: random(5) },
      () => Array.from({ length: random(6) }, () => ".ab é"[random(5)]).join(""),
    );
    // One empty key prints as no key at all does.
    if (keys.length !== 1 || keys[0] !== "") assertEquals(parsePath(printPath(keys)), keys);
  }
});

const TREE = [
  mapState("root", { m: "map:1", c: "counter:1", s: "text", none: "map:none" }),
  mapState("map:1", { m: "map:2", self: "map:1" }),
  mapState("map:2", { c: "counter:1" }),
  counterState("counter:1", 7),
];

test("RTPO3–RTPO3b: a path is followed from map to map", () => {
  const rig = new CoreRig().synced(...TREE);
  const at = (text: string) => resolvePath(rig.root, parsePath(text));
  assertStrictEquals(at(""), rig.root);
  assertStrictEquals(at("m.m.c"), rig.counter("counter:1"));
  assertStrictEquals(at("m.self.self"), rig.map("map:1"));
  assertEquals(at("s"), "text");
  for (const text of ["s.x", "c.x", "none", "none.x", "x", "x.y"]) {
    assertEquals(at(text), undefined);
  }
});

function pathsOf(rig: CoreRig, objectId: string): string[] {
  const { paths, isComplete } = new PathSearch(rig.core.pool).pathsOf(rig.core.pool.get(objectId)!);
  assert(isComplete);
  return paths.map(printPath).sort();
}

test("RTLO4f–RTLO4f4: the paths of objects in trees, with several keys, several parents and cycles", () => {
  const rig = new CoreRig().synced(
    mapState("root", { a: "map:1", b: "map:1", c: "map:2", self: "root" }),
    mapState("map:1", { x: "map:2", back: "root", self: "map:1" }),
    mapState("map:2", { y: "counter:1", up: "map:1" }),
    mapState("map:3", { y: "counter:1" }), // The root does not lead here.
    counterState("counter:1", 0),
  );
  assertEquals(pathsOf(rig, "root"), [""]); // RTLO4f2
  assertEquals(pathsOf(rig, "map:1"), ["a", "b", "c.up"]);
  assertEquals(pathsOf(rig, "map:2"), ["a.x", "b.x", "c"]);
  assertEquals(pathsOf(rig, "counter:1"), ["a.x.y", "b.x.y", "c.y"]);
  assertEquals(pathsOf(rig, "map:3"), []);
});

test("RTLO4f: maps that lead only to each other have no path", () => {
  const rig = new CoreRig().synced(
    mapState("root", {}),
    mapState("map:1", { x: "map:2" }),
    mapState("map:2", { x: "map:1" }),
  );
  assertEquals(pathsOf(rig, "map:1"), []);
});

/** Maps in a row, each of which refers to the next one by so many keys. */
function chain(length: number, keys: string[]): Wire[] {
  const id = (index: number) => index === 0 ? "root" : `map:${index}`;
  return Array.from(
    { length },
    (_, index) =>
      mapState(id(index), Object.fromEntries(keys.map((key) => [key, `map:${index + 1}`]))),
  );
}

test("RTLO4f: 2^40 paths are not all looked for", () => {
  const rig = new CoreRig().synced(...chain(40, ["l", "r"]), mapState("map:40", {}));
  const { paths, isComplete } = new PathSearch(rig.core.pool).pathsOf(rig.map("map:40"));
  assertEquals([paths.length, isComplete], [1_000, false]);
  assertEquals(new Set(paths.map(printPath)).size, 1_000); // RTLO4f3
});

test("RTLO4f: 2^40 ways that lead to no root cost nothing", () => {
  const [first, ...others] = chain(40, ["l", "r"]);
  const apart = { ...first, objectId: "map:0" };
  const rig = new CoreRig().synced(
    mapState("root", { here: "map:40" }),
    apart,
    ...others,
    mapState("map:40", {}),
  );
  assertEquals(pathsOf(rig, "map:40"), ["here"]);
});

test("RTLO4f: 100,000 keys that refer to one counter", () => {
  const entries = Object.fromEntries(
    Array.from({ length: 100_000 }, (_, i) => [`k${i}`, "counter:1"]),
  );
  const rig = new CoreRig().synced(mapState("root", entries), counterState("counter:1", 0));
  // If the search visited every key each time, this would not end within the time limit of a test.
  for (let i = 0; i < 20_000; i++) {
    const { paths, isComplete } = new PathSearch(rig.core.pool).pathsOf(rig.counter("counter:1"));
    assertEquals([paths.length, isComplete], [1_000, false]);
  }
  rig.receive(clear("9"));
  assertEquals([...rig.counter("counter:1").parents()], []);
});

test("RTLO4f: a map that is 10,000 maps deep", () => {
  const rig = new CoreRig().synced(...chain(10_000, ["d"]), mapState("map:10000", {}));
  const { paths } = new PathSearch(rig.core.pool).pathsOf(rig.map("map:10000"));
  assertEquals(paths.map(({ length }) => length), [10_000]);
  assertStrictEquals(resolvePath(rig.root, paths[0]!), rig.map("map:10000"));
});

test("RTLO4f: 300 maps that all refer to each other", () => {
  const id = (index: number) => index === 0 ? "root" : `map:${index}`;
  const all = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, id(i)]));
  const rig = new CoreRig().synced(...Array.from({ length: 300 }, (_, i) => mapState(id(i), all)));
  const { paths, isComplete } = new PathSearch(rig.core.pool).pathsOf(rig.map("map:299"));
  assertEquals(isComplete, false);
  assert(paths.length <= 1_000);
});

test("RTLO4f: one search finds the paths of all objects, in any graph and order", () => {
  const random = seeded(3);
  const id = (index: number) => index === 0 ? "root" : `map:${index}`;
  for (let round = 0; round < 300; round++) {
    const size = 2 + random(5);
    const graph = Array.from({ length: size }, () => {
      const keys = Array.from({ length: random(4) }, (_, key) => [`k${key}`, id(random(size))]);
      return Object.fromEntries(keys) as Record<string, string>;
    });
    const rig = new CoreRig().synced(...graph.map((keys, index) => mapState(id(index), keys)));
    const expected: Record<string, string[]> = Object.fromEntries(graph.map((_, i) => [id(i), []]));
    const walk = (index: number, path: string[], above: number[]) => {
      expected[id(index)]!.push(printPath(path));
      for (const [key, target] of Object.entries(graph[index]!)) {
        const next = graph.findIndex((_, at) => id(at) === target);
        if (![...above, index].includes(next)) walk(next, [...path, key], [...above, index]);
      }
    };
    walk(0, [], []);
    const search = new PathSearch(rig.core.pool);
    for (const index of [...graph.keys()].sort(() => random(3) - 1)) {
      const { paths, isComplete } = search.pathsOf(rig.core.pool.get(id(index))!);
      assertEquals([paths.map(printPath).sort(), isComplete], [expected[id(index)]!.sort(), true]);
    }
  }
});

test("RTLO4f: one search looks at each of 10,000 maps in a row once", () => {
  const { core: { pool } } = new CoreRig()
    .synced(...chain(10_000, ["d"]), mapState("map:10000", {}));
  let lookups = 0;
  const { get } = pool;
  pool.get = (objectId) => {
    lookups++;
    return get.call(pool, objectId);
  };
  const search = new PathSearch(pool);
  let level = 0;
  for (const object of pool) {
    const { paths } = search.pathsOf(object);
    assertEquals(paths.map(({ length }) => length), [level++]);
  }
  assert(lookups < 300_000, `${lookups}`);
});

test("RTLO4f: the objects of one search share its limit of steps, and each gets a path at least", () => {
  const { core: { pool } } = new CoreRig()
    .synced(...chain(3_000, ["l", "r"]), mapState("map:3000", {}));
  const search = new PathSearch(pool);
  let [level, found] = [0, 0];
  for (const object of pool) {
    const { paths } = search.pathsOf(object);
    assert(paths.length > 0 && paths.every(({ length }) => length === level));
    level++;
    found += paths.length;
  }
  assert(found < 120_000, `${found}`); // 1,000 for each would be too many.
});
