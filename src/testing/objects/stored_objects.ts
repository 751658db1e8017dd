import { SITE_CODE } from "../core/serials.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import { sizeOfEntries, sizeOfOperation } from "./operation_size.ts";
import {
  invalidOperation,
  type MapEntry,
  ObjectAction,
  type ObjectOperation,
  type ObjectsMap,
  type ObjectState,
  type ObjectValue,
} from "./wire_operation.ts";

/** The id of the map that always exists. */
export const ROOT = "root";

/** The time and site of an accepted operation. */
export interface OperationTime {
  readonly serial: string;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  /** The site that accepted it. Defaults to this site. */
  readonly siteCode?: string;
}

/** The objects of a channel. */
export class ObjectPool {
  readonly #objects = new Map<string, ObjectState>();
  /** The times since which objects are unreachable, in milliseconds since the Unix epoch. */
  readonly unreachableSince: Map<string, number> = new Map();
  /** The times when objects were deleted. */
  readonly deletedAt: Map<string, number> = new Map();
  /** The time of the last collection. */
  collectedAt = -Infinity;
  /** An upper bound of the size of all objects, in bytes. */
  #bytes = 0;

  constructor(states?: readonly ObjectState[]) {
    if (states) { for (const state of states) this.restore(structuredClone(state)); }
    else {
      this.#objects.set(ROOT, {
        objectId: ROOT,
        siteTimeserials: {},
        tombstone: false,
        map: { semantics: 0, entries: {} },
      });
    }
  }

  /** A copy on which operations can be tried. */
  fork(): ObjectPool {
    return new ObjectPool(this.states());
  }

  /** Whether no operation was ever applied to it. */
  get isPristine(): boolean {
    const [root] = this.#objects.values();
    return this.#objects.size === 1 && Object.keys(root!.siteTimeserials).length === 0;
  }

  /** Forgets an object. */
  forget(objectId: string): void {
    this.#objects.delete(objectId);
    this.unreachableSince.delete(objectId);
    this.deletedAt.delete(objectId);
  }

  /** The objects that the root leads to. */
  reachable(): Set<string> {
    const found = new Set<string>();
    const open = [ROOT];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const state = this.#objects.get(id);
      if (found.has(id) || state === undefined) continue;
      found.add(id);
      if (state.map === undefined) continue;
      for (const [, { objectId }] of this.entries(state)) {
        if (objectId !== undefined) open.push(objectId);
      }
    }
    return found;
  }

  /** The size of the reachable objects in bytes. Exact only above the limit; below it, an upper bound. */
  bytesAbove(limit: number): number {
    if (this.#bytes <= limit) return this.#bytes;
    this.#bytes = 0;
    for (const id of this.reachable()) {
      const state = this.#objects.get(id)!;
      if (state.counter !== undefined) this.#bytes += 8;
      else this.#bytes += sizeOfEntries(this.entries(state));
    }
    return this.#bytes;
  }

  /** All objects, the root first. */
  states(): ObjectState[] {
    return [...this.#objects.values()];
  }

  /** Takes over an object from a snapshot. */
  restore(state: ObjectState): void {
    this.#objects.set(state.objectId, state);
  }

  get(objectId: string): ObjectState | undefined {
    return this.#objects.get(objectId);
  }

  /**
   * Checks that operations can be applied one after the other.
   *
   * @throws {ErrorInfo} 92000, 92002 or 92004 if one cannot.
   */
  check(operations: readonly ObjectOperation[]): void {
    const created = new Set<string>();
    for (const { action, objectId } of operations) {
      const kind = kindOf(action) ?? typeOf(objectId);
      if (isCreate(action)) {
        if (typeOf(objectId) !== kind || objectId === ROOT) {
          throw invalidOperation("its objectId is malformed");
        }
        created.add(objectId);
      } else if (!created.has(objectId)) this.#checkTarget(objectId, action);
      if (kind !== typeOf(objectId)) throw invalidOperation("the object is of another type");
      if (objectId === ROOT && action === ObjectAction.ObjectDelete) {
        throw invalidOperation("the root cannot be deleted");
      }
      if (objectId !== ROOT && action === ObjectAction.MapClear) {
        throw invalidOperation("only the root can be cleared");
      }
    }
  }

  /** Applies an operation that has been checked. */
  apply(operation: ObjectOperation, time: OperationTime): void {
    const { action, objectId } = operation;
    this.#bytes += sizeOfOperation(operation);
    if (isCreate(action)) return this.#create(operation, time);
    const state = this.#objects.get(objectId)!;
    const { siteCode = SITE_CODE, serial } = time;
    if (serial <= (state.siteTimeserials[siteCode] ?? "")) return; // RTLO4a6: it was applied before.
    state.siteTimeserials = { ...state.siteTimeserials, [siteCode]: serial };
    const { map } = state;
    const key = operation.mapSet?.key ?? operation.mapRemove?.key;
    if (key !== undefined && !isNewer(state, key, serial)) return;
    if (action === ObjectAction.CounterInc) state.counter!.count += operation.counterInc!.number;
    else if (action === ObjectAction.MapSet) {
      const { key, value } = operation.mapSet!;
      put(map!.entries, key, { data: value, timeserial: serial });
    } else if (action === ObjectAction.MapRemove) {
      put(map!.entries, operation.mapRemove!.key, tombstone(time));
    } else if (action === ObjectAction.MapClear) {
      clear(map!, serial);
    } else if (action === ObjectAction.ObjectDelete) {
      this.#delete(state);
      this.deletedAt.set(objectId, time.timestamp);
    }
  }

  /** The entries of a map: those that were set, over those that it was created with. */
  entries(state: ObjectState): [string, ObjectValue][] {
    const { map, createOp } = state;
    const all: Record<string, MapEntry> = {
      ...createOp?.mapCreate?.entries,
      ...map?.entries,
    };
    const cleared = map?.clearTimeserial ?? "";
    return Object.entries(all).filter(([, entry]) =>
      !entry.tombstone && (entry.timeserial ?? "") > cleared && this.#isAlive(entry.data)
    ).map(([key, entry]) => [key, entry.data!]);
  }

  /** The value of a counter. */
  count({ counter, createOp }: ObjectState): number {
    return (counter?.count ?? 0) + (createOp?.counterCreate?.count ?? 0);
  }

  #isAlive(value: ObjectValue | undefined): boolean {
    if (value?.objectId === undefined) return value !== undefined;
    return this.#objects.get(value.objectId)?.tombstone === false;
  }

  #checkTarget(objectId: string, action: number): void {
    const state = this.#objects.get(objectId);
    if (state === undefined) {
      throw serviceError(ServiceCode.ObjectNotFound, "There is no object with this objectId");
    }
    if (state.tombstone && action !== ObjectAction.ObjectDelete) {
      throw serviceError(ServiceCode.ObjectTombstoned, "The object has been deleted");
    }
  }

  #create(operation: ObjectOperation, { serial, siteCode = SITE_CODE }: OperationTime): void {
    const { objectId, mapCreate } = operation;
    const existing = this.#objects.get(objectId);
    if (existing !== undefined) return; // RTLM16b: a second create of the same object changes nothing.
    this.#objects.set(objectId, {
      objectId,
      siteTimeserials: { [siteCode]: serial },
      tombstone: false,
      createOp: operation,
      ...(mapCreate ? { map: { semantics: 0, entries: {} } } : { counter: { count: 0 } }),
    });
  }

  #delete(state: ObjectState): void {
    state.tombstone = true;
    delete state.createOp;
    if (state.map) state.map = { semantics: 0, entries: {} };
    if (state.counter) state.counter = { count: 0 };
  }
}

