import { atCaller, type ErrorInfo } from "../../errors.ts";
import { untilAborted } from "../../util/deadline.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { Codec } from "../../protocol/codec.ts";
import type { ConnectionDetails, ProtocolMessage } from "../../protocol/protocol_message.ts";
import { describeError, type Logger } from "../../util/logger.ts";
import type { ClientContext } from "../../client/context.ts";
import { Observers } from "../../util/observers.ts";
import { Timers } from "../../util/timers.ts";
import { type Machine, MachineRunner } from "../../util/machine_runner.ts";
import { checkRuntime } from "./check_runtime.ts";
import { frameCodec } from "./connect_params.ts";
import { leftBehind, wrongConnectionState } from "./connection_errors.ts";
import type { ConnectionEvents } from "./connection_events.ts";
import { ConnectionInputs } from "./connection_inputs.ts";
import { ConnectionOwner, type OwnedConnection } from "./connection_owner.ts";
import type { ConnectionSink } from "./connection_sink.ts";
import type {
  ConnectionEffect,
  ConnectionInput,
  ConnectionMachine,
  ConnectionState,
  ConnectionStateChange,
  ConnectionStatus,
  ConnectionTimer,
  Session,
} from "./connection_state.ts";
import { timerDelay } from "./timer_delay.ts";
import { type ConnectionTransition, transition } from "./connection_state_machine.ts";
import { isReturning } from "./is_returning.ts";
import { Link } from "./link.ts";
import { Outbox, type Serials } from "./outbox.ts";
import { Pings } from "./pings.ts";
import { Reauthentication } from "./reauthentication.ts";
import { encodeRecoveryKey, readRecoveryKey, type RecoveryKey } from "./recovery_key.ts";

/** The states that end the wait of a call of connect(). */
const OUTCOMES: readonly ConnectionState[] = ["connected", "suspended", "closed", "failed"];

/** The receivers of what a connection announces. They are not called before the constructor of the manager has returned. */
export interface ConnectionReceivers {
  readonly channels: ConnectionSink;
  /** The listeners of users. They are called after all observers. */
  readonly events: ConnectionEvents;
}

/**
 * Owns the status of the connection's state machine and performs its effects. Each event is an input to
 * {@linkcode transition}, one after the other.
 */
