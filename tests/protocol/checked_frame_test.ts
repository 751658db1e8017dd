import { Action } from "../../src/protocol/actions.ts";
import { checkFrame } from "../../src/protocol/checked_frame.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import {
  ANNOTATION_CHECK,
  MESSAGE_CHECK,
  PRESENCE_CHECK,
} from "../../src/protocol/frame_fields.ts";
import { assert, assertEquals, test } from "../harness.ts";
import type { FieldCheck, FieldKind } from "../../src/util/wire_fields.ts";

const WRONG: Record<Exclude<FieldKind, "any">, unknown[]> = {
  text: [5, true, {}, [], NaN],
  number: ["5", true, {}, [], NaN, Infinity],
  whole: ["5", true, {}, [], NaN, Infinity, -1, 0.5, 2 ** 60],
  object: ["x", 5, true, [], new Uint8Array(1)],
  array: ["x", 5, true, {}, { length: 1 }],
};
const RIGHT: Record<FieldKind, unknown> = {
  text: "x",
  number: -0.5,
  whole: 5,
  object: { any: 1 },
  array: [],
  any: 5,
};

const ITEMS: Record<string, FieldCheck<object>> = {
  messages: MESSAGE_CHECK as FieldCheck<object>,
  presence: PRESENCE_CHECK as FieldCheck<object>,
  annotations: ANNOTATION_CHECK as FieldCheck<object>,
};

for (const [name, { kinds }] of Object.entries(ITEMS)) {
  test(`RSF1: every field of an item of "${name}" counts as absent if it is of another type, and nothing else does`, () => {
    for (const [field, kind] of kinds) {
      for (const wrong of kind === "any" ? [] : WRONG[kind]) {
        const faults: string[] = [];
        const item = { [field]: wrong, other: 1 };
        const frame = { action: 15, [name]: [item, { [field]: RIGHT[kind] }, { [field]: null }] };
        assert(checkFrame(frame, (fault) => faults.push(fault)));
        assertEquals(
          (frame as Record<string, unknown>)[name],
          [{ other: 1 }, { [field]: RIGHT[kind] }, { [field]: null }] as unknown[],
          `${field} ${String(wrong)}`,
        );
        assertEquals(faults.length, 1);
      }
    }
  });

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
