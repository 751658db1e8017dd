import { ErrorInfo } from "../../mod.ts";
import { errorFromWire } from "../../src/errors.ts";
import { Logger } from "../../src/util/logger.ts";
import { assert, assertEquals, test } from "../harness.ts";

const NOISE = "\u0000\u001b[2J\r\n\u009b\u202e\u2066";
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

test("TO3c: what is logged can do nothing to a terminal, and is not endless", () => {
  const lines: string[] = [];
  const logger = new Logger("trace", (line) => void lines.push(line));
  logger.error(() => `encoding "${NOISE}"`);
  logger.trace(() => NOISE);
  logger.info(() => "x".repeat(1_000_000));
  assert(lines.every((line) => !UNPRINTABLE.test(line) && line.length < 3_000));
  assert(lines[0]!.includes("\\u001b[2J"), lines[0]);
});

test("TI1: the words of an error from the wire can do nothing to a terminal", () => {
  const error = errorFromWire({ message: `${NOISE}${"x".repeat(100_000)}`, code: 40000 });
  assert(error instanceof ErrorInfo);
  assert(!UNPRINTABLE.test(error.message) && error.message.length < 3_000);
});

test("TO3c: a complaint that is repeated is counted, and so are very many", () => {
  const lines: string[] = [];
  const logger = new Logger("debug", (line) => void lines.push(line));
  for (let i = 0; i < 1_000; i++) logger.error(() => "the same");
  assert(lines.length > 0 && lines.length < 10, String(lines.length));
  for (let i = 0; i < 10_000; i++) logger.warn(() => `another ${i}`);
  assert(lines.length < 1_000, String(lines.length));
});

test("TO3c: a verbose line that is repeated within a second is counted, different ones are all written", () => {
  const lines: string[] = [];
  const { now } = Date;
  let time = 1_000_000;
  Date.now = () => time;
  try {
    const logger = new Logger("trace", (line) => void lines.push(line));
    for (let i = 0; i < 1_000; i++) logger.trace(() => "Sending Heartbeat");
    assertEquals(lines.length, 20);
    for (let i = 0; i < 1_000; i++) logger.of("connection").debug(() => `Sending ${i}`);
    assertEquals(lines.length, 1_020);
    time += 1_001;
    logger.trace(() => "Sending Heartbeat");
    assertEquals(lines.slice(1_020), [
      "980 repeated or further lines were left out",
      "Sending Heartbeat",
    ]);
  } finally {
    Date.now = now;
  }
});
