import type { ErrorInfo } from "../errors.ts";
import * as Action from "../protocol/action_numbers.ts";
import * as Flag from "../protocol/flag_bits.ts";
import type { ProtocolMessage } from "../protocol/protocol_message.ts";
import type { ChannelExtension } from "../realtime/channel/channel_extension.ts";
import type { ChannelManager } from "../realtime/channel/channel_manager.ts";
import type { ChannelStateChange } from "../realtime/channel/channel_state.ts";
import type { ConnectionState } from "../realtime/connection/connection_state.ts";
import { Timers } from "../util/timers.ts";
import { describeError } from "../util/logger.ts";
import type { ObjectsEvent } from "./core/api_calls.ts";
import { decodeMessages } from "./core/decode_message.ts";
import type { LiveObject, LogLevel, ObjectUpdate } from "./core/live_object.ts";
import type { ObjectMessage } from "./core/object_message.ts";
import { type CoreSink, ObjectsCore } from "./core/objects_core.ts";
import { type ReadValue, readValue, type StoredValue } from "./core/object_value.ts";
import { PathSearch } from "./core/path_search.ts";
import { PathSubscriptions } from "./core/path_subscriptions.ts";
import { syncInterrupted, syncTimedOut } from "./object_errors.ts";

/** The states of a connection that may lead to a sync. */
const WILL_CONNECT: readonly ConnectionState[] = ["initialized", "connecting", "disconnected"];

/** The interval between two garbage collections (RTO10a). */
const COLLECT_INTERVAL = 300_000;
/** The default of the time for which tombstones are kept (RTO10b3). */
const GRACE_PERIOD = 86_400_000;

const ACTIONS = [Action.Object, Action.ObjectSync];

interface Waiter {
  readonly action: string;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** The objects of a realtime channel. It passes frames of the channel to the core, and the effects of the core to users. */
export class ChannelObjects implements ChannelExtension, CoreSink {
  readonly actions: readonly number[] = ACTIONS;
  readonly channel: ChannelManager;
  readonly core: ObjectsCore;
  /** The listeners to the sync state. The array is replaced, never changed in place. */
  listeners: readonly { readonly event: ObjectsEvent; readonly callback: () => unknown }[] = [];
  readonly #waiting: Waiter[] = [];
  #paths: PathSubscriptions | undefined;
  readonly #timers: Timers<"collect" | "sync">;
  /** Counts the ATTACHED frames. Operations and pages from before the last one are void (RTO4d). */
  #attachments = 0;

  constructor(channel: ChannelManager) {
    this.channel = channel;
    this.core = new ObjectsCore(this);
    this.#timers = new Timers(channel.context.options.clock);
    channel.use(this); // RTL1
    channel.onMove(() => this.#onMoved());
  }

  /** The subscriptions to paths (RTO24a). */
  get paths(): PathSubscriptions {
    return this.#paths ??= new PathSubscriptions();
  }

  onAttached({ flags = 0 }: ProtocolMessage): void {
    this.#attachments++;
    this.#input(() => this.core.attached((flags & Flag.HasObjects) !== 0)); // RTO4
    this.#expectMore();
  }

  onFrame(frame: ProtocolMessage): void {
    const attachment = this.#attachments;
    this.channel.deliverInOrder(() => {
      if (attachment !== this.#attachments) return;
      this.#input(() => {
        const messages = this.#decode(frame);
        if (frame.action === Action.Object) return this.core.operated(messages); // RTO8
        this.core.synced(frame.channelSerial, messages); // RTO5
        this.#expectMore();
      });
    });
  }

  onStateChange({ event, current }: ChannelStateChange): void {
    if (event === "update" || current === "attaching" || current === "attached") return;
    if (current === "detaching") return;
    if (current !== "suspended") {
      this.core.detached(); // RTO27
      this.#timers.stop("collect");
    }
    this.#fail((action) => syncInterrupted(action, this.channel)); // RTO20e1, RTO23c1
  }

  /** Applies own operations that were acknowledged. It must be called while synced (RTO20f). */
  acknowledged(messages: Parameters<ObjectsCore["acknowledged"]>[0]): void {
    this.#input(() => this.core.acknowledged(messages));
  }

