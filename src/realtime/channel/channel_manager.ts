import { decodeVcdiff } from "../../delta/vcdiff.ts";
import { ErrorCode } from "../../error_codes.ts";
import { errorFromWire, type ErrorInfo } from "../../errors.ts";
import type { InboundMessage } from "../../messages/message.ts";
import {
  Action,
  Flag,
  flagsToModes,
  modesToFlags,
  type ResolvedChannelMode,
} from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { retryDelay } from "../../util/backoff.ts";
import { describeError } from "../../util/logger.ts";
import type { ClientContext } from "../../client/context.ts";
import type { ConnectionManager } from "../connection/connection_manager.ts";
import { afterContinuations } from "../connection/frame_queue.ts";
import type { Serials } from "../connection/pending_messages.ts";
import type { ChannelsEvent, ConnectionState } from "../connection/connection_state.ts";
import { Observers } from "../../util/observers.ts";
import { Epoch } from "../../util/epoch.ts";
import { Pace } from "../../util/pace.ts";
import { Timers } from "../../util/timers.ts";
import {
  callOvertaken,
  channelReleased,
  detachedByService,
  wrongChannelState,
} from "./channel_errors.ts";
import type { ChannelExtension } from "./channel_extension.ts";
import type { ResolvedChannelOptions } from "./resolve_channel_options.ts";
import type {
  ChannelEffect,
  ChannelInput,
  ChannelState,
  ChannelStateChange,
  ChannelStatus,
  ChannelTimer,
} from "./channel_state.ts";
import { transition } from "./channel_state_machine.ts";
import { MessageDecoder } from "./message_decoder.ts";
import { PendingCalls } from "./pending_calls.ts";
import { OrderedQueue } from "../../util/ordered_queue.ts";

/** RTL15b: what tells a position besides MESSAGE and ATTACHED. In SYNC and OBJECT_SYNC the serial is a cursor. */
const POSITIONED: readonly number[] = [Action.Presence, Action.Annotation, Action.Object];

/** RTL4b: the states of a connection that lead to no attachment. */
const HOPELESS: readonly ConnectionState[] = ["closed", "closing", "suspended", "failed"];

/** How often the service can have a channel attach again before RTB1 decides when. */
const REATTACHING = { burst: 5, refill: 30_000 };
/** How often it can have a DETACH sent again. */
const DETACHING = { burst: 10, refill: 3_000 };

/** The dependencies of a channel. */
export interface ChannelDependencies {
  readonly context: ClientContext;
  readonly connection: ConnectionManager;
  readonly options: ResolvedChannelOptions;
}

/** Told what happens on a channel. */
export interface ChannelSink {
  /** The state changed, or an update happened. */
  onStateChange(change: ChannelStateChange): void;
  /** A message is there for the subscribers. */
  onFrame(message: InboundMessage): void;
}

/**
 * Carries out what the channel's state machine decides: owns its timers, its position, and the order in which messages
 * reach the subscribers. Everything that happens goes through {@linkcode transition}, one input after the other.
 */
