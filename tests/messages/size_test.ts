import { sizeOf } from "../../src/messages/size.ts";
import { assertEquals, test } from "../harness.ts";

test("TM6a: the sum of name, data, clientId and extras, of all messages", () => {
  const message = { name: "1", data: "22", clientId: "333", extras: { a: 1 } };
  assertEquals(sizeOf([message]), 1 + 2 + 3 + 7);
  assertEquals(sizeOf([message, message]), 26);
  assertEquals(sizeOf([]), 0);
});

test("TM6b: objects and arrays by their JSON text", () => {
  assertEquals(sizeOf([{ data: { a: "ü" } }]), new TextEncoder().encode('{"a":"ü"}').length);
  assertEquals(sizeOf([{ data: [1, 2] }]), 5);
});

test("TM6c: binary by its bytes, in any container", () => {
  const bytes = new Uint8Array(10);
  for (const data of [bytes, bytes.buffer, new DataView(bytes.buffer), bytes.subarray(0, 10)]) {
    assertEquals(sizeOf([{ data }]), 10);
  }
  assertEquals(sizeOf([{ data: bytes.subarray(2, 5) }]), 3);
});

test("TM6e: what is absent has no size", () => {
  assertEquals(sizeOf([{}, { name: null, data: undefined, extras: null }]), 0);
});

test("TM6f: text by its bytes in UTF-8", () => {
  for (const text of ["", "plain", "ü", "€", "😀", "a😀ü€", "\u07ff\u0800\uffff"]) {
    assertEquals(sizeOf([{ data: text }]), new TextEncoder().encode(text).length, text);
  }
});
