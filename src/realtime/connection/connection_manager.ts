import { authFailure } from "../../auth/auth_failure.ts";
import { ErrorCode } from "../../error_codes.ts";
import { ErrorInfo, isTokenError } from "../../errors.ts";
import { Action, actionName } from "../../protocol/actions.ts";
import type { ConnectionDetails, ProtocolMessage } from "../../protocol/protocol_message.ts";
import { retryDelay } from "../../util/backoff.ts";
import type { Timer } from "../../util/clock.ts";
import { untilAborted } from "../../util/deadline.ts";
import { describeError } from "../../util/logger.ts";
import { shuffled } from "../../util/random.ts";
import type { ClientContext } from "../../rest/context.ts";
import { connectUrl } from "./connect_params.ts";
import { ConnectionAttempt, isHostAtFault } from "./connection_attempt.ts";
import {
  authProviderFailed,
  idle,
  notRenewable,
  refused,
  wrongState,
} from "./connection_errors.ts";
import type {
  ChannelsEvent,
  ConnectionEffect,
  ConnectionInput,
  ConnectionState,
  ConnectionStateChange,
  ConnectionStatus,
  ConnectionTimer,
  Session,
  Setback,
} from "./connection_state.ts";
import { transition } from "./connection_state_machine.ts";
import { isOnline } from "./connectivity_check.ts";
import { IdleTimer } from "./idle_timer.ts";
import { Outbox } from "./outbox.ts";
import type { Serials } from "./pending_messages.ts";
import { Pings } from "./pings.ts";
import { decodeRecoveryKey, encodeRecoveryKey, type RecoveryKey } from "./recovery_key.ts";
import type { Transport } from "./transport.ts";
import { WebSocketTransport } from "./websocket_transport.ts";

/** What the connection needs of the channels. */
export interface ConnectionListener {
  /** The connection did something that concerns all channels. */
  onConnection(event: ChannelsEvent, reason?: ErrorInfo): void;
  /** A message for a channel arrived. */
  onMessage(message: ProtocolMessage): void;
  /** The position in each attached channel (RTN16g). */
  channelSerials(): Record<string, string>;
}

/**
 * Carries out what the connection's state machine decides: owns the transport, the timers, and the messages on their
 * way. Everything that happens goes through {@linkcode transition}, one input after the other.
 */
export class ConnectionManager {
  /** Is told of every change that concerns users; set by the connection. */
  onStateChange: (change: ConnectionStateChange) => void = () => {};
  readonly #context: ClientContext;
  readonly #listener: ConnectionListener;
  readonly #timers = new Map<ConnectionTimer, Timer>();
  readonly #idle: IdleTimer;
  readonly #pings: Pings;
  readonly #outbox = new Outbox((message) => this.send(message));
  readonly #observers = new Set<(change: ConnectionStateChange) => void>();
  readonly #inputs: ConnectionInput[] = [];
  #status: ConnectionStatus = { name: "initialized" };
  #transport: Transport | undefined;
  #attempt: ConnectionAttempt | undefined;
  #details: ConnectionDetails = {};
  #errorReason: ErrorInfo | null = null;
  #retryIn: number | undefined;
  #recover: RecoveryKey | undefined;
  /** Why the service has just sent the client to other hosts, if it has. */
  #sentAway: ErrorInfo | undefined;
  /** The token of the last attempt. */
  #token: string | undefined;
  #busy = false;

