import type { LocalService } from "../service/local_service.ts";
import { wantsWebSocket } from "./served.ts";
import { serveHttp, serveSocket, type StandardSocket } from "./server_socket.ts";
import { serviceTarget } from "./target.ts";

/** The default export of a Worker that serves the service. */
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
  const target = serviceTarget(service);
  return {
    async fetch(request) {
      if (!wantsWebSocket(request)) return serveHttp(target.handle, request);
      const open = await target.admit(new URL(request.url));
      if (open === undefined) return new Response(null, { status: 503 });
      const { client, server } = socketPair();
      server.accept();
      serveSocket(open, server, { pongDelay: 0 });
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
