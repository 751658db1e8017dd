import { ErrorInfo, type WebhookEvent, webhookHandler } from "../../src/webhooks/mod.ts";
import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";
import {
  FOREIGN_KEY,
  KEY,
  MESSAGE_ITEM,
  PRESENCE_ITEM,
  requestOf,
  signed,
} from "./support/deliveries.ts";

test("webhooks: the handler hands on events one after the other and answers 204", async () => {
  const seen: string[] = [];
  const handler = webhookHandler({ key: KEY }, async (event) => {
    seen.push(`${event.kind} starts`);
    await Promise.resolve();
    seen.push(`${event.kind} ends`);
  });
  const response = await handler(await signed({ items: [MESSAGE_ITEM, PRESENCE_ITEM] }));
  assertEquals([response.status, await response.text()], [204, ""]);
  assertEquals(seen, ["message starts", "message ends", "presence starts", "presence ends"]);
});

test("webhooks: the handler answers what it refuses with status and code", async () => {
  const events: WebhookEvent[] = [];
  const handler = webhookHandler({ key: KEY, maxBodySize: 10_000 }, (event) => {
    events.push(event);
  });
  const get = new Request("https://worker.example/webhook");
  const cases: [Request, number, number][] = [
    [requestOf('{"items":[]}'), 401, 40100],
    [await signed({ items: [MESSAGE_ITEM] }, FOREIGN_KEY), 401, 40101],
    [await signed("not JSON"), 400, 40001],
    [await signed("x".repeat(10_001)), 413, 40009],
    [get, 405, 40500],
  ];
  for (const [request, status, code] of cases) {
    const response = await handler(request);
    const { error } = await response.json();
    assertEquals([response.status, error.statusCode, error.code], [status, status, code]);
    assert(typeof error.message === "string" && !error.message.includes("secret-of"));
  }
  assertEquals((await handler(get)).headers.get("allow"), "POST");
  assertEquals(events, []);
});

test("webhooks: the handler lets errors of the receiver through, so that Ably tries again", async () => {
  const handler = webhookHandler({ key: KEY }, () => {
    throw new ErrorInfo("The database is down", 50003, 503);
  });
  const request = await signed({ items: [MESSAGE_ITEM] });
  await assertRejects(() => handler(request), ErrorInfo, "database");
});

test("webhooks: the handler refuses to be made without a good key", () => {
  assertEquals(assertThrows(() => webhookHandler({}, () => {}), ErrorInfo).code, 40003);
  assertEquals(assertThrows(() => webhookHandler({ key: "x" }, () => {}), ErrorInfo).code, 40005);
  webhookHandler({ allowUnsigned: true }, () => {});
});
