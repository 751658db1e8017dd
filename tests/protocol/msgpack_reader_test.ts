import { Unpackr } from "msgpackr/unpack-no-eval";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { readMsgpack } from "../../src/protocol/msgpack_reader.ts";
import { assert, assertEquals, assertThrows, test } from "../harness.ts";
import { seeded } from "../support/seeded.ts";

const msgpackr = new Unpackr({ useRecords: false, int64AsType: "number", copyBuffers: true });

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return msgpackCodec.encode(value) as Uint8Array<ArrayBuffer>;
}

/** Nested values of all kinds that are encoded, with text and numbers around the limits of their forms. */
function randomValue(random: (limit: number) => number, depth = 0): unknown {
  switch (random(depth < 4 ? 10 : 8)) {
    case 0:
      return null;
    case 1:
      return random(2) === 0;
    case 2:
      return random(300) - 150;
    case 3:
      return 2 ** random(53) * (random(2) * 2 - 1) - random(3);
    case 4:
      return random(1_000_000) / 7;
    case 5:
      return "text".repeat(random(20)).slice(random(4));
    case 6:
      return "ü€😀\ufeff\0".repeat(random(9)).slice(random(4));
    case 7:
      return crypto.getRandomValues(new Uint8Array(random(random(8) === 0 ? 300 : 30)));
    case 8:
      return Array.from({ length: random(20) }, () => randomValue(random, depth + 1));
    default:
      return Object.fromEntries(Array.from({ length: random(20) }, () => [
        ["key", "name", "ключ", "a key that is longer than the short form", ""][random(5)]! +
        random(30),
        randomValue(random, depth + 1),
      ]));
  }
}

test("RSC8a: reads the usual values without msgpackr, and the same as it does", () => {
  const random = seeded(8);
  for (let round = 0; round < 2_000; round++) {
    const frame = encode(randomValue(random));
    const value = readMsgpack(frame);
    assert(value !== undefined);
    assertEquals(value, msgpackr.unpack(frame));
  }
});

test("RSC8a: leaves to msgpackr what is damaged, and never reads it in another way", () => {
  const random = seeded(9);
  let read = 0;
  for (let round = 0; round < 20_000; round++) {
    const frame = encode(randomValue(random));
    if (frame.length > 400) continue;
    for (let count = random(3); count >= 0; count--) frame[random(frame.length)] = random(256);
    const bytes = frame.slice(0, frame.length - random(2));
    const value = readMsgpack(bytes);
    if (value === undefined) continue;
    read++;
    assertEquals(value, msgpackr.unpack(bytes));
  }
  assert(read > 2_000, `${read} read`);
});

test("RSC8a: keys that resemble each other are not mixed up", () => {
  const names = [
    "mapCreate",
    "mapRemove",
    "maxMessageSize",
    "maxInboundRate",
    "aXb",
    "aYb",
    "ä",
    "Ã¤",
  ];
  for (let round = 0; round < 3; round++) {
    for (const name of names) {
      assertEquals(Object.keys(msgpackCodec.decode(encode({ [name]: 1 })) as object), [name]);
    }
  }
});

test("RSC8a: a byte order mark stays in short and in long text", () => {
  for (const text of ["\ufeff", "\ufeffshort", `\ufeff${"long".repeat(100)}`]) {
    assertEquals(msgpackCodec.decode(encode([text])), [text]);
  }
});

test("RSF1: arrays within arrays that claim to be large take no memory", () => {
  const frame = new Uint8Array(65_536);
  const view = new DataView(frame.buffer);
  for (let at = 0; at + 5 <= frame.length; at += 5) {
    frame[at] = 0xdd;
    view.setUint32(at + 1, frame.length - at - 5);
  }
  assertThrows(() => msgpackCodec.decode(frame));
});
