import * as ObjectAction from "./object_action.ts";
import { type KeyChange, LiveObject, type ObjectUpdate } from "./live_object.ts";
import type {
  MapEntry,
  ObjectOperation,
  OperationMessage,
  StateMessage,
} from "./object_message.ts";
import { isSameValue, Reference, type StoredValue } from "./object_value.ts";

/** A map of a channel: `InternalLiveMap` in the specification (RTLM1, RTLM2, RTLM4–RTLM4b). */
export class MapObject extends LiveObject {
  #entries = new Map<string, MapEntry>(); // RTLM3, RTLM4c
  #clearTimeserial = ""; // RTLM25, RTLM4d: empty if there was no clear.

  /** The serial of the last MAP_CLEAR; empty if there was none (RTLM25). */
  get clearTimeserial(): string {
    return this.#clearTimeserial;
  }

  /** All entries, including removed ones (RTLM3). */
  get data(): ReadonlyMap<string, MapEntry> {
    return this.#entries;
  }

  /** The object or stored value at a key (RTLM5, RTLM5a, RTLM5e). */
  get(key: string): LiveObject | StoredValue | undefined {
    const entry = this.#entries.get(key);
    return entry && this.#isVisible(entry) ? this.#valueOf(entry) : undefined; // RTLM5d1, RTLM5d2h
  }