export class ConnectionManager
  implements OwnedConnection, Machine<ConnectionStatus, ConnectionInput, ConnectionEffect> {
  /** Reads and writes frames. Payloads are encoded for its format (RTC1f1, RSL4). */
  readonly codec: Codec;
  /** The last error of the connection (RTN25). */
  errorReason: ErrorInfo | null = null;
  readonly #context: ClientContext;
  readonly #logger: Logger;
  readonly #channels: ConnectionSink;
  readonly #events: ConnectionEvents;
  readonly #changes = new Observers<ConnectionStateChange>();
  readonly #timers: Timers<ConnectionTimer>;
  readonly #inputs: ConnectionInputs;
  readonly #link: Link;
  readonly #pings: Pings;
  readonly #outbox: Outbox;
  readonly #reauthentication: Reauthentication;
  readonly #owner: ConnectionOwner;
  readonly #machine: ConnectionMachine = new MachineRunner({ name: "initialized" }, this);
  /** The delay of the retry timer that was started last, in milliseconds. */
  #retryIn: number | undefined;
  #recover: RecoveryKey | undefined;

  /**
   * @param context The state that the operations of the client share.
   * @throws {ErrorInfo} 40019 if `transportParams` ask for a format whose codec is not there.
   */
  constructor(context: ClientContext, { channels, events }: ConnectionReceivers) {
    const { clock, logger } = context.options;
    this.#logger = logger.of("connection");
    this.codec = frameCodec(context.options);
    this.#context = context;
    this.#channels = channels;
    this.#events = events;
    this.#timers = new Timers(clock);
    this.#inputs = new ConnectionInputs(context, this.#machine);
    const send = (frame: ProtocolMessage, limit?: number) => this.#link.send(frame, limit);
    this.#outbox = new Outbox(context, send);
    this.#pings = new Pings(context.options, send);
    this.#owner = new ConnectionOwner(clock, this);
    this.#recover = readRecoveryKey(context.options);
    if (this.#recover) this.#outbox.resetSerial(this.#recover.msgSerial); // RTN16f
    this.#link = new Link(context, {
      channels,
      outbox: this.#outbox,
      pings: this.#pings,
      inputs: this.#inputs,
      onAuth: () => void this.#reauthentication.renew(), // RTN22
    });
    this.#reauthentication = new Reauthentication(context, {
      connection: this,
      link: this.#link,
      machine: this.#machine,
    });
    // The first observers: they settle calls before other observers and listeners make new ones.
    this.observe(({ current }) => {
      if (current === "connected" || isReturning(current)) return;
      this.#pings.failAll(this.cannot("ping")); // RTN13b
    });
    this.observe((change) => this.#reauthentication.onStateChange(change));
  }

  /** The state and its data. */
  get status(): ConnectionStatus {
    return this.#machine.status;
  }

  /** The session, unless it has ended (RTN8d, RTN9d). */
  get session(): Session | null {
    return "session" in this.status ? this.status.session : null;
  }

  /** The details that the service sent last (RTN21). */
  get details(): Readonly<ConnectionDetails> {
    return this.#inputs.details;
  }

  /** The positions in the channels of the client that is being recovered (RTN16j). */
  get recoveredSerials(): Record<string, string> {
    return this.#recover?.channelSerials ?? {};
  }

  /**
   * Connects (RTN11).
   *
   * @throws {ErrorInfo} 40000 where the runtime allows no connection.
   */
  connect(): void {
    checkRuntime(this.#context);
    void this.checkOwner();
    this.#machine.dispatch({ type: "connect" });
  }

  /**
   * Connects, and waits for the outcome.
   *
   * @throws {ErrorInfo} At once as {@linkcode connect}; later the reason for which the connection is suspended, closed or
   * failed.
   */
  open(signal?: AbortSignal | null): Promise<void> {
    checkRuntime(this.#context);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.status.name === "connected") return Promise.resolve(); // RTN11e
    // Added first, because an attempt may fail at once.
    const outcome = this.#changes.next(({ current }) => OUTCOMES.includes(current), signal);
    this.#machine.dispatch({ type: "connect" });
    return outcome.then(({ current, reason }) => {
      if (current !== "connected") throw atCaller(reason ?? this.cannot("connect"));
    });
  }

  /** Closes; resolves when the connection is closed, or has failed meanwhile (RTN12). */
  async close(signal?: AbortSignal | null): Promise<void> {
    void this.checkOwner();
    this.#reauthentication.cancel();
    this.#machine.dispatch({ type: "close" });
    // When a listener calls close(), the state changes only after the current dispatch has finished.
    await Promise.resolve(); // A dispatch never waits.
    if (this.status.name !== "closing") return;
    await this.#changes.next(({ current }) => current !== "closing", signal);
  }

  /** Calls the observer on every change, until the returned function is called (RTC10). */
  observe(observer: (change: ConnectionStateChange) => void): () => void {
    return this.#changes.add(observer);
  }

  /**
   * On Workers: checks that the request that owns the connection still runs; if not, opens the connection anew in the current
   * request. To be called before each use of the connection.
   *
   * @returns Resolves after the check and the attempt that may follow; nothing if there is nothing to wait for.
   */
  checkOwner(): Promise<void> | undefined {
    const moving = this.#owner.check();
    return moving?.then(async () => {
      if (this.status.name !== "connecting") return;
      await this.#changes.next(({ current }) => current !== "connecting");
    });
  }

  /** True if there is a connection, or will be one without a further call. */
  get isActive(): boolean {
    const { name } = this.status;
    return name !== "initialized" && name !== "closed" && name !== "failed";
  }

  /** Opens the connection anew in this request. */
  move(cause: unknown): void {
    if (!this.isActive) return;
    const reason = leftBehind(cause);
    this.#logger.error(() => describeError(reason));
    this.#reauthentication.cancelRenewal();
    this.#channels.onMoved();
    this.#machine.dispatch({ type: "moved", reason });
  }

  /** Resolves with the next change into a state. */
  nextState(state: ConnectionState, signal?: AbortSignal | null): Promise<ConnectionStateChange> {
    void this.checkOwner();
    return this.#changes.next(({ event }) => event === state, signal);
  }

  /** Sends a frame that expects no ACK; does nothing without a transport. */
  send(frame: ProtocolMessage): void {
    void this.checkOwner();
    this.#link.send(frame);
  }

  /** See {@linkcode Transport.holdFrames}. */
  holdFrames(): () => void {
    return this.#link.holdFrames();
  }

  /**
   * Sends a frame that expects an ACK, now or as soon as there is a connection (RTL6c).
   *
   * @returns The serials that the service assigned.
   * @throws {ErrorInfo} If the service refuses, or the state of the connection permits neither sending nor queueing.
   */
  submit(frame: ProtocolMessage): Promise<Serials> {
    void this.checkOwner();
    return new Promise((resolve, reject) => {
      if (this.#takesMessages()) this.#outbox.add({ frame, resolve, reject }); // RTL6c1, RTL6c2
      else reject(this.cannot("publish")); // RTL6c4
    });
  }

  /** Sends a ping once connected and waits for its answer (RTN13). */
  async ping(signal?: AbortSignal | null): Promise<number> {
    void this.checkOwner();
    if (isReturning(this.status.name)) {
      await this.#changes.next(({ current }) => !isReturning(current), signal); // RTN13d
    }
    if (this.status.name !== "connected") throw this.cannot("ping"); // RTN13b
    return await untilAborted(this.#pings.send(signal)); // RTN13a
  }

  /** A key with which a later client continues from here (RTN16g); `null` if there is nothing to continue (RTN16g2). */
  createRecoveryKey(): string | null {
    const { session } = this;
    if (!session?.key || this.status.name === "suspended") return null;
    return encodeRecoveryKey({
      connectionKey: session.key,
      msgSerial: this.#outbox.nextSerial,
      channelSerials: this.#channels.channelSerials(),
    });
  }

  /** The error for an action that the current state does not allow. */
  cannot(action: string): ErrorInfo {
    return wrongConnectionState(action, this.status.name, this.errorReason);
  }

  transition(status: ConnectionStatus, input: ConnectionInput): ConnectionTransition {
    return transition(status, input);
  }

  perform(effect: ConnectionEffect, previous: ConnectionStatus): void {
    switch (effect.do) {
      case "attempt":
        return this.#startAttempt(effect);
      case "drop":
        this.#outbox.shut();
        return this.#link.drop();
      case "dispatch":
        return this.#machine.dispatch(effect.input);
      case "sendClose":
        return this.send({ action: Action.Close });
      case "start":
        return this.#startTimer(effect.timer);
      case "stop":
        return this.#timers.stop(effect.timer);
      case "channels":
        return this.#channels.onConnection(effect.event, effect.reason);
      case "flush":
        this.#outbox.open(effect.resumed); // RTN19a, RTL6c2
        return this.#pings.sendAgain();
      case "failPending":
        if (!effect.unlessQueueing || !this.#context.options.queueMessages) {
          this.#outbox.failAll(effect.reason);
        }
        return;
      case "startOver":
        return this.#startOver();
      case "announce":
        return this.#announce(effect, previous);
    }
  }

  /** Announces a change: to the log, to observers, and last to the listeners of users. */
  #announce(
    { event, reason, retryIn = this.#retryIn }: Extract<ConnectionEffect, { do: "announce" }>,
    { name: previous }: ConnectionStatus,
  ): void {
    const current = this.status.name;
    const waits = current === "disconnected" || current === "suspended";
    if (reason) this.errorReason = reason;
    else if (event === "connected") this.errorReason = null;
    // Log failures as errors: the client will not retry, and there may be no listener.
    this.#logger.log(
      event === "failed" ? "error" : "info",
      () =>
        `Connection ${event === "update" ? "updated" : event}` +
        (reason ? `: ${describeError(reason)}` : ""),
    );
    const why = reason && { reason };
    this.#context.options.report?.({ kind: "connection", previous, current, ...why });
    const change = { current, previous, event, ...why, ...(waits && { retryIn }) };
    this.#changes.notify(change);
    this.#events.announce(change);
  }

  /** RTN11d: forgets the state of earlier connections. */
  #startOver(): void {
    this.errorReason = null;
    this.#inputs.clear();
    this.#recover = undefined; // Its serials have just been given up.
    this.#outbox.resetSerial();
  }

  #startAttempt({ skipPrimary = false }: Extract<ConnectionEffect, { do: "attempt" }>): void {
    const { session } = this;
    this.#owner.claim();
    this.#link.start({
      codec: this.codec,
      resume: session?.key ?? undefined,
      // RTN16k, RTN16l: until there is a session to resume.
      recover: session === null ? this.#recover?.connectionKey : undefined,
      skipPrimary,
      mayFallBack: () => this.status.name === "connecting", // RTN12f
    });
  }

  #startTimer(timer: ConnectionTimer): void {
    const delay = timerDelay(timer, this, this.#context.options);
    if (timer === "retry") this.#retryIn = delay;
    this.#timers.start(timer, delay, () => this.#machine.dispatch({ type: "due", timer }));
  }

  /** Whether a message can be sent, or kept until it can. */
  #takesMessages(): boolean {
    const { name } = this.status;
    if (name === "connected") return true;
    return this.#context.options.queueMessages &&
      (name === "initialized" || isReturning(name));
  }
}
