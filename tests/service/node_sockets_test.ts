import { Action } from "../../src/protocol/actions.ts";
import { connect } from "node:net";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { listenNode, serveNode } from "../../src/testing/serve/node.ts";
import type { Served } from "../../src/testing/serve/served.ts";
import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { FrameClient } from "./frames.ts";

async function withPort(
  run: (served: Served, service: LocalService) => Promise<void>,
): Promise<void> {
  await using service = createService();
  await using served = await serveNode(service, { hostname: "127.0.0.1" });
  await run(served, service);
}

/** Sends text as it stands; the whole answer. */
function send(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => answer += data);
    socket.on("error", reject);
    socket.on("close", () => resolve(answer));
    socket.write(text);
  });
}

const lines = (...all: string[]) => [...all, "", ""].join("\r\n");

for (const format of ["json", "msgpack"] as const) {
  test(`contract 1: Node's server has HTTP and WebSockets on a port (${format})`, () =>
    withPort(async (served, service) => {
      const client = await FrameClient.connect(service, {
        url: served.url.replace("http", "ws"),
        WebSocket,
        format,
      });
      await client.attach("c");
      const data = "x".repeat(60_000);
      assertEquals((await client.publish("c", { name: "n", data })).action, Action.Ack);
      assertEquals((await client.next(Action.Message)).messages![0]!.data, data);
      await client.close();
      const headers = { authorization: `Basic ${btoa(service.key)}` };
      const sent = await fetch(`${served.url}/channels/c/messages`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify({ data: "é" }),
      });
      assertEquals([sent.status, (await sent.json()).channel], [201, "c"]);
      const history = await fetch(`${served.url}/channels/c/messages?limit=1`, { headers });
      assertEquals((await history.json())[0].data, "é");
    }));
}

test("RSC19: Node's server sends a field for each link", () =>
  withPort(async ({ port }, service) => {
    const answer = await send(
      port,
      lines(
        "GET /channels/c/history?limit=1 HTTP/1.1",
        "Host: localhost",
        `Authorization: Basic ${btoa(service.key)}`,
        "Connection: close",
      ),
    );
    const links = answer.split("\r\n").filter((line) => /^link:/i.test(line));
    assertEquals(links.map((line) => /rel="(\w+)"/.exec(line)![1]), ["first", "current"]);
  }));

test("port: Node's server refuses other names, malformed requests and paths to other hosts", () =>
  withPort(async ({ port }) => {
    const statusOf = async (...head: string[]) =>
      Number(/^HTTP\/1\.1 (\d+)/.exec(await send(port, lines(...head, "Connection: close")))?.[1]);
    assertEquals(await statusOf("GET /time HTTP/1.1", "Host: localhost"), 200);
    assertEquals(await statusOf("GET /time HTTP/1.1", "Host: evil.example"), 403);
    assertEquals(await statusOf("GET http://evil.example/time HTTP/1.1", "Host: localhost"), 403);
    assertEquals(await statusOf("GET //evil.example/time HTTP/1.1", "Host: localhost"), 404);
    assertEquals(await statusOf("GET /time HTTP/1.1", "Host: a b"), 400);
    assertEquals(await statusOf("GET /../../etc/passwd HTTP/1.1", "Host: localhost"), 404);
    const upgrade = ["Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    const get = "GET /?v=6 HTTP/1.1";
    const statusOfUpgrade = async (host: string, ...head: string[]) =>
      Number(
        /^HTTP\/1\.1 (\d+)/.exec(
          await send(port, lines(get, `Host: ${host}`, ...head, "Connection: Upgrade")),
        )?.[1],
      );
    assertEquals(await statusOfUpgrade("evil.example", ...upgrade, key), 403);
    assertEquals(await statusOfUpgrade("localhost", ...upgrade), 400);
    assertEquals(await statusOfUpgrade("localhost", ...upgrade, "Sec-WebSocket-Key: x"), 400);
  }));

test("port: Node's server answers a request that proposes HTTP/2", () =>
  withPort(async ({ port }) => {
    const body = JSON.stringify({ keys: [{}] });
    const head = lines(
      "POST /apps HTTP/1.1",
      "Host: localhost",
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    );
    const socket = connect(port, "127.0.0.1");
    const answer = await new Promise<string>((resolve, reject) => {
      let text = "";
      socket.on("data", (data) => {
        text += data;
        if (text.includes('"appId"')) resolve(text);
      });
      socket.on("error", reject);
      socket.write(head + body);
    });
    socket.destroy();
    assertEquals(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1], "201");
  }));

test("port: Node's server breaks the connection where a fault asks for it, and goes on", () =>
  withPort(async ({ url, port }, service) => {
    service.faults.http({ path: "/time" }, { refuse: true }, { times: 1 });
    await assertRejects(() => fetch(`${url}/time`));
    const response = await fetch(`${url}/time`);
    assertEquals(response.status, 200);
    await response.body?.cancel();
    service.faults.connect({}, { refuse: true }, { times: 1 });
    const refused = new FrameClient(service, { url: `ws://127.0.0.1:${port}/`, WebSocket });
    assert((await refused.closed) !== 1000);
    const client = await FrameClient.connect(service, {
      url: `ws://127.0.0.1:${port}/`,
      WebSocket,
    });
    service.faults.drop();
    assert((await client.closed) !== 1000);
  }));

test("port: Node's server frees the port at its end, and reports one that is taken", async () => {
  await using service = createService();
  const target = { handle: () => new Response("x"), admit: () => Promise.resolve(undefined) };
  const listener = await listenNode(target, { hostname: "127.0.0.1" });
  await assertRejects(() => serveNode(service, { hostname: "127.0.0.1", port: listener.port }));
  await listener.close();
  await using served = await serveNode(service, { hostname: "127.0.0.1", port: listener.port });
  assertEquals(served.port, listener.port);
  assert(served.url.endsWith(`:${listener.port}`));
});
