import { Action } from "../../src/protocol/actions.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { parseCommandLine } from "../../src/testing/serve/command_line.ts";
import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

test("admin: faults can be ordered over HTTP, with the key alone", async () => {
  await using service = createService({ clock: new FakeClock() });
  const order = (body: object, key: string | null = service.key) =>
    rest(service, "/_service/faults", { method: "POST", body, key });
  assertEquals((await order({ clear: true }, null)).status, 401);
  assertEquals((await order({ nonsense: true })).status, 400);
  const granted = await rest(service, "/keys/localApp.root/requestToken", {
    method: "POST",
    body: { keyName: "localApp.root" },
  });
  const withToken = await rest(service, "/_service/faults", {
    method: "POST",
    body: { clear: true },
    key: null,
    headers: { Authorization: `Bearer ${btoa(granted.body.token)}` },
  });
  assertEquals([withToken.status, withToken.body.error.code], [401, 40162]);
  await order({ http: { path: "/channels/*" }, effect: { respond: { status: 500 } }, times: 1 });
  assertEquals((await rest(service, "/channels/c/messages")).status, 500);
  assertEquals((await rest(service, "/channels/c/messages")).status, 200);
  const client = await FrameClient.connect(service);
  await order({ disconnect: {}, error: { code: 80003, message: "Away", statusCode: 503 } });
  assertEquals((await client.next(Action.Disconnected)).error!.code, 80003);
  const before = service.clock.now();
  await order({ advance: 5000 });
  assertEquals(service.clock.now(), before + 5000);
});

test("admin: the state shows what is going on, but no key and no token", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service, { params: { clientId: "jim" } });
  await client.attach("c");
  const { body } = await rest(service, "/_service/state", { key: null });
  assertEquals(body.apps[0].connections[0].clientId, "jim");
  assertEquals(body.apps[0].channels[0].subscribers, 1);
  const text = JSON.stringify(body);
  assert(!text.includes(service.key) && !text.includes(client.connectionKey));
  const page = await service.fetch("/");
  assert((await page.text()).startsWith("<!doctype html>"));
  await client.close();
});

test("contract 7.5: a service that closes says so to its clients and refuses new ones", async () => {
  const clock = new FakeClock();
  const service = createService({ clock });
  const client = await FrameClient.connect(service);
  await client.attach("c");
  const presence = [{ action: 2, clientId: "jim" }];
  await client.request({ action: Action.Presence, channel: "c", presence });
  await service.close();
  assertEquals((await client.next(Action.Disconnected)).error!.code, 80003);
  await client.closed;
  assertEquals(clock.pending, 0);
  assertEquals(await new FrameClient(service).closed, 1006);
  await assertRejects(() => service.fetch("/time"), TypeError);
});

test("command line: reads options and refuses what it does not know", () => {
  const read = parseCommandLine(["--port=0", "--host", "0.0.0.0", "--namespace", "n:persisted"]);
  assertEquals([read.port, read.host, read.namespaces.at(-1)], [
    0,
    "0.0.0.0",
    { id: "n", persisted: true },
  ]);
  for (const args of [["--port"], ["--port", "x"], ["--unknown"], ["--tls-cert", "a"]]) {
    assertThrows(() => parseCommandLine(args));
  }
});

test("hostile input: faults that make no sense are refused, and change nothing", async () => {
  await using service = createService();
  const orders = [
    {},
    { http: { path: 5 }, effect: { refuse: true } },
    { http: {}, effect: { respond: { status: 99 } } },
    { connect: { params: { a: 1 } }, effect: { refuse: true } },
    { toClient: {}, effect: { replace: null } },
    { toClient: {}, effect: { after: [{}] } },
    { fromClient: {}, effect: { delay: -1 } },
    { close: {}, code: 5 },
    { detach: {} },
    { fail: {}, error: "x" },
    { send: {}, message: 5 },
    { advance: "soon" },
    { toClient: { action: "FLY" }, effect: { swallow: true } },
    { toClient: {}, effect: { error: "x" } },
    { http: {}, effect: { error: 1 } },
    { disconnect: {}, error: 5 },
    { send: {}, message: { action: "FLY" } },
  ];
  for (const body of orders) {
    const answer = await rest(service, "/_service/faults", { method: "POST", body });
    assertEquals([body, answer.status], [body, 400]);
  }
  assertEquals((await rest(service, "/time")).status, 200);
});

test("admin: orders name actions and errors as the methods do", async () => {
  await using service = createService();
  const order = async (body: object) =>
    (await rest(service, "/_service/faults", { method: "POST", body })).status;
  assertEquals(await order({ http: { path: "/time" }, effect: { error: 42910 }, times: 1 }), 204);
  assertEquals((await rest(service, "/time")).body.error.statusCode, 429);
  const client = await FrameClient.connect(service);
  await order({ fromClient: { action: "MESSAGE" }, effect: { error: 42911 }, times: 1 });
  assertEquals((await client.publish("c", { name: "a" })).error!.code, 42911);
  await order({ send: {}, message: { action: "AUTH" } });
  assertEquals((await client.next(Action.Auth)).action, Action.Auth);
  await order({
    toClient: { action: "HEARTBEAT" },
    effect: { before: [{ action: "DETACHED", channel: "c" }] },
  });
  client.send({ action: Action.Heartbeat });
  assertEquals((await client.next(Action.Detached)).channel, "c");
  await order({ disconnect: { connectionId: client.connectionId }, error: 80003 });
  assertEquals((await client.next(Action.Disconnected)).error!.statusCode, 503);
});