  constructor(context: ClientContext, listener: ConnectionListener) {
    const { clock, random, realtimeRequestTimeout } = context.options;
    this.#context = context;
    this.#listener = listener;
    this.#idle = new IdleTimer(clock, () => this.#fail("transient", idle())); // RTN23a
    this.#pings = new Pings(clock, random, realtimeRequestTimeout);
    this.#recover = this.#readRecoveryKey();
    if (this.#recover) this.#outbox.sent.resetSerial(this.#recover.msgSerial); // RTN16f
    context.credentials.hooks = {
      started: () => this.#onAuthorizing(),
      authorized: ({ token }) => this.#reauthorize(token),
      failed: (error) => this.#onAuthorizeFailed(error as ErrorInfo),
    };
  }

  /** The state and its data. */
  get status(): ConnectionStatus {
    return this.#status;
  }

  /** The session, unless it has ended (RTN8d, RTN9d). */
  get session(): Session | null {
    return "session" in this.#status ? this.#status.session : null;
  }

  /** The last error of the connection (RTN25). */
  get errorReason(): ErrorInfo | null {
    return this.#errorReason;
  }

  /** The most that one publish may carry, in bytes (CD2c, TO3l8). */
  get maxMessageSize(): number {
    return this.#details.maxMessageSize ?? this.#context.options.maxMessageSize;
  }

  /** The positions in the channels of the client that is being recovered (RTN16j). */
  get recoveredSerials(): Record<string, string> {
    return this.#recover?.channelSerials ?? {};
  }

  /** Connects (RTN11). */
  connect(): void {
    this.#dispatch({ type: "connect" });
  }

  /** Closes; resolves when the connection is closed, or has failed on the way (RTN12). */
  async close(): Promise<void> {
    this.#dispatch({ type: "close" });
    if (this.#status.name === "closing") {
      await this.#nextChange(({ current }) => current !== "closing");
    }
  }

  /**
   * Calls back on every change until told to stop. Not part of the public emitter, so that a user's `off()` does not
   * reach it (RTC10).
   */
  observe(observer: (change: ConnectionStateChange) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Resolves with the next change into a state. */
  nextState(state: ConnectionState): Promise<ConnectionStateChange> {
    return this.#nextChange(({ event }) => event === state);
  }

  /** Sends a message that expects no ACK; does nothing without a transport. */
  send(message: ProtocolMessage): void {
    this.#transport?.send(message);
  }

  /**
   * Sends a message that expects an ACK, now or as soon as there is a connection (RTL6c).
   *
   * @returns The serials that the service assigned.
   * @throws {ErrorInfo} If the service refuses, or the connection is in no state to send or queue.
   */
  submit(message: ProtocolMessage): Promise<Serials> {
    return new Promise((resolve, reject) => {
      if (this.#outbox.isOpen || this.#mayQueue()) this.#outbox.add({ message, resolve, reject }); // RTL6c1, RTL6c2
      else reject(this.cannot("publish")); // RTL6c4
    });
  }

  /** Sends a ping once connected and waits for its answer (RTN13). */
  async ping(signal?: AbortSignal | null): Promise<number> {
    await untilAborted(this.#whenConnected("ping"), signal); // RTN13d
    const answered = this.#pings.send((id) => this.send({ action: Action.Heartbeat, id })); // RTN13a
    return await untilAborted(answered, signal);
  }

  /** A key by which a later client can go on from here (RTN16g); `null` where there is nothing to go on from (RTN16g2). */
  createRecoveryKey(): string | null {
    const { session } = this;
    if (session === null || this.#status.name === "suspended") return null;
    return encodeRecoveryKey({
      connectionKey: session.key,
      msgSerial: this.#outbox.sent.nextSerial,
      channelSerials: this.#listener.channelSerials(),
    });
  }

  /** An error that says that the connection is in no state for something. */
  cannot(action: string): ErrorInfo {
    return wrongState(action, this.#status.name, this.#errorReason);
  }

  #dispatch(input: ConnectionInput): void {
    this.#inputs.push(input);
    if (this.#busy) return; // A listener called back in; its wish comes after what is under way.
    this.#busy = true;
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) {
        const previous = this.#status;
        const [status, effects] = transition(previous, next);
        this.#status = status;
        for (const effect of effects) this.#perform(effect, previous);
      }
    } finally {
      this.#busy = false;
    }
  }

  #perform(effect: ConnectionEffect, previous: ConnectionStatus): void {
    switch (effect.do) {
      case "attempt":
        return this.#startAttempt(effect.session);
      case "drop":
        return this.#drop();
      case "renew":
        if (this.#token !== undefined) this.#context.credentials.invalidate(this.#token);
        return;
      case "sendClose":
        return this.send({ action: Action.Close });
      case "start":
        return this.#startTimer(effect);
      case "stop":
        return this.#stopTimer(effect.timer);
      case "channels":
        return this.#listener.onConnection(effect.event, effect.reason);
      case "flush":
        return this.#outbox.open(effect.resumed); // RTN19a, RTL6c2
      case "failPending":
        if (!effect.unlessQueueing || !this.#context.options.queueMessages) {
          this.#outbox.failAll(effect.reason);
        }
        return;
      case "forget":
        this.#errorReason = null;
        return this.#outbox.sent.resetSerial();
      case "announce":
        return this.#announce(effect, previous);
    }
  }

  #announce(
    { event, reason }: Extract<ConnectionEffect, { do: "announce" }>,
    previous: ConnectionStatus,
  ): void {
    const current = this.#status.name;
    if (reason) this.#errorReason = reason;
    else if (event === "connected") this.#errorReason = null;
    const waits = current === "disconnected" || current === "suspended";
    const change: ConnectionStateChange = {
      current,
      previous: previous.name,
      event,
      ...(reason && { reason }),
      ...(waits && { retryIn: this.#retryIn }),
    };
    this.#context.logger.info(() =>
      `Connection ${event === "update" ? "updated" : event}` +
      (reason ? `: ${describeError(reason)}` : "")
    );
    if (current !== "connected" && current !== "connecting" && current !== "disconnected") {
      this.#pings.failAll(this.cannot("ping")); // RTN13b
    }
    for (const observer of [...this.#observers]) observer(change);
    this.onStateChange(change);
  }

  #startAttempt(session: Session | null): void {
    const { options } = this.#context;
    const { clock, hosts, random, realtimeRequestTimeout: timeout } = options;
    const sentAway = this.#sentAway;
    this.#sentAway = undefined;
    this.#attempt = new ConnectionAttempt({
      url: (host) => this.#url(host, session),
      primaryHost: hosts.primary,
      sentAway,
      fallbackHosts: () => shuffled(hosts.fallbacks, random),
      isOnline: () => isOnline(options),
      openTransport: (url, listener) => new WebSocketTransport(url, listener, options),
      clock,
      timeout,
    }, {
      onConnected: (transport, message, host) => this.#onConnected(transport, message, host),
      onFailed: (setback, reason) => {
        this.#attempt = undefined;
        this.#fail(setback, reason);
      },
    });
  }

  async #url(host: string, session: Session | null): Promise<string> {
    let credentials: Awaited<ReturnType<ClientContext["credentials"]["connectParams"]>>;
    try {
      credentials = await this.#context.credentials.connectParams();
    } catch (error) {
      throw authProviderFailed(error as ErrorInfo, authFailure(error));
    }
    this.#token = "accessToken" in credentials ? credentials.accessToken : undefined;
    return connectUrl(this.#context.options, {
      host,
      credentials,
      resume: session?.key,
      recover: session === null ? this.#recover?.connectionKey : undefined,
    });
  }

  #onConnected(transport: Transport, message: ProtocolMessage, host: string): void {
    this.#attempt = undefined;
    this.#transport = transport;
    transport.listener = {
      onMessage: (message) => this.#onMessage(message),
      onClose: (reason) => this.#fail("transient", reason), // RTN15a
    };
    this.#context.httpClient.hosts.prefer(host); // RTN17e
    const session = this.#accept(message);
    if (session === undefined) return;
    this.#recover = undefined; // RTN16k
    this.#dispatch({ type: "opened", session, error: errorOf(message) });
  }

