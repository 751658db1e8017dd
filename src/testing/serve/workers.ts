import type { LocalService } from "../local_service.ts";
import { internalsOf } from "../service_internals.ts";
import { wantsWebSocket } from "./served.ts";
import { admitSocket, serveHttp, serveSocket, type StandardSocket } from "./server_socket.ts";

/** What a Worker exports by default in order to be the service. */
export interface WorkersHandler {
  /** Handles requests in process. */
  fetch(request: Request): Promise<Response>;
}

type WorkersSocket = StandardSocket & { accept(): void };

/**
 * Makes a Worker's handler of a service: `export default serveWorkers(createService())`.
 *
 * All clients must reach the same isolate, so it is for development and tests, for example as the `globalOutbound` of
 * the Worker under test.
 */
export function serveWorkers(service: LocalService): WorkersHandler {
  return {
    async fetch(request) {
      if (!wantsWebSocket(request)) return serveHttp(internalsOf(service).handle, request);
      const admittance = await admitSocket(internalsOf(service).core, new URL(request.url));
      if ("refuse" in admittance) return new Response(null, { status: 503 });
      const { client, server } = socketPair();
      server.accept();
      serveSocket(internalsOf(service).core, server, { opening: admittance.open, pongDelay: 0 });
      return new Response(null, { status: 101, webSocket: client } as ResponseInit);
    },
  };
}

function socketPair(): { client: WorkersSocket; server: WorkersSocket } {
  const { WebSocketPair } = globalThis as unknown as {
    WebSocketPair: new () => { 0: WorkersSocket; 1: WorkersSocket };
  };
  const { 0: client, 1: server } = new WebSocketPair();
  return { client, server };
}
