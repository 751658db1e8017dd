import { ErrorInfo } from "../../src/errors.ts";
import { copyOf } from "../../src/util/copy.ts";
import { assert, assertEquals, assertThrows, test } from "../harness.ts";

test("a copy is what JSON makes of a value, but for bytes", () => {
  const values = {
    date: new Date(0),
    text: new String("x"),
    number: new Number(5),
    flag: new Boolean(false),
    list: [1, [2], { a: null }],
    self: {
      a: 1,
      toJSON() {
        return { b: this.a };
      },
    },
  };
  assertEquals(copyOf(values) as unknown, JSON.parse(JSON.stringify(values)));
  const bytes = new Uint8Array([1, 2]);
  const copy = copyOf({ bytes });
  bytes.fill(9);
  assertEquals(copy.bytes, new Uint8Array([1, 2]));
});

test("a copy is the caller's at no depth", () => {
  const values = { list: [{ inner: { a: 1 } }] };
  const copy = copyOf(values);
  values.list[0]!.inner.a = 2;
  values.list.push({ inner: { a: 3 } });
  assertEquals(copy, { list: [{ inner: { a: 1 } }] });
});

test("a hostile member name changes no prototype", () => {
  const copy = copyOf(JSON.parse('{"__proto__": {"polluted": 1}}'));
  assertEquals(({} as { polluted?: number }).polluted, undefined);
  assert(Object.hasOwn(copy, "__proto__"));
});

test("what holds itself is refused", () => {
  const circle: Record<string, unknown> = {};
  circle.own = circle;
  assertEquals(assertThrows(() => copyOf(circle), ErrorInfo).code, 40003);
});
