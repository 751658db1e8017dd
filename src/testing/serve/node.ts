import type { LocalService } from "../service/local_service.ts";
import { headerFields } from "./header_fields.ts";
import { cannotListen } from "./listen_error.ts";
import {
  nodeModule,
  type NodeRequest,
  type NodeResponse,
  type NodeServer,
  type NodeSocket,
} from "./node_modules.ts";
import { serveNodeSocket } from "./node_socket.ts";
import { portGuard } from "./port_guard.ts";
import {
  addressesOf,
  type Listener,
  readServeOptions,
  type Served,
  served,
  type ServeOptions,
} from "./served.ts";
import { serviceTarget, type SocketServer, type Target } from "./target.ts";

/** The text that the answer to a WebSocket's key is made of (RFC 6455, 1.3). */
const HANDSHAKE_ID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY_SHAPE = /^[A-Za-z0-9+/]{22}==$/;
/** The time that Node keeps an unused connection, in milliseconds. Its default is short for clients that reuse connections. */
const KEEP_ALIVE = 60_000;
const MAX_BODY = 4 * 1024 * 1024;

/**
 * Serves a service on a port, on Node 20.16 and newer.
 *
 * @throws {ErrorInfo} 40003 for a bad option, 40000 if the port is taken.
 */
export async function serveNode(
  service: LocalService,
  options?: ServeOptions | null,
): Promise<Served> {
  const { key } = service;
  const given = readServeOptions(options);
  const { hostname, port, close } = await listenNode(serviceTarget(service), given);
  return served({ hostname, port, tls: given.tls !== undefined, key }, close);
}

/**
 * Serves a target on a port, with the server of Node.
 *
 * @throws {ErrorInfo} 40000 if the port is taken.
 */
