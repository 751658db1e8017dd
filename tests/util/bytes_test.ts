import {
  concatBytes,
  fromBase64,
  fromBase64Lenient,
  fromUtf8,
  fromUtf8Strict,
  isBinary,
  joinBytes,
  toBase64,
  toBase64Url,
  toBytes,
  utf8,
} from "../../src/util/bytes.ts";
import { assert, assertEquals, assertStrictEquals, assertThrows, test } from "../harness.ts";
import { seeded } from "../support/seeded.ts";

// RFC 4648, section 10, and the two characters in which base64url differs.
const VECTORS: [string, string][] = [
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["fooba", "Zm9vYmE="],
  ["foobar", "Zm9vYmFy"],
];

test("RSL4d1: base64 agrees with RFC 4648 in both directions", () => {
  for (const [text, base64] of VECTORS) {
    assertEquals(toBase64(utf8(text)), base64);
    assertEquals(fromUtf8(fromBase64(base64)), text);
  }
  assertEquals(toBase64(new Uint8Array([0xfb, 0xff])), "+/8=");
  assertEquals(toBase64Url(new Uint8Array([0xfb, 0xff])), "-_8");
});

test("RSL4d1: base64 carries every byte, at any size", () => {
  const draw = seeded(4648);
  for (const size of [1, 2, 3, 255, 256, 8191, 8192, 100_000]) {
    const bytes = new Uint8Array(size).map(() => draw(256));
    assertEquals(fromBase64(toBase64(bytes)), bytes);
    assertEquals(fromBase64Lenient(toBase64Url(bytes)), bytes);
  }
});

test("RSL4d1: base64 of a view is that of its own bytes", () => {
  assertEquals(toBase64(new Uint8Array([1, 2, 3, 4]).subarray(1, 3)), "AgM=");
});

const NOT_BASE64 = ["?!", "A", "AAAAA", "Zg=", "Zm9v=", "-_8=", "Zm\u00e9v"];

test("RSL6b: what is not base64 is refused", () => {
  for (const text of NOT_BASE64) assertThrows(() => fromBase64(text), Error, "", text);
});

test("RSL4d1: base64 is the same on a runtime that has none of its own", () => {
  using _decoder = without(Uint8Array, "fromBase64");
  using _encoder = without(Uint8Array.prototype, "toBase64");
  for (const [text, base64] of VECTORS) assertEquals(fromUtf8(fromBase64(base64)), text);
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const base64 = toBase64(bytes);
  assertEquals(fromBase64(base64), bytes);
  assertEquals(base64, btoa(String.fromCharCode(...bytes)));
  // @std/encoding accepts wrong padding.
  for (const text of ["?!", "A", "AAAAA", "-_8=", "Zm\u00e9v"]) {
    assertThrows(() => fromBase64(text), Error, "", text);
  }
});

/** Takes away a function of the runtime, until the end of the block. */
function without(owner: object, name: string): Disposable {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  Reflect.deleteProperty(owner, name);
  return {
    [Symbol.dispose]() {
      if (own) Object.defineProperty(owner, name, own);
    },
  };
}

test("RSE1c: lenient decoding takes both alphabets, with padding, spaces or none", () => {
  for (const text of ["+/8=", "-_8=", "-_8", "+/8", "+_8", " +/8=\n", "+/ 8="]) {
    assertEquals(fromBase64Lenient(text), new Uint8Array([0xfb, 0xff]), text);
  }
  for (const text of ["A", "AAAAA", "?", "AA==AA"]) {
    assertThrows(() => fromBase64Lenient(text), Error, "", text);
  }
});

test("RSL6a: UTF-8 is read strictly where payloads depend on it", () => {
  const invalid = new Uint8Array([0x61, 0xff]);
  assertThrows(() => fromUtf8Strict(invalid), TypeError);
  assertEquals(fromUtf8(invalid), "a\ufffd");
  assertEquals(fromUtf8Strict(utf8("Grüße 👋")), "Grüße 👋");
  assertEquals(fromUtf8Strict(utf8("a\ufffd")), "a\ufffd"); // Sent as such, it is valid.
});

test("RSL6a: a byte order mark belongs to the payload", () => {
  assertEquals(fromUtf8Strict(utf8("\ufefftext")), "\ufefftext");
});

test("RSL4a: knows binary data in all its forms", () => {
  const buffer = new ArrayBuffer(4);
  for (const value of [buffer, new Uint8Array(buffer), new DataView(buffer), new Float32Array(1)]) {
    assert(isBinary(value));
    assertEquals(toBytes(value).byteLength, 4);
  }
  for (const value of [null, undefined, "text", [1, 2], {}, 5]) assert(!isBinary(value));
});

test("RSL4a: bytes are handed on without a copy, and as what they are", () => {
  const bytes = new Uint8Array([1, 2, 3, 4]);
  assertStrictEquals(toBytes(bytes), bytes);
  assertStrictEquals(toBytes(bytes.buffer).buffer, bytes.buffer);
  assertEquals(toBytes(new DataView(bytes.buffer, 1, 2)), new Uint8Array([2, 3]));
  class Subclass extends Uint8Array {}
  const plain = toBytes(new Subclass(bytes.buffer, 2));
  assertEquals([plain.constructor, plain.byteOffset], [Uint8Array, 2]);
});

test("joins byte arrays, and more of them than a call has room for", () => {
  assertEquals(concatBytes(), new Uint8Array());
  assertEquals(concatBytes(utf8("a"), utf8(""), utf8("bc")), utf8("abc"));
  const many = Array.from({ length: 500_000 }, () => new Uint8Array([7]));
  assertEquals(joinBytes(many).length, 500_000);
});
