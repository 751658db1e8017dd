import type { ErrorInfo } from "../../errors.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { Timer } from "../../util/clock.ts";
import type { Grant } from "../auth/grant.ts";
import type { Channel } from "../core/channel.ts";
import type { LiveConnection } from "../core/connection_registry.ts";
import { removeMembers } from "../core/member_changes.ts";
import type { AblyApp } from "../core/ably_app.ts";
import { ServiceCode, serviceError, toWireError } from "../core/service_error.ts";
import type { ChannelAttachment } from "./attachment.ts";
import type { OutgoingFrame } from "./outgoing_frame.ts";
import { limitExceeded } from "../limits/limit_errors.ts";
import { Rate } from "../limits/rate.ts";
import { TokenWatch } from "./token_watch.ts";
import type { FrameSocket } from "./frame_socket.ts";

/** The default time for which the members of a dropped connection stay present, in milliseconds. */
const PRESENCE_LINGER = 15_000;
// The number of outcomes that are remembered, for publishes that a client sends again after it lost its transport.
const OUTCOMES_KEPT = 10_000;

/** A publisher that is this many times too fast loses its connection. */
const FLOOD = 20;

/** The parameters that a client connects with (RTN2). */
export interface ConnectionOptions {
  /** Whether the client receives its own messages (RTN2b). */
  readonly echo: boolean;
  /** The time that members stay after a drop, in milliseconds. */
  readonly remainPresentFor?: number;
}

/** A connection, which can outlive its transports. */
export class ResumableConnection implements LiveConnection {
  readonly id: string;
  readonly app: AblyApp;
  readonly options: ConnectionOptions;
  readonly attachments = new Map<string, ChannelAttachment>();
  /** The channels on which the connection may have members. */
  readonly presentOn = new Set<Channel>();
  /** The messages that may still be sent to the client. */
  readonly outbound: Rate;
  readonly #inbound: Rate;
  readonly #flood: Rate;
  readonly #outcomes = new Map<number, ProtocolMessage>();
  readonly #pendingAnswers = new Map<number, Promise<void>>();
  readonly #tokenWatch: TokenWatch;
  #grant: Grant;
  #socket: FrameSocket | undefined;
  #droppedAt: number | undefined;
  #linger: Timer | undefined;
  #disposed = false;

  constructor(id: string, app: AblyApp, given: { grant: Grant; options: ConnectionOptions }) {
    this.id = id;
    this.app = app;
    this.#grant = given.grant;
    this.options = given.options;
    const { connectionMessageRate, outboundMessageRate } = app.limits;
    this.outbound = new Rate(outboundMessageRate);
    this.#inbound = new Rate(connectionMessageRate);
    this.#flood = new Rate(connectionMessageRate && FLOOD * connectionMessageRate);
    this.#tokenWatch = new TokenWatch(this, app.timers);
    app.connections.add(this);
    app.connectionLifecycle(this, "opened");
  }

  get grant(): Grant {
    return this.#grant;
  }

  get socket(): FrameSocket | undefined {
    return this.#socket;
  }

  get droppedAt(): number | undefined {
    return this.#droppedAt;
  }

  /** Uses another transport. The earlier one is closed without a frame. */
  takeSocket(socket: FrameSocket, grant: Grant): void {
    const earlier = this.#socket;
    this.#socket = socket;
    this.#droppedAt = undefined;
    this.#stopLinger();
    this.#detachAll();
    socket.connectionId = this.id;
    this.setGrant(grant);
    earlier?.close(1000, "Taken over by another transport");
  }

  /** Uses other credentials from now on. */
  setGrant(grant: Grant): void {
    this.#grant = grant;
    this.#tokenWatch.watch(grant, this.app.clock.now());
  }

