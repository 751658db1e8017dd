import {
  ErrorInfo,
  type WebhookEvent,
  webhookHandler,
  type WebhookOptions,
} from "../../src/webhooks/mod.ts";
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

const SECRET_FAULT = new ErrorInfo("The password of the database is x", 40000, 400);
const ENCRYPTED = structuredClone(MESSAGE_ITEM);
Object.assign(ENCRYPTED.data.messages[0]!, { data: "AAAA", encoding: "cipher+aes-128-cbc/base64" });

test("webhooks: the handler does not answer with what functions of the options throw", async () => {
  const fail = () => {
    throw SECRET_FAULT;
  };
  const cases: [Partial<WebhookOptions>, number][] = [
    [{ cipher: fail }, 40000],
    [{ cipher: { key: new Uint8Array(16) }, onError: fail }, 40000],
    [{ cipher: () => ({ key: "bad" }) }, 40003],
  ];
  for (const [options, code] of cases) {
    let handled = 0;
    const handler = webhookHandler({ key: KEY, ...options }, () => void handled++);
    const delivery = await signed({ items: [PRESENCE_ITEM, ENCRYPTED] });
    const error = await assertRejects(() => handler(delivery), ErrorInfo);
    assertEquals([error.code, error.statusCode], [code, 400]);
    assertEquals(handled, 0);
  }
});

test("webhooks: the handler asks for the cipher of a channel only once the signature is right", async () => {
  const asked: string[] = [];
  const cipher = (channel: string) => void asked.push(channel);
  const handler = webhookHandler({ key: KEY, cipher: cipher as () => undefined }, () => {});
  assertEquals((await handler(await signed({ items: [MESSAGE_ITEM] }, FOREIGN_KEY))).status, 401);
  assertEquals(asked, []);
  const delivery = () => signed({ items: [MESSAGE_ITEM, MESSAGE_ITEM] });
  for (let times = 0; times < 2; times++) await handler(await delivery());
  assertEquals(asked, ["my-channel-4", "my-channel-4"]);
});

test("webhooks: the handler leaves to the runtime what is wrong with how it is called", async () => {
  const handler = webhookHandler({ key: KEY }, () => {});
  const request = await signed({ items: [] });
  await request.text();
  const error = await assertRejects(() => handler(request), ErrorInfo, "already been read");
  assertEquals(error.code, 40001);
});

test("webhooks: the handler refuses to be made with options that can't work", () => {
  const made = (options: object) => () => webhookHandler({ key: KEY, ...options }, () => {});
  for (const options of [{ cipher: { key: "bad" } }, { cipher: {} }, { maxBodySize: NaN }]) {
    assertEquals(assertThrows(made(options), ErrorInfo).code, 40003);
  }
  made({ cipher: { key: new Uint8Array(32) }, maxBodySize: 0 })();
});

test("webhooks: the handler refuses a time limit that is not valid", () => {
  for (const bodyTimeout of [-1, NaN, "soon" as unknown as number]) {
    const error = assertThrows(
      () => webhookHandler({ key: KEY, bodyTimeout }, () => {}),
      ErrorInfo,
    );
    assertEquals(error.code, 40003);
  }
});

test("webhooks: the handler refuses to be made without a good key", () => {
  assertEquals(assertThrows(() => webhookHandler({}, () => {}), ErrorInfo).code, 40003);
  assertEquals(assertThrows(() => webhookHandler({ key: "x" }, () => {}), ErrorInfo).code, 40005);
  webhookHandler({ allowUnsigned: true }, () => {});
});

test("webhooks: a body that takes too long is refused and given up", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: () => new Promise(() => {}),
    cancel: () => void (cancelled = true),
  });
  const init = { method: "POST", body, duplex: "half", headers: { "x-ably-signature": "x" } };
  const request = new Request("https://worker.example/webhook", init as RequestInit);
  const response = await webhookHandler({ key: KEY, bodyTimeout: 20 }, () => {})(request);
  assertEquals([response.status, (await response.json()).error.code], [408, 50003]);
  assertEquals(cancelled, true);
});

test("webhooks: every answer says what it is, and that it is not kept", async () => {
  const handler = webhookHandler({ key: KEY }, () => {});
  const requests: [Request, number][] = [
    [await signed({ items: [MESSAGE_ITEM] }), 204],
    [requestOf('{"items":[]}'), 401],
    [await signed("not JSON"), 400],
    [new Request("https://worker.example/webhook"), 405],
    [new Request("https://worker.example/webhook", { method: "OPTIONS" }), 405],
  ];
  for (const [request, status] of requests) {
    const response = await handler(request);
    const { headers } = response;
    assertEquals(
      [response.status, headers.get("x-content-type-options"), headers.get("cache-control")],
      [status, "nosniff", "no-store"],
    );
    await response.body?.cancel();
  }
});
