import { Action } from "../../src/protocol/actions.ts";
import { createService } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";
import { fuzzFrames, fuzzRequests } from "./fuzz.ts";

test("hostile input: frames that make no sense are refused, and others are served on", async () => {
  const codes = await fuzzFrames(4000, 1);
  assert(codes.size > 5);
});

test("hostile input: requests that make no sense are refused", async () => {
  const statuses = await fuzzRequests(1500, 2);
  assert(statuses.get(400)! > 50);
});

test("hostile input: what is nested too deeply is refused, and nothing of it is kept", async () => {
  await using service = createService();
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const post = await rest(service, "/channels/c/messages", { method: "POST" });
  assertEquals(post.status, 400);
  const response = await service.fetch("/channels/c/messages", {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(service.key)}`, "Content-Type": "application/json" },
    body: `{"extras":{"headers":${deep}}}`,
  });
  assertEquals([response.status, (await response.json()).error.code], [400, 40001]);
  const client = await FrameClient.connect(service);
  client.socket.send(`{"action":15,"channel":"c","msgSerial":0,"messages":[{"data":${deep}}]}`);
  assertEquals((await client.next(Action.Error)).error!.code, 40000);
  await client.closed;
  assertEquals((await rest(service, "/channels/c/messages")).body, []);
});
