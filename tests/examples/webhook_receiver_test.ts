import worker, { type Env } from "../../examples/webhook-receiver/worker.ts";
import { assertEquals, assertRejects, test } from "../harness.ts";
import {
  FOREIGN_KEY,
  KEY,
  LIFECYCLE_ITEM,
  MESSAGE_ITEM,
  OLD_KEY,
  PRESENCE_ITEM,
  signed,
} from "../webhooks/support/deliveries.ts";

const SITE = "https://worker.example";
const READ_TOKEN = "the-token-of-this-test";

function read(path: string, authorization = `Bearer ${READ_TOKEN}`): Request {
  return new Request(SITE + path, { headers: { authorization } });
}

function environment(extra: Partial<Env> = {}): Env {
  const stored = new Map<string, string>();
  const LATEST: Env["LATEST"] = {
    get: async (name) => stored.get(name) ?? null,
    put: async (name, value) => void stored.set(name, value),
  };
  return { ABLY_API_KEY: KEY, READ_TOKEN, LATEST, ...extra };
}

test("webhook receiver: keeps the latest message of a channel", async () => {
  const env = environment();
  const second = structuredClone(MESSAGE_ITEM);
  second.data.channelId = "orders:jim";
  second.data.messages[0]!.data = "the second";
  const delivery = await signed({ items: [MESSAGE_ITEM, second, PRESENCE_ITEM, LIFECYCLE_ITEM] });
  assertEquals((await worker.fetch(delivery, env)).status, 204);

  const first = await worker.fetch(read("/latest/my-channel-4"), env);
  assertEquals(await first.json(), {
    name: "a message name",
    data: "the message data",
    clientId: "user-3",
    timestamp: 1123145678900,
  });
  const other = await worker.fetch(read("/latest/orders%3Ajim"), env);
  assertEquals((await other.json()).data, "the second");
});

test("webhook receiver: refuses what its keys did not sign", async () => {
  const env = environment();
  const foreign = await worker.fetch(await signed({ items: [MESSAGE_ITEM] }, FOREIGN_KEY), env);
  assertEquals([foreign.status, (await foreign.json()).error.code], [401, 40101]);
  const body = JSON.stringify({ items: [MESSAGE_ITEM] });
  const plain = new Request(`${SITE}/webhook`, { method: "POST", body });
  const refused = await worker.fetch(plain, env);
  assertEquals([refused.status, (await refused.json()).error.code], [401, 40100]);
  const latest = await worker.fetch(read("/latest/my-channel-4"), env);
  assertEquals([latest.status, await latest.text()], [404, "No message yet"]);
});

test("webhook receiver: takes the old key while there is one", async () => {
  const old = () => signed({ items: [] }, OLD_KEY);
  const before = await worker.fetch(await old(), environment());
  assertEquals([before.status, (await before.json()).error.code], [401, 40101]);
  const during = environment({ OLD_ABLY_API_KEY: OLD_KEY });
  assertEquals((await worker.fetch(await old(), during)).status, 204);
});

test("webhook receiver: fails when storing fails, so that Ably tries again", async () => {
  const put = () => Promise.reject(new Error("KV is down"));
  const env = environment({ LATEST: { get: async () => null, put } });
  const delivery = await signed({ items: [MESSAGE_ITEM] });
  await assertRejects(() => worker.fetch(delivery, env), Error, "KV is down");
});

test("webhook receiver: an old delivery that comes again does not replace what is newer", async () => {
  const env = environment();
  const latest = async () => {
    const response = await worker.fetch(read("/latest/my-channel-4"), env);
    return (await response.json()).data;
  };
  const newer = structuredClone(MESSAGE_ITEM);
  Object.assign(newer.data.messages[0]!, { data: "newer", timestamp: 1123145678901 });
  const cases = [[MESSAGE_ITEM, "the message data"], [newer, "newer"], [MESSAGE_ITEM, "newer"]];
  for (const [item, wanted] of cases) {
    assertEquals((await worker.fetch(await signed({ items: [item] }), env)).status, 204);
    assertEquals(await latest(), wanted);
  }
});

test("webhook receiver: a path that is no text is not found", async () => {
  const response = await worker.fetch(read("/latest/%E0%A4%A"), environment());
  assertEquals([response.status, await response.text()], [404, "Not found"]);
});

test("webhook receiver: knows no other paths", async () => {
  const response = await worker.fetch(new Request(SITE), environment());
  assertEquals([response.status, await response.text()], [404, "Not found"]);
});

test("webhook receiver: who has not the token reads nothing", async () => {
  const env = environment();
  assertEquals((await worker.fetch(await signed({ items: [MESSAGE_ITEM] }), env)).status, 204);
  const path = "/latest/my-channel-4";
  const answers = [
    ...["", "Bearer", "Bearer x", `Bearer ${READ_TOKEN}x`, `Basic ${READ_TOKEN}`, READ_TOKEN]
      .map((authorization) => worker.fetch(read(path, authorization), env)),
    worker.fetch(read(path), { ...env, READ_TOKEN: undefined }),
    worker.fetch(read(path, "Bearer undefined"), { ...env, READ_TOKEN: undefined }),
  ];
  for (const answer of answers) {
    const response = await answer;
    assertEquals([response.status, await response.text()], [401, "No"]);
  }
  const { headers, body } = await worker.fetch(read(path), env);
  assertEquals(
    [headers.get("x-content-type-options"), headers.get("cache-control")],
    ["nosniff", "no-store"],
  );
  await body?.cancel();
});

test("webhook receiver: a channel whose name does not fit fails no delivery", async () => {
  const env = environment();
  const named = (channelId: string) => {
    const item = structuredClone(MESSAGE_ITEM);
    item.data.channelId = channelId;
    return item;
  };
  const items = [named("x".repeat(2_000)), named(".."), named("orders")];
  assertEquals((await worker.fetch(await signed({ items }), env)).status, 204);
  for (
    const [path, status] of [["orders", 200], ["%2e%2e", 404], ["x".repeat(2_000), 404]] as const
  ) {
    const response = await worker.fetch(read(`/latest/${path}`), env);
    assertEquals([path, response.status], [path, status]);
    await response.body?.cancel();
  }
});