  /**
   * Runs a function once the objects are known: at once if they are, and before any other change to them (RTO20e, RTO23c).
   *
   * @param action The action that has to wait, for the error.
   * @throws {ErrorInfo} 92008 if the channel is detached, suspended or failed before; 50003 if the sync does not end.
   */
  whenSynced(action: string, run: () => void = () => {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        run();
        resolve();
      };
      if (this.core.state === "synced") done();
      else if (!this.channel.isListening) reject(syncInterrupted(action, this.channel));
      else {
        if (this.#waiting.push({ action, resolve: done, reject }) === 1) this.#expectMore();
      }
    });
  }

  /** A copy of a value for users. A value that cannot be read is logged. */
  read(value: StoredValue | undefined): ReadValue | undefined {
    const read = readValue(value);
    if (read === undefined && value !== undefined) {
      this.channel.warnOnce(
        "object value",
        () =>
          this.onLog(
            "error",
            "A value of a map is not valid JSON or base64, and reads as undefined",
          ),
      );
    }
    return read;
  }

  /** To be called before a listener is added: on Workers, the connection may have to move to the current request. */
  checkOwner(): void {
    void this.channel.connection.checkOwner();
  }

  /** Calls a listener. An exception, synchronous or not, is logged (RTO24b2c). */
  call<T extends unknown[]>(listener: (...args: T) => unknown, ...args: T): void {
    const onError = (error: unknown) =>
      this.onLog("error", "A listener failed", describeError(error));
    try {
      const result = listener(...args);
      if (result instanceof Promise) result.catch(onError);
    } catch (error) {
      onError(error);
    }
  }

  onUpdate(object: LiveObject, update: ObjectUpdate, shared?: PathSearch): void {
    for (const observer of object.observers) observer.onUpdate(update); // RTLO4b4c3a
    const paths = this.#paths;
    if (paths && !paths.dispatch(shared ?? new PathSearch(this.core.pool), object, update)) { // RTLO4b4c3b
      this.onLog("error", "An object has too many paths to notify all of them", object.objectId);
    }
    if (update.tombstone) object.endObservers(); // RTLO4b4c3c, RTLO4b4c3c1
  }

  onLog(level: LogLevel, text: string, subject?: string): void {
    this.channel.context.options.logger.of("objects").log(
      level,
      () => `Objects of channel "${this.channel.name}": ${text}${subject ? `: ${subject}` : ""}`,
    );
  }

  onSyncState(state: ObjectsEvent): void {
    for (const { event, callback } of this.listeners) {
      if (event === state) this.call(callback); // RTO18e
    }
    if (state !== "synced") return;
    this.#timers.stop("sync");
    if (this.#waiting.length > 0) this.channel.holdFrames();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #fail(reasonOf: (action: string) => ErrorInfo): void {
    this.#timers.stop("sync");
    for (const { action, reject } of this.#waiting.splice(0)) reject(reasonOf(action));
  }

  /** Fails the waiting calls if no page of the sync comes for too long. */
  #expectMore(): void {
    if (this.#waiting.length === 0) return;
    const { realtimeRequestTimeout } = this.channel.context.options;
    this.#timers.start("sync", realtimeRequestTimeout, () => {
      // Without a connection no frame can arrive; the next one brings another sync. A connection that has ended brings none, and a
      // channel that is suspended then stays so.
      if (WILL_CONNECT.includes(this.channel.connection.status.name)) this.#expectMore();
      else this.#fail((action) => syncTimedOut(action, this.channel.name, realtimeRequestTimeout));
    });
  }

  /** Starts the timers again, because those of a request on Workers end with it. */
  #onMoved(): void {
    this.#timers.stop("collect");
    this.#collectLater();
    this.#expectMore();
  }

  #decode({ state, id, connectionId, timestamp }: ProtocolMessage): ObjectMessage[] {
    const { now } = this.core.pool;
    return decodeMessages(state, { id, connectionId, timestamp, now });
  }

  /** Catches exceptions of the core, because they must not end the connection, which other channels use too. */
  #input(run: () => void): void {
    this.core.pool.now = this.channel.context.options.clock.now();
    try {
      run();
    } catch (error) {
      this.onLog("error", "A frame cannot be handled", describeError(error));
    }
    this.#collectLater();
  }

  #collectLater(): void {
    const { pool } = this.core;
    if (!pool.hasGarbage || this.#timers.has("collect") || !this.channel.isListening) return;
    this.#timers.start("collect", COLLECT_INTERVAL, () => {
      const grace = this.channel.connection.details.objectsGCGracePeriod ?? GRACE_PERIOD; // RTO10b–RTO10b3
      this.#input(() => pool.collect(pool.now - grace)); // RTO10c
    });
  }
}
