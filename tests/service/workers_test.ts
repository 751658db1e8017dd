import { Action } from "../../src/protocol/actions.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { createService, serve, serveWorkers } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertRejects, runtime, skip, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

// Workers forbid timers, randomness and sockets here.
const atModuleScope = createService();
const optionsAtModuleScope = atModuleScope.options();

test("design 1: a service can be made at module scope", async () => {
  const { fetch, WebSocket, endpoint, key } = optionsAtModuleScope;
  assertEquals((await fetch(`https://${endpoint}/time`)).status, 200);
  const client = await FrameClient.connect(atModuleScope, { WebSocket, key });
  await client.close();
  await rest(atModuleScope, "/channels/c/messages", { method: "POST", body: { name: "n" } });
  await atModuleScope.close();
});

if (runtime !== "workerd") {
  skip("contract 1: a Worker serves HTTP and WebSockets", "only Workers have WebSocketPair");
  skip("TI1: serve() says what to do where it finds no server", "there is one");
} else {
  test("TI1: serve() says what to do where it finds no server", async () => {
    await using service = createService();
    const error = await assertRejects(() => serve(service), ErrorInfo);
    assertEquals([error.code, error.statusCode], [40000, 400]);
    assert(error.remediation.includes("serveWorkers"), error.remediation);
  });

  test("contract 1: a Worker serves HTTP and WebSockets", async () => {
    await using service = createService();
    const handler = serveWorkers(service);
    const response = await handler.fetch(new Request("http://service.local/time"));
    assertEquals(response.status, 200);
    await response.text();
    const upgraded = await handler.fetch(
      new Request(`http://service.local/?v=6&key=${encodeURIComponent(service.key)}`, {
        headers: { Upgrade: "websocket" },
      }),
    );
    assertEquals(upgraded.status, 101);
    const { webSocket } = upgraded as unknown as { webSocket: WebSocket & { accept(): void } };
    webSocket.accept();
    const action = await new Promise((resolve) =>
      webSocket.addEventListener("message", ({ data }) => resolve(JSON.parse(data).action))
    );
    assertEquals(action, Action.Connected);
    webSocket.close();
  });
}
