import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { ServiceCode, serviceError, toErrorInfo, toWireError } from "../core/service_error.ts";
import type { FaultSocket } from "../faults/fault_engine.ts";
import type { ConnectEffect, ConnectionMatch } from "../faults/fault.ts";
import type { ServiceCore } from "../service/service_core.ts";
import { annotation } from "./annotation_frames.ts";
import { attach, detach } from "./attach_frames.ts";
import { reauthenticate } from "./auth_frames.ts";
import { connect, MAX_IDLE_INTERVAL } from "./connection_request.ts";
import type { ResumableConnection } from "./resumable_connection.ts";
import { object } from "./object_frames.ts";
import { presence, resync } from "./presence_frames.ts";
import { publish } from "./message_frames.ts";
import { FrameSocket, type ServerSocket } from "./frame_socket.ts";

/** The functions that a runtime's WebSocket calls when data or a close arrives. */
export interface SocketHandler {
  /** Handles a received text or binary frame. */
  receive(data: unknown): void;
  /**
   * Handles the end of the WebSocket.
   *
   * @param code The close code, if it is known.
   */
  closed(code?: number): void;
}

/** The request by which a WebSocket was opened. */
export interface Opening {
  readonly url: URL;
  /** The fault to apply after the WebSocket is open. */
  readonly fault?: ConnectEffect;
}

/** Serves one open WebSocket. */
export function serveSocket(
  core: ServiceCore,
  opening: Opening,
  socket: ServerSocket,
): SocketHandler {
  return new FrameDispatcher(core, opening, new FrameSocket(core, opening.url, socket));
}

/** One transport of a connection: handles the frames of a client one after the other. */
class FrameDispatcher implements SocketHandler, FaultSocket {
  readonly #core: ServiceCore;
  readonly #socket: FrameSocket;
  readonly #waiting: ProtocolMessage[] = [];
  readonly #pings: boolean;
  #connection: ResumableConnection | undefined;
  #busy = true;

  constructor(core: ServiceCore, { url, fault }: Opening, socket: FrameSocket) {
    this.#core = core;
    this.#socket = socket;
    this.#pings = url.searchParams.get("heartbeats") === "false";
    core.sockets.add(this);
    socket.listen({
      message: (message) => this.#enqueue(message),
      malformed: () => this.#refuse(serviceError(ServiceCode.BadRequest, "The frame is malformed")),
      closed: () => this.#ended(),
    });
    void this.#start(url, fault);
  }

  receive(data: unknown): void {
    this.#socket.receive(data);
  }

  closed(): void {
    this.#socket.closed();
  }

  matches({ connectionId, clientId, channel }: ConnectionMatch): boolean {
    const connection = this.#connection;
    return (connectionId === undefined || connection?.id === connectionId) &&
      (clientId === undefined || connection?.grant.clientId === clientId) &&
      (channel === undefined || connection?.attachments.has(channel) === true);
  }

  drop(): void {
    this.#socket.drop();
  }

  close(code: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  hang(): void {
    this.#socket.hang();
  }

  inject(message: ProtocolMessage): void {
    this.#socket.inject(message);
  }

  forgetChannel(channel: string): void {
    this.#connection?.detach(channel);
  }

  async #start(url: URL, fault: ConnectEffect | undefined): Promise<void> {
    try {
      if (fault !== undefined && "send" in fault) {
        this.#socket.inject(fault.send);
        if (fault.close !== undefined) this.#socket.close(fault.close);
        return;
      }
      if (fault !== undefined && "close" in fault) return this.#socket.close(fault.close);
      this.#connection = await connect(this.#core, url, this.#socket);
      if (this.#connection === undefined) return;
      this.#watchIdle(MAX_IDLE_INTERVAL);
      this.#busy = false;
      this.#drain();
    } catch (thrown) {
      this.#refuse(thrown);
    }
  }

  /** Closes the transport with an error: the handshake failed or a frame is malformed. */
  #refuse(thrown: unknown): void {
    const error = toErrorInfo(thrown);
    // RTN14d: after DISCONNECTED a client tries again, which an ERROR would forbid.
    const action = error.statusCode === 429 ? Action.Disconnected : Action.Error;
    this.#socket.send({ action, error: toWireError(error) });
    this.#socket.close(1000);
  }

  #ended(): void {
    this.#core.sockets.delete(this);
    this.#waiting.length = 0;
    this.#connection?.socketClosed(this.#socket);
  }

  #enqueue(message: ProtocolMessage): void {
    if (this.#busy) this.#waiting.push(message);
    else this.#handle(message);
  }

  #drain(): void {
    while (!this.#busy && this.#waiting.length > 0) this.#handle(this.#waiting.shift()!);
  }

  #handle(message: ProtocolMessage): void {
    const connection = this.#connection!;
    try {
      const pending = this.#dispatch(connection, message);
      if (pending === undefined) return;
      this.#busy = true;
      pending.catch((thrown) => this.#refuse(thrown)).finally(() => {
        this.#busy = false;
        this.#drain();
      });
    } catch (thrown) {
      this.#refuse(thrown);
    }
  }

  #dispatch(connection: ResumableConnection, message: ProtocolMessage): Promise<void> | undefined {
    switch (message.action) {
      case Action.Heartbeat:
        this.#answerPing(message);
        return undefined;
      case Action.Close:
        this.#socket.send({ action: Action.Closed });
        connection.dispose();
        return undefined;
      case Action.Disconnect:
        this.#socket.send({ action: Action.Disconnected });
        this.#socket.close(1000);
        return undefined;
      case Action.Attach:
        attach(connection, message);
        return undefined;
      case Action.Detach:
        detach(connection, message);
        return undefined;
      case Action.Message:
        publish(connection, message, this.#socket.format);
        return undefined;
      case Action.Presence:
        presence(connection, message, this.#socket.format);
        return undefined;
      case Action.Object:
        return object(connection, message, this.#socket.format) ?? undefined;
      case Action.Annotation:
        annotation(connection, message, this.#socket.format);
        return undefined;
      case Action.Sync:
        resync(connection, message);
        return undefined;
      case Action.Auth:
        return reauthenticate(this.#core, connection, message);
      default:
        return undefined; // RTF1: unknown actions are ignored.
    }
  }

  #answerPing({ id }: ProtocolMessage): void {
    const pong: ProtocolMessage = { action: Action.Heartbeat, ...(id !== undefined && { id }) };
    const { pongDelay } = this.#socket;
    if (pongDelay === 0) this.#socket.send(pong);
    else this.#socket.later(pongDelay, () => this.#socket.send(pong));
  }

  /** RTN23: sends a sign of life before a silence gets too long. */
  #watchIdle(delay: number): void {
    this.#socket.later(delay, () => {
      const silence = this.#core.timers.now() - this.#socket.lastSent;
      const left = MAX_IDLE_INTERVAL - silence;
      if (left <= 0 && !(this.#pings && this.#socket.ping())) {
        this.#socket.send({ action: Action.Heartbeat });
      }
      this.#watchIdle(left > 0 ? left : MAX_IDLE_INTERVAL);
    });
  }
}
