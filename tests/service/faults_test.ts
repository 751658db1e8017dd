import { Action } from "../../src/protocol/actions.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assertEquals, assertRejects, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

test("faults: requests are answered otherwise, refused, lost, delayed or left hanging", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const { faults } = service;
  faults.http({ path: "/time" }, { respond: { status: 503, body: { error: {} } } }, { times: 1 });
  assertEquals((await rest(service, "/time")).status, 503);
  const second = faults.http({ path: "/time" }, { respond: { status: 502 } }, {
    skip: 1,
    times: 1,
  });
  assertEquals((await rest(service, "/time")).status, 200);
  assertEquals([(await service.fetch("/time")).status, second.fired], [502, 1]);
  assertEquals((await rest(service, "/time")).status, 200);
  faults.http({}, { refuse: true }, { times: 1 });
  await assertRejects(() => service.fetch("/time"), TypeError);
  faults.http({ method: "POST" }, { drop: true }, { times: 1 });
  const body = { name: "handled" };
  await assertRejects(() => rest(service, "/channels/c/messages", { method: "POST", body }));
  assertEquals((await rest(service, "/channels/c/messages")).body.length, 1);
  faults.http({}, { delay: 1000 }, { times: 1 });
  const delayed = rest(service, "/time");
  await clock.advance(1000);
  assertEquals((await delayed).status, 200);
  faults.http({}, { hang: true }, { times: 1 });
  const controller = new AbortController();
  const hanging = service.fetch("/time", { signal: controller.signal });
  controller.abort(new Error("Gave up"));
  await assertRejects(() => hanging, Error, "Gave up");
});

test("faults: WebSockets are refused, closed or answered with a frame", async () => {
  await using service = createService();
  const { faults } = service;
  faults.connect({}, { refuse: true }, { times: 1 });
  assertEquals(await new FrameClient(service).closed, 1006);
  for (const close of [4000, 1006, 1011]) {
    faults.connect({}, { close }, { times: 1 });
    assertEquals(await new FrameClient(service).closed, close);
  }
  const error = { code: 50320, statusCode: 503, message: "Elsewhere" };
  const frame = { action: Action.Disconnected, error };
  faults.connect({ params: { v: "6" } }, { send: frame, close: 1000 }, { times: 1 });
  const client = new FrameClient(service);
  assertEquals((await client.next(Action.Disconnected)).error!.code, 50320);
  await (await FrameClient.connect(service)).close();
});

test("faults: send() gives a client any value in the place of a list", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  const odd = { messages: "m", presence: 1, annotations: {}, state: "s" } as unknown;
  service.faults.send({ action: Action.Object, channel: "c", ...(odd as object) });
  const { messages, presence, annotations, state } = await client.next(Action.Object);
  assertEquals({ messages, presence, annotations, state } as unknown, odd);
  await client.close();
});

test("faults: frames are swallowed, replaced, joined and delayed in order", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const { faults } = service;
  const client = await FrameClient.connect(service);
  await client.attach("c");
  faults.toClient({ action: Action.Message }, { swallow: true }, { times: 1 });
  await client.publish("c", { name: "swallowed" });
  faults.toClient(
    { action: Action.Message },
    { replace: (message) => ({ ...message, messages: [{ name: "replaced" }] }) },
    { times: 1 },
  );
  await client.publish("c", { name: "original" });
  assertEquals((await client.next(Action.Message)).messages![0]!.name, "replaced");
  faults.fromClient({ action: Action.Message }, { delay: 500 }, { times: 1 });
  const acks = [client.publish("c", { name: "a" }), client.publish("c", { name: "b" })];
  await clock.advance(500);
  await Promise.all(acks);
  assertEquals((await client.next(Action.Message)).messages![0]!.name, "a");
  assertEquals((await client.next(Action.Message)).messages![0]!.name, "b");
  await client.close();
});

test("faults: acts at once on what is connected", async () => {
  await using service = createService();
  const { faults } = service;
  const error = { code: 90198, statusCode: 500, message: "On purpose" };
  const client = await FrameClient.connect(service);
  await client.attach("c");
  faults.detach("c", error);
  assertEquals((await client.next(Action.Detached)).error!.code, 90198);
  await client.attach("c");
  faults.failChannel("c", error);
  assertEquals((await client.next(Action.Error)).channel, "c");
  faults.disconnect(error);
  assertEquals((await client.next(Action.Disconnected)).error!.code, 90198);
  await client.closed;
  faults.forgetConnections();
  const resumed = new FrameClient(service, { params: { resume: client.connectionKey } });
  assertEquals((await resumed.next(Action.Connected)).error!.code, 80008);
  faults.close(4321);
  assertEquals(await resumed.closed, 4321);
});

