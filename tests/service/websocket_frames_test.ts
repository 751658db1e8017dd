import {
  closePayload,
  Opcode,
  WebSocketReader,
  writeFrame,
} from "../../src/testing/serve/websocket_frames.ts";
import { joinBytes, utf8 } from "../../src/util/bytes.ts";
import { assertEquals, test } from "../harness.ts";
import { seeded } from "../support/seeded.ts";

const MAX = 100_000;
type Bytes = Uint8Array<ArrayBuffer>;

/** A frame as a client sends it: masked. */
function masked(first: number, payload: Bytes, length?: number[]): Bytes {
  const size = payload.byteLength;
  const short = length ??
    (size < 126
      ? [size]
      : size < 65_536
      ? [126, size >> 8, size & 255]
      : [127, 0, 0, 0, 0, 0, size >> 16, size >> 8 & 255, size & 255]);
  const mask = [0xa1, 0x02, 0xff, 0x30];
  return Uint8Array.from([
    first,
    0x80 | short[0]!,
    ...short.slice(1),
    ...mask,
    ...payload.map((byte, i) => byte ^ mask[i % 4]!),
  ]);
}

const FINAL = 0x80;
const text = (value: string, first: number = FINAL | Opcode.Text) => masked(first, utf8(value));

/** A message in fragments, with pings between them. */
function fragments(payload: Bytes, opcode: number, below: (limit: number) => number): Bytes[] {
  const frames: Bytes[] = [];
  let rest = payload;
  for (let first = opcode, isLast = false; !isLast; first = Opcode.Continuation) {
    const size = below(3) === 0 ? below(rest.byteLength + 1) : rest.byteLength;
    const part = rest.slice(0, size);
    rest = rest.slice(size);
    isLast = rest.byteLength === 0;
    frames.push(masked(isLast ? FINAL | first : first, part));
    if (below(4) === 0) frames.push(masked(FINAL | Opcode.Ping, Uint8Array.of(1)));
  }
  return frames;
}

/** Reads bytes in chunks of a size; the events as text. */
function read(bytes: Bytes, chunk = bytes.byteLength): string[] {
  return readPieces(bytes, () => chunk);
}

/** Reads bytes in pieces; the events as text. */
function readPieces(bytes: Bytes, size: () => number): string[] {
  const events: string[] = [];
  const reader = new WebSocketReader({
    message: (data) => events.push(typeof data === "string" ? `text ${data}` : `bytes ${data}`),
    ping: (payload) => events.push(`ping ${payload}`),
    closing: (code) => events.push(`close ${code}`),
    violation: (code) => events.push(`violation ${code}`),
  }, MAX);
  for (let at = 0; at < bytes.byteLength;) {
    const end = at + size();
    reader.push(bytes.slice(at, end));
    at = end;
  }
  return events;
}

test("RFC 6455 5: reads text, bytes, fragments and control frames, in chunks of any size", () => {
  const bytes = joinBytes([
    text("hällo"),
    masked(FINAL | Opcode.Binary, Uint8Array.of(0, 255)),
    text("one ", Opcode.Text),
    masked(FINAL | Opcode.Ping, utf8("p")),
    text("two ", Opcode.Continuation),
    masked(FINAL | Opcode.Pong, new Uint8Array()),
    text("three", FINAL | Opcode.Continuation),
    text(""),
    masked(FINAL | Opcode.Close, closePayload(1001, "Going away")),
    text("after the close"),
  ]);
  for (const chunk of [1, 2, 3, 7, 50, 1000]) {
    assertEquals(read(bytes, chunk), [
      "text hällo",
      "bytes 0,255",
      "ping 112",
      "text one two three",
      "text ",
      "close 1001",
    ]);
  }
});

test("RFC 6455 5.4: messages in random fragments and pieces of bytes arrive whole and in order", () => {
  for (let seed = 0; seed < 15; seed++) {
    const below = seeded(seed);
    const wanted: string[] = [];
    const frames: Bytes[] = [];
    for (let count = 0; count < 8; count++) {
      const isText = below(2) === 0;
      const size = [0, 1, 125, 126, 3_000, 65_535, 65_536][below(7)]!;
      const payload = Uint8Array.from({ length: size }, () => isText ? 97 + below(26) : below(256));
      wanted.push(isText ? `text ${new TextDecoder().decode(payload)}` : `bytes ${payload}`);
      frames.push(...fragments(payload, isText ? Opcode.Text : Opcode.Binary, below));
    }
    const events = readPieces(joinBytes(frames), () => 1 + below([3, 200, 70_000][below(3)]!));
    assertEquals(events.filter((event) => event !== "ping 1"), wanted, `seed ${seed}`);
  }
});

test("RFC 6455 5: bytes of all kinds end in a message or a violation, never in an exception", () => {
  for (let seed = 0; seed < 500; seed++) {
    const below = seeded(seed);
    const bytes = Uint8Array.from({ length: below(400) }, () => below(256));
    // Most random frames would end with the first violation, so make their headers likely ones.
    for (let at = 0; at + 1 < bytes.length && below(4) > 0; at += 2 + below(40)) {
      bytes[at] = [0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89][below(7)]!;
      bytes[at + 1] = 0x80 | below(128);
    }
    const whole = read(bytes);
    assertEquals(readPieces(bytes, () => 1 + below(20)), whole, `seed ${seed}`);
  }
});

test("RFC 6455 5.2: reads messages with each form of length, and refuses those above the limit", () => {
  for (const size of [125, 126, 65_535, 65_536, MAX]) {
    assertEquals(read(text("x".repeat(size)))[0]!.length, "text ".length + size);
  }
  assertEquals(read(text("x".repeat(MAX + 1))), ["violation 1009"]);
  const halves = [text("x".repeat(60_000), Opcode.Text), text("x".repeat(60_000), FINAL)];
  assertEquals(read(joinBytes(halves)), ["violation 1009"]);
  const huge = masked(FINAL | Opcode.Binary, new Uint8Array(), [127, ...Array(8).fill(255)]);
  assertEquals(read(huge, 1), ["violation 1009"]);
});

for (
  const [what, bytes, code] of [
    ["a frame without a mask", writeFrame(Opcode.Text, utf8("x")), 1002],
    ["a reserved bit", text("x", FINAL | 0x40 | Opcode.Text), 1002],
    ["an unknown kind", text("x", FINAL | 3), 1002],
    ["an unknown control frame", text("x", FINAL | 11), 1002],
    ["a continuation of nothing", text("x", FINAL), 1002],
    ["a message within a message", joinBytes([text("x", Opcode.Text), text("y")]), 1002],
    ["a control frame in fragments", text("x", Opcode.Ping), 1002],
    ["a long control frame", masked(FINAL | Opcode.Ping, new Uint8Array(126)), 1002],
    ["a close code of one byte", masked(FINAL | Opcode.Close, Uint8Array.of(3)), 1002],
    ["a reserved close code", masked(FINAL | Opcode.Close, closePayload(1006)), 1002],
    ["text that is not UTF-8", masked(FINAL | Opcode.Text, Uint8Array.of(0xff)), 1007],
  ] as const
) {
  test(`RFC 6455 7: the connection fails after ${what}`, () => {
    assertEquals(read(joinBytes([bytes, text("ignored")])), [`violation ${code}`]);
    assertEquals(read(joinBytes([bytes, text("ignored")]), 1), [`violation ${code}`]);
  });
}

test("RFC 6455 5.5.1: a close without a code is reported as 1005", () => {
  assertEquals(read(masked(FINAL | Opcode.Close, closePayload(1005))), ["close 1005"]);
});
