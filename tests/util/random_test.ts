import {
  randomId,
  randomMessageIdBase,
  type RandomSource,
  shuffled,
  systemRandom,
} from "../../src/util/random.ts";
import { assert, assertEquals, assertMatch, assertNotEquals, test } from "../harness.ts";

const ZERO: RandomSource = { bytes: (length) => new Uint8Array(length), number: () => 0 };

test("RSC7c: a request id is 9 random bytes, safe in a URL", () => {
  assertEquals(randomId(ZERO), "AAAAAAAAAAAA");
  const high: RandomSource = { ...ZERO, bytes: (length) => new Uint8Array(length).fill(255) };
  assertEquals(randomId(high, 3), "____");
  assertMatch(randomId(systemRandom), /^[\w-]{12}$/);
  assertNotEquals(randomId(systemRandom), randomId(systemRandom));
});

test("RSL1k1: the base of a message id is 9 random bytes in base64", () => {
  assertMatch(randomMessageIdBase(systemRandom), /^[A-Za-z0-9+/]{12}$/);
  assertNotEquals(randomMessageIdBase(systemRandom), randomMessageIdBase(systemRandom));
});

test("RSC15a: hosts are shuffled into every order, and the list itself stays", () => {
  const hosts = Object.freeze(["a", "b", "c"]);
  const orders = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = shuffled(hosts, systemRandom).join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  assertEquals([...orders.keys()].sort(), ["abc", "acb", "bac", "bca", "cab", "cba"]);
  for (const count of orders.values()) assert(count > 800 && count < 1200, `${count} of 6000`);
  assertEquals(shuffled([], systemRandom), []);
});
