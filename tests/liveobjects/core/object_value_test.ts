import {
  Base64Text,
  decodeValue,
  encodeValue,
  isSameValue,
  JsonText,
  readValue,
  Reference,
  type StoredValue,
} from "../../../src/liveobjects/core/object_value.ts";
import { jsonCodec } from "../../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../../src/protocol/msgpack_codec.ts";
import { assertEquals, test } from "../../harness.ts";

const VALUES: [string, StoredValue, unknown, object][] = [
  ["OD1–OD2g, OD4b, OD5b1, OD4c1, OD4d1: true", true, true, { boolean: true }],
  ["OD4c1, OD4d1: false", false, false, { boolean: false }],
  ["OD4c3, OD4d3: a whole number", 5, 5, { number: 5 }],
  ["OD4c3, OD4d3: a fraction", -0.5, -0.5, { number: -0.5 }],
  ["OD4c4, OD4d4: text", "é", "é", { string: "é" }],
  ["OD4c4, OD4d4: empty text", "", "", { string: "" }],
  ["OD4c5, OD4d5, OD2g: an object", new JsonText('{"x":1}'), { x: 1 }, { json: '{"x":1}' }],
  ["OD4c5, OD4d5, OD2g: an array", new JsonText("[1]"), [1], { json: "[1]" }],
  ["OD2a: a reference", new Reference("map:1"), undefined, { objectId: "map:1" }],
  ["OD4d2: bytes", new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 3]), { bytes: "AQID" }],
  ["OD4d2: no bytes", new Uint8Array(), new Uint8Array(), { bytes: "" }],
];

for (const [name, value, read, json] of VALUES) {
  test(`${name}, there and back`, () => {
    assertEquals(encodeValue(value, "json"), json as ReturnType<typeof encodeValue>);
    for (const codec of [jsonCodec, msgpackCodec]) {
      const wire = codec.encode(encodeValue(value, codec.format));
      const back = decodeValue(codec.decode(wire as Uint8Array<ArrayBuffer>));
      assertEquals(readValue(back), read);
      assertEquals(isSameValue(back, value), true);
    }
  });
}

test("OD4c3: MessagePack has float64 for every number", () => {
  for (const number of [0, 1, -1, 300, 2 ** 40, 0.5]) {
    const bytes = msgpackCodec.encode(encodeValue(number, "msgpack")) as Uint8Array<ArrayBuffer>;
    const view = new DataView(bytes.buffer, bytes.byteLength - 9);
    assertEquals([view.getUint8(0), view.getFloat64(1)], [0xcb, number]);
    assertEquals(msgpackCodec.decode(bytes), { number });
  }
});

test("OD4c2: MessagePack has binary data for bytes", () => {
  const value = new Uint8Array([1, 2]);
  assertEquals(encodeValue(value, "msgpack"), { bytes: value });
  assertEquals(encodeValue(new Base64Text("AQI="), "msgpack"), { bytes: value });
});

const INBOUND: [string, unknown, unknown][] = [
  ["OD5a2, OD5b3: JSON in a string", { string: '{"x":1}', encoding: "json" }, { x: 1 }],
  ["OD5a2: text with another encoding", { string: "x", encoding: "utf-8" }, "x"],
  ["OD5b2: base64", { bytes: "AQI=" }, new Uint8Array([1, 2])],
  ["OD5a1: binary data", { bytes: new Uint8Array([1]).buffer }, new Uint8Array([1])],
  ["OD5: JSON that is none", { json: "{" }, undefined],
  ["OD5: base64 that is none", { bytes: "*" }, undefined],
  ["OD2: nothing", {}, undefined],
  ["OD2: null", null, undefined],
  ["OD2: text in the place of a value", "text", undefined],
  [
    "OD2: members of wrong types",
    { string: 1, number: "1", boolean: 0, bytes: [], json: 5 },
    undefined,
  ],
  ["OD2: a number that is none", { number: NaN }, undefined],
  ["OD2a: an empty id", { objectId: "" }, undefined],
  ["RTLM5d2: the first of several kinds", { string: "x", number: 1, boolean: true }, true],
];

for (const [name, wire, read] of INBOUND) {
  test(`${name} is read`, () => assertEquals(readValue(decodeValue(wire)), read));
}

const PAIRS: [StoredValue | undefined, StoredValue | undefined, boolean][] = [
  [1, 1, true],
  [1, "1", false],
  [undefined, undefined, true],
  [undefined, "", false],
  [new Reference("map:1"), new Reference("map:1"), true],
  [new Reference("map:1"), new Reference("map:2"), false],
  [new Reference("map:1"), new JsonText('{"objectId":"map:1"}'), false],
  [new JsonText('{"a":1,"b":[{}]}'), new JsonText('{ "b": [{}], "a": 1 }'), true],
  [new JsonText('{"a":1}'), new JsonText('{"b":1}'), false],
  [new JsonText("[]"), new JsonText("{}"), false],
  [new JsonText("[1]"), new JsonText("[1,2]"), false],
  [new JsonText('{"a":null}'), new JsonText('{"b":null}'), false],
  [new Uint8Array([1]), new Base64Text("AQ=="), true],
  [new Uint8Array([1]), new Base64Text("Ag=="), false],
  [new Base64Text("*"), new Uint8Array([1]), false],
  [new Base64Text("AQ=="), new JsonText("AQ=="), false],
];

for (const [one, other, isSame] of PAIRS) {
  const show = (value: StoredValue | undefined) => JSON.stringify(value) ?? "nothing";
  test(`RTLM22b3: ${show(one)} and ${show(other)} are ${isSame ? "the same" : "not the same"}`, () => {
    assertEquals([isSameValue(one, other), isSameValue(other, one)], [isSame, isSame]);
  });
}

test("RTLM22b3: JSON that is nested too deeply to compare counts as changed", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  assertEquals(isSameValue(new JsonText(deep), new JsonText(` ${deep}`)), false);
});