export async function listenNode(target: Target, given: ServeOptions): Promise<Listener> {
  const hostname = given.hostname ?? "localhost";
  const sockets = new Set<NodeSocket>();
  const listen = async (address: string, port: number) => {
    const server = makeServer(target, given);
    server.on(given.tls ? "secureConnection" : "connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    await listening(server, address, port);
    return server;
  };
  const [first, ...others] = addressesOf(hostname);
  const servers = [
    await listen(first!, given.port ?? 0).catch((cause) => {
      throw cannotListen(cause, given);
    }),
  ];
  const { port } = servers[0]!.address();
  for (const address of others) {
    try {
      servers.push(await listen(address, port));
    } catch {
      // A machine without IPv6 does not have this address.
    }
  }
  return {
    hostname: servers.length > others.length ? hostname : first!,
    port,
    close: async () => {
      const closed = servers.map((server) => new Promise<void>((done) => server.close(done)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function makeServer(target: Target, given: ServeOptions): NodeServer {
  const { tls } = given;
  const server = nodeModule(tls ? "node:https" : "node:http").createServer({
    ...tls,
    // Since Node 24.9: requests for other upgrades, such as those of Java for HTTP/2, are handled as usual requests.
    shouldUpgradeCallback: isWebSocket,
  });
  server.keepAliveTimeout = KEEP_ALIVE;
  const guard = portGuard(given);
  const handle = async (exchange: Exchange) => {
    const request = toRequest(exchange, tls ? "https" : "http");
    if (request === undefined) return new Response(null, { status: 400 });
    return guard(request) ?? await target.handle(request);
  };
  server.on("request", (incoming, outgoing) => {
    const body = nodeModule("node:stream").Readable.toWeb(incoming);
    void respond(outgoing, incoming, () => handle({ incoming, outgoing, body }));
  });
  server.on("upgrade", (incoming, socket, head) => {
    // Without a listener, an error would end the process. The socket is destroyed in any case.
    socket.on("error", () => {});
    const outgoing = responseOn(socket, incoming);
    if (!isWebSocket(incoming)) {
      const body = bodyAfter(head, socket, Number(incoming.headers["content-length"] ?? 0));
      return void respond(outgoing, incoming, () => handle({ incoming, outgoing, body }));
    }
    void respond(outgoing, incoming, async () => {
      const request = toRequest({ incoming, outgoing }, tls ? "https" : "http");
      const key = incoming.headers["sec-websocket-key"] ?? "";
      const isValid = incoming.method === "GET" && KEY_SHAPE.test(key) &&
        incoming.headers["sec-websocket-version"] === "13";
      if (request === undefined || !isValid) return new Response(null, { status: 400 });
      const refused = guard(request);
      if (refused !== undefined) return refused;
      const open = await target.admit(new URL(request.url));
      if (open === undefined) return new Response(null, { status: 503 });
      acceptSocket(open, { socket, head, key, outgoing });
      return undefined;
    });
  });
  return server;
}

interface Exchange {
  readonly incoming: NodeRequest;
  readonly outgoing: NodeResponse;
  readonly body?: ReadableStream<Uint8Array>;
}

/** Makes a standard request; undefined if its address or a header is malformed. */
function toRequest(
  { incoming, outgoing, body }: Exchange,
  scheme: "http" | "https",
): Request | undefined {
  const { method, url, rawHeaders } = incoming;
  const controller = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) controller.abort();
  });
  try {
    const headers = new Headers();
    for (let i = 0; i < rawHeaders.length; i += 2) {
      headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
    }
    // A path that begins with two slashes is a path, and not the address of another host.
    const address = url.startsWith("/")
      ? `${scheme}://${incoming.headers.host ?? "localhost"}${url}`
      : url;
    const hasBody = method !== "GET" && method !== "HEAD";
    return new Request(address, {
      method,
      headers,
      signal: controller.signal,
      ...(hasBody && body && { body, duplex: "half" }),
    } as RequestInit);
  } catch {
    return undefined;
  }
}

/** Sends the response that a function makes, if any. If it throws, the connection breaks. */
async function respond(
  outgoing: NodeResponse,
  { method }: NodeRequest,
  handle: () => Promise<Response | undefined>,
): Promise<void> {
  try {
    const response = await handle();
    if (response === undefined) return;
    const body = new Uint8Array(await response.arrayBuffer());
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of headerFields(response.headers)) {
      headers[name] = name in headers ? [headers[name]!, value].flat() : value;
    }
    if (response.status !== 204 && response.status !== 304) {
      headers["content-length"] = String(body.byteLength);
    }
    outgoing.writeHead(response.status, headers);
    outgoing.end(method === "HEAD" ? undefined : body);
  } catch {
    outgoing.destroy();
  }
}

/** A response for a request that Node has taken for an upgrade. The connection ends after it. */
function responseOn(socket: NodeSocket, incoming: NodeRequest): NodeResponse {
  const { ServerResponse } = nodeModule("node:http");
  const outgoing = new ServerResponse(incoming);
  outgoing.shouldKeepAlive = false;
  outgoing.assignSocket(socket);
  outgoing.on("finish", () => socket.end());
  return outgoing;
}

/** The body of a request that Node has taken for an upgrade: the next bytes on the connection. */
function bodyAfter(
  head: Uint8Array<ArrayBuffer>,
  socket: NodeSocket,
  length: number,
): ReadableStream<Uint8Array> | undefined {
  if (!(length > 0 && length <= MAX_BODY)) return undefined;
  let missing = length;
  return new ReadableStream({
    start(controller) {
      const take = (chunk: Uint8Array<ArrayBuffer>) => {
        if (missing === 0) return;
        controller.enqueue(chunk.subarray(0, missing));
        missing = Math.max(0, missing - chunk.byteLength);
        if (missing === 0) controller.close();
      };
      if (head.byteLength > 0) take(head);
      socket.on("data", take);
      socket.on("close", () => {
        if (missing > 0) controller.error(new TypeError("The request ended early"));
        missing = 0;
      });
    },
  });
}

function isWebSocket({ headers }: NodeRequest): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

function acceptSocket(
  open: SocketServer,
  { socket, head, key, outgoing }: {
    socket: NodeSocket;
    head: Uint8Array<ArrayBuffer>;
    key: string;
    outgoing: NodeResponse;
  },
): void {
  if (socket.destroyed) return;
  const { createHash } = nodeModule("node:crypto");
  const accept = createHash("sha1").update(key + HANDSHAKE_ID).digest("base64");
  outgoing.detachSocket(socket);
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  serveNodeSocket(open, socket, head);
}

function listening(server: NodeServer, hostname: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", resolve);
    server.listen(port, hostname);
  });
}
