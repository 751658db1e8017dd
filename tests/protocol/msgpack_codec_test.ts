import { decodePayload } from "../../src/encoding/chain.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { fromBase64, toBase64, utf8 } from "../../src/util/bytes.ts";
import { assert, assertEquals, assertThrows, fixture, skip, test } from "../harness.ts";
import { seeded } from "../support/seeded.ts";
import { encodedPayload } from "../support/payloads.ts";

interface Body {
  [name: string]: unknown;
}

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return msgpackCodec.encode(value) as Uint8Array<ArrayBuffer>;
}

test("RSC8a: names its format and media type", () => {
  assertEquals(msgpackCodec.format, "msgpack");
  assertEquals(msgpackCodec.contentType, "application/x-msgpack");
});

test("RSC8a: writes what the MessagePack specification says", () => {
  const cases: [unknown, number[]][] = [
    [null, [0xc0]],
    [true, [0xc3]],
    [5, [0x05]],
    [-1, [0xff]],
    [200, [0xcc, 200]],
    [1.5, [0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]],
    ["a", [0xa1, 0x61]],
    [new Uint8Array([1, 2]), [0xc4, 2, 1, 2]],
    [new Uint8Array([1, 2]).buffer, [0xc4, 2, 1, 2]],
    [[1, "a"], [0x92, 1, 0xa1, 0x61]],
    [{ a: 1 }, [0x81, 0xa1, 0x61, 1]],
    [{}, [0x80]],
  ];
  for (const [value, bytes] of cases) assertEquals([...encode(value)], bytes);
});

test("RSC8a: writes the shortest form of every length and number", () => {
  const cases: [unknown, number[]][] = [
    [127, [0x7f]],
    [128, [0xcc, 128]],
    [255, [0xcc, 255]],
    [256, [0xcd, 1, 0]],
    [65_535, [0xcd, 255, 255]],
    [65_536, [0xce, 0, 1, 0, 0]],
    [2 ** 32 - 1, [0xce, 255, 255, 255, 255]],
    [2 ** 32, [0xd3, 0, 0, 0, 1, 0, 0, 0, 0]],
    [-32, [0xe0]],
    [-33, [0xd0, 0xdf]],
    [-128, [0xd0, 0x80]],
    [-129, [0xd1, 0xff, 0x7f]],
    [-32_769, [0xd2, 0xff, 0xff, 0x7f, 0xff]],
    [-(2 ** 31), [0xd2, 0x80, 0, 0, 0]],
    [-(2 ** 31) - 1, [0xd3, 255, 255, 255, 255, 0x7f, 255, 255, 255]],
    [-0, [0]],
    [2 ** 53, [0xcb, 0x43, 0x40, 0, 0, 0, 0, 0, 0]],
  ];
  for (const [value, bytes] of cases) assertEquals([...encode(value)], bytes, String(value));

  const heads: [unknown, number[]][] = [
    ["x".repeat(31), [0xbf]],
    ["x".repeat(32), [0xd9, 32]],
    ["x".repeat(255), [0xd9, 255]],
    ["x".repeat(256), [0xda, 1, 0]],
    ["x".repeat(65_536), [0xdb, 0, 1, 0, 0]],
    [new Uint8Array(256), [0xc5, 1, 0]],
    [new Uint8Array(65_536), [0xc6, 0, 1, 0, 0]],
    [Array(15).fill(0), [0x9f]],
    [Array(16).fill(0), [0xdc, 0, 16]],
    [Array(65_536).fill(0), [0xdd, 0, 1, 0, 0]],
    [membersOf(15), [0x8f]],
    [membersOf(16), [0xde, 0, 16]],
  ];
  for (const [value, bytes] of heads) {
    const encoded = encode(value);
    assertEquals([...encoded.subarray(0, bytes.length)], bytes);
    assertEquals(msgpackCodec.decode(encoded), value);
  }
});

function membersOf(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, index]));
}

