import * as ObjectAction from "./object_action.ts";
import type { LiveObject, ObjectSink, ObjectUpdate, OperationSource } from "./live_object.ts";
import { MapObject } from "./map_object.ts";
import type { ObjectMessage, OperationMessage, StateMessage } from "./object_message.ts";
import { ObjectPool } from "./object_pool.ts";
import { PathSearch } from "./path_search.ts";
import { syncPosition, SyncSequence } from "./sync_sequence.ts";

/** The state of the sync (RTO17a, RTO17a2, RTO17a3). */
export type SyncState = "initialized" | "syncing" | "synced";

/** The number of echoes to remember. Without a sync in between, a repetition follows soon. */
const MAX_ECHOED = 1_000;

/** Receives the effects of the core. */
export interface CoreSink extends ObjectSink {
  /** @param search The search for paths that the updates of a sync share. */
  onUpdate(object: LiveObject, update: ObjectUpdate, search?: PathSearch): void;
  /** Called when the sync state has changed (RTO17b). */
  onSyncState(state: Exclude<SyncState, "initialized">): void;
}

/**
 * The objects of a channel, as the service reports them. Every event is an input; its effects are passed to the sink at
 * once, in the order of the specification. It has no channel, timer or clock.
 */
export class ObjectsCore {
  /** The objects. */
  readonly pool: ObjectPool;
  readonly #sink: CoreSink;
  #state: SyncState = "initialized"; // RTO17a1
  #sequence: SyncSequence | undefined;
  #buffered: ObjectMessage[] = []; // RTO7a, RTO7a1
  /**
   * The serials of own operations that were applied on their ACK, and whether the echo has arrived (RTO7b, RTO7b1). An echo that
   * arrives twice must not count either. Most channels have none.
   */
  #appliedOnAck: Map<string, boolean> | undefined;
  /** Increased by each event that makes a running round of operations void: a listener may close the client during a round. */
  #era = 0;

  constructor(sink: CoreSink) {
    this.#sink = sink;
    this.pool = new ObjectPool(sink);
  }

  /** The state of the sync (RTO17). */
  get state(): SyncState {
    return this.#state;
  }

  /** Handles ATTACHED (RTO4). */
  attached(hasObjects: boolean): void {
    this.#era++;
    this.#buffered = []; // RTO4d: the following sync includes the buffered operations.
    this.#sequence = undefined; // RTO4b3
    this.#moveTo("syncing"); // RTO4c
    if (hasObjects) return; // RTO4a
    this.pool.retain(() => false); // RTO4b, RTO4b1
    this.#emit([[this.pool.root, this.pool.root.clear()]]); // RTO4b2, RTO4b2a
    this.#finish(new Map()); // RTO4b4
  }

