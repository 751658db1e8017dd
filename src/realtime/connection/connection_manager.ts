import { errorFromWire, type ErrorInfo } from "../../errors.ts";
import { Action } from "../../protocol/actions.ts";
import type { Codec } from "../../protocol/codec.ts";
import type { ConnectionDetails, ProtocolMessage } from "../../protocol/protocol_message.ts";
import { retryDelay } from "../../util/backoff.ts";
import { withoutNulls } from "../../util/copy.ts";
import { describeError } from "../../util/logger.ts";
import type { ClientContext } from "../../client/context.ts";
import { Observers } from "../../util/observers.ts";
import { MachineRunner } from "../../util/machine_runner.ts";
import { Timers } from "../../util/timers.ts";
import { startAttempt } from "./connect.ts";
import { frameCodec } from "./connect_params.ts";
import type { ConnectionAttempt } from "./connection_attempt.ts";
import {
  connectionIdle,
  leftBehind,
  refusedByRuntime,
  wrongConnectionState,
} from "./connection_errors.ts";
import type { ConnectionSink } from "./connection_sink.ts";
import type {
  AuthMeans,
  ConnectionEffect,
  ConnectionInput,
  ConnectionState,
  ConnectionStateChange,
  ConnectionStatus,
  ConnectionTimer,
  Failure,
  Session,
} from "./connection_state.ts";
import { transition } from "./connection_state_machine.ts";
import { failureOf } from "./failure.ts";
import { FrameRouter } from "./frame_router.ts";
import { IdleTimer } from "./idle_timer.ts";
import { LossLimit } from "./loss_limit.ts";
import { Outbox } from "./outbox.ts";
import type { Serials } from "./pending_messages.ts";
import { Pings } from "./pings.ts";
import { Reauthentication } from "./reauthentication.ts";
import { decodeRecoveryKey, encodeRecoveryKey, type RecoveryKey } from "./recovery_key.ts";
import { Residence } from "./residence.ts";
import type { Transport } from "./transport.ts";

/** The states that end the wait of a call of connect(). */
const OUTCOMES: readonly ConnectionState[] = ["connected", "suspended", "closed", "failed"];

/** The time that Ably may take to answer a message, in milliseconds: it remembers for that long what a connection sent. */
const ANSWER_TIMEOUT = 120_000;

/**
 * Performs the effects of the connection's state machine. It owns the transport, the timers and the frames without an
 * answer. Each event is an input to {@linkcode transition}, one after the other.
 */
export class ConnectionManager {
  /** Receives every change that concerns users. */
  onStateChange: (change: ConnectionStateChange) => void = () => {};
  /** Reads and writes frames. Payloads are encoded for its format (RTC1f1, RSL4). */
  readonly codec: Codec;
  readonly #context: ClientContext;
  readonly #channels: ConnectionSink;
  readonly #timers: Timers<ConnectionTimer>;
  readonly #idle: IdleTimer;
  readonly #losses: LossLimit;
  readonly #router: FrameRouter;
  readonly #pings: Pings;
  readonly #outbox: Outbox;
  readonly #observers = new Observers<ConnectionStateChange>();
  readonly #reauthentication: Reauthentication;
  readonly #residence: Residence;
  readonly #machine = new MachineRunner<ConnectionStatus, ConnectionInput, ConnectionEffect>(
    { name: "initialized" },
    { transition, perform: (effect, previous) => this.#perform(effect, previous) },
  );
  #transport: Transport | undefined;
  /** The host that the transport is connected to. */
  #host: string | undefined;
  #attempt: ConnectionAttempt | undefined;
  #details: ConnectionDetails = {};
  #errorReason: ErrorInfo | null = null;
  #retryIn: number | undefined;
  #recover: RecoveryKey | undefined;
  /** The token that the service was shown last. */
  #token: string | undefined;

