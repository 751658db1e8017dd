import type { ObjectSink } from "./live_object.ts";
import type { ObjectMessage, StateMessage } from "./object_message.ts";

/** The position of a page in a sync (RTO5a1). */
export interface SyncPosition {
  /** The sequence; `undefined` for a page that is a complete sync (RTO5a5). */
  readonly id: string | undefined;
  /** Whether it is the last page (RTO5a4). */
  readonly isLast: boolean;
}

/** Reads the `channelSerial` of an OBJECT_SYNC (RTO5a1). The cursor may contain colons; the id does not. */
export function syncPosition(channelSerial: string | undefined): SyncPosition {
  if (typeof channelSerial !== "string" || channelSerial === "") {
    return { id: undefined, isLast: true };
  }
  const colon = channelSerial.indexOf(":");
  return colon < 0
    ? { id: channelSerial, isLast: true }
    : { id: channelSerial.slice(0, colon), isLast: colon === channelSerial.length - 1 };
}

/** The objects received so far in a sync: the `SyncObjectsPool` of the specification (RTO5f). */
export class SyncSequence {
  /** Its id. */
  readonly id: string | undefined;
  readonly #sink: ObjectSink;
  readonly #states = new Map<string, StateMessage>();

  constructor(id: string | undefined, sink: ObjectSink) {
    this.id = id;
    this.#sink = sink;
  }

  /** The collected states by object id. */
  get states(): ReadonlyMap<string, StateMessage> {
    return this.#states;
  }

  /** Adds the objects of a page (RTO5f). */
  add(messages: readonly ObjectMessage[]): void {
    for (const message of messages) {
      if (message.object) this.#add(message as StateMessage); // RTO5d
    }
  }

  #add(message: StateMessage): void {
    const { objectId, map, counter, tombstone } = message.object;
    if (!map && !counter) { // RTO5f3
      return this.#sink.onLog("warn", "The type of an object is unknown", objectId);
    }
    const known = this.#states.get(objectId)?.object;
    if (!known || map && tombstone) this.#states.set(objectId, message); // RTO5f1, RTO5f2a1
    else if (map && known.map) { // RTO5f2a2
      for (const [key, entry] of map.entries) known.map.entries.set(key, entry);
    } else { // RTO5f2b
      this.#sink.onLog("error", "A counter came in more than one part", objectId);
    }
  }
}
