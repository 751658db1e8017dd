import { utf8 } from "../../util/bytes.ts";
import type { SocketHandler } from "../connection/frame_dispatcher.ts";
import type { NodeSocket } from "./node_modules.ts";
import { PONG_DELAY } from "./served.ts";
import { MAX_BUFFERED } from "./server_socket.ts";
import type { SocketServer } from "./target.ts";
import { closePayload, Opcode, WebSocketReader, writeFrame } from "./websocket_frames.ts";

const MAX_PAYLOAD = 4 * 1024 * 1024;
/** The time that a client has to answer a close, in milliseconds. */
const CLOSE_TIMEOUT = 2_000;
const KEEP_ALIVE_DELAY = 20_000;

/**
 * Serves a WebSocket on a TCP socket after the opening handshake.
 *
 * @param open Serves the WebSocket.
 * @param socket The TCP socket.
 * @param head The bytes that arrived together with the handshake.
 */
export function serveNodeSocket(
  open: SocketServer,
  socket: NodeSocket,
  head: Uint8Array<ArrayBuffer>,
): void {
  let isOpen = true;
  let handler: SocketHandler | undefined;
  const write = (opcode: Opcode, payload: Uint8Array<ArrayBuffer>) => {
    if (isOpen && !socket.destroyed) socket.write(writeFrame(opcode, payload));
  };
  const gone = (code?: number) => {
    isOpen = false;
    handler?.closed(code);
    handler = undefined;
  };
  const close = (code: number, reason?: string) => {
    write(Opcode.Close, closePayload(code, reason));
    isOpen = false;
    socket.setTimeout(CLOSE_TIMEOUT, () => socket.destroy());
  };
  const reader = new WebSocketReader({
    message: (data) => handler?.receive(data),
    ping: (payload) => write(Opcode.Pong, payload),
    closing: (code) => {
      close(code);
      socket.end();
      gone(code);
    },
    violation: (code) => {
      close(code);
      socket.end();
      gone(code);
    },
  }, MAX_PAYLOAD);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
  handler = open({
    send: (data) => {
      // Never drop frames silently: a client that is too slow loses its connection, and can resume.
      if (socket.writableLength > MAX_BUFFERED) return socket.destroy();
      if (typeof data === "string") write(Opcode.Text, utf8(data));
      else write(Opcode.Binary, data);
    },
    close: (code, reason) => {
      if (code === undefined) socket.destroy();
      else if (isOpen) close(code, reason);
    },
    ping: () => write(Opcode.Ping, new Uint8Array()),
    pongDelay: PONG_DELAY,
  });
  socket.on("close", () => gone());
  socket.on("end", () => socket.destroy());
  socket.on("data", (chunk) => reader.push(chunk));
  if (head.byteLength > 0) reader.push(head);
}