test("log: keeps requests and frames, and waits for them", async () => {
  await using service = createService();
  const attach = service.log.frame({ direction: "in", action: Action.Attach });
  const client = await FrameClient.connect(service);
  await client.attach("c");
  assertEquals((await attach).channel, "c");
  await rest(service, "/channels/c/messages", { method: "POST", body: { name: "x" } });
  const [request] = service.log.requests({ method: "POST" });
  assertEquals([request!.path, request!.body], ["/channels/c/messages", { name: "x" }]);
  assertEquals(service.log.frames({ direction: "out", action: Action.Message }).length, 1);
  assertEquals(service.log.connects()[0]!.params.v, "6");
  await client.close();
});

test("faults: what hangs or waits ends with the service", async () => {
  const clock = new FakeClock();
  const service = createService({ clock });
  service.faults.http({ path: "/time" }, { hang: true });
  service.faults.http({ path: "/apps" }, { delay: 1000 });
  const hanging = assertRejects(() => service.fetch("/time"), TypeError);
  const waiting = assertRejects(() => service.fetch("/apps"), TypeError);
  service.faults.connect({}, { hang: true }, { times: 1 });
  const socket = new FrameClient(service);
  await clock.advance(0);
  service.faults.connect({}, { delay: 1000 }, { times: 1 });
  const late = new FrameClient(service);
  await clock.advance(0);
  await service.close();
  await Promise.all([hanging, waiting]);
  assertEquals([await socket.closed, await late.closed], [1006, 1006]);
  assertEquals(clock.pending, 0);
});

test("faults: a code of Ably's stands for its whole error, in responses and frames", async () => {
  await using service = createService();
  const { faults } = service;
  faults.http({ method: "POST" }, { error: 42910 }, { times: 1 });
  const body = { name: "a" };
  const refused = await rest(service, "/channels/c/messages", { method: "POST", body });
  assertEquals([refused.status, refused.body.error.code], [429, 42910]);
  assertEquals(refused.headers.get("X-Ably-Errorcode"), "42910");
  assertEquals(refused.body.error.href, "https://help.ably.io/error/42910");
  faults.http({}, { error: { code: 40009, message: "Too much" } }, { times: 1 });
  const other = await rest(service, "/time");
  assertEquals([other.status, other.body.error.message], [413, "Too much"]);
  faults.http({}, { error: 12345 }, { times: 1 });
  assertEquals((await rest(service, "/time")).status, 500);
  const client = await FrameClient.connect(service);
  await client.attach("c");
  faults.failChannel("c", 90001);
  const { error } = await client.next(Action.Error);
  assertEquals([error!.code, error!.statusCode], [90001, 400]);
  faults.disconnect(80003);
  assertEquals((await client.next(Action.Disconnected)).error!.statusCode, 503);
});

test("faults: a frame is refused with a NACK, or with an ERROR for its channel or its connection", async () => {
  await using service = createService();
  const { faults } = service;
  const client = await FrameClient.connect(service);
  faults.fromClient({ action: "MESSAGE" }, { error: 42911 }, { times: 1 });
  const refused = await client.publish("c", { name: "a" });
  assertEquals([refused.action, refused.error!.code], [Action.Nack, 42911]);
  assertEquals((await client.publish("c", { name: "b" })).action, Action.Ack);
  assertEquals(service.messages("c").map(({ name }) => name), ["b"]);
  faults.fromClient({ action: "ATTACH" }, { error: 90021 }, { times: 1 });
  client.send({ action: Action.Attach, channel: "c" });
  const failed = await client.next(Action.Error);
  assertEquals([failed.channel, failed.error!.statusCode], ["c", 429]);
  faults.fromClient({ action: "HEARTBEAT" }, { error: 42924 }, { times: 1 });
  client.send({ action: Action.Heartbeat });
  assertEquals((await client.next(Action.Error)).error!.code, 42924);
  await client.closed;
});

test("faults, log: actions are given by name or by number", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  service.faults.toClient({ action: "ATTACHED" }, { swallow: true }, { times: 1 });
  client.send({ action: Action.Attach, channel: "lost" });
  await client.attach("c");
  for (const action of ["ATTACH", Action.Attach] as const) {
    const frames = service.log.frames({ direction: "in", action });
    assertEquals(frames.map(({ channel }) => channel), ["lost", "c"]);
  }
  assertEquals(service.log.frames({ action: "OBJECT_SYNC" }), []);
  await client.close();
});
