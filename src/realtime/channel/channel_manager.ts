import { checkChannelName } from "../../client/checks.ts";
import type { ClientContext } from "../../client/context.ts";
import type { ErrorInfo } from "../../errors.ts";
import type { InboundMessage } from "../../messages/message.ts";
import * as Action from "../../protocol/action_numbers.ts";
import { modesToFlags, type ResolvedChannelMode } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { retryDelay } from "../../util/backoff.ts";
import { describeError, type LogPart } from "../../util/logger.ts";
import { type Machine, MachineRunner } from "../../util/machine_runner.ts";
import { Observers } from "../../util/observers.ts";
import { OrderedQueue } from "../../util/ordered_queue.ts";
import { Timers } from "../../util/timers.ts";
import type { ConnectionManager } from "../connection/connection_manager.ts";
import type { ChannelsEvent } from "../connection/connection_state.ts";
import type { Serials } from "../connection/outbox.ts";
import { ChannelCalls } from "./channel_calls.ts";
import { channelReleased, wrongChannelState } from "./channel_errors.ts";
import type { ChannelExtension } from "./channel_extension.ts";
import { ChannelInbox, type InboxChannel } from "./channel_inbox.ts";
import { ChannelPosition } from "./channel_position.ts";
import type {
  ChannelEffect,
  ChannelInput,
  ChannelState,
  ChannelStateChange,
  ChannelStatus,
  ChannelTimer,
} from "./channel_state.ts";
import { type ChannelTransition, INITIALIZED, transition } from "./channel_state_machine.ts";
import { mustNegotiate, type ResolvedChannelOptions } from "./resolve_channel_options.ts";

/** The dependencies of a channel. */
export interface ChannelDependencies {
  readonly context: ClientContext;
  readonly connection: ConnectionManager;
  readonly options: ResolvedChannelOptions;
}

/** Receives what users see of a channel. */
export interface ChannelSink {
  /** Calls the listeners of a change, after extensions and observers. */
  announce(change: ChannelStateChange): void;
  /** Calls the listeners of a message. */
  deliver(message: InboundMessage): void;
}

/**
 * Owns the status of a channel's state machine and carries out its effects. Frames are handled by its {@linkcode ChannelInbox}.
 */
