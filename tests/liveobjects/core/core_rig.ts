import { compact } from "../../../src/liveobjects/core/compact.ts";
import { CounterObject } from "../../../src/liveobjects/core/counter_object.ts";
import { decodeMessages } from "../../../src/liveobjects/core/decode_message.ts";
import type { LiveObject, ObjectUpdate } from "../../../src/liveobjects/core/live_object.ts";
import { MapObject } from "../../../src/liveobjects/core/map_object.ts";
import type {
  ObjectMessage,
  OperationMessage,
} from "../../../src/liveobjects/core/object_message.ts";
import { ObjectsCore } from "../../../src/liveobjects/core/objects_core.ts";
import type { WireMapEntry } from "../../../src/protocol/wire_object_message.ts";
import { assertInstanceOf } from "../../harness.ts";

/** An unchecked message, as a test writes it. */
export type Wire = Record<string, unknown>;

/** The local time in these tests. */
export const NOW = 1_000_000;

/** The objects of a channel, with all that they tell, in one list. */
export class CoreRig {
  /** The effects so far: `syncing`, `synced`, `root {"a":"updated"}`, `counter:1 5`, `warn`, `error`. */
  readonly told: string[] = [];
  readonly updates: [LiveObject, ObjectUpdate][] = [];
  readonly core: ObjectsCore;

  constructor() {
    this.core = new ObjectsCore({
      onUpdate: (object, update) => {
        this.updates.push([object, update]);
        const what = update.amount ?? JSON.stringify(Object.fromEntries(update.keys ?? []));
        this.told.push(
          `${object.objectId} ${what}${update.message ? "" : " -"}${update.tombstone ? " †" : ""}`,
        );
      },
      onLog: (level) => {
        if (level !== "debug") this.told.push(level);
      },
      onSyncState: (state) => this.told.push(state),
    });
    this.core.pool.now = NOW;
  }

  /** The effects since the last call. */
  take(): string[] {
    return this.told.splice(0);
  }

  get root(): MapObject {
    return this.core.pool.root;
  }

  map(objectId: string): MapObject {
    const object = this.core.pool.get(objectId);
    assertInstanceOf(object, MapObject);
    return object;
  }

  counter(objectId: string): CounterObject {
    const object = this.core.pool.get(objectId);
    assertInstanceOf(object, CounterObject);
    return object;
  }

  /** All that is reached from the root, for comparisons. */
  get tree(): unknown {
    return compact(this.root, true);
  }

  /** The core synced with these states, and the telling of it forgotten. */
  synced(...states: Wire[]): this {
    this.core.attached(true);
    this.sync("s:", ...states);
    this.take();
    return this;
  }

  sync(channelSerial: string | undefined, ...states: Wire[]): void {
    this.core.synced(channelSerial, messages(states.map((object) => ({ object }))));
  }

  /** Operations from the channel. */
  receive(...operations: Wire[]): void {
    this.core.operated(messages(operations));
  }

  /** Own operations that were acknowledged. */
  acknowledge(...operations: Wire[]): void {
    this.core.acknowledged(messages(operations) as OperationMessage[]);
  }
}

export function messages(wires: Wire[], now = NOW): ObjectMessage[] {
  return decodeMessages(wires, { now });
}

/** An operation on the wire, from site `a` unless the serial names another one: `b:5`. */
export function operation(serial: string, given: Wire, more: Wire = {}): Wire {
  const siteCode = serial.includes(":") ? serial.slice(0, serial.indexOf(":")) : "a";
  return { serial: serial.slice(serial.indexOf(":") + 1), siteCode, operation: given, ...more };
}

export const set = (serial: string, key: string, value: Wire, objectId = "root"): Wire =>
  operation(serial, { action: 1, objectId, mapSet: { key, value } });
export const remove = (serial: string, key: string, objectId = "root", more: Wire = {}): Wire =>
  operation(serial, { action: 2, objectId, mapRemove: { key } }, more);
export const increment = (serial: string, number: unknown, objectId = "counter:1"): Wire =>
  operation(serial, { action: 4, objectId, counterInc: { number } });
export const createCounter = (serial: string, count: unknown, objectId = "counter:1"): Wire =>
  operation(serial, { action: 3, objectId, counterCreate: { count } });
export const createMap = (serial: string, entries: Wire, objectId = "map:1"): Wire =>
  operation(serial, { action: 0, objectId, mapCreate: { semantics: 0, entries } });
export const deleted = (serial: string, objectId: string, more?: Wire): Wire =>
  operation(serial, { action: 5, objectId, objectDelete: {} }, more);
export const clear = (serial: string, objectId = "root"): Wire =>
  operation(serial, { action: 6, objectId, mapClear: {} });

/** The state of a map on the wire. */
export function mapState(
  objectId: string,
  entries: Record<string, WireMapEntry | string | number>,
  more: Wire = {},
): Wire {
  const full = Object.entries(entries).map(([key, entry]) => [
    key,
    typeof entry === "object" ? entry : {
      timeserial: "1",
      data: typeof entry === "number" ? { number: entry } : dataOf(entry),
    },
  ]);
  return {
    objectId,
    siteTimeserials: { a: "1" },
    tombstone: false,
    map: { semantics: 0, entries: Object.fromEntries(full) },
    ...more,
  };
}

/** The state of a counter on the wire. */
export function counterState(objectId: string, count: unknown, more: Wire = {}): Wire {
  return { objectId, siteTimeserials: { a: "1" }, tombstone: false, counter: { count }, ...more };
}

function dataOf(text: string): Wire {
  return /^(map|counter):|^root$/.test(text) ? { objectId: text } : { string: text };
}
