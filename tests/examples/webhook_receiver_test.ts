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

function environment(extra: Partial<Env> = {}): Env {
  const stored = new Map<string, string>();
  const LATEST: Env["LATEST"] = {
    get: async (name) => stored.get(name) ?? null,
    put: async (name, value) => void stored.set(name, value),
  };
  return { ABLY_API_KEY: KEY, LATEST, ...extra };
}

test("webhook receiver: keeps the latest message of a channel", async () => {
  const env = environment();
  const second = structuredClone(MESSAGE_ITEM);
  second.data.channelId = "orders:jim";
  second.data.messages[0]!.data = "the second";
  const delivery = await signed({ items: [MESSAGE_ITEM, second, PRESENCE_ITEM, LIFECYCLE_ITEM] });
  assertEquals((await worker.fetch(delivery, env)).status, 204);

  const first = await worker.fetch(new Request(`${SITE}/latest/my-channel-4`), env);
  assertEquals(await first.json(), {
    name: "a message name",
    data: "the message data",
    clientId: "user-3",
    timestamp: 1123145678900,
  });
  const other = await worker.fetch(new Request(`${SITE}/latest/orders%3Ajim`), env);
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
  const latest = await worker.fetch(new Request(`${SITE}/latest/my-channel-4`), env);
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
    const response = await worker.fetch(new Request(`${SITE}/latest/my-channel-4`), env);
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
  const response = await worker.fetch(new Request(`${SITE}/latest/%E0%A4%A`), environment());
  assertEquals([response.status, await response.text()], [404, "Not found"]);
});

test("webhook receiver: knows no other paths", async () => {
  const response = await worker.fetch(new Request(SITE), environment());
  assertEquals([response.status, await response.text()], [404, "Not found"]);
});