/** Whether an object id is that of a map or of a counter. */
export function typeOf(objectId: string): "map" | "counter" | undefined {
  if (objectId === ROOT || objectId.startsWith("map:")) return "map";
  return objectId.startsWith("counter:") ? "counter" : undefined;
}

/** RTLM7a1, RTLM7h: whether an operation on a key is later than all previous ones. */
function isNewer({ map, createOp }: ObjectState, key: string, serial: string): boolean {
  const { entries, clearTimeserial = "" } = map!;
  const created = createOp?.mapCreate?.entries ?? {};
  const entry = [entries, created].find((all) => Object.hasOwn(all, key))?.[key];
  return serial > (entry?.timeserial ?? "") && serial > clearTimeserial;
}

/** RTLM24: entries with a serial after that of the clear, set by another site, are kept. */
function clear(map: ObjectsMap, serial: string): void {
  if ((map.clearTimeserial ?? "") > serial) return;
  map.clearTimeserial = serial;
  for (const [key, { timeserial = "" }] of Object.entries(map.entries)) {
    if (timeserial < serial) delete map.entries[key];
  }
}

/** Sets a key in place, even if it is `__proto__`. */
function put(entries: Record<string, MapEntry>, key: string, value: MapEntry): void {
  if (key !== "__proto__") entries[key] = value;
  else {Object.defineProperty(entries, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });}
}

function isCreate(action: number): boolean {
  return action === ObjectAction.MapCreate || action === ObjectAction.CounterCreate;
}

/** The type of objects that an action requires; undefined if every type has it. */
function kindOf(action: number): "map" | "counter" | undefined {
  if (action === ObjectAction.ObjectDelete) return undefined;
  return action === ObjectAction.CounterCreate || action === ObjectAction.CounterInc
    ? "counter"
    : "map";
}

function tombstone({ serial, timestamp }: OperationTime): MapEntry {
  return { tombstone: true, timeserial: serial, serialTimestamp: timestamp };
}
