import type { LocalService } from "../service/local_service.ts";
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
import { type PortGuard, portGuard } from "./port_guard.ts";
import { headerFields } from "./header_fields.ts";
import { listening } from "./listen_error.ts";
import { serveHttp, serveSocket, type StandardSocket } from "./server_socket.ts";
import { serviceTarget, type Target } from "./target.ts";

/** The parts of Deno that this file uses. */
interface DenoRuntime {
  serve(
    options: {
      port: number;
      hostname: string;
      signal: AbortSignal;
      cert?: string;
      key?: string;
      onListen: () => void;
    },
    handler: (request: Request) => Response | Promise<Response>,
  ): { addr: { port: number }; finished: Promise<void> };
  upgradeWebSocket(
    request: Request,
    options: { idleTimeout: number },
  ): { socket: StandardSocket; response: Response };
  permissions: {
    querySync(query: { name: "net"; host: string }): { state: string };
  };
}

/** The seconds without a frame after which Deno pings; after the same time without a response, it closes. */
const IDLE_TIMEOUT = 20;

/**
 * Serves a service on a port, on Deno. It needs `--allow-net`, at least for `127.0.0.1`.
 *
 * @throws {ErrorInfo} 40003 for a bad option, 40000 if the port is taken, or the permission is missing.
 */
export async function serveDeno(
  service: LocalService,
  options?: ServeOptions | null,
): Promise<Served> {
  const { key } = service;
  const given = readServeOptions(options);
  const { hostname, port, close } = listenDeno(serviceTarget(service), given);
  return served({ hostname, port, tls: given.tls !== undefined, key }, close);
}

/**
 * Serves a target on a port, on Deno.
 *
 * @throws {ErrorInfo} 40000 if the port is taken, or the permission is missing.
 */
export function listenDeno(target: Target, given: ServeOptions): Listener {
  const runtime = (globalThis as unknown as { Deno: DenoRuntime }).Deno;
  const hostname = given.hostname ?? "localhost";
  const controller = new AbortController();
  const sockets = new Set<StandardSocket>();
  const guard = portGuard(given);
  const handler = (request: Request) => handle(target, { runtime, request, sockets, guard });
  const listen = (address: string, port: number) =>
    runtime.serve({
      port,
      hostname: address,
      signal: controller.signal,
      ...given.tls,
      onListen: () => {},
    }, handler);
  const [first, ...others] = addressesOf(hostname);
  const server = listening(() => listen(first!, given.port ?? 0), given);
  const { port } = server.addr;
  const servers = [server];
  for (const address of others) {
    if (
      runtime.permissions.querySync({ name: "net", host: `[${address}]:${port}` }).state !==
        "granted"
    ) {
      continue;
    }
    try {
      servers.push(listen(address, port));
    } catch {
      // A machine without IPv6 does not have this address.
    }
  }
  const reachable = servers.length > others.length ? hostname : first!;
  return {
    hostname: reachable,
    port,
    close: async () => {
      for (const socket of sockets) socket.close();
      controller.abort();
      await Promise.all(servers.map(({ finished }) => finished));
    },
  };
}

interface Incoming {
  runtime: DenoRuntime;
  request: Request;
  sockets: Set<StandardSocket>;
  guard: PortGuard;
}

async function handle(target: Target, incoming: Incoming): Promise<Response> {
  const { runtime, request, sockets, guard } = incoming;
  const refused = guard(request);
  if (refused !== undefined) return refused;
  if (!wantsWebSocket(request)) return withLinksApart(await serveHttp(target.handle, request));
  const open = await target.admit(new URL(request.url));
  if (open === undefined) return new Response(null, { status: 503 });
  const { socket, response } = runtime.upgradeWebSocket(request, { idleTimeout: IDLE_TIMEOUT });
  socket.addEventListener("open", () => {
    sockets.add(socket);
    serveSocket(open, socket, {
      onClosed: () => sockets.delete(socket),
      pongDelay: PONG_DELAY,
    });
  });
  return response;
}

/** Deno sends a list of header fields as it is, and joins those of a `Headers` object. */
function withLinksApart(response: Response): Response {
  const { body, status, headers } = response;
  return headers.has("link")
    ? new Response(body, { status, headers: headerFields(headers) })
    : response;
}