export class ChannelManager {
  /** The name of the channel. */
  readonly name: string;
  /** The state shared with the rest of the client. */
  readonly context: ClientContext;
  /** The connection that carries the channel. */
  readonly connection: ConnectionManager;
  /** Receives everything that concerns users. */
  listener: ChannelSink = { onStateChange() {}, onFrame() {} };
  /** The wrapper SDK that has got the channel last, to be named in attachments (WP7). */
  agent: string | null = null;
  /** The position that `untilAttach` refers to (RTL15c). */
  attachSerial: string | null = null;
  /** The position reached (RTL15b). */
  channelSerial: string | null = null;
  /** The last error of the channel (RTL24). */
  errorReason: ErrorInfo | null = null;
  /** The params that the service granted (RTL4k1). */
  params: Record<string, string> = {};
  /** The modes that the service granted (RTL4m). */
  modes: ResolvedChannelMode[] = [];
  /** Whether the service still has to let go of a channel of the same name: till then nothing is sent (RTS4a). */
  isHeld = false;
  /** The features on the channel, by the actions of the messages they handle. */
  readonly extensions: Map<number, ChannelExtension> = new Map();
  readonly #observers = new Observers<ChannelStateChange>();
  readonly #released = new Observers<void>();
  readonly #moves = new Observers<void>();
  /** The callbacks that wait for the next ATTACHED. */
  readonly #answers = new Set<() => void>();
  readonly #attaches = new PendingCalls<ChannelStateChange | null>();
  readonly #detaches = new PendingCalls<void>();
  readonly #inputs: ChannelInput[] = [];
  readonly #timers: Timers<ChannelTimer>;
  readonly #reattachments: Pace;
  readonly #refusals: Pace;
  readonly #decoder: MessageDecoder;
  readonly #warned = new Set<string>();
  readonly #deliveries = new OrderedQueue();
  readonly #submissions = new OrderedQueue();
  #status: ChannelStatus = { name: "initialized" };
  #options: ResolvedChannelOptions;
  /** The next one begins when the channel loses its position: deliveries that wait since before are dropped. */
  readonly #epoch = new Epoch();
  /** Settles when the service has answered the params and modes it was last told of; absent while it need not. */
  #negotiation: Promise<void> | undefined;
  readonly #onHandlingFailed = (cause: unknown): void =>
    this.context.options.logger.error(() =>
      `Failed to handle what came on channel "${this.name}": ${describeError(cause)}`
    );
  /** How many times ATTACH was sent on this connection without an answer yet. */
  #asked = 0;
  /** Whether the last ATTACH asked for deltas, in its params or in the name of the channel. */
  #hasDeltas = false;
  #isReleased = false;
  /** Whether what is being handled comes of a wish to detach. */
  #isLetGo = false;
  #busy = false;

