import { EventParser, type ServerEvent } from "../../src/sse/event_parser.ts";
import { assertEquals, test } from "../harness.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The events of pieces, as type, data and id. */
function read(...pieces: (string | Uint8Array)[]): string[][] {
  const parser = new EventParser();
  const events: ServerEvent[] = pieces.flatMap((piece) =>
    parser.push(typeof piece === "string" ? bytesOf(piece) : piece)
  );
  return events.map(({ type, data, id }) => [type, data, id]);
}

test("HTML 9.2.6: fields, comments, and all line ends", () => {
  assertEquals(read("id: 1\nevent: message\ndata: a\n\n"), [["message", "a", "1"]]);
  assertEquals(read("data:a\r\ndata:b\r\n\r\n"), [["message", "a\nb", ""]]);
  assertEquals(read("data:  a\r\rdata\n\n"), [["message", " a", ""], ["message", "", ""]]);
  assertEquals(read(":keepalive\n\nretry: 5\nunknown: x\ndata: a:b\n\n"), [["message", "a:b", ""]]);
  assertEquals(read("\ufeffdata: a\n\n"), [["message", "a", ""]]);
});

test("HTML 9.2.6: an id stays in force, and one with a null character does not count", () => {
  assertEquals(read("id: 1\ndata: a\n\ndata: b\n\nid: x\0\ndata: c\n\nid\ndata: d\n\n"), [
    ["message", "a", "1"],
    ["message", "b", "1"],
    ["message", "c", "1"],
    ["message", "d", ""],
  ]);
});

test("HTML 9.2.6: an event that has not ended is not read", () => {
  assertEquals(read("data: a\n\nid: 2\ndata: b\n"), [["message", "a", ""]]);
});

test("HTML 9.2.6: the bytes may be cut anywhere", () => {
  const text =
    "id: ü1\r\nevent: error\r\ndata: 😀 a\r\rdata: b\n\n:x\r\n\r\nid: 3\ndata: c\r\n\r\n";
  const bytes = bytesOf(text);
  const whole = read(text);
  assertEquals(whole.length, 3);
  for (let cut = 0; cut <= bytes.length; cut++) {
    assertEquals(read(bytes.subarray(0, cut), bytes.subarray(cut)), whole, `cut at ${cut}`);
  }
  assertEquals(read(...Array.from(bytes, (byte) => Uint8Array.of(byte))), whole);
});