test("RSC8a: text takes the head of its bytes, not of its characters", () => {
  for (const character of ["a", "é", "€", "😀"]) {
    for (const length of [0, 1, 7, 8, 10, 11, 15, 16, 31, 32, 85, 86, 127, 128, 255, 256, 65_535]) {
      const text = character.repeat(length);
      const bytes = utf8(text);
      const head = bytes.length < 32
        ? [0xa0 | bytes.length]
        : bytes.length < 256
        ? [0xd9, bytes.length]
        : bytes.length < 65_536
        ? [0xda, bytes.length >> 8, bytes.length & 255]
        : [0xdb, 0, bytes.length >> 16, (bytes.length >> 8) & 255, bytes.length & 255];
      const encoded = encode({ text });
      assertEquals([...encoded.subarray(6, 6 + head.length)], head, `${length} ${character}`);
      assertEquals(encoded.subarray(6 + head.length), bytes);
    }
  }
});

test("RSC8a: text with half a surrogate pair is written as UTF-8 can", () => {
  assertEquals(msgpackCodec.decode(encode("a\ud800b")), "a\ufffdb");
});

test("RSC8a: refuses what JSON refuses", () => {
  const circle: Body = {};
  circle.own = circle;
  assertThrows(() => encode(circle), RangeError);
  assertThrows(() => encode({ big: 1n }), TypeError);
  assertEquals([...encode({ f() {}, s: Symbol() })], [0x80]);
  assertEquals([...encode([() => {}])], [0x91, 0xc0]);
});

test("RSC8a: what encodes something else while it is encoded disturbs nothing", () => {
  const nested = { toJSON: () => encode({ inner: "x".repeat(2_000) }).length };
  assertEquals(msgpackCodec.decode(encode({ before: "a", nested, after: "b" })), {
    before: "a",
    nested: 2_010,
    after: "b",
  });
});

test("RSC8a: a value that cannot be encoded leaves nothing behind", () => {
  assertThrows(() => encode({ first: "x", second: 1n }), TypeError);
  assertEquals([...encode({ a: 1 })], [0x81, 0xa1, 0x61, 1]);
});

test("RSC8a: leaves out undefined members, and writes null for undefined items", () => {
  assertEquals([...encode({ a: undefined, b: { c: undefined } })], [0x81, 0xa1, 0x62, 0x80]);
  assertEquals([...encode([undefined])], [0x91, 0xc0]);
});

test("RSC8a: writes whole numbers of any size as integers", () => {
  const timestamp = 1_700_000_000_123;
  assertEquals(encode(timestamp)[0], 0xd3);
  for (const value of [0xffffffff, 2 ** 32, timestamp, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER]) {
    assert(encode(value)[0] !== 0xcb, `${value} as a float`);
    assertEquals(msgpackCodec.decode(encode(value)), value);
  }
});

test("RSC8a: reads integers of 64 bits as numbers", () => {
  assertEquals(msgpackCodec.decode(new Uint8Array([0xcf, 0, 0, 0, 1, 0, 0, 0, 0])), 2 ** 32);
  assertEquals(msgpackCodec.decode(new Uint8Array([0xd3, ...Array(8).fill(0xff)])), -1);
});

test("RSC8a: values that have a JSON form of their own are written in it", () => {
  assertEquals(msgpackCodec.decode(encode({ at: new Date(0) })), {
    at: "1970-01-01T00:00:00.000Z",
  });
});

test("RSC8a: binary is read as a plain Uint8Array in memory of its own", () => {
  const frame = encode({ before: "x".repeat(50), data: new Uint8Array([1, 2, 3]), after: 1 });
  const { data } = msgpackCodec.decode(frame) as { data: Uint8Array };
  assertEquals(data.constructor, Uint8Array);
  assertEquals(data, new Uint8Array([1, 2, 3]));
  assertEquals(data.buffer.byteLength, 3);
  frame.fill(0);
  assertEquals(data, new Uint8Array([1, 2, 3]));
});

test("RSC8a: what was encoded is plain bytes, and stays as it is while more is encoded", () => {
  const first = encode({ data: "first" });
  assertEquals(first.constructor, Uint8Array);
  const copy = first.slice();
  for (let i = 0; i < 5000; i++) encode({ data: "x".repeat(i % 300) });
  encode({ data: "x".repeat(100_000) });
  assertEquals(first, copy);
});

