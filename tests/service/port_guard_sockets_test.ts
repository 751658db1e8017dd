import { connect } from "node:net";
import { createService, serve } from "../../src/testing/mod.ts";
import type { ServeOptions } from "../../src/testing/mod.ts";
import { assertEquals, test } from "../harness.ts";

/** Sends a request as it stands, for headers that fetch does not let through; the status, and the whole answer. */
function send(port: number, lines: string[], body = ""): Promise<[status: number, text: string]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    const end = body === "" ? [] : [`Content-Length: ${body.length}`];
    socket.on("data", (data) => text += data);
    socket.on("error", reject);
    socket.on("close", () => resolve([Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text]));
    socket.write([...lines, ...end, "Connection: close", "", body].join("\r\n"));
  });
}

async function withPort(
  run: (port: number, key: string) => Promise<void>,
  options: ServeOptions = {},
): Promise<void> {
  await using service = createService();
  await using served = await serve(service, { hostname: "127.0.0.1", ...options });
  await run(served.port, service.key);
}

const time = (host: string) => ["GET /time HTTP/1.1", `Host: ${host}`];

test("service on a port: answers to the names of this machine, to addresses and to Ably's names", async () => {
  await withPort(async (port) => {
    for (
      const host of [
        ...[`localhost:${port}`, "LOCALHOST", "app.localhost:1", `127.0.0.1:${port}`, "[::1]:80"],
        ...["192.168.1.20:8080", "main.realtime.ably.net", "rest.ably.io", "localhost."],
        ...["main.a.fallback.ably-realtime.com:443"],
      ]
    ) {
      assertEquals([host, (await send(port, time(host)))[0]], [host, 200]);
    }
  });
});

test("service on a port: does not answer to a name that leads here from elsewhere", async () => {
  await withPort(async (port, key) => {
    for (
      const host of [
        ...[
          `evil.example:${port}`,
          "localhost.evil.example",
          "ably.net.evil.example",
          "notably.net",
        ],
        ...[
          "127.0.0.1.evil.example",
          "xn--localhost-",
          "evil.example:80",
          "localhost@evil.example",
        ],
      ]
    ) {
      const paths = [
        "/time",
        "/_service/state",
        "/",
        `/channels/c/messages?key=${key}`,
        "/?body=x",
      ];
      for (const path of paths) {
        const [status, text] = await send(port, [`GET ${path} HTTP/1.1`, `Host: ${host}`]);
        assertEquals([host, path, status >= 400], [host, path, true]);
        assertEquals(/access-control-allow-origin/i.test(text), false);
      }
      const upgrade = [
        ...[`GET /?v=6&key=${key} HTTP/1.1`, `Host: ${host}`, "Upgrade: websocket"],
        ...["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"],
      ];
      assertEquals((await send(port, upgrade))[0] >= 400, true);
    }
  });
});

test("service on a port: answers to a name that it was told of", async () => {
  await withPort(async (port) => {
    assertEquals((await send(port, time("ably.test:80")))[0], 200);
    assertEquals((await send(port, time("ABLY.TEST")))[0], 200);
    assertEquals((await send(port, time("other.test")))[0], 403);
  }, { hosts: ["ably.test"] });
});
