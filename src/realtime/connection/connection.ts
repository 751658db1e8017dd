import type { ErrorInfo } from "../../errors.ts";
import { type CallOptions, signalOf } from "../../client/call_options.ts";
import { call, EventEmitter, type Listener, onListen } from "../../util/event_emitter.ts";
import type { ConnectionEvents } from "./connection_events.ts";
import type { ConnectionManager } from "./connection_manager.ts";
import type {
  ConnectionEvent,
  ConnectionState,
  ConnectionStateChange,
} from "./connection_state.ts";
import { inspect, shownAs } from "../../util/inspect.ts";

/** Connects for a caller that waits for the outcome. */
export const open: unique symbol = Symbol("open");

/** Connects for a client that is being made. */
export const autoConnect: unique symbol = Symbol("autoConnect");

/**
 * The connection of a realtime client to Ably, and the emitter of its state changes (RTN4).
 *
 * @example Following the state of the connection
 * ```ts
 * import { Realtime } from "@ably-edge/sdk";
 *
 * await using client = new Realtime("appId.keyId:secret");
 * client.connection.on("connected", () => console.log("connected"));
 * client.connection.on(["disconnected", "suspended", "failed"], ({ current, reason, retryIn }) => {
 *   console.error(current, reason?.code, retryIn);
 * });
 * await client.connect();
 * console.log(client.connection.state); // connected
 * ```
 */
export class Connection extends EventEmitter<ConnectionEvent, ConnectionStateChange> {
  readonly #manager: ConnectionManager;
  readonly #events: ConnectionEvents;

  /** Made by its client. */
  constructor(manager: ConnectionManager, events: ConnectionEvents) {
    super(events);
    this.#manager = manager;
    this.#events = events;
    events[onListen] = () => void manager.checkOwner();
  }

  /** Connects at once. The change is announced when the code that makes the client can have added listeners (RTN3, RTN4a). */
  [autoConnect](): void {
    this.#events.hold();
    this.connect();
  }

  /** Connects; resolves when connected, and rejects with the reason if the connection cannot be made. */
  [open](options?: CallOptions | null): Promise<void> {
    return this.#manager.open(signalOf(options));
  }

  /** The state of the connection (RTN4d). */
  get state(): ConnectionState {
    return this.#manager.status.name;
  }

  /** The last error of the connection; `null` if there was none since it was last connected (RTN25). */
  get errorReason(): ErrorInfo | null {
    return this.#manager.errorReason;
  }

  /** The form in which a console shows it. */
  [inspect](...given: unknown[]): unknown {
    const { state, errorReason, id } = this;
    return shownAs("Connection", { state, errorReason, id }, given);
  }

  /** Identifies the connection; `undefined` until connected (RTN8a), and once closing, closed or failed (RTN8d). */
  get id(): string | undefined {
    return this.#manager.session?.id ?? undefined;
  }

  /** The private key of the connection; `undefined` until connected (RTN9a), and once closing, closed or failed (RTN9d). */
  get key(): string | undefined {
    return this.#manager.session?.key ?? undefined;
  }

  /** The same as {@linkcode createRecoveryKey}, as a property. */
  get recoveryKey(): string | null {
    return this.createRecoveryKey();
  }

  /**
   * Connects, at once if the client was waiting to try again (RTN11). To wait for it, call `connect()` of the client.
   *
   * @throws {ErrorInfo} 40000 on Cloudflare Workers when neither a request nor a Durable Object is being served.
   */
  connect(): void {
    this.#manager.connect();
  }

  /**
   * Closes the connection (RTN12). Messages without an ACK fail, and so do running calls of `auth.authorize()`.
   *
   * @param options A signal to stop waiting; the connection is closed all the same.
   * @returns A promise that resolves once the connection is closed.
   */
  async close(options?: CallOptions | null): Promise<void> {
    return await this.#manager.close(signalOf(options));
  }

  /**
   * Measures the time of a message to Ably and back. Waits for a connection that is being made (RTN13).
   *
   * @param options A signal to stop waiting.
   * @returns The time in milliseconds.
   * @throws {ErrorInfo} 50003 if there is no answer within `realtimeRequestTimeout`, 80017 if the connection is closing or
   * closed. In other states without a connection, or if it is lost meanwhile: the code of `errorReason`, or 80003 without one.
   */
  async ping(options?: CallOptions | null): Promise<number> {
    return await this.#manager.ping(signalOf(options));
  }

  /**
   * A key for the option `recover` of a later client, which then continues where this one stops (RTN16).
   *
   * @returns The key; `null` if the connection is not made yet, suspended, closing, closed or failed (RTN16g2).
   */
  createRecoveryKey(): string | null {
    return this.#manager.createRecoveryKey();
  }

  /**
   * Waits for a state (RTN26b).
   *
   * @param state The state to wait for.
   * @param options A signal to stop waiting.
   * @returns The change that led to it; `null` if the connection is in that state already (RTN26a).
   */
  whenState(
    state: ConnectionState,
    options?: CallOptions | null,
  ): Promise<ConnectionStateChange | null>;
  /**
   * Calls a listener once: with `null` at once if the connection is in the state already (RTN26a), else with the change
   * that leads to it, as `once()` does (RTN26b).
   */
  whenState(
    state: ConnectionState,
    listener: Listener<ConnectionEvent, ConnectionStateChange | null>,
  ): void;
  whenState(
    state: ConnectionState,
    second?:
      | CallOptions
      | Listener<ConnectionEvent, ConnectionStateChange | null>
      | null,
  ): Promise<ConnectionStateChange | null> | void {
    if (typeof second === "function") {
      return this.state === state ? this[call](second, state, null) : this.once(state, second);
    }
    return this.#untilState(state, second);
  }

  async #untilState(
    state: ConnectionState,
    options?: CallOptions | null,
  ): Promise<ConnectionStateChange | null> {
    const signal = signalOf(options);
    const moving = this.#manager.checkOwner();
    if (moving) await moving;
    return this.state === state ? null : await this.#manager.nextState(state, signal);
  }
}
