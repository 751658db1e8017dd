import {
  assert,
  assertEquals,
  assertExists,
  assertInstanceOf,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
  fixture,
  runtime,
  skip,
  test,
} from "./harness.ts";

test("harness: knows the runtime by what it really is", () => {
  const agent = navigator.userAgent;
  const expected = agent.startsWith("Deno/")
    ? "deno"
    : agent.startsWith("Bun/")
    ? "bun"
    : "workerd";
  assertEquals(runtime, expected);
});

test("harness: a failed assertion throws", () => {
  assertThrows(() => assert(false), AssertionError);
  assertThrows(() => assertEquals([1, { a: 2 }], [1, { a: 3 }]), AssertionError);
  assertThrows(() => assertNotEquals([1], [1]), AssertionError);
  assertThrows(() => assertStrictEquals<unknown>({}, {}), AssertionError);
  assertThrows(() => assertExists(null), AssertionError);
  assertThrows(() => assertInstanceOf("", Date), AssertionError);
  assertThrows(() => assertMatch("a", /b/), AssertionError);
  assertThrows(() => assertStringIncludes("a", "b"), AssertionError);
  assertThrows(() => assertObjectMatch({ a: 1 }, { a: 2 }), AssertionError);
  assertThrows(() => assertThrows(() => {}), AssertionError);
  assertThrows(() => fail("on purpose"), AssertionError, "on purpose");
});

test("harness: assertions hand back the error they expect", async () => {
  const thrown = assertThrows(() => JSON.parse("{"), SyntaxError);
  assertInstanceOf(thrown, SyntaxError);
  const rejected = await assertRejects(() => Promise.reject(new TypeError("late")), TypeError);
  assertEquals(rejected.message, "late");
});

test("harness: a case may wait", async () => {
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(performance.now() - started >= 10);
});

const cipher = fixture("crypto-data-128.json");
if (cipher === undefined) {
  skip("harness: reads a fixture", "ABLY_FIXTURES is not set");
} else {
  test("harness: reads a fixture", () => {
    assertObjectMatch(cipher as object, { algorithm: "aes" });
  });
}