  /** Takes over what a CONNECTED says (RTN21, RTC4a); `undefined` if it makes the connection unusable. */
  #accept(message: ProtocolMessage): Session | undefined {
    const details = message.connectionDetails ?? {};
    const { maxIdleInterval } = details;
    this.#details = details;
    // RTN23a
    this.#idle.start(
      maxIdleInterval ? maxIdleInterval + this.#context.options.realtimeRequestTimeout : 0,
    );
    try {
      this.#context.credentials.confirmClientId(details.clientId);
    } catch (error) {
      this.#fail("fatal", error as ErrorInfo); // RSA15c
      return undefined;
    }
    return {
      id: message.connectionId ?? "",
      key: details.connectionKey ?? message.connectionKey ?? "",
    };
  }

  #onMessage(message: ProtocolMessage): void {
    this.#idle.touch();
    switch (message.action) {
      case Action.Heartbeat:
        return this.#pings.answer(message.id);
      case Action.Ack:
        return this.#outbox.sent.acknowledge(
          message.msgSerial ?? 0,
          message.count ?? 1,
          message.res,
        );
      case Action.Nack:
        return this.#outbox.sent.refuse(
          message.msgSerial ?? 0,
          message.count ?? 1,
          refused(message),
        );
      case Action.Connected:
        return this.#onUpdate(message);
      case Action.Disconnected:
        return this.#onDisconnected(
          ErrorInfo.fromWire(message.error, { code: ErrorCode.Disconnected, statusCode: 400 }),
        );
      case Action.Closed:
        return this.#dispatch({ type: "closed" });
      case Action.Auth:
        return void this.#reauthenticate(); // RTN22
      case Action.Error:
        if (message.channel !== undefined) return this.#listener.onMessage(message);
        return this.#fail(
          "fatal",
          ErrorInfo.fromWire(message.error, { code: ErrorCode.ConnectionFailed, statusCode: 400 }),
        );
      default:
        if (message.channel !== undefined) return this.#listener.onMessage(message);
        this.#context.logger.debug(() =>
          `Ignored a message with action ${actionName(message.action)}`
        ); // RTF1
    }
  }

  #onUpdate(message: ProtocolMessage): void {
    const session = this.#accept(message);
    if (session !== undefined) {
      this.#dispatch({ type: "updated", session, error: errorOf(message) });
    }
  }

  #onDisconnected(reason: ErrorInfo): void {
    if (isHostAtFault(reason)) this.#sentAway = reason; // RTN17f1
    this.#fail(isTokenError(reason) ? "token" : "transient", reason);
  }

  #fail(setback: Setback, reason: ErrorInfo): void {
    if (setback === "token" && !this.#context.credentials.canRenew) { // RSA4a2, RTN15h1
      this.#dispatch({ type: "failed", setback: "fatal", reason: notRenewable(reason) });
    } else this.#dispatch({ type: "failed", setback, reason });
  }

  /** RTN22, RTC8a: gets a new token and shows it to the service. */
  async #reauthenticate(): Promise<void> {
    try {
      const { token } = await this.#context.credentials.renew();
      if (this.#status.name === "connected") {
        this.send({ action: Action.Auth, auth: { accessToken: token } });
      }
    } catch (error) {
      this.#onAuthorizeFailed(error as ErrorInfo);
    }
  }

  /** RTC8b: an attempt with the old credentials is not worth going on with. */
  #onAuthorizing(): void {
    if (this.#status.name !== "connecting") return;
    this.#attempt?.abandon();
    this.#attempt = undefined;
  }

  /**
   * Goes over to a new token: in band if connected (RTC8a), else by connecting with it (RTC8b, RTC8c).
   *
   * @throws {ErrorInfo} If the service refuses the token, or the connection ends before it is used (RTC8a3, RTC8b1).
   */
  async #reauthorize(token: string): Promise<void> {
    const settled = this.#nextChange(({ current }) =>
      current !== "connecting" && current !== "disconnected"
    );
    if (this.#status.name === "connected") {
      this.send({ action: Action.Auth, auth: { accessToken: token } });
    } else this.#dispatch({ type: "reauthorized" });
    const { current, reason } = await settled;
    if (current !== "connected") throw reason ?? this.cannot("authorize");
  }

  /** Notes that getting a token failed; ends the connection if that is final (RSA4c, RSA4d). */
  #onAuthorizeFailed(error: ErrorInfo): ErrorInfo {
    if (error === this.#errorReason) return error; // The connection has reported it already.
    const failure = authFailure(error);
    const reason = authProviderFailed(error, failure);
    this.#context.logger.error(() => describeError(reason));
    this.#errorReason = reason; // RSA4c1, RSA4c3
    if (failure !== "retriable") this.#dispatch({ type: "failed", setback: "fatal", reason });
    else if (this.#status.name === "connecting" && this.#attempt === undefined) {
      this.#dispatch({ type: "failed", setback: "transient", reason }); // RSA4c2
    }
    return reason;
  }

  #drop(): void {
    this.#outbox.shut();
    this.#idle.stop();
    this.#attempt?.abandon();
    this.#attempt = undefined;
    this.#transport?.drop();
    this.#transport = undefined;
    this.#context.httpClient.hosts.prefer(null);
  }

  #startTimer(effect: Extract<ConnectionEffect, { do: "start" }>): void {
    this.#stopTimer(effect.timer);
    const delay = this.#delayOf(effect);
    if (effect.timer === "retry") this.#retryIn = delay;
    const timer = this.#context.options.clock.setTimeout(() => {
      this.#timers.delete(effect.timer);
      this.#dispatch({ type: "due", timer: effect.timer });
    }, delay);
    this.#timers.set(effect.timer, timer);
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

  #stopTimer(name: ConnectionTimer): void {
    const timer = this.#timers.get(name);
    if (timer === undefined) return;
    this.#timers.delete(name);
    this.#context.options.clock.clearTimeout(timer);
  }

  #mayQueue(): boolean {
    const { name } = this.#status;
    if (name === "connected") return true; // What is pending is about to be sent again, and goes first.
    return this.#context.options.queueMessages &&
      (name === "initialized" || name === "connecting" || name === "disconnected");
  }

  /** Resolves once connected; fails in states that do not lead there by themselves. */
  async #whenConnected(action: string): Promise<void> {
    const { name } = this.#status;
    if (name === "connecting" || name === "disconnected") {
      await this.#nextChange(({ current }) =>
        current !== "connecting" && current !== "disconnected"
      );
    }
    if (this.#status.name !== "connected") throw this.cannot(action);
  }

  #nextChange(wanted: (change: ConnectionStateChange) => boolean): Promise<ConnectionStateChange> {
    return new Promise((resolve) => {
      const stop = this.observe((change) => {
        if (!wanted(change)) return;
        stop();
        resolve(change);
      });
    });
  }

  #readRecoveryKey(): RecoveryKey | undefined {
    const { options, logger } = this.#context;
    if (options.recover === undefined) return undefined;
    const key = decodeRecoveryKey(options.recover);
    if (!key) logger.error(() => "The recovery key is malformed; connecting without it"); // RTN16f1
    return key;
  }
}

function errorOf({ error }: ProtocolMessage): ErrorInfo | undefined {
  return error && ErrorInfo.fromWire(error);
}
