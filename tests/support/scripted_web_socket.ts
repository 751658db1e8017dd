import type { WebSocketConstructor } from "../../src/client/client_options.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import type { Codec } from "../../src/protocol/codec.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";

/** The handlers of a test for a client's sockets and frames. */
export interface Script {
  /** A socket was opened; by default nothing happens. */
  onOpen?: (socket: ScriptedSocket) => void;
  /** The client sent a frame; by default nothing happens. */
  onFrame?: (frame: ProtocolMessage, socket: ScriptedSocket) => void;
  /** Called before a socket is made; what it throws is what the constructor throws. */
  beforeOpen?: () => void;
}

/** The far end of one WebSocket: keeps what the client sends, and sends what the test wants. */
export class ScriptedSocket {
  /** The URL that the client connected to. */
  readonly url: URL;
  /** The frames of the client, in order. */
  readonly sent: ProtocolMessage[] = [];
  /** The same, as they came. */
  readonly frames: (string | Uint8Array<ArrayBuffer>)[] = [];
  /** Whether it has ended from the far end. */
  isOver = false;
  /** Whether the client has closed the socket. */
  closed = false;
  readonly #codec: Codec;
  readonly #client: ClientEnd;

  constructor(client: ClientEnd, url: string) {
    this.#client = client;
    this.url = new URL(url);
    this.#codec = this.url.searchParams.get("format") === "msgpack" ? msgpackCodec : jsonCodec;
  }

  /** Sends a frame to the client, which has handled it when this returns. */
  receive(frame: ProtocolMessage | Record<string, unknown>): void {
    this.receiveRaw(this.#codec.encode(frame));
  }

  /** Sends a frame of any content. */
  receiveRaw(data: string | Uint8Array<ArrayBuffer>): void {
    const frame = typeof data === "string" ? data : data.slice().buffer;
    if (this.#client.readyState === 0) this.#client.readyState = 1;
    this.#client.onmessage?.(new MessageEvent("message", { data: frame }));
  }

  /** Ends the socket from the far end: 1006 is a loss without a closing handshake. */
  close(code = 1006, reason = ""): void {
    this.isOver = true;
    this.#client.readyState = 3;
    this.#client.onclose?.(Object.assign(new Event("close"), { code, reason }));
  }

  /** Ends the socket with an error event, which on some runtimes is all that comes, and says why on some. */
  fail(why: { error?: unknown; message?: string } = {}): void {
    this.isOver = true;
    this.#client.readyState = 3;
    this.#client.onerror?.(Object.assign(new Event("error"), why));
  }

  /** Takes a frame of the client in. */
  take(data: string | Uint8Array<ArrayBuffer>): ProtocolMessage {
    const frame = this.#codec.decode(data) as ProtocolMessage;
    this.sent.push(frame);
    this.frames.push(data);
    return frame;
  }
}

interface ClientEnd {
  readyState: number;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
}

/** A WebSocket constructor whose sockets do what a test says, and all sockets that were made with it. */
export class ScriptedSockets {
  /** For the options of a client. */
  readonly WebSocket: WebSocketConstructor;
  /** The sockets, in the order in which they were opened. */
  readonly sockets: ScriptedSocket[] = [];
  /** Called before a socket is made, as `beforeOpen` of the script. */
  onBeforeOpen: () => void = () => {};
  /** Whether sockets throw when something is to be sent. */
  refusesToSend = false;

  constructor(script: Script = {}) {
    const { sockets } = this;
    // deno-lint-ignore no-this-alias -- The sockets have another `this`.
    const all = this;
    class ScriptedWebSocket implements ClientEnd {
      readyState = 0;
      binaryType = "blob";
      onopen: ((event: Event) => void) | null = null;
      onmessage: ((event: MessageEvent) => void) | null = null;
      onclose: ((event: Event) => void) | null = null;
      onerror: ((event: Event) => void) | null = null;
      readonly #end: ScriptedSocket;

      constructor(url: string) {
        script.beforeOpen?.();
        all.onBeforeOpen();
        this.#end = new ScriptedSocket(this, url);
        sockets.push(this.#end);
        queueMicrotask(() => {
          if (this.readyState !== 0) return;
          this.readyState = 1;
          this.onopen?.(new Event("open"));
          script.onOpen?.(this.#end);
        });
      }

      send(data: string | Uint8Array<ArrayBuffer>): void {
        if (all.refusesToSend) throw new Error("I/O is not allowed here");
        if (this.readyState !== 1) throw new Error("The socket is not open");
        const frame = this.#end.take(data);
        script.onFrame?.(frame, this.#end);
      }

      close(): void {
        this.readyState = 3;
        this.#end.closed = true;
      }
    }
    this.WebSocket = ScriptedWebSocket as unknown as WebSocketConstructor;
  }

  /** The socket opened last. */
  get last(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("No socket has been opened");
    return socket;
  }

  /** All frames of the client over all sockets. */
  get sent(): ProtocolMessage[] {
    return this.sockets.flatMap(({ sent }) => sent);
  }
}
