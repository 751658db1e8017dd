// A server one level below HTTP: what it does wrong no well-behaved server can be made to do.
import { createServer, type Socket } from "node:net";

/** The treatment of a request by a server. */
export type Behaviour =
  /** Never answers. */
  | "hang"
  /** Breaks the connection instead of answering. */
  | "reset"
  /** Begins to answer, and never ends. */
  | "stall"
  /** Answers. */
  | { status: number; body?: unknown; headers?: Record<string, string> };

/** A request as it came over the wire. */
export interface RawRequest {
  line: string;
  headers: Headers;
  body: string;
}

/** A listener on 127.0.0.1. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly requests: RawRequest[];
  /** The treatment of the next requests. */
  behaviour: Behaviour;
  /** Resolves when the next request has come in. */
  next(): Promise<RawRequest>;
  /** Stops listening, so that connections are refused. */
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function rawServer(behaviour: Behaviour): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const waiting: ((request: RawRequest) => void)[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    let received = "";
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      received += text;
      const request = parsed(received);
      if (request === undefined) return;
      received = "";
      raw.requests.push(request);
      for (const resolve of waiting.splice(0)) resolve(request);
      treat(socket, raw.behaviour);
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.on("error", reject);
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return Promise.resolve();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  const raw: RawServer = {
    port: (server.address() as { port: number }).port,
    requests: [],
    behaviour,
    next: () => new Promise((resolve) => void waiting.push(resolve)),
    close,
    [Symbol.asyncDispose]: close,
  };
  return raw;
}

function parsed(text: string): RawRequest | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line, ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Headers(lines.map((header): [string, string] => {
    const colon = header.indexOf(":");
    return [header.slice(0, colon), header.slice(colon + 1).trim()];
  }));
  const body = text.slice(end + 4);
  return body.length < Number(headers.get("content-length") ?? 0)
    ? undefined
    : { line: line!, headers, body };
}

function treat(socket: Socket, behaviour: Behaviour): void {
  if (behaviour === "hang") return;
  if (behaviour === "reset") return void socket.destroy();
  if (behaviour === "stall") {
    socket.write(
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[1,",
    );
    return;
  }
  const { status, body = [], headers = {} } = behaviour;
  const text = JSON.stringify(body);
  const all = {
    "content-type": "application/json",
    "content-length": String(text.length),
    "connection": "close",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} Status\r\n${lines}\r\n${text}`);
}
