import { connect } from "node:net";
import { Action } from "../../src/protocol/actions.ts";
import { createService, serve } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { FrameClient } from "./frames.ts";

const BATCH = 20;

/** A text frame of a WebSocket client, with a mask of zeros. Only for short texts. */
function textFrame(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array([0x81, 0x80 | bytes.length, 0, 0, 0, 0, ...bytes]);
}

test("slow readers: a client that does not read is disconnected, and does not hold the others", async () => {
  await using service = createService({ logLimit: 0 });
  await using served = await serve(service);
  const url = served.url.replace("http", "ws");
  const WebSocket = globalThis.WebSocket;
  const reader = await FrameClient.connect(service, { url, WebSocket });
  await reader.attach("c");
  const socket = connect(served.port, "127.0.0.1");
  const upgrade = service.log.next(({ type }) => type === "connect");
  socket.write(
    `GET /?v=6&format=json&key=${service.key} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n` +
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  const { socket: slow } = await upgrade as { socket: number };
  socket.write(textFrame('{"action":10,"channel":"c"}'));
  await service.log.frame({ socket: slow, direction: "out", action: "ATTACHED" });
  socket.pause();
  let isClosed = false;
  const closed = service.log.next((entry) => entry.type === "close" && entry.socket === slow)
    .then(() => isClosed = true);
  const data = "x".repeat(60_000);
  let published = 0;
  // The buffers of the system hold some megabytes besides those of the service.
  for (; !isClosed && published < 2_000; published += BATCH) {
    const batch = Array.from({ length: BATCH }, () => reader.publish("c", { data }));
    const answers = await Promise.all(batch);
    assertEquals(answers.every(({ action }) => action === Action.Ack), true);
    for (let i = 0; i < BATCH; i++) await reader.next(Action.Message);
  }
  await closed;
  assert(published * data.length < 64 * 1024 * 1024, `${published} messages`);
  socket.destroy();
  await reader.close();
});
