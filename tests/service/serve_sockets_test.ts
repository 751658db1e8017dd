import { Action } from "../../src/protocol/actions.ts";
import { createService, serve } from "../../src/testing/mod.ts";
import { assertEquals, test } from "../harness.ts";
import { FrameClient } from "./frames.ts";

for (const format of ["json", "msgpack"] as const) {
  test(`contract 1: serves HTTP and WebSockets on a port (${format})`, async () => {
    await using service = createService();
    await using served = await serve(service, { hostname: "127.0.0.1" });
    const response = await fetch(`${served.url}/time`);
    assertEquals(response.status, 200);
    await response.json();
    const client = await FrameClient.connect(service, {
      url: served.url.replace("http", "ws"),
      WebSocket,
      format,
    });
    await client.attach("c");
    const ack = await client.publish("c", { name: "over the wire", data: "x" });
    assertEquals(ack.action, Action.Ack);
    assertEquals((await client.next(Action.Message)).messages![0]!.name, "over the wire");
    await client.close();
  });
}
