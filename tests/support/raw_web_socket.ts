// A WebSocket server that decides what goes into one packet. Servers of the runtimes do not let one choose.
import { createHash } from "node:crypto";
import { createServer, type Socket } from "node:net";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import type { Frame } from "./realtime_rig.ts";

/** A listener on 127.0.0.1. */
export interface RawWebSocketServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * Listens on a free port of 127.0.0.1, and answers in JSON.
 *
 * @param answer What to send, in one packet, when a client connects (`null`) or sends a frame.
 */
export async function rawWebSocketServer(
  answer: (frame: ProtocolMessage | null) => readonly Frame[],
): Promise<RawWebSocketServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.setNoDelay(true);
    let received = Buffer.alloc(0);
    let isOpen = false;
    const send = (frames: readonly Frame[], before = "") => {
      const packet = Buffer.concat([Buffer.from(before), ...frames.map(encode)]);
      if (packet.length > 0) socket.write(packet);
    };
    socket.on("data", (data: Buffer) => {
      received = Buffer.concat([received, data]);
      if (!isOpen) {
        const key = /sec-websocket-key: *(\S+)/i.exec(received.toString("latin1"))?.[1];
        if (key === undefined || !received.includes("\r\n\r\n")) return;
        received = received.subarray(received.indexOf("\r\n\r\n") + 4);
        isOpen = true;
        send(answer(null), handshake(key));
      }
      for (let frame = decode(received); frame; frame = decode(received)) {
        received = received.subarray(frame.length);
        if (frame.opcode === 8) socket.end(Buffer.from([0x88, 0]));
        else if (frame.opcode === 1) send(answer(JSON.parse(frame.text)));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function handshake(key: string): string {
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest(
    "base64",
  );
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

function encode(frame: Frame): Buffer {
  const text = Buffer.from(JSON.stringify(frame));
  const head = text.length < 126
    ? [0x81, text.length]
    : [0x81, 126, text.length >> 8, text.length & 255];
  return Buffer.concat([Buffer.from(head), text]);
}

/** Reads a masked frame of less than 64 kB. */
function decode(bytes: Buffer): { opcode: number; text: string; length: number } | undefined {
  if (bytes.length < 6) return undefined;
  const isLong = (bytes[1]! & 127) === 126;
  const size = isLong ? bytes.readUInt16BE(2) : bytes[1]! & 127;
  const start = isLong ? 8 : 6;
  const length = start + size;
  if (bytes.length < length) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const text = bytes.subarray(start, length).map((byte, index) => byte ^ mask[index % 4]!);
  return { opcode: bytes[0]! & 15, text: Buffer.from(text).toString(), length };
}
