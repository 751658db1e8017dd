import * as ObjectAction from "./object_action.ts";
import {
  type ObjectMessage,
  type ObjectOperation,
  type OperationMessage,
  ROOT,
  type StateMessage,
} from "./object_message.ts";

/** The source of an operation: this client, after its acknowledgement, or the channel (RTO22, RTO22a, RTO22b). */
export type OperationSource = "local" | "channel";

/** A changed key of a map (RTLM18b). */
export type KeyChange = readonly [key: string, change: "updated" | "removed"];

/** A change of an object (RTLO4b4, RTLO4b4a, RTLO4b4b). An operation without effect causes no update. */
export interface ObjectUpdate {
  /** For a map: the changed keys, each once (RTLM18, RTLM18a). */
  readonly keys?: readonly KeyChange[];
  /** For a counter: the change of the value (RTLC11–RTLC11b1). */
  readonly amount?: number;
  /** The message that caused it, if there is one (RTLO4b4d). */
  readonly message?: ObjectMessage;
  /** Whether the object was deleted (RTLO4b4e). */
  readonly tombstone?: boolean;
}

/** The levels of log messages. */
export type LogLevel = "error" | "warn" | "debug";

/** Receives the updates and log messages of objects. */
export interface ObjectSink {
  /** Called when an object has changed (RTLO4b4, RTLO4b4c). */
  onUpdate(object: LiveObject, update: ObjectUpdate): void;
  /**
   * Called with log messages.
   *
   * @param subject The object, operation or message that the text is about.
   */
  onLog(level: LogLevel, text: string, subject?: string): void;
}

/** The parts of the pool that its objects use. */
export interface ObjectHost {
  readonly sink: ObjectSink;
  /** The local time in milliseconds, for operations without a time (RTLO6b). */
  readonly now: number;
  /** True if the object has data to remove later (RTO10). */
  hasGarbage: boolean;
  /** Finds an object. */
  get(objectId: string): LiveObject | undefined;
  /** Finds an object, or makes an empty one (RTO6); `undefined` for an id of an unknown type. */
  ensure(objectId: string): LiveObject | undefined;
}

/** Receives the updates of one object. */
export interface UpdateObserver {
  /** Called when the object has changed (RTLO4b4c3a). */
  onUpdate(update: ObjectUpdate): void;
  /** Called after the object was deleted or removed from the pool; no further update follows (RTLO4b4c3c). */
  onEnd(): void;
}

/** The common part of counters and maps (RTLO1, RTLO2). */
export abstract class LiveObject {
  /** Its id (RTLO3a). */
  readonly objectId: string;
  /** Whether its initial value was merged (RTLO3c, RTLO3c1). */
  createOperationIsMerged = false;
  /** When it was deleted, in milliseconds; `undefined` if it was not (RTLO3d–RTLO3e1). */
  tombstonedAt: number | undefined;
  /**
   * The observers of its updates (RTLO4b3). The array is replaced, never changed in place, so that a delivery continues with
   * the array it began with.
   */
  observers: readonly UpdateObserver[] = NO_OBSERVERS;
  protected readonly host: ObjectHost;
  // Most objects have received operations from one site and have one parent. A Map or Set is made only for a second one.
  #site = "";
  #siteSerial = "";
  #otherSites: Map<string, string> | undefined;
  #parent: string | undefined;
  #parentKey = "";
  #otherParents: Map<string, Set<string>> | undefined;

  constructor(objectId: string, host: ObjectHost) {
    this.objectId = objectId; // RTLO3a1
    this.host = host;
  }

  /** Whether it was deleted (RTLO3d). */
  get isTombstone(): boolean {
    return this.tombstonedAt !== undefined;
  }

