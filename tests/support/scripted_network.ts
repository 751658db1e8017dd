import type { WebSocketConstructor } from "../../src/client/client_options.ts";
import { Action, actionName } from "../../src/protocol/actions.ts";
import type { Codec } from "../../src/protocol/codec.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import type {
  ConnectionDetails,
  ProtocolMessage,
  WireError,
} from "../../src/protocol/protocol_message.ts";

/** The parts of a CONNECTED. */
export interface Welcome {
  /** The connectionId; the same one a second time means that the session was resumed. Defaults to `"id-1"`. */
  id?: string;
  /** The connectionKey. Defaults to `"key-1"`. */
  key?: string;
  /** Details beside the defaults; null for a frame without details. */
  details?: Partial<ConnectionDetails> | null;
  error?: WireError | null;
}

/** The details of CONNECTED unless a test gives others. Without a `maxIdleInterval` no idle timer runs. */
const DETAILS: Partial<ConnectionDetails> = {
  maxMessageSize: 65_536,
  maxFrameSize: 524_288,
  connectionStateTtl: 120_000,
};

/** The service's end of one connection: keeps what the client sends, and sends what the test wants. */
export class Line {
  /** The URL that the client connected to. */
  readonly url: URL;
  /** The query of the connection request. */
  readonly params: Readonly<Record<string, string>>;
  /** The frames of the client, in order. */
  readonly frames: ProtocolMessage[] = [];
  /** The same frames, encoded as they came. */
  readonly raw: (string | Uint8Array<ArrayBuffer>)[] = [];
  /** Whether the service has ended it. */
  isOver = false;
  /** Whether the client has closed it. */
  isClosed = false;
  readonly #codec: Codec;
  readonly #client: ClientEnd;

  constructor(client: ClientEnd, url: string) {
    this.#client = client;
    this.url = new URL(url);
    this.params = Object.fromEntries(this.url.searchParams);
    this.#codec = this.params.format === "msgpack" ? msgpackCodec : jsonCodec;
  }

  /** The host that was connected to. */
  get host(): string {
    return this.url.host;
  }

  /** Whether neither end has closed it. */
  get isLive(): boolean {
    return !this.isClosed && !this.isOver;
  }

  /** The names of the actions that the client sent, in their order. */
  get actions(): string[] {
    return this.frames.map(({ action }) => actionName(action));
  }

  /** The frames that the client sent with an action. */
  sent(action: number): ProtocolMessage[] {
    return this.frames.filter((frame) => frame.action === action);
  }

  /** Sends a frame to the client, which has handled it when this returns. */
  send(frame: ProtocolMessage | Record<string, unknown>): void {
    this.sendRaw(this.#codec.encode(frame));
  }

  /** Sends a frame of any content. */
  sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    const frame = typeof data === "string" ? data : data.slice().buffer;
    if (this.#client.readyState === 0) this.#client.readyState = 1;
    this.#client.onmessage?.(new MessageEvent("message", { data: frame }));
  }

  /** Sends CONNECTED. */
  connect({ id = "id-1", key = "key-1", details, error }: Welcome = {}): void {
    this.send({
      action: Action.Connected,
      connectionId: id,
      ...(details !== null &&
        { connectionDetails: { ...DETAILS, connectionKey: key, ...details } }),
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

  /** Ends the socket; without a code, as if the network was gone. */
  close(code = 1006, reason = ""): void {
    this.isOver = true;
    this.#client.readyState = 3;
    this.#client.onclose?.(Object.assign(new Event("close"), { code, reason }));
  }

  /** Ends the socket with an error event. On some runtimes no close event follows, and on some it carries the cause. */
  fail(cause: { error?: unknown; message?: string } = {}): void {
    this.isOver = true;
    this.#client.readyState = 3;
    this.#client.onerror?.(Object.assign(new Event("error"), cause));
  }

  /** Takes a frame of the client in. */
  take(data: string | Uint8Array<ArrayBuffer>): ProtocolMessage {
    const frame = this.#codec.decode(data) as ProtocolMessage;
    this.frames.push(frame);
    this.raw.push(data);
    return frame;
  }
}

interface ClientEnd {
  readyState: number;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
}

/** All connections that a client opens, in their order. The test plays the service. */
export class ScriptedNetwork {
  readonly lines: Line[] = [];
  /** Called before a socket is made; the constructor of the socket throws what it throws. */
  beforeOpen: () => void = () => {};
  /** Called with each new connection, for tests that treat all of them alike. */
  onOpen: (line: Line) => void = () => {};
  /** Called with each frame of the client. */
  onFrame: (frame: ProtocolMessage, line: Line) => void = () => {};
  /** Whether sockets throw when the client sends. */
  refusesToSend = false;
  /** The constructor to give to a client. */
  readonly WebSocket: WebSocketConstructor;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor() {
    this.WebSocket = webSocketOf(this, (line) => this.#add(line));
  }

  /** The connection opened last. */
  get last(): Line {
    const line = this.lines.at(-1);
    if (!line) throw new Error("No connection has been opened");
    return line;
  }

  /** The number of connections that neither end has closed. */
  get live(): number {
    return this.lines.filter(({ isLive }) => isLive).length;
  }

  /** The next connection that the test has not taken yet and that is still live, as soon as the client opens it. */
  async next(): Promise<Line> {
    for (;;) {
      while (this.#taken < this.lines.length) {
        const line = this.lines[this.#taken++]!;
        if (line.isLive) return line;
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

  #add(line: Line): void {
    this.lines.push(line);
    this.onOpen(line);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** A WebSocket constructor whose sockets are lines of a network. */
function webSocketOf(network: ScriptedNetwork, opened: (line: Line) => void): WebSocketConstructor {
  class ScriptedWebSocket implements ClientEnd {
    readyState = 0;
    binaryType = "blob";
    onopen: ((event: Event) => void) | null = null;
    onmessage: ((event: MessageEvent) => void) | null = null;
    onclose: ((event: Event) => void) | null = null;
    onerror: ((event: Event) => void) | null = null;
    readonly #line: Line;

    constructor(url: string) {
      network.beforeOpen();
      this.#line = new Line(this, url);
      queueMicrotask(() => {
        if (this.readyState !== 0) return;
        this.readyState = 1;
        this.onopen?.(new Event("open"));
        opened(this.#line);
      });
    }

    send(data: string | Uint8Array<ArrayBuffer>): void {
      if (network.refusesToSend) throw new Error("I/O is not allowed here");
      if (this.readyState !== 1) throw new Error("The socket is not open");
      network.onFrame(this.#line.take(data), this.#line);
    }

    close(): void {
      this.readyState = 3;
      this.#line.isClosed = true;
    }
  }
  return ScriptedWebSocket as unknown as WebSocketConstructor;
}
