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

test("admin: the log is read in parts, with decoded payloads, and without keys and tokens", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.publish("c", { name: "a", data: '{"id":17}', encoding: "json" });
  await rest(service, "/channels/c/messages", { method: "POST", body: { name: "over REST" } });
  await rest(service, "/keys/localApp.root/requestToken", {
    method: "POST",
    body: { keyName: "localApp.root" },
  });
  const log = async (after: number | string) =>
    (await rest(service, `/_service/log?after=${after}`, { key: null })).body;
  const { entries, last } = await log(0);
  const find = (text: string) =>
    entries.find((entry: { text: string }) => entry.text.includes(text));
  assertEquals(find("→ MESSAGE").text, 'socket 1 → MESSAGE c a {"id":17}');
  assertEquals(JSON.parse(find("→ MESSAGE").detail).messages[0].data, { id: 17 });
  assertEquals(JSON.parse(find("POST /channels").detail).name, "over REST");
  assertEquals(find("requestToken").detail, undefined);
  const text = JSON.stringify(entries);
  for (const secret of [service.key, client.connectionKey, "Basic"]) assert(!text.includes(secret));
  assertEquals((await log(last)).entries, []);
  await rest(service, "/time");
  assertEquals((await log(last)).entries.map(({ text }: { text: string }) => text), [
    "GET /time",
    "200 GET /time",
  ]);
  // A page that was open while the service started again has a greater number, and begins anew.
  assert((await log(last + 1_000_000)).entries.length > 2);
  assertEquals((await log("x")).entries.length > 2, true);
  client.send({ action: Action.Message, channel: "c", messages: [5, null] as unknown as [] });
  await client.next(Action.Nack);
  assert((await log(last)).entries.length > 0);
  await client.close();
});

test("admin: the content of a channel is decoded", async () => {
  await using service = createService();
  service.enter("c", "ann", { mood: "good" });
  service.seed("c", [{ name: "a", data: new Uint8Array([1]) }, { name: "b", data: { id: 17 } }]);
  const { body } = await rest(service, "/_service/channel?app=localApp&name=c", { key: null });
  assertEquals(body.members[0].data, { mood: "good" });
  assertEquals(body.messages.map(({ data }: { data: unknown }) => data), [
    { id: 17 },
    { base64: "AQ==" },
  ]);
  assertEquals(body.objects, null);
  assertEquals((await rest(service, "/_service/channel?app=localApp&name=x")).status, 404);
  const found = await rest(service, "/_service/state?search=x", { key: null });
  assertEquals(found.body.apps[0].channels, []);
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
  assertEquals(parseCommandLine(["--limits", "free"]).limits?.connections, 200);
  for (
    const args of [["--limits", "none"], ["--port"], ["--port", "x"], ["--unknown"], [
      "--tls-cert",
      "a",
    ]]
  ) {
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