  /** The number of keys (RTLM10–RTLM10d). */
  get size(): number {
    let size = 0;
    for (const entry of this.#entries.values()) if (this.#isVisible(entry)) size++;
    return size;
  }

  /**
   * Keys and their values. A key is included even if the object it refers to is missing (RTLM11–RTLM11d2, RTLM12–RTLM12b,
   * RTLM13–RTLM13b).
   */
  entries(): [key: string, value: LiveObject | StoredValue | undefined][] {
    const found: [string, LiveObject | StoredValue | undefined][] = [];
    for (const [key, entry] of this.#entries) {
      if (this.#isVisible(entry)) found.push([key, this.#valueOf(entry)]);
    }
    return found;
  }

  override clear(): ObjectUpdate {
    const before = this.#entries;
    for (const [key, entry] of before) this.#release(key, entry); // RTLO4e9–RTLO4e9b
    this.#entries = new Map(); // RTLM4c
    return { keys: differences(before, this.#entries) };
  }

  /** Forgets entries that were removed so long ago that no operation on them can still arrive (RTLM19). */
  collect(before: number): boolean {
    let isClean = true;
    for (const [key, { tombstonedAt }] of this.#entries) {
      if (tombstonedAt === undefined) continue;
      if (tombstonedAt <= before) this.#entries.delete(key); // RTLM19a1
      else isClean = false;
    }
    return isClean;
  }

  /** Records the map as a parent of the objects that it refers to (RTO5c10b). */
  claimChildren(): void {
    for (const [key, entry] of this.#entries) {
      if (!(entry.value instanceof Reference)) continue;
      const child = this.host.get(entry.value.objectId);
      if (!child) continue;
      entry.value.objectId = child.objectId; // The same text, which is then stored once.
      if (!child.isTombstone) child.addParent(this.objectId, key);
    }
  }

  protected override operate(
    operation: ObjectOperation,
    message: OperationMessage,
  ): ObjectUpdate | undefined | null {
    const { mapSet, mapRemove } = operation;
    const serial = message.serial!;
    switch (operation.action) {
      case ObjectAction.MapCreate: // RTLM15d1, RTLM16–RTLM16e
        return this.canCreate() ? { keys: this.#merge(operation), message } : undefined; // RTLM16d, RTLM16f
      case ObjectAction.MapSet: // RTLM15d6
        if (!mapSet || !this.#set(mapSet.key, mapSet.value, serial)) return undefined;
        return { keys: [[mapSet.key, "updated"]], message }; // RTLM7f
      case ObjectAction.MapRemove: // RTLM15d7
        if (!mapRemove || !this.#remove(mapRemove.key, serial, message.serialTimestamp)) {
          return undefined;
        }
        return { keys: [[mapRemove.key, "removed"]], message }; // RTLM8e
      case ObjectAction.MapClear: // RTLM15d8
        return this.#clearOlder(serial, message);
      default:
        return null; // RTLM15d4
    }
  }

  protected override replaceData(message: StateMessage): ObjectUpdate {
    const { map, createOp } = message.object;
    const before = this.#entries; // RTLM6g
    this.#clearTimeserial = map?.clearTimeserial ?? ""; // RTLM6i
    this.#entries = map?.entries ?? new Map(); // RTLM6c
    for (const { tombstonedAt } of this.#entries.values()) { // RTLM6c1
      if (tombstonedAt !== undefined) this.host.hasGarbage = true;
    }
    if (createOp) this.#merge(createOp); // RTLM6d
    return { keys: differences(before, this.#entries), message }; // RTLM6h
  }

  /** RTLM23: merges the initial entries. */
  #merge({ mapCreate }: ObjectOperation): KeyChange[] {
    const keys: KeyChange[] = [];
    for (const [key, { value, timeserial, tombstonedAt }] of mapCreate?.entries ?? []) {
      if (tombstonedAt === undefined) { // RTLM23a1
        if (this.#set(key, value, timeserial)) keys.push([key, "updated"]);
      } else if (this.#remove(key, timeserial, tombstonedAt)) keys.push([key, "removed"]); // RTLM23a2
    }
    this.createOperationIsMerged = true; // RTLM23b
    return keys; // RTLM23c
  }

  /** RTLM7–RTLM7e */
  #set(key: string, value: StoredValue | undefined, timeserial: string): boolean {
    if (!this.#makeRoom(key, timeserial)) return false;
    this.#entries.set(key, { value, timeserial, tombstonedAt: undefined }); // RTLM7a2, RTLM7a2e–RTLM7a2d, RTLM7b–RTLM7b3
    if (value instanceof Reference) { // RTLM7g
      this.host.ensure(value.objectId)?.addParent(this.objectId, key); // RTLM7g1, RTLM7g2
    }
    return true;
  }

  /** RTLM8–RTLM8d */
  #remove(key: string, timeserial: string, serialTimestamp: number | undefined): boolean {
    if (!this.#makeRoom(key, timeserial)) return false;
    const tombstonedAt = this.timeOf(serialTimestamp); // RTLM8a2d, RTLM8b3
    this.#entries.set(key, { value: undefined, timeserial, tombstonedAt }); // RTLM8a2, RTLM8a2a–RTLM8a2c, RTLM8b–RTLM8b2
    this.host.hasGarbage = true;
    return true;
  }

  /** Whether an operation may change a key. If so, the old value no longer has this map as a parent. */
  #makeRoom(key: string, serial: string): boolean {
    const cleared = this.#clearTimeserial;
    if (cleared !== "" && cleared >= serial) return false; // RTLM7h, RTLM8g
    const entry = this.#entries.get(key);
    if (!entry) return true;
    // RTLM9–RTLM9e: the later serial wins. A missing one counts as empty, and so is earlier than any other, and equal to
    // another missing one.
    if (serial <= entry.timeserial) return false; // RTLM7a1, RTLM8a1
    this.#release(key, entry); // RTLM7a3–RTLM7a3b, RTLM8a3–RTLM8a3b
    return true;
  }

  /** RTLM24–RTLM24b */
  #clearOlder(serial: string, message: OperationMessage): ObjectUpdate | undefined {
    if (this.#clearTimeserial > serial) return undefined; // RTLM24c
    this.#clearTimeserial = serial; // RTLM24d
    const keys: KeyChange[] = [];
    for (const [key, entry] of this.#entries) { // RTLM24e
      if (serial <= entry.timeserial) continue; // RTLM24e1: an empty serial is less than any other.
      this.#release(key, entry); // RTLM24e1c–RTLM24e1c2
      this.#entries.delete(key); // RTLM24e1a
      keys.push([key, "removed"]); // RTLM24e1b
    }
    return { keys, message }; // RTLM24f
  }

  #release(key: string, { value }: MapEntry): void {
    if (value instanceof Reference) {
      this.host.get(value.objectId)?.removeParent(this.objectId, key);
    }
  }

  /** RTLM14, RTLM14b */
  #isVisible({ value, tombstonedAt }: MapEntry): boolean {
    if (tombstonedAt !== undefined) return false; // RTLM14a
    return !(value instanceof Reference) || !this.host.get(value.objectId)?.isTombstone; // RTLM14c
  }

  #valueOf({ value }: MapEntry): LiveObject | StoredValue | undefined {
    return value instanceof Reference ? this.host.get(value.objectId) : value; // RTLM5d2b–RTLM5d2f2
  }
}

/** The differences between two states of a map. Removed entries count as absent (RTLM22–RTLM22a2). */
function differences(
  before: ReadonlyMap<string, MapEntry>,
  after: ReadonlyMap<string, MapEntry>,
): KeyChange[] {
  const keys: KeyChange[] = [];
  for (const [key, { tombstonedAt }] of before) {
    if (tombstonedAt !== undefined) continue;
    const entry = after.get(key);
    if (!entry || entry.tombstonedAt !== undefined) keys.push([key, "removed"]); // RTLM22b1
  }
  for (const [key, entry] of after) {
    if (entry.tombstonedAt !== undefined) continue;
    const old = before.get(key);
    const wasThere = old && old.tombstonedAt === undefined;
    if (wasThere && isSameValue(old.value, entry.value)) continue;
    keys.push([key, "updated"]); // RTLM22b2, RTLM22b3
  }
  return keys;
}