export class ChannelManager
  implements InboxChannel, Machine<ChannelStatus, ChannelInput, ChannelEffect> {
  /** The name of the channel. */
  readonly name: string;
  /** The state shared with the rest of the client. */
  readonly context: ClientContext;
  /** The connection that carries the channel. */
  readonly connection: ConnectionManager;
  /** The options in force. Setting them sends nothing to the service; see {@linkcode setOptions}. */
  options: ResolvedChannelOptions;
  /** Receives what users see, after extensions and observers. */
  readonly sink: ChannelSink;
  /** The positions reached (RTL15). */
  readonly position: ChannelPosition = new ChannelPosition();
  /** The wrapper SDK that has got the channel last, to be named in attachments (WP7). */
  agent: string | null = null;
  /** The last error of the channel (RTL24). */
  errorReason: ErrorInfo | null = null;
  /** The params that the service granted (RTL4k1). */
  params: Record<string, string> = {};
  /** The modes that the service granted (RTL4m). */
  modes: ResolvedChannelMode[] = [];
  /** True while the service still has a released channel of the same name: until then nothing is sent (RTS4a). */
  awaitsRelease = false;
  // Parts that most channels do not need are made when they are needed, as a client can have thousands of channels.
  #observers: Observers<ChannelStateChange> | undefined;
  #released: Observers<void> | undefined;
  #moves: Observers<void> | undefined;
  #submissions: OrderedQueue | undefined;
  /** The topics that there was a warning for: an array, because there are few. */
  #warned: string[] | undefined;
  readonly #calls: ChannelCalls = new ChannelCalls(this);
  readonly #machine: MachineRunner<ChannelStatus, ChannelInput, ChannelEffect> = new MachineRunner(
    INITIALIZED,
    this,
  );
  readonly #timers: Timers<ChannelTimer>;
  readonly #inbox: ChannelInbox = new ChannelInbox(this);
  /** The options of the last ATTACH, until the attachment ends. */
  #asked: ResolvedChannelOptions | undefined;
  /** Settles when the negotiation in progress has ended: ATTACHED does not say which ATTACH it answers. */
  #negotiation: Promise<void> | undefined;
  #isReleased = false;

  constructor(
    name: string,
    { context, connection, options }: ChannelDependencies,
    sink: ChannelSink,
  ) {
    this.name = name;
    this.context = context;
    this.connection = connection;
    this.options = options;
    this.sink = sink;
    this.#timers = new Timers(context.options.clock);
  }

  /** Adds an extension, to be called after those added before and before the user's listeners. */
  use(extension: ChannelExtension): void {
    this.#inbox.use(extension);
  }

  /** The state of the channel. */
  get state(): ChannelState {
    return this.#machine.status.name;
  }

  /** Calls the observer on every change, until the returned function is called (RTC10). */
  observe(observer: (change: ChannelStateChange) => void): () => void {
    return (this.#observers ??= new Observers()).add(observer);
  }

  /** Calls the observer when the channel is released, until the returned function is called. */
  onReleased(observer: () => void): () => void {
    return (this.#released ??= new Observers()).add(observer);
  }

  /**
   * Attaches (RTL4).
   *
   * @returns The change; `null` if the channel was attached already (RTL4d1).
   * @throws {ErrorInfo} If the state of the connection does not permit it, or the channel enters another state than attached;
   * 90000 if a later call detaches it first.
   */
  attach(): Promise<ChannelStateChange | null> {
    const moving = this.connection.checkOwner();
    if (moving && this.state === "attached") return moving.then(() => this.#attach()); // Otherwise the ATTACH would come late.
    return this.#attach();
  }

  /** Not an async function: thousands of calls may wait, and each would hold a promise and a suspended function more. */
  #attach(): Promise<ChannelStateChange | null> {
    try {
      if (this.#isReleased) throw this.cannot("attach");
      checkChannelName(this.name);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.state === "failed") this.errorReason = null; // RTL4g
    const done = this.#calls.attaches.add();
    this.dispatch({ type: "attach" });
    return done;
  }

  /**
   * Detaches (RTL5).
   *
   * @throws {ErrorInfo} 90001 if the channel has failed, 90007 if the service does not answer, 90000 if a later call attaches
   * it first.
   */
  detach(): Promise<void> {
    void this.connection.checkOwner();
    const done = this.#calls.detaches.add();
    this.dispatch({ type: "detach" });
    return done;
  }

  /**
   * Replaces the options; on an attached channel, params and modes are sent to the service (RTL16).
   *
   * @throws {ErrorInfo} If the service does not accept them.
   */
  async setOptions(options: ResolvedChannelOptions): Promise<void> {
    void this.connection.checkOwner();
    if (this.#isReleased) throw this.cannot("set the options");
    const mustNegotiate = this.mustNegotiate(options);
    this.options = options;
    if (!mustNegotiate) return;
    // In a listener, calls before this one may still be waiting to be handled.
    if (this.#machine.isRunning) await Promise.resolve(); // A dispatch never waits.
    while (this.#negotiation) await this.#negotiation;
    if (!this.isDelivering || this.#asked && !this.mustNegotiate(options)) return;
    const answered = this.#calls.negotiations.add();
    const negotiation: Promise<void> = this.#negotiation = answered.then(() => {
      if (this.#negotiation === negotiation) this.#negotiation = undefined;
    });
    this.dispatch({ type: "negotiate" });
    const change = await answered;
    if (change) throw this.#calls.errorOf("set the options", change);
  }

  /** Whether new options need an ATTACH (RTL16a). An ATTACH that is still to be sent will carry the options in force. */
  mustNegotiate(options: ResolvedChannelOptions): boolean {
    return this.isDelivering && mustNegotiate(this.#asked ?? this.options, options);
  }

  /**
   * Detaches permanently: the collection of channels has forgotten the channel (RTS4a).
   *
   * @returns Resolves once the service has detached the channel too, or does not answer.
   */
  release(): Promise<void> {
    const done = this.isOver ? undefined : this.#calls.detaches.add();
    this.#isReleased = true;
    if (done) this.dispatch({ type: "release" });
    this.#released?.notify();
    return done?.catch(() => {}) ?? Promise.resolve(); // A channel that fails meanwhile is released, too.
  }

  /** Resolves with the next change into a state; rejects if the signal is aborted. */
  nextState(state: ChannelState, signal?: AbortSignal | null): Promise<ChannelStateChange> {
    void this.connection.checkOwner();
    return (this.#observers ??= new Observers()).next((change) => change.event === state, signal);
  }

  /** Handles an event of the connection (RTL3). */
  onConnection(event: ChannelsEvent, reason?: ErrorInfo): void {
    this.#inbox.forgetAnswers();
    this.dispatch({ type: "connection", event, reason });
  }

  /** Does not wait for work that was begun in a request that has ended (Workers). */
  onMoved(): void {
    this.#moves?.notify();
    this.#negotiation = undefined;
    this.#inbox.onMoved();
    this.#submissions = undefined;
  }

  /** Calls the observer when the connection has moved to another request (Workers), until the returned function is called. */
  onMove(observer: () => void): () => void {
    return (this.#moves ??= new Observers()).add(observer);
  }

  /** Takes over the params and modes that the service granted. */
  grant(params: Record<string, string>, modes: ResolvedChannelMode[]): void {
    this.params = params; // RTL4k1
    this.modes = modes; // RTL4m
    this.#warned = undefined;
  }

  /** Handles a frame of the channel. */
  onFrame(frame: ProtocolMessage): void {
    this.#inbox.onFrame(frame);
  }

  /** Announces that messages may have been lost, if the channel is attached (RTL12). */
  onLoss(reason: ErrorInfo): void {
    if (this.state !== "attached") return;
    this.#announce({ do: "announce", event: "update", reason, resumed: false }, this.state);
  }

  /** Announces an event that is not a change of state (RTP17e). */
  announceUpdate(reason: ErrorInfo): void {
    this.#announce({ do: "announce", event: "update", reason, resumed: true }, this.state);
  }

  /** See {@linkcode ChannelInbox.deliverInOrder}. */
  deliverInOrder(run: () => void, pending?: Promise<unknown>): void {
    this.#inbox.deliverInOrder(run, pending);
  }

  /**
   * Holds back later frames and deliveries until the code that waited for a call has run. For a delivery that settles a call.
   *
   * @returns A function that resumes the frames earlier, if that code is known to have run.
   */
  holdFrames(): () => void {
    this.#inbox.pause();
    return this.connection.holdFrames();
  }

  /**
   * Sends in the order of the calls, even if a cipher has to work first.
   *
   * @param payload The payload, or a promise of it.
   * @param run Sends the payload. Later calls wait until it has begun, not until it is done.
   */
  sendInOrder<T, R>(payload: T | Promise<T>, run: (ready: T) => Promise<R>): Promise<R> {
    void this.connection.checkOwner();
    return (this.#submissions ??= new OrderedQueue(false)).take(payload, run) as Promise<R>;
  }

  /**
   * Publishes in the order of the calls. The state is checked again when the payload is ready: a cipher takes time, and the channel
   * may have failed meanwhile.
   *
   * @throws {ErrorInfo} As {@linkcode checkPublishable} and {@linkcode submit}.
   */
  publishInOrder<T>(
    payload: T | Promise<T>,
    frameOf: (ready: T) => ProtocolMessage,
  ): Promise<Serials> {
    return this.sendInOrder<T, Serials>(payload, (ready) => {
      this.checkPublishable();
      return this.submit(frameOf(ready));
    });
  }

  /**
   * Sends a frame that the service answers, on this channel.
   *
   * @returns The serials that the service assigned.
   */
  submit(frame: ProtocolMessage): Promise<Serials> {
    frame.channel = this.name;
    return this.connection.submit(frame);
  }

  /**
   * Checks that the channel is in a state in which it may publish (RTL6c).
   *
   * @throws {ErrorInfo} 90001 if it is suspended or failed.
   */
  checkPublishable(): void {
    checkChannelName(this.name);
    if (this.state === "suspended" || this.state === "failed") throw this.cannot("publish"); // RTL6c4
  }

  /** Gives a warning at most once per attachment (RTL7i2). */
  warnOnce(topic: string, warn: () => void): void {
    const warned = this.#warned ??= [];
    if (warned.includes(topic)) return;
    warned.push(topic);
    warn();
  }

  /** Logs the error of a listener (RTE6). */
  listenerFailed(what: string, error: unknown, part: LogPart = "channel"): void {
    this.context.options.logger.of(part).error(() =>
      `${what} of channel "${this.name}" failed: ${describeError(error)}`
    );
  }

  /** The error for an action that the current state does not allow. */
  cannot(action: string): ErrorInfo {
    if (this.#isReleased) return channelReleased(action, this.name);
    return wrongChannelState(action, this.name, this.state, this.errorReason);
  }

  /** Whether the connection can carry frames now. */
  get isOnline(): boolean {
    return this.connection.status.name === "connected" && !this.awaitsRelease;
  }

  /** Whether the client has released the channel (RTS4a). */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Whether the service has no attachment of the channel. */
  get isOver(): boolean {
    return !this.#machine.isRunning && !this.isListening;
  }

  /** Whether the channel is to be detached as soon as it is attached (RTL5i). */
  get willDetach(): boolean {
    const { status } = this.#machine;
    return status.name === "attaching" && status.then !== undefined;
  }

  /** RTL17. Items received while attached are delivered even if the channel is being attached again by now. */
  get isDelivering(): boolean {
    return this.state === "attached" || this.state === "attaching";
  }

  /** Whether frames of the channel count. In other states, they belong to an attachment that has ended. */
  get isListening(): boolean {
    return this.state !== "initialized" && this.state !== "detached" && this.state !== "failed";
  }

  /** Feeds the state machine. */
  dispatch(input: ChannelInput): void {
    this.#machine.dispatch(input);
  }

  transition(status: ChannelStatus, input: ChannelInput): ChannelTransition {
    if (input.type === "attach" && !this.#calls.mayAttach) return [status, []];
    this.#calls.isDetaching = input.type === "detach" || input.type === "release" ||
      this.willDetach;
    return transition(status, input, this.isOnline);
  }

  onIdle(): void {
    this.#calls.onIdle(this.#machine.status);
  }

  /** Settles the calls of {@linkcode setOptions} that wait for ATTACHED. */
  settleNegotiations(): void {
    this.#calls.negotiations.resolve();
  }

  perform(effect: ChannelEffect, { name: previous }: ChannelStatus): void {
    switch (effect.do) {
      case "sendAttach":
        return this.#sendAttach();
      case "sendDetach":
        return this.connection.send({ action: Action.Detach, channel: this.name });
      case "proceed":
        return this.#machine.follow({ type: effect.with });
      case "start":
        return this.#startTimer(effect);
      case "stop":
        return this.#timers.stop(effect.timer);
      case "clearSerial":
        return this.#inbox.clear(); // RTL15b2
      case "clearError":
        this.errorReason = null;
        return;
      case "announce":
        return this.#announce(effect, previous);
    }
  }

  #sendAttach(): void {
    this.#asked = this.options;
    const { modes } = this.options;
    const { agent, position: { received } } = this;
    const params = agent === null ? this.options.params : { ...this.options.params, agent }; // WP7
    // The name of the channel can request deltas, too.
    this.#inbox.onAttachSent(
      params.delta === "vcdiff" || /^\[[^\]]*[?&]delta=vcdiff[&\]]/.test(this.name),
    );
    const frame: ProtocolMessage = { action: Action.Attach, channel: this.name };
    if (received !== null) frame.channelSerial = received; // RTL4c1
    if (Object.keys(params).length > 0) frame.params = params; // RTL4k
    if (modes.length > 0) frame.flags = modesToFlags(modes); // RTL4l
    this.connection.send(frame);
  }

  #announce(effect: Extract<ChannelEffect, { do: "announce" }>, previous: ChannelState): void {
    const { event, reason, resumed = false, hasBacklog = false } = effect;
    if (reason) this.errorReason = reason;
    if (!this.isDelivering) this.#asked = undefined;
    const { state: current, name: channel } = this;
    const change: ChannelStateChange = reason
      ? { current, previous, event, reason, resumed, hasBacklog }
      : { current, previous, event, resumed, hasBacklog };
    this.context.options.logger.of("channel").info(() =>
      `Channel "${channel}" ${event === "update" ? "updated" : event}` +
      (reason ? `: ${describeError(reason)}` : "")
    );
    this.context.options.report?.({
      kind: "channel",
      channel,
      previous,
      current,
      resumed,
      ...(reason && { reason }),
    });
    if (event !== "update") {
      this.#calls.onChange(change, this.#machine.isQueued(isAttach));
    }
    this.#inbox.onStateChange(change);
    this.#observers?.notify(change);
    this.sink.announce(change);
  }

  #startTimer(effect: Extract<ChannelEffect, { do: "start" }>): void {
    const { channelRetryTimeout, random, realtimeRequestTimeout } = this.context.options;
    const delay = effect.timer === "retry"
      ? retryDelay(channelRetryTimeout, effect.retries, random) // RTL13b
      : effect.immediate
      ? 0
      : realtimeRequestTimeout; // RTL4f, RTL5f
    this.#timers.start(effect.timer, delay, () => {
      this.dispatch({ type: "due", timer: effect.timer });
    });
  }
}

function isAttach({ type }: ChannelInput): boolean {
  return type === "attach";
}