  /** Handles OBJECT_SYNC (RTO5, RTO5a). */
  synced(channelSerial: string | undefined, messages: readonly ObjectMessage[]): void {
    this.#moveTo("syncing"); // RTO5e
    const { id, isLast } = syncPosition(channelSerial);
    let sequence = this.#sequence;
    if (!sequence || id === undefined || sequence.id !== id) { // RTO5a2, RTO5a5
      sequence = new SyncSequence(id, this.#sink); // RTO5a2a
    }
    this.#sequence = sequence; // RTO5a3
    sequence.add(messages);
    if (isLast) this.#finish(sequence.states); // RTO5a4
  }

  /** Handles OBJECT (RTO8). */
  operated(messages: readonly ObjectMessage[]): void {
    if (this.#state === "synced") this.#apply(messages, "channel"); // RTO8b
    else for (const message of messages) this.#buffered.push(message); // RTO8a
  }

  /** Applies own operations that were acknowledged, with their serials. It must be called while synced (RTO20f). */
  acknowledged(messages: readonly OperationMessage[]): void {
    this.#apply(messages, "local");
  }

  /** Handles the end of the channel: its objects become unknown (RTO27). */
  detached(): void {
    this.#era++;
    this.#buffered = [];
    this.#sequence = undefined;
    this.pool.clearData();
  }

  #moveTo(state: Exclude<SyncState, "initialized">): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#sink.onSyncState(state); // RTO17b
  }

  /** RTO5c */
  #finish(states: ReadonlyMap<string, StateMessage>): void {
    const era = this.#era;
    const updates: [LiveObject, ObjectUpdate][] = [];
    for (const message of states.values()) this.#take(message, updates); // RTO5c1
    this.pool.retain((objectId) => states.has(objectId)); // RTO5c2
    this.pool.rebuildParents(); // RTO5c10
    this.#emit(updates); // RTO5c7
    if (era !== this.#era) return;
    // RTO5c9, before RTO5c6: the sync has replaced what was applied on an ACK. If the ACK has overtaken the sync, which was older,
    // the buffered echo must count.
    this.#appliedOnAck = undefined;
    const buffered = this.#buffered;
    this.#buffered = [];
    this.#apply(buffered, "channel"); // RTO5c6
    if (era !== this.#era) return;
    this.#sequence = undefined; // RTO5c3, RTO5c4
    this.#buffered = []; // RTO5c5
    this.#moveTo("synced"); // RTO5c8
  }

  #take(message: StateMessage, updates: [LiveObject, ObjectUpdate][]): void {
    const { objectId, map } = message.object;
    const existing = this.pool.get(objectId);
    const object = existing ?? this.pool.add(objectId, map ? "map" : "counter"); // RTO5c1b1
    if (object instanceof MapObject !== (map !== undefined)) {
      return this.#sink.onLog("warn", "An object has changed its type", objectId);
    }
    const update = object.replace(message); // RTO5c1a1, RTO5c1b1a, RTO5c1b1b
    if (existing && update) updates.push([object, update]); // RTO5c1a2
  }

  #emit(updates: readonly (readonly [LiveObject, ObjectUpdate])[]): void {
    const era = this.#era;
    const search = new PathSearch(this.pool);
    for (const [object, update] of updates) {
      if (era !== this.#era) return;
      this.#sink.onUpdate(object, update, search);
    }
  }

  /** RTO9, RTO9b–RTO9b2 */
  #apply(messages: readonly ObjectMessage[], source: OperationSource): void {
    const era = this.#era;
    for (const message of messages) {
      if (era !== this.#era) return;
      this.#applyOne(message, source);
    }
  }

  #applyOne(message: ObjectMessage, source: OperationSource): void {
    const { operation, serial } = message;
    if (!operation) { // RTO9a1
      return this.#sink.onLog("warn", "A message has no operation", message.id);
    }
    if (this.#isEcho(serial!)) { // RTO9a3
      return this.#sink.onLog("debug", "An operation was applied on its ACK", serial);
    }
    const { action, objectId } = operation;
    if (!(action >= ObjectAction.MapCreate && action <= ObjectAction.MapClear)) { // RTO9a2b
      return this.#sink.onLog("warn", "The action of an operation is unknown", String(action));
    }
    const object = this.pool.ensure(objectId); // RTO9a2a1, RTO9a2a2
    if (!object) {
      return this.#sink.onLog("warn", "The type of an object is unknown", objectId);
    }
    const isApplied = object.apply(message as OperationMessage, source); // RTO9a2a3
    if (isApplied && source === "local") { // RTO9a2a4
      this.#appliedOnAck ??= new Map();
      this.#appliedOnAck.set(serial!, false);
    }
  }

  #isEcho(serial: string): boolean {
    const own = this.#appliedOnAck;
    if (!own?.delete(serial)) return false;
    own.set(serial, true); // Now it is the youngest.
    const [oldest, hasEcho] = own.entries().next().value!;
    if (hasEcho && own.size > MAX_ECHOED) own.delete(oldest);
    return true;
  }
}
