import { Action, Flag, MODE_FLAGS } from "../../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../../src/protocol/protocol_message.ts";
import type {
  WireObjectMessage,
  WireObjectState,
} from "../../../src/protocol/wire_object_message.ts";

/** The number of objects, or of entries, that the channels `counters` and `entries` have. */
export const MANY = 10_000;

/** The site of the server, and of all operations. */
export const SITE = "bench";

const COUNTER = "counter:many@1700000000000";
const END = "counter:end@1700000000000";

let count = 0;

/** A serial that comes after all others. */
export function nextSerial(): string {
  return String(++count).padStart(14, "0");
}

/** The frames that answer ATTACH on a channel whose name begins with `objects`, `counters` or `entries`. */
export function attachedFrames(channel: string): ProtocolMessage[] {
  const flags = MODE_FLAGS.object_subscribe | MODE_FLAGS.object_publish | Flag.HasObjects;
  const state = statesOf(channel).map((object): WireObjectMessage => ({ object }));
  return [
    { action: Action.Attached, channel, flags },
    { action: Action.ObjectSync, channel, channelSerial: `${nextSerial()}:`, state },
  ];
}

function statesOf(channel: string): WireObjectState[] {
  const keys = Array.from({ length: MANY }, (_, index) => `key${index}`);
  if (channel.startsWith("entries")) {
    return [root(keys.map((key) => [key, { string: "twenty characters of" }]))];
  }
  if (channel.startsWith("counters")) {
    const ids = keys.map((key) => `counter:${key}@1700000000000`);
    return [root(keys.map((key, index) => [key, { objectId: ids[index]! }])), ...ids.map(counter)];
  }
  return [
    root([["many", { objectId: COUNTER }], ["end", { objectId: END }]]),
    ...[COUNTER, END].map(counter),
  ];
}

function root(entries: [string, object][]): WireObjectState {
  const timeserial = nextSerial();
  const wires = entries.map(([key, data]) => [key, { timeserial, data }] as const);
  return {
    objectId: "root",
    siteTimeserials: { [SITE]: timeserial },
    tombstone: false,
    map: { semantics: 0, entries: Object.fromEntries(wires) },
  };
}

function counter(objectId: string): WireObjectState {
  const siteTimeserials = { [SITE]: nextSerial() };
  return { objectId, siteTimeserials, tombstone: false, counter: { count: 0 } };
}

/** Frames of ten operations each, and a last one that changes the counter `end`. */
export function* operationFrames(
  channel: string,
  { frames, kind }: { frames: number; kind: string },
): Generator<ProtocolMessage> {
  for (let frame = 0; frame < frames; frame++) {
    yield operationFrame(
      channel,
      Array.from({ length: 10 }, (_, index) =>
        kind === "set"
          ? {
            action: 1,
            objectId: "root",
            mapSet: { key: `key${index}`, value: { string: "twenty characters of" } },
          }
          : { action: 4, objectId: COUNTER, counterInc: { number: 1 } }),
    );
  }
  yield operationFrame(channel, [{ action: 4, objectId: END, counterInc: { number: 1 } }]);
}

function operationFrame(
  channel: string,
  operations: NonNullable<WireObjectMessage["operation"]>[],
): ProtocolMessage {
  const state = operations.map((operation): WireObjectMessage => ({
    clientId: "ann",
    serial: nextSerial(),
    serialTimestamp: 1_700_000_000_000,
    siteCode: SITE,
    operation,
  }));
  const id = `other:${count}`;
  return {
    action: Action.Object,
    id,
    connectionId: "other",
    channel,
    timestamp: 1_700_000_000_000,
    state,
  };
}
