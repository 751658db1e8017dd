import { serveSocket, type SocketHandler } from "../connection/frame_dispatcher.ts";
import type { ServerSocket } from "../connection/frame_socket.ts";
import { serviceClosed } from "../core/service_error.ts";
import type { HttpHandler } from "../faults/http_faults.ts";
import type { LocalService } from "../service/local_service.ts";
import { isEchoHost } from "../routes/echo_routes.ts";
import { internalsOf } from "../service/service_internals.ts";
import { admitSocket } from "./server_socket.ts";

/** Serves one open WebSocket. */
export type SocketServer = (socket: ServerSocket) => SocketHandler;

/** The target that is served on a port. */
export interface Target {
  /** Handles a request. If it throws, the connection breaks. */
  readonly handle: HttpHandler;
  /** Chooses the server for a WebSocket; undefined if it is refused. */
  admit(url: URL): Promise<SocketServer | undefined>;
}

/** A target for requests alone, without WebSockets. */
export function plainTarget(handle: HttpHandler): Target {
  return { handle, admit: () => Promise.resolve(undefined) };
}

/**
 * Makes a service a target.
 *
 * @throws {ErrorInfo} 40000 if the service is closed.
 */
export function serviceTarget(service: LocalService): Target {
  const { core, handle } = internalsOf(service);
  if (core.closed) throw serviceClosed();
  return {
    handle,
    admit: async (url) => {
      // Test suites expect that this host has no WebSockets.
      if (isEchoHost(url)) return undefined;
      const admittance = await admitSocket(core, url);
      if ("refuse" in admittance) return undefined;
      return (socket) => serveSocket(core, admittance.open, socket);
    },
  };
}
