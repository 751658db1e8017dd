/**
 * The cost of objects: decoding frames and merging them, compared with bare code that reads the same frames into a `Map`
 * (the floor). Nothing is sent.
 *
 * @module
 */
import { compact } from "../../src/liveobjects/core/compact.ts";
import { decodeMessages } from "../../src/liveobjects/core/decode_message.ts";
import { ObjectsCore } from "../../src/liveobjects/core/objects_core.ts";
import { PathSearch } from "../../src/liveobjects/core/path_search.ts";
import { PathSubscriptions } from "../../src/liveobjects/core/path_subscriptions.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import type {
  WireObjectMessage,
  WireObjectOperation,
  WireObjectState,
} from "../../src/protocol/wire_object_message.ts";
import { compare, processorTime } from "./support/compare.ts";

const OPERATIONS = 10_000;
const ENTRIES = 10_000;
const PAGES = 20;

type State = readonly WireObjectMessage[];

function serialOf(index: number): string {
  return String(index).padStart(20, "0");
}

function frameOf(state: State, more: object = {}): string {
  return JSON.stringify({ action: 19, id: "conn:1", channel: "c", timestamp: 1, ...more, state });
}

/** Frames of ten operations each. */
function operationFrames(operation: (index: number) => WireObjectOperation): string[] {
  return Array.from(
    { length: OPERATIONS / 10 },
    (_, frame) =>
      frameOf(Array.from({ length: 10 }, (_, item): WireObjectMessage => {
        const index = 10 * frame + item;
        return {
          clientId: "ann",
          serial: serialOf(index),
          serialTimestamp: 1_700_000_000_000,
          siteCode: "site",
          operation: operation(index),
        };
      })),
  );
}

function mapState(entries: [string, string | { objectId: string }][]): WireObjectState {
  const wires = entries.map(([key, value]) =>
    [key, {
      timeserial: serialOf(1),
      data: typeof value === "string" ? { string: value } : value,
    }] as const
  );
  return {
    objectId: "root",
    siteTimeserials: { site: serialOf(1) },
    map: { semantics: 0, entries: Object.fromEntries(wires) },
  };
}

function read(text: string): { frame: ProtocolMessage; state: WireObjectMessage[] } {
  const frame = JSON.parse(text) as ProtocolMessage;
  return { frame, state: frame.state as WireObjectMessage[] };
}

function newCore(): ObjectsCore {
  return new ObjectsCore({ onUpdate() {}, onLog() {}, onSyncState() {} });
}

function sync(core: ObjectsCore, pages: readonly string[]): void {
  core.attached(true);
  for (const text of pages) {
    const { frame, state } = read(text);
    core.synced(frame.channelSerial, decodeMessages(state, { now: 1 }));
  }
}

/** The cost of a unit, in microseconds of processor time. */
function costing(name: string, units: number, work: () => void) {
  return { name, run: () => processorTime(units, () => Promise.resolve(work())) };
}

const INCREMENTS = operationFrames(() => ({
  action: 4,
  objectId: "counter:c@1",
  counterInc: { number: 1 },
}));
const SETS = operationFrames((index) => ({
  action: 1,
  objectId: "root",
  mapSet: { key: `key${index % 50}`, value: { string: "twenty characters or" } },
}));

for (const [title, frames] of [["COUNTER_INC", INCREMENTS], ["MAP_SET", SETS]] as const) {
  await compare(`receive ${title}, 10 a frame`, [
    costing("bare", OPERATIONS, () => {
      const values = new Map<string, unknown>();
      let sum = 0;
      for (const text of frames) {
        for (const { operation } of read(text).state) {
          const { counterInc, mapSet } = operation!;
          if (counterInc) sum += counterInc.number as number;
          else values.set(mapSet!.key, mapSet!.value);
        }
      }
      if (sum + values.size === 0) throw new Error("Nothing was read");
    }),
    costing("@ably-edge/sdk", OPERATIONS, () => {
      const core = newCore();
      core.attached(false);
      for (const text of frames) core.operated(decodeMessages(read(text).state, { now: 1 }));
    }),
  ]);
}

const VALUE = "x".repeat(100);
const ALL = Array.from({ length: ENTRIES }, (_, index): [string, string] => [`key${index}`, VALUE]);
const LARGE_MAP = Array.from({ length: PAGES }, (_, page) => {
  const size = ENTRIES / PAGES;
  const object = mapState(ALL.slice(page * size, (page + 1) * size));
  return frameOf([{ object }], { channelSerial: `s:${page + 1 < PAGES ? page : ""}` });
});
const COUNTERS = [frameOf([
  { object: mapState(ALL.map(([key]) => [key, { objectId: `counter:${key}@1` }])) },
  ...ALL.map(([key], count): WireObjectMessage => ({
    object: {
      objectId: `counter:${key}@1`,
      siteTimeserials: { site: serialOf(1) },
      tombstone: false,
      counter: { count },
    },
  })),
])];

/** All objects by their ids, and all entries of maps by their keys. */
function readInto(all: Map<string, unknown>, pages: readonly string[]): void {
  for (const text of pages) {
    for (const { object } of read(text).state) {
      const { objectId, map } = object!;
      all.set(objectId, object);
      for (const [key, entry] of Object.entries(map?.entries ?? {})) all.set(key, entry);
    }
  }
}

for (
  const [title, pages] of [["a map of 10,000 entries", LARGE_MAP], [
    "10,000 counters",
    COUNTERS,
  ]] as const
) {
  const known = newCore();
  sync(known, pages);
  await compare(`sync ${title}`, [
    costing("bare", ENTRIES, () => readInto(new Map(), pages)),
    costing("@ably-edge/sdk", ENTRIES, () => sync(newCore(), pages)),
    costing("the same again", ENTRIES, () => sync(known, pages)),
  ]);
}

const full = newCore();
sync(full, LARGE_MAP);
await compare("compact() of 10,000 entries", [
  costing("bare", ENTRIES, () => {
    const plain: Record<string, unknown> = {};
    for (const [key, { value }] of full.pool.root.data) plain[key] = value;
    if (plain.key0 !== VALUE) throw new Error("Nothing was read");
  }),
  costing("@ably-edge/sdk", ENTRIES, () => void compact(full.pool.root, false)),
]);

const DISPATCHES = 10_000;
await compare(
  "tell of one change",
  [1, 1_000].map((count) => {
    const subscriptions = new PathSubscriptions();
    for (let index = 0; index < count; index++) subscriptions.add([`key${index}`], () => {});
    return costing(`${count} subscriptions`, DISPATCHES, () => {
      for (let index = 0; index < DISPATCHES; index++) {
        subscriptions.dispatch(new PathSearch(full.pool), full.pool.root, {
          keys: [["key0", "updated"]],
        });
      }
    });
  }),
);