test("RSC8a: uses no records, however often the same shape comes", () => {
  const value = { name: "event", data: "payload" };
  const [first, ...others] = Array.from({ length: 100 }, () => encode(value).slice());
  for (const other of others) assertEquals(other, first!);
  assertEquals(first![0], 0x82);
});

test("RSC8a: leaves what it encodes alone", () => {
  const inner = Object.freeze({ timestamp: 1_700_000_000_123, gone: undefined });
  const value = Object.freeze({ list: Object.freeze([inner]) });
  encode(value);
  assertEquals(Object.keys(inner), ["timestamp", "gone"]);
});

test("RSF1: a hostile member name changes no prototype", () => {
  const bytes = encode({ x: { polluted: 1 } });
  const named = new Uint8Array([0x81, 0xa9, ...utf8("__proto__"), ...bytes.subarray(3)]);
  const value = msgpackCodec.decode(named) as Body;
  assertEquals(({} as Body).polluted, undefined);
  assertEquals(value.polluted, undefined);
  assertEquals(Object.keys(value), ["__proto__"]);
  assertEquals(Object.getOwnPropertyDescriptor(value, "__proto__")?.value, { polluted: 1 });
});

test("RSC8a: refuses what is cut, too long, or claims more than is there", () => {
  const cases: [string, number[]][] = [
    ["empty", []],
    ["cut text", [0xa5, 0x61]],
    ["cut bytes", [0xc4, 5, 1]],
    ["more after the end", [1, 2]],
    ["an array of four billion", [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ["a map of four billion", [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ["text of four gigabytes", [0xdb, 0xff, 0xff, 0xff, 0xff]],
    ["an unknown extension", [0xd4, 5, 1]],
  ];
  for (const [name, bytes] of cases) {
    assertThrows(() => msgpackCodec.decode(new Uint8Array(bytes)), Error, "", name);
  }
});

test("RSC8a: 20,000 mutated frames give a value or an error", () => {
  const draw = seeded(8);
  const frame = encode({
    action: 15,
    channel: "orders",
    timestamp: 1_700_000_000_123,
    messages: [{ name: "a", data: new Uint8Array(20) }, { data: "text", extras: { a: [1.5] } }],
  }).slice();
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    const mutated = frame.slice(0, draw(3) === 0 ? draw(frame.length) : frame.length);
    for (let count = draw(4); count > 0 && mutated.length > 0; count--) {
      mutated[draw(mutated.length)] = draw(256);
    }
    try {
      msgpackCodec.decode(mutated);
    } catch (error) {
      assert(error instanceof Error);
      refused++;
    }
  }
  assert(refused > 5_000 && refused < 20_000, `${refused} refused`);
});

interface MsgpackFixture {
  name: string;
  data: unknown;
  numRepeat: number;
  type: "string" | "binary" | "jsonArray" | "jsonObject";
  msgpack: string;
}

const shared = fixture("msgpack_test_fixtures.json") as MsgpackFixture[] | undefined;
if (shared === undefined) {
  skip("RSL6a3: agrees with msgpack_test_fixtures.json", "ABLY_FIXTURES is not set");
} else {
  for (const { name, data, numRepeat, type, msgpack } of shared) {
    test(`RSL6a3: agrees with the shared fixture "${name}" in both directions`, async () => {
      const text = typeof data === "string" ? data.repeat(numRepeat) : "";
      const expected = type === "string" ? text : type === "binary" ? utf8(text) : data;
      const frame = msgpackCodec.decode(fromBase64(msgpack)) as {
        messages: { data: unknown; encoding?: string }[];
        msgSerial: number;
      };
      assertEquals(frame.msgSerial, 0);
      const message = frame.messages[0]!;
      await decodePayload(message, {});
      assertEquals(message.data, expected);
      // The fixtures carry binary payloads in base64, as the JSON format does.
      const payload = await encodedPayload(expected, undefined, { format: "json" });
      assertEquals(toBase64(encode({ messages: [payload], msgSerial: 0 })), msgpack);
    });
  }
}

test("RSC8a: numbers that JSON has not are null, as there", () => {
  assertEquals(msgpackCodec.decode(encode([NaN, Infinity, -Infinity])), [null, null, null]);
});
