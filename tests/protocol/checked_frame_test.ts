import { Action } from "../../src/protocol/actions.ts";
import { checkFrame } from "../../src/protocol/checked_frame.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { assert, assertEquals, test } from "../harness.ts";
import {
  ANNOTATION,
  DETAILS,
  FRAME,
  type Kind,
  MESSAGE,
  PRESENCE,
  VERSION,
} from "../support/frame_fields.ts";

const WRONG: Record<Kind, unknown[]> = {
  text: [5, true, {}, [], NaN],
  number: ["5", true, {}, [], NaN, Infinity],
  whole: ["5", true, {}, [], NaN, Infinity, -1, 0.5, 2 ** 60],
  object: ["x", 5, true, [], new Uint8Array(1)],
  array: ["x", 5, true, {}, { length: 1 }],
  any: [],
};
const RIGHT: Record<Kind, unknown> = {
  text: "x",
  number: -0.5,
  whole: 5,
  object: { any: "1" },
  array: [],
  any: 5,
};

/** Each field of a type with each value that it must not hold, and one that it may. */
function fieldsOf(
  kinds: Record<string, Kind>,
): { field: string; wrong: unknown; right: unknown }[] {
  return Object.entries(kinds).flatMap(([field, kind]) =>
    WRONG[kind].map((wrong) => ({ field, wrong, right: RIGHT[kind] }))
  );
}

test("RSF1: every field of a frame counts as absent if it is of another type, and nothing else does", () => {
  const { action: _, ...fields } = FRAME;
  for (const { field, wrong, right } of fieldsOf(fields)) {
    const faults: string[] = [];
    const check = (frame: object) => checkFrame(frame as ProtocolMessage, (f) => faults.push(f));
    const damaged = { action: 11, [field]: wrong, other: 1 };
    // Without its channel, a frame would count as one for the connection.
    assertEquals(check(damaged), field !== "channel");
    assertEquals(damaged, { action: 11, other: 1 } as typeof damaged, `${field} ${String(wrong)}`);
    assertEquals(faults.length, 1);
    for (const value of [right, null]) {
      const intact = { action: 11, [field]: value };
      assert(check(intact));
      assertEquals(intact, { action: 11, [field]: value });
    }
    assertEquals(faults.length, 1);
  }
});

/** The objects in a frame whose fields are checked, and the frame around them. */
const PARTS: Record<string, [Record<string, Kind>, (part: object) => object]> = {
  connectionDetails: [DETAILS, (connectionDetails) => ({ connectionDetails })],
  "version of a message": [VERSION, (version) => ({ messages: [{ version }] })],
  "item of messages": [MESSAGE, (item) => ({ messages: [item] })],
  "item of presence": [PRESENCE, (item) => ({ presence: [item] })],
  "item of annotations": [ANNOTATION, (item) => ({ annotations: [item] })],
};

for (const [name, [kinds, frameWith]] of Object.entries(PARTS)) {
  test(`RSF1: every field of ${name} counts as absent if it is of another type, and nothing else does`, () => {
    for (const { field, wrong, right } of fieldsOf(kinds)) {
      const faults: string[] = [];
      const parts = [{ [field]: wrong, other: 1 }, { [field]: right }, { [field]: null }];
      for (const part of parts) {
        const frame = { action: 15, ...frameWith(part) } as ProtocolMessage;
        assert(checkFrame(frame, (fault) => faults.push(fault)));
      }
      assertEquals(faults.length, kinds === VERSION ? 0 : 1);
      assertEquals(
        parts as unknown[],
        [{ other: 1 }, { [field]: right }, { [field]: null }],
        `${field} ${String(wrong)}`,
      );
    }
  });
}

for (const name of ["messages", "presence", "annotations"]) {
  test(`TM2a, TP3a: what is no object among the "${name}" is left out, the others keep the ids of their places`, () => {
    const items = [null, { a: 1 }, 5, "x", [], { id: "own" }, new Uint8Array(1), { b: 1 }];
    const frame = { action: 15, id: "f", [name]: items } as unknown as ProtocolMessage;
    assert(checkFrame(frame, () => {}));
    assertEquals((frame as unknown as Record<string, unknown>)[name], [
      { a: 1, id: "f:1" },
      { id: "own" },
      { b: 1, id: "f:7" },
    ] as unknown[]);
  });
}

test("RSF1: a field of a frame that is of another type counts as absent", () => {
  const frame = {
    action: 11,
    channel: "c",
    flags: -1,
    channelSerial: 5,
    timestamp: "x",
    params: { delta: "vcdiff", rewind: 5 },
    error: "x",
    messages: {},
    future: 1,
  };
  const faults: string[] = [];
  assert(checkFrame(frame as never, (fault) => faults.push(fault)));
  assertEquals(frame as unknown, {
    action: 11,
    channel: "c",
    params: { delta: "vcdiff" },
    future: 1,
  });
  assertEquals(faults.length, 1);
});

test("RTN7b: an answer with an invalid serial is ignored; in other frames the serial counts as absent", () => {
  for (const wrong of [0.5, -1, "0", Infinity, {}]) {
    for (const action of [Action.Ack, Action.Nack]) {
      assert(!checkFrame({ action, msgSerial: wrong as number }, () => {}));
      assert(!checkFrame({ action, msgSerial: 0, count: wrong as number }, () => {}));
    }
    assert(checkFrame({ action: Action.Message, msgSerial: wrong as number }, () => {}));
  }
});
