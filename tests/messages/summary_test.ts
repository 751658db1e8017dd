import { Summary } from "../../mod.ts";
import { assertEquals, test } from "../harness.ts";

test("TM7b1, TM7b2: distinct and unique, clipped filled in", () => {
  const entry = {
    "👍": { total: 2, clientIds: ["ann", "bob"], clipped: true },
    "🎉": { total: 1, clientIds: ["ann"], future: 1 },
  };
  for (const read of [Summary.distinct, Summary.unique]) {
    assertEquals(read(entry), {
      "👍": { total: 2, clientIds: ["ann", "bob"], clipped: true },
      "🎉": { total: 1, clientIds: ["ann"], clipped: false },
    });
  }
});

test("TM7b3: multiple, with counts", () => {
  const entry = {
    star: {
      total: 7,
      clientIds: { ann: 5 },
      totalUnidentified: 2,
      totalClientIds: 1,
      clipped: true,
    },
    moon: { total: 1, clientIds: { bob: 1 } },
  };
  assertEquals(Summary.multiple(entry), {
    star: entry.star,
    moon: {
      total: 1,
      clientIds: { bob: 1 },
      totalUnidentified: 0,
      totalClientIds: 0,
      clipped: false,
    },
  });
});

test("TM7b4, TM7b5: flag and total", () => {
  assertEquals(Summary.flag({ total: 1, clientIds: ["ann"] }), {
    total: 1,
    clientIds: ["ann"],
    clipped: false,
  });
  assertEquals(Summary.total({ total: 3 }), { total: 3 });
});

test("TM7, RSF1: what is missing or of another form reads as empty", () => {
  for (const entry of [undefined, null, {}, "text", 5]) {
    assertEquals(Summary.distinct(entry), {});
    assertEquals(Summary.unique(entry), {});
    assertEquals(Summary.multiple(entry), {});
    assertEquals(Summary.flag(entry), { total: 0, clientIds: [], clipped: false });
    assertEquals(Summary.total(entry), { total: 0 });
  }
  assertEquals(Summary.distinct({ a: null }), { a: { total: 0, clientIds: [], clipped: false } });
});

test("RSF1: a hostile annotation name changes no prototype", () => {
  const entry = JSON.parse('{"__proto__":{"total":1,"clientIds":["ann"]}}');
  const summary = Summary.distinct(entry);
  assertEquals(Object.getPrototypeOf(summary), Object.prototype);
  assertEquals(Object.keys(summary), ["__proto__"]);
});
