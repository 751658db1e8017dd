import type { SocketHandler } from "../connection/frame_dispatcher.ts";
import type { ServerSocket } from "../connection/frame_socket.ts";
import type { LocalService } from "../service/local_service.ts";
import { isBinary, toBytes } from "../../util/bytes.ts";
import {
  addressesOf,
  type Listener,
  PONG_DELAY,
  readServeOptions,
  type Served,
  served,
  type ServeOptions,
  wantsWebSocket,
} from "./served.ts";
import { listening } from "./listen_error.ts";
import { portGuard } from "./port_guard.ts";
import { MAX_BUFFERED, serveHttp } from "./server_socket.ts";
import { serviceTarget, type SocketServer, type Target } from "./target.ts";

/** The data attached to an open WebSocket of Bun's server. */
interface SocketData {
  open: SocketServer;
  handler?: SocketHandler;
}

interface BunSocket {
  readonly data: SocketData;
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): number;
  close(code?: number, reason?: string): void;
  terminate(): void;
  ping(): number;
}

interface BunServer {
  readonly port: number;
  upgrade(request: Request, options: { data: SocketData }): boolean;
  stop(closeConnections?: boolean): Promise<void> | void;
}

/** The parts of Bun that this file uses. */
interface BunRuntime {
  serve(options: {
    port: number;
    hostname: string;
    idleTimeout: number;
    tls?: { cert: string; key: string };
    fetch: (request: Request, server: BunServer) => Promise<Response | undefined>;
    websocket: {
      idleTimeout: number;
      maxPayloadLength: number;
      backpressureLimit: number;
      closeOnBackpressureLimit: boolean;
      open(socket: BunSocket): void;
      message(socket: BunSocket, data: string | Uint8Array): void;
      close(socket: BunSocket, code: number): void;
    };
  }): BunServer;
}

const OPEN = 1;
const IDLE_TIMEOUT = 60;
const MAX_PAYLOAD = 4 * 1024 * 1024;

/**
 * Serves a service on a port, on Bun.
 *
 * @throws {ErrorInfo} 40003 for a bad option, 40000 if the port is taken.
 */
export async function serveBun(
  service: LocalService,
  options?: ServeOptions | null,
): Promise<Served> {
  const { key } = service;
  const given = readServeOptions(options);
  const { hostname, port, close } = listenBun(serviceTarget(service), given);
  return served({ hostname, port, tls: given.tls !== undefined, key }, close);
}

/**
 * Serves a target on a port, on Bun.
 *
 * @throws {ErrorInfo} 40000 if the port is taken.
 */
export function listenBun(target: Target, given: ServeOptions): Listener {
  const runtime = (globalThis as unknown as { Bun: BunRuntime }).Bun;
  const hostname = given.hostname ?? "localhost";
  const guard = portGuard(given);
  const listen = (address: string, port: number) =>
    runtime.serve({
      port,
      hostname: address,
      idleTimeout: 0,
      ...(given.tls && { tls: given.tls }),
      fetch: async (request, server) => guard(request) ?? await handle(target, request, server),
      websocket: socketEvents(),
    });
  const [first, ...others] = addressesOf(hostname);
  const server = listening(() => listen(first!, given.port ?? 0), given);
  const servers = [server];
  for (const address of others) {
    try {
      servers.push(listen(address, server.port));
    } catch {
      // A machine without IPv6 does not have this address.
    }
  }
  const reachable = servers.length > others.length ? hostname : first!;
  return {
    hostname: reachable,
    port: server.port,
    close: async () => void await Promise.all(servers.map((each) => each.stop(true))),
  };
}

async function handle(
  target: Target,
  request: Request,
  server: BunServer,
): Promise<Response | undefined> {
  if (!wantsWebSocket(request)) return serveHttp(target.handle, request);
  const open = await target.admit(new URL(request.url));
  if (open === undefined) return new Response(null, { status: 503 });
  return server.upgrade(request, { data: { open } })
    ? undefined
    : new Response("A WebSocket was expected", { status: 400 });
}

function socketEvents(): Parameters<BunRuntime["serve"]>[0]["websocket"] {
  return {
    idleTimeout: IDLE_TIMEOUT,
    maxPayloadLength: MAX_PAYLOAD,
    // By default, Bun drops data above a limit. With this option the client is disconnected instead, and can resume.
    backpressureLimit: MAX_BUFFERED,
    closeOnBackpressureLimit: true,
    open(socket) {
      socket.data.handler = socket.data.open(asServerSocket(socket));
    },
    message(socket, data) {
      // A copy: Bun may use its buffer again.
      socket.data.handler?.receive(isBinary(data) ? toBytes(data).slice() : data);
    },
    close(socket, code) {
      socket.data.handler?.closed(code);
    },
  };
}

function asServerSocket(socket: BunSocket): ServerSocket {
  return {
    send: (data) => {
      if (socket.readyState === OPEN) socket.send(data);
    },
    close: (code, reason) => {
      if (code === undefined) socket.terminate();
      else socket.close(code, reason);
    },
    ping: () => void socket.ping(),
    pongDelay: PONG_DELAY,
  };
}