  /** Handles the end of a transport; does nothing if the connection uses another one. */
  socketClosed(socket: FrameSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#tokenWatch.stop();
    this.#detachAll();
    if (this.#disposed) return;
    this.#droppedAt = this.app.clock.now();
    this.#startLinger();
  }

  send(message: ProtocolMessage | OutgoingFrame): void {
    this.#socket?.send(message);
  }

  /** The response to the frame with this serial, if it was handled before (RTN19a2). */
  outcome(msgSerial: number): ProtocolMessage | undefined {
    return this.#outcomes.get(msgSerial);
  }

  /** Settles once the frame with this serial is answered, if it is being read. */
  pendingAnswer(msgSerial: number): Promise<void> | undefined {
    return this.#pendingAnswers.get(msgSerial);
  }

  /** Remembers that the frame with this serial is being read, so that it is not handled twice. */
  awaitAnswer(msgSerial: number, answer: Promise<void>): void {
    this.#pendingAnswers.set(msgSerial, answer);
    const forget = () => void this.#pendingAnswers.delete(msgSerial);
    answer.then(forget, forget);
  }

  /** Remembers and sends the response to a frame. */
  settle(msgSerial: number, outcome: ProtocolMessage): void {
    this.#outcomes.set(msgSerial, outcome);
    if (this.#outcomes.size > 2 * OUTCOMES_KEPT) this.#forgetOutcomes();
    this.send(outcome);
  }

  /**
   * Checks that the client may publish items now.
   *
   * @throws {ErrorInfo} 42911 or 42921 if it may not. The second ends the connection.
   */
  admit(count: number): void {
    const now = this.app.clock.now();
    const limit = this.app.limits.connectionMessageRate!;
    if (!this.#flood.take(count, now)) {
      const error = limitExceeded(ServiceCode.ConnectionInboundFatal, limit);
      this.fail(error);
      throw error;
    }
    if (this.#inbound.take(count, now)) return;
    throw limitExceeded(ServiceCode.ConnectionInboundRate, limit);
  }

  detach(channel: string): void {
    const attachment = this.attachments.get(channel);
    if (attachment === undefined) return;
    this.attachments.delete(channel);
    attachment.end();
  }

  disconnect(error: ErrorInfo): void {
    const socket = this.#socket;
    socket?.send({ action: Action.Disconnected, error: toWireError(error) });
    socket?.close(1000);
  }

  /** Ends the connection with a fatal error. */
  fail(error: ErrorInfo): void {
    const socket = this.#socket;
    socket?.send({ action: Action.Error, error: toWireError(error) });
    this.dispose();
  }

  expireToken(): void {
    if (this.#grant.method !== "token") return;
    const now = this.app.clock.now();
    this.#grant = { ...this.#grant, expires: Math.min(this.#grant.expires ?? now, now) };
    this.disconnect(serviceError(ServiceCode.TokenExpired, "The token has expired"));
  }

  inviteAuth(): void {
    this.send({ action: Action.Auth });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.app.connections.delete(this);
    this.#tokenWatch.stop();
    this.#stopLinger();
    this.#detachAll();
    this.#removeMembers();
    this.#socket?.close(1000);
    this.#socket = undefined;
    this.app.connectionLifecycle(this, "closed");
  }

  /** Forgets the older half at once, because removing outcomes one by one would cost more. */
  #forgetOutcomes(): void {
    let surplus = this.#outcomes.size - OUTCOMES_KEPT;
    for (const msgSerial of this.#outcomes.keys()) {
      if (surplus-- === 0) break;
      this.#outcomes.delete(msgSerial);
    }
  }

  #detachAll(): void {
    for (const channel of [...this.attachments.keys()]) this.detach(channel);
  }

  /** Keeps the members of a lost connection for a while, in case the client resumes it. */
  #startLinger(): void {
    if (this.presentOn.size === 0) return;
    const delay = this.options.remainPresentFor ?? PRESENCE_LINGER;
    this.#linger = this.app.later(delay, () => this.#removeMembers());
  }

  #stopLinger(): void {
    if (this.#linger !== undefined) this.app.cancel(this.#linger);
    this.#linger = undefined;
  }

  #removeMembers(): void {
    for (const channel of this.presentOn) removeMembers(channel, this.id);
    this.presentOn.clear();
  }
}
