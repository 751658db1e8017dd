import type { WebSocketConstructor } from "../../src/client/client_options.ts";
import { Action, actionName } from "../../src/protocol/actions.ts";
import type {
  ConnectionDetails,
  ProtocolMessage,
  WireError,
} from "../../src/protocol/protocol_message.ts";
import { type ScriptedSocket, ScriptedSockets } from "./scripted_web_socket.ts";

/** The default details of CONNECTED. */
export const DETAILS: ConnectionDetails = {
  clientId: null,
  maxMessageSize: 65_536,
  maxFrameSize: 524_288,
  maxIdleInterval: 15_000,
  connectionStateTtl: 120_000,
};

/** The parts of a CONNECTED. */
export interface Welcome {
  id?: string;
  key?: string;
  details?: ConnectionDetails | null;
  error?: WireError | null;
}

/** The service's end of one connection: says what Ably would say, when the test wants it. */
export class Line {
  readonly socket: ScriptedSocket;
  /** The query of the connection request. */
  readonly params: Readonly<Record<string, string>>;

  constructor(socket: ScriptedSocket) {
    this.socket = socket;
    this.params = Object.fromEntries(socket.url.searchParams);
  }

  /** The host that was connected to. */
  get host(): string {
    return this.socket.url.host;
  }

  /** Whether neither end has closed it. */
  get isLive(): boolean {
    return !this.socket.closed && !this.socket.isOver;
  }

  /** The names of the actions that the client sent, in their order. */
  get actions(): string[] {
    return this.socket.sent.map(({ action }) => actionName(action));
  }

  /** The frames that the client sent with an action. */
  sent(action: number): ProtocolMessage[] {
    return this.socket.sent.filter((message) => message.action === action);
  }

  /** Sends a frame. */
  send(message: ProtocolMessage | Record<string, unknown>): void {
    this.socket.receive(message);
  }

  /** Sends CONNECTED. */
  connect({ id = "id-1", key = "key-1", details = DETAILS, error }: Welcome = {}): void {
    this.send({
      action: Action.Connected,
      connectionId: id,
      ...(details && { connectionDetails: { ...details, connectionKey: key } }),
      ...(error !== undefined && { error }),
    });
  }

  /** Sends a connection ERROR, after which the service closes the socket. */
  refuse(error: WireError): void {
    this.send({ action: Action.Error, error });
    this.close(1000);
  }

  /** Sends DISCONNECTED, after which the service closes the socket. */
  disconnect(error?: WireError): void {
    this.send({ action: Action.Disconnected, ...(error && { error }) });
    this.close(1000);
  }

  /** Acknowledges frames. */
  ack(msgSerial: number, count?: number, res?: ProtocolMessage["res"]): void {
    this.send({ action: Action.Ack, msgSerial, count: count ?? 1, ...(res && { res }) });
  }

  /** Closes the socket; without a code, as if the network was gone. */
  close(code?: number, reason?: string): void {
    this.socket.close(code, reason);
  }
}

/** All connections that a client opens, in their order. */
export class ScriptedNetwork {
  readonly lines: Line[] = [];
  /** Thrown by the constructor of WebSockets instead of making one. */
  refusal: unknown;
  /** Done with each new connection, for tests that treat all of them alike. */
  onOpen: (line: Line) => void = () => {};
  /** The constructor to give to a client. */
  readonly WebSocket: WebSocketConstructor;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor() {
    const sockets = new ScriptedSockets({
      beforeOpen: () => {
        if (this.refusal !== undefined) throw this.refusal;
      },
      onOpen: (socket) => {
        const line = new Line(socket);
        this.lines.push(line);
        this.onOpen(line);
        for (const wake of this.#waiting.splice(0)) wake();
      },
    });
    this.WebSocket = sockets.WebSocket;
  }

  /** The next connection that no test has taken yet, as soon as the client opens it. */
  async next(): Promise<Line> {
    for (;;) {
      const line = this.lines[this.#taken];
      if (line) {
        this.#taken++;
        return line;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Passes over the connections so far, for {@linkcode ScriptedNetwork.next}. */
  skip(): void {
    this.#taken = this.lines.length;
    this.onOpen = () => {};
  }

  /** Forgets the oldest connections, for tests that make many. */
  forget(count: number): void {
    this.lines.splice(0, count);
    this.#taken = Math.max(0, this.#taken - count);
  }

  /** The number of connections that neither end has closed. */
  get live(): number {
    return this.lines.filter(({ isLive }) => isLive).length;
  }
}