  constructor(name: string, { context, connection, options }: ChannelDependencies) {
    this.name = name;
    this.context = context;
    this.connection = connection;
    this.#options = options;
    const { clock } = context.options;
    this.#timers = new Timers(clock);
    this.#reattachments = new Pace(clock, REATTACHING);
    this.#refusals = new Pace(clock, DETACHING);
    const { vcdiff } = context.options;
    this.#decoder = new MessageDecoder(
      vcdiff
        ? (delta, base) => vcdiff.decode(delta, base)
        : (delta, base) => decodeVcdiff(delta, base, { maxSize: largestMessage(context.limits) }),
      (error) => context.options.logger.error(() => `Channel "${name}": ${describeError(error)}`),
    );
  }

  /** The state of the channel. */
  get state(): ChannelState {
    return this.#status.name;
  }

  /** The options in force. Setting them tells the service nothing; see {@linkcode setOptions}. */
  get options(): ResolvedChannelOptions {
    return this.#options;
  }
  set options(options: ResolvedChannelOptions) {
    this.#options = options;
  }

  /** Calls back on every change until told to stop (RTC10). */
  observe(observer: (change: ChannelStateChange) => void): () => void {
    return this.#observers.add(observer);
  }

  /** Calls back when the channel is released, until told to stop. */
  onReleased(observer: () => void): () => void {
    return this.#released.add(observer);
  }

  /**
   * Attaches (RTL4).
   *
   * @returns The change; `null` if the channel was attached already (RTL4d1).
   * @throws {ErrorInfo} If the connection is in no state to attach, or the channel becomes anything but attached; 90000 if
   * it is to be detached before it was attached.
   */
  async attach(): Promise<ChannelStateChange | null> {
    const visit = this.connection.visit();
    if (visit && this.state === "attached") await visit; // Else the ATTACH would come late.
    if (this.#isReleased) throw this.cannot("attach");
    if (this.state === "failed") this.errorReason = null; // RTL4g
    const done = this.#attaches.add();
    this.#dispatch({ type: "attach", online: this.isOnline });
    return await done;
  }

  /**
   * Detaches (RTL5).
   *
   * @throws {ErrorInfo} 90001 if the channel has failed, 90007 if the service does not answer, 90000 if the channel is to be
   * attached again before it was detached.
   */
  async detach(): Promise<void> {
    void this.connection.visit();
    const done = this.#detaches.add();
    this.#dispatch({ type: "detach", online: this.isOnline });
    await done;
  }

  /**
   * Replaces the options; on an attached channel, params and modes are sent to the service (RTL16).
   *
   * @throws {ErrorInfo} If the service does not accept them.
   */
  async setOptions(options: ResolvedChannelOptions): Promise<void> {
    void this.connection.visit();
    if (this.#isReleased) throw this.cannot("set the options");
    this.#options = options;
    if (!options.isNegotiated) return; // RTL16a
    if (this.#busy) await null;
    while (this.#negotiation) await this.#negotiation; // Else its answer would be taken for one to these.
    if (this.state !== "attached" && this.state !== "attaching") return; // RTL16a
    const answered = this.#nextAnswer();
    this.#negotiation = answered.then(() => this.#negotiation = undefined);
    this.#dispatch({ type: "renegotiate", online: this.isOnline });
    const change = await answered;
    if (change) throw this.#whyNot("set the options", change);
  }

  /**
   * Detaches for good: the collection of channels has forgotten the channel (RTS4a).
   *
   * @returns Resolves once the service has let go of the channel too, or does not answer.
   */
  release(): Promise<void> {
    this.#isReleased = true;
    const done = this.#detaches.add();
    this.#dispatch({ type: "release", online: this.isOnline });
    this.#released.tell();
    return done.catch(() => {}); // A channel that fails on the way is gone as well.
  }

  /** Resolves with the next change into a state; rejects when given up. */
  nextState(state: ChannelState, signal?: AbortSignal | null): Promise<ChannelStateChange> {
    void this.connection.visit();
    return this.#observers.next((change) => change.event === state, signal);
  }

  /** Notes what happened to the connection (RTL3). */
  onConnection(event: ChannelsEvent, reason?: ErrorInfo): void {
    this.#asked = 0;
    this.#dispatch({ type: "connection", event, reason });
  }

  /** What was waited for in a request that has ended keeps those of later ones from nothing (Workers). */
  onMoved(): void {
    this.#moves.tell();
    this.#negotiation = undefined;
    this.#deliveries.forget();
    this.#submissions.forget();
  }

  /** Calls back when the connection has moved to another request (Workers), until told to stop. */
  onMove(observer: () => void): () => void {
    return this.#moves.add(observer);
  }

  /** Handles a message for the channel. */
  onMessage(message: ProtocolMessage): void {
    switch (message.action) {
      case Action.Message:
        return this.#onMessages(message);
      case Action.Attached:
        return this.#onAttached(message);
      case Action.Detached:
        return this.#dispatch({
          type: "detached",
          online: this.isOnline,
          reason: errorOf(message),
          excess: this.#isSettled ? this.#reattachments.note() : 0,
        });
      case Action.Error:
        return this.#dispatch({
          type: "error",
          reason: errorFromWire(message.error, {
            code: ErrorCode.ChannelOperationFailed,
            statusCode: 400,
          }),
        });
      default:
        if (!this.isListening) return;
        if (POSITIONED.includes(message.action)) this.#moveTo(message);
        this.extensions.get(message.action)?.onFrame(message);
    }
  }

  /** Something may have been lost for this channel: if it is attached, its users are told (RTL12). */
  onLoss(reason: ErrorInfo): void {
    if (this.state !== "attached") return;
    this.#announce({ do: "announce", event: "update", reason, resumed: false }, this.state);
  }

  /** Tells the listeners of something that is no change of state (RTP17e). */
  announceUpdate(reason: ErrorInfo): void {
    this.#announce({ do: "announce", event: "update", reason, resumed: true }, this.state);
  }

  /**
   * Runs after all that was received before has been delivered: at once if nothing waits for a cipher. If the channel is
   * detached before that, it does not run at all.
   *
   * @param pending What else to wait for; it must not fail.
   */
  deliverInOrder(run: () => void, pending?: Promise<unknown>): void {
    const epoch = this.#epoch.current;
    const turn = this.#deliveries.take(pending, () => {
      if (epoch !== this.#epoch.current) return;
      try {
        run();
      } catch (cause) {
        // What went wrong with this must not keep what else the frame says from being handled.
        this.#onHandlingFailed(cause);
      }
    });
    // No caller waits for the turn: its failure, unhandled, would end the process on some runtimes.
    turn?.catch(this.#onHandlingFailed);
  }

  /**
   * What is being delivered has settled a call: the code that waited runs before anything else is delivered.
   *
   * @returns What to call if that code is known to have run.
   */
  settled(): () => void {
    this.#deliveries.pause(afterContinuations);
    return this.connection.settled();
  }

  /**
   * Does something with what is to be sent, in the order of the calls even where a cipher has to work first.
   *
   * @param payload What to send, or a promise of it.
   * @param run What to do; later turns wait until it has begun, not until it is done.
   */
  sendInOrder<T, R>(payload: T | Promise<T>, run: (ready: T) => Promise<R>): Promise<R> {
    void this.connection.visit();
    return this.#submissions.take(payload, run) as Promise<R>;
  }

  /**
   * Sends something that the service answers. The channel is filled in.
   *
   * @returns The serials that the service assigned.
   */
  submit(message: ProtocolMessage): Promise<Serials> {
    message.channel = this.name;
    return this.connection.submit(message);
  }

  /**
   * Checks that the channel is in a state in which it may publish (RTL6c).
   *
   * @throws {ErrorInfo} 90001 if it is suspended or failed.
   */
  checkPublishable(): void {
    if (this.state === "suspended" || this.state === "failed") throw this.cannot("publish"); // RTL6c4
  }

  /** Gives a warning at most once per attachment (RTL7i2). */
  warnOnce(topic: string, warn: () => void): void {
    if (this.#warned.has(topic)) return;
    this.#warned.add(topic);
    warn();
  }

  /** An error that says that the channel is in no state for something. */
  cannot(action: string): ErrorInfo {
    if (this.#isReleased) return channelReleased(action, this.name);
    return wrongChannelState(action, this.name, this.state, this.errorReason);
  }

  /** Whether there is a connection that could carry something now. */
  get isOnline(): boolean {
    return this.connection.status.name === "connected" && !this.isHeld;
  }

  /** Whether the client has let go of the channel (RTS4a). */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Whether there is nothing that the service could still let go of. */
  get isOver(): boolean {
    return !this.#busy && !this.isListening;
  }

  /** Whether the channel is to be detached as soon as it is attached (RTL5i). */
  get isLeaving(): boolean {
    return this.#status.name === "attaching" && this.#status.then !== undefined;
  }

  /** RTL17. What was received while attached is delivered even if the channel is being attached anew by now. */
  get isDelivering(): boolean {
    return this.state === "attached" || this.state === "attaching";
  }

  /** Whether frames for the channel mean anything: elsewhere they are left over from an attachment that has ended. */
  get isListening(): boolean {
    return this.state !== "initialized" && this.state !== "detached" && this.state !== "failed";
  }

  /** Whether the service would have the channel attach again by detaching it (RTL13a). */
  get #isSettled(): boolean {
    return this.state === "attached" || this.state === "suspended";
  }

  #onAttached(message: ProtocolMessage): void {
    const isAnswer = this.#asked > 0;
    if (isAnswer) this.#asked--;
    // The DETACH that came after the ATTACH is on its way already, and RTL5k would have it answered twice.
    if (isAnswer && this.state === "detaching") return;
    const flags = message.flags ?? 0;
    const resumed = (flags & Flag.Resumed) !== 0;
    const wasAttached = this.state === "attached";
    if (wasAttached || this.state === "attaching" || this.state === "suspended") {
      this.#decoder.restart();
      if (!resumed) {
        this.attachSerial = message.channelSerial ?? null; // RTL15c
        this.#decoder.reset();
      }
      this.#moveTo(message);
      this.params = message.params ?? {}; // RTL4k1
      this.modes = flagsToModes(flags); // RTL4m
      this.#warned.clear();
      for (const extension of new Set(this.extensions.values())) {
        extension.onAttached(message, wasAttached);
      }
    }
    this.#dispatch({
      type: "attached",
      resumed,
      hasBacklog: (flags & Flag.HasBacklog) !== 0,
      reason: errorOf(message),
      excess: this.isListening && this.state !== "detaching" ? 0 : this.#refusals.note(),
    });
    for (const answer of [...this.#answers]) answer();
  }

  #onMessages(frame: ProtocolMessage): void {
    if (!this.isListening || this.#decoder.isBroken) return;
    if (this.state !== "attached") return this.#moveTo(frame); // RTL17
    const { messages, pending, failure } = this.#decoder.decode(frame, {
      cipher: this.#options.cipher,
      hasDeltas: this.#hasDeltas,
    });
    if (messages.length > 0) this.deliverInOrder(() => this.#deliver(messages), pending);
    this.#moveTo(frame);
    if (failure) this.#recover(failure);
  }

  #deliver(messages: InboundMessage[]): void {
    for (const message of messages) {
      if (!this.isDelivering) return;
      this.listener.onFrame(message);
    }
  }

  #recover(failure: ErrorInfo): void {
    this.context.options.logger.error(() => `Channel "${this.name}": ${describeError(failure)}`); // RTL18a
    const excess = this.#reattachments.note();
    this.#dispatch({ type: "recover", online: this.isOnline, reason: failure, excess });
  }

  #moveTo({ channelSerial }: ProtocolMessage): void {
    if (this.#decoder.isBroken) return; // RTL18c: what was not read has to be sent again
    if (channelSerial) this.channelSerial = channelSerial; // RTL15b
  }

  #dispatch(input: ChannelInput): void {
    this.#inputs.push(input);
    if (this.#busy) return; // A listener called back in; its wish comes after what is under way.
    this.#busy = true;
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) this.#take(next);
      this.#settleCalls();
    } finally {
      this.#busy = false;
    }
  }

  #take(input: ChannelInput): void {
    if (input.type === "attach" && !this.#mayAttach) return;
    const before = this.#status;
    this.#isLetGo = input.type === "detach" || input.type === "release" || this.isLeaving;
    const [status, effects] = transition(before, input);
    this.#status = status;
    for (const effect of effects) this.#perform(effect, before.name);
  }

  #perform(effect: ChannelEffect, previous: ChannelState): void {
    switch (effect.do) {
      case "sendAttach":
        return this.#sendAttach();
      case "sendDetach":
        return this.connection.send({ action: Action.Detach, channel: this.name });
      case "proceed":
        this.#inputs.unshift({ type: effect.with, online: this.isOnline });
        return;
      case "start":
        return this.#startTimer(effect);
      case "stop":
        return this.#timers.stop(effect.timer);
      case "clearSerial":
        this.channelSerial = null; // RTL15b2
        this.#decoder.reset();
        this.#epoch.next();
        this.#asked = 0;
        return;
      case "clearError":
        this.errorReason = null;
        return;
      case "announce":
        return this.#announce(effect, previous);
    }
  }

  #sendAttach(): void {
    this.#asked++;
    const { modes } = this.#options;
    const { agent } = this;
    const params: Record<string, string> = {
      ...this.#options.params,
      ...(agent !== null && { agent }),
    }; // WP7
    this.#hasDeltas = params.delta === "vcdiff" || /^\[[^\]]*[?&]delta=vcdiff[&\]]/.test(this.name);
    this.connection.send({
      action: Action.Attach,
      channel: this.name,
      ...(this.channelSerial !== null && { channelSerial: this.channelSerial }), // RTL4c1
      ...(Object.keys(params).length > 0 && { params }), // RTL4k
      ...(modes.length > 0 && { flags: modesToFlags(modes) }), // RTL4l
    });
  }

  #announce(effect: Extract<ChannelEffect, { do: "announce" }>, previous: ChannelState): void {
    const { event, reason, resumed = false, hasBacklog = false } = effect;
    if (reason) this.errorReason = reason;
    const change: ChannelStateChange = {
      current: this.state,
      previous,
      event,
      ...(reason && { reason }),
      resumed,
      hasBacklog,
    };
    this.context.options.logger.info(() =>
      `Channel "${this.name}" ${event === "update" ? "updated" : event}` +
      (reason ? `: ${describeError(reason)}` : "")
    );
    if (event !== "update") this.#settleWith(change);
    for (const extension of new Set(this.extensions.values())) extension.onStateChange(change);
    this.#observers.tell(change);
    this.listener.onStateChange(change);
  }

  #startTimer(effect: Extract<ChannelEffect, { do: "start" }>): void {
    const { channelRetryTimeout, random, realtimeRequestTimeout } = this.context.options;
    const delay = effect.timer === "retry"
      ? retryDelay(channelRetryTimeout, effect.retries, random) // RTL13b
      : effect.hopeless
      ? 0
      : realtimeRequestTimeout; // RTL4f, RTL5f
    this.#timers.start(effect.timer, delay, () => {
      this.#dispatch({ type: "due", timer: effect.timer, online: this.isOnline });
    });
  }

  /** RTL4b, but what is attached, or being attached, stays so. */
  get #mayAttach(): boolean {
    const isActive = this.state === "attached" || this.state === "attaching";
    return isActive || !HOPELESS.includes(this.connection.status.name);
  }

  /** Settles the calls to which a change is the answer, before the listeners of the change can make others. */
  #settleWith(change: ChannelStateChange): void {
    const { current, previous, reason } = change;
    if (current === "attached") {
      this.#attaches.resolve(change); // RTL4d
      if (previous === "detaching" && reason) this.#detaches.reject(() => reason); // RTL5f
    } else if (current !== "attaching" && current !== "detaching") {
      const goesOn = this.#inputs.some(({ type }) => type === "attach"); // RTL4h
      if (!goesOn) this.#attaches.reject(() => this.#whyNot("attach", change)); // RTL4d
      if (current === "detached" || current === "initialized") this.#detaches.resolve();
    }
  }

  /** Settles the calls that need no change, and those that nothing is done about any more. */
  #settleCalls(): void {
    const status = this.#status;
    const then = "then" in status ? status.then : undefined;
    if (status.name === "attached") this.#attaches.resolve(null); // RTL4a
    else if (status.name !== "attaching" && then !== "attach") {
      this.#attaches.reject(() =>
        this.#mayAttach ? callOvertaken("attach", this.name) : this.#cannotConnect("attach")
      );
    }
    if (status.name === "failed") this.#detaches.reject(() => this.cannot("detach")); // RTL5b
    else if (!this.isListening) this.#detaches.resolve(); // RTL5a
    else if (status.name !== "detaching" && then === undefined) {
      this.#detaches.reject(() => callOvertaken("detach", this.name));
    }
  }

  #whyNot(action: string, { current, reason }: ChannelStateChange): ErrorInfo {
    if (reason) return reason;
    if (current !== "detached") return this.cannot(action);
    if (this.#isLetGo && action === "attach") return callOvertaken(action, this.name);
    if (this.connection.status.name !== "connected") return this.#cannotConnect(action);
    return detachedByService(this.name);
  }

  /** RTL4b, RTL3b */
  #cannotConnect(action: string): ErrorInfo {
    return this.connection.cannot(`${action} on channel "${this.name}"`);
  }

  /** Resolves with nothing at the next ATTACHED, or with the change by which the channel stopped waiting for one. */
  #nextAnswer(): Promise<ChannelStateChange | undefined> {
    return new Promise((resolve) => {
      const settle = (change?: ChannelStateChange) => {
        stop();
        this.#answers.delete(settle);
        resolve(change);
      };
      const stop = this.observe((change) => {
        if (change.current !== "attached" && change.current !== "attaching") settle(change);
      });
      this.#answers.add(settle);
    });
  }
}

/**
 * What a delta may make, in bytes: the publisher's message was no larger than the limit, which ciphers exceed a little and
 * which may have been changed since. A delta of a few bytes can ask for gigabytes.
 */
function largestMessage({ maxMessageSize }: ClientContext["limits"]): number {
  return Math.min(2 * Math.max(maxMessageSize, 65_536), 16 * 1024 * 1024);
}

function errorOf({ error }: ProtocolMessage): ErrorInfo | undefined {
  return error == null ? undefined : errorFromWire(error);
}