  /**
   * Applies an operation and emits the update (RTLC7–RTLC7f2, RTLM15–RTLM15f2).
   *
   * @returns Whether it was applied (RTLC7g, RTLC7a, RTLM15g, RTLM15a).
   */
  apply(message: OperationMessage, source: OperationSource): boolean {
    if (!this.#canApply(message)) return false; // RTLC7b, RTLM15b
    if (source === "channel") this.setSiteSerial(message.siteCode!, message.serial!); // RTLC7c, RTLM15c
    if (this.isTombstone) return false; // RTLC7e, RTLM15e
    const { operation } = message;
    const update = operation.action === ObjectAction.ObjectDelete
      ? this.tombstone(message) // RTLO5–RTLO5c, RTLC7d4, RTLM15d5
      : this.operate(operation, message);
    if (update === null) { // RTLC7d3, RTLM15d4
      this.log("warn", "An operation does not fit the type of its object");
      return false;
    }
    // RTLC7d1a, RTLC7d5a, RTLC7d4c, RTLM15d1a, RTLM15d6a, RTLM15d7a, RTLM15d5c, RTLM15d8a
    if (update) this.host.sink.onUpdate(this, update); // RTLO4b4c1: without an effect there is no update.
    return true; // RTLC7d1b, RTLC7d5b, RTLC7d4b, RTLM15d1b, RTLM15d6b, RTLM15d7b, RTLM15d5b, RTLM15d8b
  }

  /** Replaces its contents with the state from the service (RTLC6, RTLM6). */
  replace(message: StateMessage): ObjectUpdate | undefined {
    const { object } = message;
    this.#site = this.#siteSerial = "";
    this.#otherSites = undefined;
    for (const [site, serial] of object.siteTimeserials) this.setSiteSerial(site, serial); // RTLC6a, RTLM6a
    if (this.isTombstone) return undefined; // RTLC6e, RTLC6e1, RTLM6e, RTLM6e1
    if (object.tombstone) return this.tombstone(message); // RTLC6f, RTLC6f2, RTLM6f, RTLM6f2
    this.createOperationIsMerged = false; // RTLC6b, RTLM6b
    return this.replaceData(message);
  }

  /** Deletes the object (RTLO4e, RTLO4e1, RTLO4e1a). */
  tombstone(message: ObjectMessage): ObjectUpdate | undefined {
    if (this.objectId === ROOT) { // RTLO4e10
      this.log("warn", "The root cannot be deleted");
      return undefined;
    }
    this.tombstonedAt = this.timeOf(message.serialTimestamp); // RTLO4e2, RTLO4e3
    this.host.hasGarbage = true;
    return { ...this.clear(), message, tombstone: true }; // RTLO4e4–RTLO4e8
  }

  /** The time of a deletion: that in the message, or else the local time (RTLO6). */
  protected timeOf(serialTimestamp: number | undefined): number {
    if (serialTimestamp !== undefined) return serialTimestamp; // RTLO6a
    this.log("debug", "A deletion has no time"); // RTLO6b1
    return this.host.now; // RTLO6b
  }

  /** True as long as the initial value may be merged (RTLC8b, RTLC8c, RTLM16b). */
  protected canCreate(): boolean {
    if (this.createOperationIsMerged) this.log("debug", "An object was created before");
    return !this.createOperationIsMerged;
  }

  protected log(level: LogLevel, text: string): void {
    this.host.sink.onLog(level, text, this.objectId);
  }

  /** Removes the contents, and returns them as an update (RTLC4b, RTLM4c). */
  abstract clear(): ObjectUpdate;

  /** Performs an operation. Returns `null` for one that is not for this type. */
  protected abstract operate(
    operation: ObjectOperation,
    message: OperationMessage,
  ): ObjectUpdate | undefined | null;

  /** Replaces only the data. */
  protected abstract replaceData(message: StateMessage): ObjectUpdate;

  /** The serial of the last operation of a site; empty if there was none (RTLO3b, RTLO3b1). */
  siteSerial(site: string): string {
    return site === this.#site ? this.#siteSerial : this.#otherSites?.get(site) ?? "";
  }

  /** Records the last operation of a site (RTLO3b). */
  setSiteSerial(site: string, serial: string): void {
    if (site === this.#site || this.#site === "") {
      this.#site = site;
      this.#siteSerial = serial;
    } else (this.#otherSites ??= new Map()).set(site, serial);
  }

  /** Removes and ends all observers, because the object will not change any more. */
  endObservers(): void {
    const { observers } = this;
    this.observers = NO_OBSERVERS;
    for (const observer of observers) observer.onEnd();
  }

  /** Records that a map refers to the object (RTLO4g). */
  addParent(parent: string, key: string): void {
    if (this.#parent === undefined || this.#parent === parent && this.#parentKey === key) {
      this.#parent = parent;
      this.#parentKey = key;
      return;
    }
    const others = this.#otherParents ??= new Map();
    const keys = others.get(parent);
    if (keys) keys.add(key); // RTLO4g1
    else others.set(parent, new Set([key])); // RTLO4g2
  }

  /** Records that a map no longer refers to the object (RTLO4h). */
  removeParent(parent: string, key: string): void {
    if (this.#parent === parent && this.#parentKey === key) this.#parent = undefined;
    const keys = this.#otherParents?.get(parent); // RTLO4h1
    if (keys?.delete(key) && keys.size === 0) this.#otherParents!.delete(parent); // RTLO4h2, RTLO4h3
  }

  /** Removes all recorded parents (RTO5c10a). */
  resetParents(): void {
    this.#parent = undefined;
    this.#otherParents = undefined;
  }

  /** The reference to the object, if it is the only one. */
  get onlyReference(): readonly [parent: string, key: string] | undefined {
    if (this.#parent === undefined || this.#otherParents?.size) return undefined;
    return [this.#parent, this.#parentKey];
  }

  /** A key by which a map refers to the object. */
  keyIn(parent: string): string | undefined {
    if (parent === this.#parent) return this.#parentKey;
    return this.#otherParents?.get(parent)?.values().next().value;
  }

  /** The maps that refer to the object, each at least once. The number of keys may be much larger. */
  *parentIds(): Generator<string> {
    if (this.#parent !== undefined) yield this.#parent;
    if (this.#otherParents) yield* this.#otherParents.keys();
  }

  /** The maps that refer to the object, each with the keys of the references (RTLO3f–RTLO3f2). */
  *parents(): Generator<readonly [parent: string, key: string]> {
    if (this.#parent !== undefined) yield [this.#parent, this.#parentKey];
    for (const [parent, keys] of this.#otherParents ?? []) {
      for (const key of keys) {
        if (parent !== this.#parent || key !== this.#parentKey) yield [parent, key];
      }
    }
  }

  /** RTLO4a–RTLO4a2, RTLO4a4 */
  #canApply({ serial, siteCode }: ObjectMessage): boolean {
    if (!serial || !siteCode) { // RTLO4a3
      this.log("warn", "An operation has no serial or no siteCode");
      return false;
    }
    // RTLO4a5, RTLO4a6: any serial is greater than an empty one.
    if (serial > this.siteSerial(siteCode)) return true;
    this.log("debug", "An operation is not newer than its object");
    return false;
  }
}

const NO_OBSERVERS: readonly UpdateObserver[] = [];
