import { proxyControl } from "../../src/testing/proxy/proxy_control.ts";
import { createService, DEFAULT_KEY, FakeClock } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

const EVIL = [
  ...["https://evil.example", "null", "http://localhost.evil.example", "file://", "x"],
  ...["http://127.0.0.1.evil.example:8080", "chrome-extension://abc", "http://192.168.1.20"],
];
const OWN = [
  ...["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:80", "http://app.localhost"],
  ...["https://localhost:5173", "https://service.local"],
];

test("service: pages of other sites neither see the state nor make apps", async () => {
  await using service = createService();
  const before = service.apps.length;
  const paths = [
    ...["GET /_service/state", "POST /_service/faults", "POST /apps", "DELETE /apps/localApp"],
    ...["OPTIONS /apps", "POST /apps/", "GET /%5Fservice/state", "POST /%61pps"],
  ];
  for (const origin of EVIL) {
    for (const each of paths) {
      const [method, path] = each.split(" ") as [string, string];
      const headers = { origin, "content-type": "text/plain" };
      const body = method === "POST" ? "{}" : undefined;
      const response = await service.fetch(path, { method, headers, body });
      assertEquals([origin, each, response.status], [origin, each, 403]);
      await response.body?.cancel();
    }
  }
  assertEquals(service.apps.length, before);
});

test("service: pages of this machine make apps, and use the service with its key", async () => {
  await using service = createService();
  for (const origin of OWN) {
    const made = await service.fetch("/apps", { method: "POST", headers: { origin }, body: "{}" });
    assertEquals([origin, made.status], [origin, 201]);
    await made.body?.cancel();
    const state = await service.fetch("/_service/state", { headers: { origin } });
    assertEquals(state.status, 200);
    await state.body?.cancel();
  }
  for (const origin of [...OWN, ...EVIL]) {
    const headers = { origin, authorization: `Basic ${btoa(service.key)}` };
    const { status, headers: told, body } = await service.fetch("/channels/c/messages", {
      headers,
    });
    assertEquals([status, told.get("access-control-allow-origin")], [200, "*"]);
    await body?.cancel();
  }
});

test("service: each has a key of its own, unless it is given one", async () => {
  await using one = createService();
  await using other = createService();
  await using fixed = createService({ key: DEFAULT_KEY });
  assert(one.key !== other.key && one.key !== DEFAULT_KEY && other.key !== DEFAULT_KEY);
  assertEquals([fixed.key, one.key, one.options().key], [DEFAULT_KEY, one.key, one.key]);
  assertEquals(one.apps[0]!.keys[0], one.key);
  assert(/^localApp\.root:[0-9A-Za-z]{32}$/.test(one.key));
  for (const key of [DEFAULT_KEY, other.key]) {
    const answer = await rest(one, "/channels/c/messages", { key });
    assertEquals([answer.status, answer.body.error.code], [401, 40101]);
  }
  assertEquals((await rest(one, "/channels/c/messages")).status, 200);
});

test("service: one that goes on from a snapshot has its key, or the one that it is given", async () => {
  await using before = createService();
  await rest(before, "/channels/persisted:c/messages", { method: "POST", body: { data: "x" } });
  const snapshot = before.snapshot();
  await using after = createService({ snapshot });
  assertEquals(after.key, before.key);
  assertEquals((await rest(after, "/channels/persisted:c/messages")).body.length, 1);
  await using rekeyed = createService({ snapshot, key: "localApp.root:another" });
  assertEquals((await rest(rekeyed, "/channels/persisted:c/messages")).body.length, 1);
  const old = await rest(rekeyed, "/channels/persisted:c/messages", { key: before.key });
  assertEquals(old.status, 401);
});

async function channelsOf(service: ReturnType<typeof createService>): Promise<string[]> {
  const state = await (await service.fetch("/_service/state")).json();
  return state.apps[0].channels.map(({ name }: { name: string }) => name);
}

test("service: unused channels are dropped", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  for (let i = 0; i < 100; i++) await rest(service, `/channels/asked${i}/messages`);
  await rest(service, "/channels/used/messages", { method: "POST", body: { data: "x" } });
  await rest(service, "/channels/persisted:kept/messages", { method: "POST", body: { data: "x" } });
  const client = await FrameClient.connect(service);
  await client.attach("attached");
  await client.attach("left");
  client.send({ action: 12, channel: "left" });
  await client.next(13);
  assertEquals((await channelsOf(service)).length, 104);
  await clock.advance(120_000);
  assertEquals((await channelsOf(service)).length, 104);
  await clock.advance(1_000);
  assertEquals((await channelsOf(service)).sort(), ["attached", "persisted:kept"]);
  await client.close();
});

test("service: pages of other sites start no proxies", async () => {
  await using service = createService();
  let started = 0;
  const control = proxyControl(service, () => {
    started++;
    return { hostname: "localhost", port: 1, close: async () => {} };
  });
  const ask = (origin: string, body = "{}") =>
    control.handle(
      new Request("http://localhost:1/sessions", { method: "POST", headers: { origin }, body }),
    );
  for (const origin of EVIL) {
    const response = await ask(origin);
    assertEquals([origin, response.status], [origin, 403]);
    await response.body?.cancel();
  }
  const large = await ask("http://localhost:5173", `{"x":"${"x".repeat(1024 * 1024)}"}`);
  assertEquals([large.status, started], [400, 0]);
  await large.body?.cancel();
  const own = await ask("http://localhost:5173");
  assertEquals([own.status, started], [201, 1]);
  await own.body?.cancel();
  await control.close();
});