  /**
   * @param context What the operations of the client share.
   * @param channels Receives what concerns the channels. It is not called before this constructor has returned.
   * @throws {ErrorInfo} 40019 if `transportParams` ask for a format whose codec is not there.
   */
  constructor(context: ClientContext, channels: ConnectionSink) {
    const { clock, random, realtimeRequestTimeout } = context.options;
    this.codec = frameCodec(context.options);
    this.#context = context;
    this.#channels = channels;
    this.#timers = new Timers(clock);
    this.#idle = new IdleTimer(clock, () => this.#lose(connectionIdle())); // RTN23a
    this.#losses = new LossLimit(clock);
    this.#outbox = new Outbox(
      (message, limit) => this.#transport?.send(message, limit),
      { limits: context.limits, clock, timeout: ANSWER_TIMEOUT },
    );
    this.#pings = new Pings(clock, random, realtimeRequestTimeout);
    this.#residence = new Residence({
      clock,
      isActive: () => this.#isActive,
      move: (cause) => this.#move(cause),
    });
    this.#recover = this.#readRecoveryKey();
    if (this.#recover) this.#outbox.sent.resetSerial(this.#recover.msgSerial); // RTN16f
    this.#reauthentication = this.#createReauthentication();
    this.#router = this.#createRouter();
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
    return this.#details;
  }

  /** The last error of the connection (RTN25). */
  get errorReason(): ErrorInfo | null {
    return this.#errorReason;
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
    void this.visit();
    this.#machine.dispatch({ type: "connect" });
  }

  /**
   * Connects, and waits for the outcome.
   *
   * @throws {ErrorInfo} At once as {@linkcode connect}; later why the connection is suspended, closed or has failed.
   */
  open(signal?: AbortSignal | null): Promise<void> {
    checkRuntime(this.#context);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.status.name === "connected") return Promise.resolve(); // RTN11e
    // Before anything is done: an attempt may fail on the spot.
    const outcome = this.#observers.next(({ current }) => OUTCOMES.includes(current), signal);
    this.#machine.dispatch({ type: "connect" });
    return outcome.then(({ current, reason }) => {
      if (current !== "connected") throw reason ?? this.cannot("connect");
    });
  }

  /** Closes; resolves when the connection is closed, or has failed on the way (RTN12). */
  async close(signal?: AbortSignal | null): Promise<void> {
    void this.visit();
    this.#reauthentication.cancel();
    this.#machine.dispatch({ type: "close" });
    // When a listener calls close(), the state changes only after the current dispatch has finished.
    await this.#machine.settled();
    if (this.status.name !== "closing") return;
    await this.#observers.next(({ current }) => current !== "closing", signal);
  }

  /** Calls back on every change until told to stop (RTC10). */
  observe(observer: (change: ConnectionStateChange) => void): () => void {
    return this.#observers.add(observer);
  }

  /**
   * Somebody is about to use the connection. On Workers it may have to move to the request that does.
   *
   * @returns Resolves once the connection is as good as it gets; nothing if there is nothing to wait for.
   */
  visit(): Promise<void> | undefined {
    const visit = this.#residence.visit();
    return visit?.then(async () => {
      if (this.status.name !== "connecting") return;
      await this.#observers.next(({ current }) => current !== "connecting");
    });
  }

  /** Resolves with the next change into a state. */
  nextState(state: ConnectionState, signal?: AbortSignal | null): Promise<ConnectionStateChange> {
    void this.visit();
    return this.#observers.next(({ event }) => event === state, signal);
  }

  /** Sends a message that expects no ACK; does nothing without a transport. */
  send(message: ProtocolMessage): void {
    void this.visit();
    this.#transport?.send(message);
  }

  /** A frame that need not do so has settled a call; see {@linkcode Transport.settled}. */
  settled(): () => void {
    return this.#transport?.settled() ?? (() => {});
  }

  /**
   * Sends a message that expects an ACK, now or as soon as there is a connection (RTL6c).
   *
   * @returns The serials that the service assigned.
   * @throws {ErrorInfo} If the service refuses, or the connection is in no state to send or queue.
   */
  submit(message: ProtocolMessage): Promise<Serials> {
    void this.visit();
    return new Promise((resolve, reject) => {
      if (this.#takesMessages()) this.#outbox.add({ message, resolve, reject }); // RTL6c1, RTL6c2
      else reject(this.cannot("publish")); // RTL6c4
    });
  }

  /** Sends a ping once connected and waits for its answer (RTN13). */
  async ping(signal?: AbortSignal | null): Promise<number> {
    void this.visit();
    await this.#whenConnected("ping", signal); // RTN13d
    return await this.#pings.send((id) => this.send({ action: Action.Heartbeat, id }), signal); // RTN13a
  }

  /** A key by which a later client can go on from here (RTN16g); `null` where there is nothing to go on from (RTN16g2). */
  createRecoveryKey(): string | null {
    const { session } = this;
    if (!session?.key || this.status.name === "suspended") return null;
    return encodeRecoveryKey({
      connectionKey: session.key,
      msgSerial: this.#outbox.sent.nextSerial,
      channelSerials: this.#channels.channelSerials(),
    });
  }

  /** An error that says that the connection is in no state for something. */
  cannot(action: string): ErrorInfo {
    return wrongConnectionState(action, this.status.name, this.#errorReason);
  }

  #perform(effect: ConnectionEffect, previous: ConnectionStatus): void {
    switch (effect.do) {
      case "attempt":
        return this.#startAttempt(effect);
      case "drop":
        return this.#drop();
      case "stopFallback":
        return this.#attempt?.stopFallback();
      case "forgetToken":
        return this.#forgetToken();
      case "follow":
        return this.#machine.follow(effect.input);
      case "sendClose":
        return this.send({ action: Action.Close });
      case "start":
        return this.#startTimer(effect);
      case "stop":
        return this.#timers.stop(effect.timer);
      case "channels":
        return this.#channels.onConnection(effect.event, effect.reason);
      case "flush":
        this.#outbox.open(effect.resumed); // RTN19a, RTL6c2
        return this.#pings.sendAgain((id) => this.send({ action: Action.Heartbeat, id }));
      case "failPending":
        if (!effect.unlessQueueing || !this.#context.options.queueMessages) {
          this.#outbox.failAll(effect.reason);
        }
        return;
      case "startOver":
        return this.#startOver();
      case "announce":
        return this.#announce(effect, previous);
      case "retry":
        return this.#machine.dispatch({ type: "due", timer: "retry" });
    }
  }

  #announce(
    { event, reason, retryIn = this.#retryIn }: Extract<ConnectionEffect, { do: "announce" }>,
    previous: ConnectionStatus,
  ): void {
    const current = this.status.name;
    if (reason) this.#errorReason = reason;
    else if (event === "connected") this.#errorReason = null;
    const waits = current === "disconnected" || current === "suspended";
    const change: ConnectionStateChange = {
      current,
      previous: previous.name,
      event,
      ...(reason && { reason }),
      ...(waits && { retryIn }),
    };
    // Log failures as errors: the client will not retry, and there may be no listener.
    const level = event === "failed" ? "error" : "info";
    this.#context.options.logger.of("connection").log(
      level,
      () =>
        `Connection ${event === "update" ? "updated" : event}` +
        (reason ? `: ${describeError(reason)}` : ""),
    );
    if (current !== "connected" && current !== "connecting" && current !== "disconnected") {
      this.#pings.failAll(this.cannot("ping")); // RTN13b
    }
    this.#reauthentication.onStateChange(change);
    this.#observers.tell(change);
    this.onStateChange(change);
  }

  get #isActive(): boolean {
    const { name } = this.status;
    return name !== "initialized" && name !== "closed" && name !== "failed";
  }

  /** Goes on in this request: see {@linkcode Residence}. */
  #move(cause: unknown): void {
    if (!this.#isActive) return;
    const reason = leftBehind(cause);
    this.#context.options.logger.of("connection").error(() => describeError(reason));
    this.#reauthentication.cancelRenewal();
    this.#channels.onMoved();
    this.#machine.dispatch({ type: "moved", reason });
  }

  /** RTN11d: what was known of earlier connections does not count for the next one. */
  #startOver(): void {
    this.#errorReason = null;
    this.#useDetails({});
    this.#recover = undefined; // Its serials have just been given up.
    this.#outbox.sent.resetSerial();
  }

  #startAttempt(
    { session, skipPrimary = false }: Extract<ConnectionEffect, { do: "attempt" }>,
  ): void {
    this.#residence.settle();
    this.#attempt = startAttempt(this.#context, {
      resume: session?.key ?? undefined,
      recover: session === null ? this.#recover?.connectionKey : undefined,
      skipPrimary,
      codec: this.codec,
      onCredentials: (token) => this.#token = token,
    }, {
      onConnected: (transport, frame, host) => this.#onConnected(transport, frame, host),
      onFailed: (failure) => {
        this.#attempt = undefined;
        this.#fail(failure);
      },
    });
  }

  #onConnected(transport: Transport, frame: ProtocolMessage, host: string): void {
    this.#attempt = undefined;
    this.#transport = transport;
    this.#host = host;
    transport.listener = {
      onFrame: (frame) => this.#router.route(frame),
      onUnreadable: (reason) => this.#router.skipUnreadable(reason),
      onClose: (reason) => this.#lose(reason), // RTN15a
    };
    this.#context.hosts.prefer(host); // RTN17e
    const session = this.#adopt(frame);
    if (session === undefined) return;
    this.#recover = undefined; // RTN16k, RTN16l
    this.#machine.dispatch({ type: "opened", session, error: errorOf(frame) });
  }

  /**
   * Adopts the details of a CONNECTED (RTN21, RTC4a).
   *
   * @param known The details to keep where the frame has none.
   * @returns The session; `undefined` if its clientId makes the connection unusable.
   */
  #adopt(
    { connectionDetails, connectionId, connectionKey }: ProtocolMessage,
    known: ConnectionDetails = {},
  ): Session | undefined {
    if (connectionDetails != null) {
      this.#useDetails({ ...known, ...withoutNulls(connectionDetails) });
      const { maxIdleInterval } = this.#details;
      // RTN23a, CD2h
      this.#idle.start(
        maxIdleInterval ? maxIdleInterval + this.#context.options.realtimeRequestTimeout : 0,
      );
      try {
        this.#context.credentials.confirmClientId(this.#details.clientId); // CD2a
      } catch (error) {
        this.#fail({ kind: "fatal", reason: error as ErrorInfo }); // RSA15c
        return undefined;
      }
    }
    const { session } = this;
    return {
      id: connectionId ?? session?.id ?? null,
      key: connectionDetails?.connectionKey ?? connectionKey ?? session?.key ?? null, // RTN15e
    };
  }

  #useDetails(details: ConnectionDetails): void {
    const { limits, options } = this.#context;
    this.#details = details;
    limits.maxMessageSize = details.maxMessageSize ?? options.maxMessageSize; // CD2c
    limits.maxFrameSize = details.maxFrameSize ?? options.maxFrameSize; // CD2d
  }

  #createRouter(): FrameRouter {
    return new FrameRouter({
      clock: this.#context.options.clock,
      logger: this.#context.options.logger.of("connection"),
      channels: this.#channels,
      sent: this.#outbox.sent,
      pings: this.#pings,
      onActivity: () => this.#idle.touch(),
      onConnected: (frame) => this.#onUpdate(frame),
      onAuth: () => void this.#reauthentication.renew(), // RTN22
      onClosed: (frame) => this.#onClosed(frame),
      onFailed: (frame) => this.#onEnd(frame),
    });
  }

  #onUpdate(frame: ProtocolMessage): void {
    const session = this.#adopt(frame, this.#details);
    if (session === undefined) return;
    this.#machine.dispatch({ type: "updated", session, error: errorOf(frame) });
  }

  #onClosed(frame: ProtocolMessage): void {
    const lostTooOften = this.#hasLostTooOften();
    this.#machine.dispatch({ type: "closed", reason: errorOf(frame), lostTooOften });
  }

  #onEnd(frame: ProtocolMessage): void {
    const failure = failureOf(frame)!;
    const isAtPrimary = this.#host === this.#context.options.hosts.primary;
    this.#fail({ ...failure, tryOtherHosts: failure.tryOtherHosts && isAtPrimary }); // RTN17f1
  }

  #lose(reason: ErrorInfo): void {
    this.#fail({ kind: "transient", reason });
  }

  #fail(failure: Failure): void {
    this.#machine.dispatch({
      type: "failed",
      ...failure,
      auth: this.#authMeans,
      lostTooOften: this.#hasLostTooOften(),
    });
  }

  get #authMeans(): AuthMeans {
    const { canRenew, method } = this.#context.credentials;
    if (method === "basic") return "key";
    return canRenew ? "renewableToken" : "fixedToken";
  }

  #forgetToken(): void {
    if (this.#token !== undefined) this.#context.credentials.invalidate(this.#token);
  }

  /** Notes the end of a connection, if there was one. */
  #hasLostTooOften(): boolean {
    return this.status.name === "connected" && this.#losses.record();
  }

  #createReauthentication(): Reauthentication {
    const { credentials, options: { logger, clock, realtimeRequestTimeout } } = this.#context;
    return new Reauthentication({
      credentials,
      clock,
      timeout: realtimeRequestTimeout,
      logger: logger.of("connection"),
      status: () => this.status,
      hasReported: (error) => this.#errorReason === error,
      report: (error) => this.#errorReason = error,
      sendAuth: (token) => this.#sendAuth(token),
      dispatch: (input) => this.#machine.dispatch(input),
      cannot: (action) => this.cannot(action),
    });
  }

  #sendAuth(accessToken: string): void {
    this.#token = accessToken;
    this.send({ action: Action.Auth, auth: { accessToken } }); // RTC8a, AD2
  }

  #drop(): void {
    this.#outbox.shut();
    this.#idle.stop();
    this.#attempt?.abandon();
    this.#attempt = undefined;
    this.#transport?.drop();
    this.#transport = this.#host = undefined;
    this.#context.hosts.prefer(null);
  }

  #startTimer(effect: Extract<ConnectionEffect, { do: "start" }>): void {
    const { timer } = effect;
    const delay = this.#delayOf(effect);
    if (timer === "retry") this.#retryIn = delay;
    this.#timers.start(timer, delay, () => this.#machine.dispatch({ type: "due", timer }));
  }

  #delayOf(effect: Extract<ConnectionEffect, { do: "start" }>): number {
    const { options } = this.#context;
    switch (effect.timer) {
      case "close":
        return options.realtimeRequestTimeout; // RTN12b
      case "suspend":
        return this.#details.connectionStateTtl ?? options.connectionStateTtl; // RTN14e
      case "retry":
        return effect.from === "suspended"
          ? options.suspendedRetryTimeout // RTN14e
          : retryDelay(options.disconnectedRetryTimeout, effect.retries, options.random); // RTN14d
    }
  }

  /** Whether a message can be sent, or kept until it can. */
  #takesMessages(): boolean {
    const { name } = this.status;
    if (name === "connected") return true;
    return this.#context.options.queueMessages &&
      (name === "initialized" || name === "connecting" || name === "disconnected");
  }

  /** Resolves once connected; fails in states that do not lead there by themselves. */
  async #whenConnected(action: string, signal?: AbortSignal | null): Promise<void> {
    const { name } = this.status;
    if (name === "connecting" || name === "disconnected") {
      await this.#observers.next(
        ({ current }) => current !== "connecting" && current !== "disconnected",
        signal,
      );
    }
    if (this.status.name !== "connected") throw this.cannot(action);
  }

  #readRecoveryKey(): RecoveryKey | undefined {
    const { options } = this.#context;
    if (options.recover === undefined) return undefined;
    const key = decodeRecoveryKey(options.recover);
    if (!key) {
      options.logger.of("connection").error(() =>
        "The recovery key is malformed; connecting without it"
      ); // RTN16f1
    }
    return key;
  }
}

function errorOf({ error }: ProtocolMessage): ErrorInfo | undefined {
  return error == null ? undefined : errorFromWire(error);
}

/** Cloudflare Workers refuse all I/O outside of a request. Find out now, while the caller can still see the error. */
function checkRuntime({ options: { random } }: ClientContext): void {
  try {
    new AbortController();
    random.bytes(1);
  } catch (cause) {
    throw refusedByRuntime(cause);
  }
}
