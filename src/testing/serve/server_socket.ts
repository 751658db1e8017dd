import type { ConnectEffect } from "../faults/fault.ts";
import type { Opening, SocketHandler } from "../connection/frame_dispatcher.ts";
import type { ServerSocket } from "../connection/frame_socket.ts";
import type { HttpHandler } from "../faults/http_faults.ts";
import type { ServiceCore } from "../service/service_core.ts";

/** The effect of faults on a WebSocket before it is opened. */
export type Admittance =
  /** It may open. */
  | { open: Opening }
  /** It is refused. */
  | { refuse: true };

/** Applies the faults for a WebSocket before it is opened, including delays. */
export async function admitSocket(core: ServiceCore, url: URL): Promise<Admittance> {
  if (core.closed) return { refuse: true };
  const fault: ConnectEffect | undefined = core.faults.forConnect(url);
  if (fault === undefined) return { open: { url } };
  if ("refuse" in fault) return { refuse: true };
  if ("hang" in fault) {
    await new Promise<void>((resume) => core.later(Infinity, resume));
    return { refuse: true };
  }
  if ("delay" in fault) {
    await new Promise<void>((resume) => core.later(fault.delay, resume));
    return core.closed ? { refuse: true } : { open: { url } };
  }
  return { open: { url, fault } };
}

/** The members of a standard server-side WebSocket that this file uses. */
export interface StandardSocket {
  binaryType: string;
  readonly readyState: number;
  /** The number of bytes waiting to be sent; absent on some runtimes. */
  readonly bufferedAmount?: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(
    type: string,
    listener: (event: { data?: unknown; code?: number }) => void,
  ): void;
}

const OPEN = 1;
const TRY_AGAIN_LATER = 4013;
/** The largest number of bytes that may wait for a slow client. */
export const MAX_BUFFERED = 16 * 1024 * 1024;

/** Serves a standard WebSocket; calls back when it has closed. */
export function serveSocket(
  open: (socket: ServerSocket) => SocketHandler,
  socket: StandardSocket,
  { onClosed, pongDelay }: { onClosed?: () => void; pongDelay: number },
): SocketHandler {
  socket.binaryType = "arraybuffer";
  const gone = (event?: { code?: number }) => {
    handler.closed(event?.code);
    onClosed?.();
  };
  const handler = open(asServerSocket(socket, pongDelay, gone));
  socket.addEventListener("message", (event) => handler.receive(event.data));
  socket.addEventListener("close", gone);
  socket.addEventListener("error", gone);
  return handler;
}

function asServerSocket(
  socket: StandardSocket,
  pongDelay: number,
  giveUp: () => void,
): ServerSocket {
  return {
    send: (data) => {
      if (socket.readyState !== OPEN) return;
      // Never drop frames silently: a client that is too slow loses its connection, and can resume.
      if ((socket.bufferedAmount ?? 0) <= MAX_BUFFERED) return socket.send(data);
      socket.close(TRY_AGAIN_LATER);
      giveUp(); // The closing handshake would wait behind all unread data.
    },
    close: (code, reason) => {
      if (socket.readyState > OPEN) return;
      // The standard has no way to break a connection; a close without a code is the most similar.
      if (code === undefined) socket.close();
      else socket.close(code === 1001 ? 1000 : code, reason);
    },
    pongDelay,
  };
}

/** Handles an HTTP request. If a fault makes the handler throw, the connection breaks. */
export async function serveHttp(handle: HttpHandler, request: Request): Promise<Response> {
  try {
    return await handle(request);
  } catch {
    return brokenResponse();
  }
}

/** A response whose connection breaks, which is the most similar to a refused connection. */
function brokenResponse(): Response {
  const body = new ReadableStream({
    start: (controller) => controller.error(new Error("The connection was broken on purpose")),
  });
  return new Response(body, { headers: { "Content-Length": "1" } });
}
