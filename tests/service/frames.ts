import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { Action } from "../../src/protocol/actions.ts";
import type { LocalService } from "../../src/testing/mod.ts";

/** The parameters that a bare client connects with. */
export interface FrameClientOptions {
  key?: string | null;
  format?: "json" | "msgpack";
  params?: Record<string, string>;
  WebSocket?: LocalService["WebSocket"];
  url?: string;
}

/** A client of bare frames: sends what the test says and keeps received frames until the test reads them. */
export class FrameClient implements Disposable {
  readonly socket: WebSocket;
  readonly received: ProtocolMessage[] = [];
  readonly closed: Promise<number>;
  readonly #waiting: (() => void)[] = [];
  readonly #codec;
  #msgSerial = 0;
  connectionId = "";
  connectionKey = "";

  constructor(service: LocalService, options: FrameClientOptions = {}) {
    const { key = service.key, format = "json", params = {} } = options;
    this.#codec = format === "json" ? jsonCodec : msgpackCodec;
    const url = new URL(options.url ?? "wss://service.local/");
    url.search = String(new URLSearchParams({ v: "6", format, ...(key && { key }), ...params }));
    this.socket = new (options.WebSocket ?? service.WebSocket)(url);
    this.socket.binaryType = "arraybuffer";
    const closed = Promise.withResolvers<number>();
    this.closed = closed.promise;
    this.socket.addEventListener("message", ({ data }) => {
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data as string;
      this.received.push(this.#codec.decode(bytes) as ProtocolMessage);
      this.#wake();
    });
    this.socket.addEventListener("close", ({ code }) => {
      closed.resolve(code);
      this.#wake();
    });
  }

  /** Opens a connection and waits for CONNECTED. */
  static async connect(service: LocalService, options?: FrameClientOptions): Promise<FrameClient> {
    const client = new FrameClient(service, options);
    const connected = await client.next(Action.Connected);
    client.connectionId = connected.connectionId!;
    client.connectionKey = connected.connectionDetails!.connectionKey!;
    return client;
  }

  /** Takes the next frame with an action out of what was received. */
  async next(action: number): Promise<ProtocolMessage> {
    for (;;) {
      const index = this.received.findIndex((message) => message.action === action);
      if (index >= 0) return this.received.splice(index, 1)[0]!;
      if (this.socket.readyState === 3) {
        throw new Error(
          `Closed while waiting for action ${action}; left: ${JSON.stringify(this.received)}`,
        );
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  send(message: ProtocolMessage): void {
    this.socket.send(this.#codec.encode(message));
  }

  /** Sends a message that is acknowledged, and waits for ACK or NACK. */
  async request(message: ProtocolMessage): Promise<ProtocolMessage> {
    const msgSerial = this.#msgSerial++;
    this.send({ msgSerial, ...message });
    for (;;) {
      const index = this.received.findIndex(({ action, msgSerial: serial }) =>
        (action === Action.Ack || action === Action.Nack) && serial === msgSerial
      );
      if (index >= 0) return this.received.splice(index, 1)[0]!;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async attach(channel: string, more: Partial<ProtocolMessage> = {}): Promise<ProtocolMessage> {
    this.send({ action: Action.Attach, channel, ...more });
    return await this.next(Action.Attached);
  }

  /** Publishes messages and waits for ACK or NACK. */
  publish(
    channel: string,
    ...messages: ProtocolMessage["messages"] & object
  ): Promise<ProtocolMessage> {
    return this.request({ action: Action.Message, channel, messages });
  }

  /** Waits until everything sent so far has been handled. */
  async settled(): Promise<void> {
    const id = `settled-${Math.random()}`;
    this.send({ action: Action.Heartbeat, id });
    for (;;) {
      const index = this.received.findIndex((message) => message.id === id);
      if (index >= 0) return void this.received.splice(index, 1);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Closes the connection with CLOSE. */
  async close(): Promise<void> {
    if (this.socket.readyState === 1) this.send({ action: Action.Close });
    await this.closed;
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Makes a JSON request with basic authentication and reads the answer. */
export async function rest(
  service: LocalService,
  path: string,
  { method = "GET", body, key = service.key, headers = {} }: {
    method?: string;
    body?: unknown;
    key?: string | null;
    headers?: Record<string, string>;
  } = {},
  // deno-lint-ignore no-explicit-any
): Promise<{ status: number; headers: Headers; body: any }> {
  const response = await service.fetch(path, {
    method,
    headers: {
      ...(key && { Authorization: `Basic ${btoa(key)}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}
