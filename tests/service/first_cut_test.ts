import { Action, Flag, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { createTokenRequest } from "../../src/token/mod.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertMatch, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

test("contract 5.1: tells the time without credentials", async () => {
  await using service = createService({ clock: new FakeClock(1_700_000_000_000) });
  const { status, headers, body } = await rest(service, "/time", { key: null });
  assertEquals(status, 200);
  assertEquals(headers.get("Content-Type"), "application/json");
  assertEquals(body, [1_700_000_000_000]);
});

test("contract 3.1: answers in MessagePack where it is accepted", async () => {
  await using service = createService();
  const response = await service.fetch("/time", {
    headers: { Accept: "application/x-msgpack" },
  });
  assertEquals(response.headers.get("Content-Type"), "application/x-msgpack");
  const [time] = msgpackCodec.decode(new Uint8Array(await response.arrayBuffer())) as number[];
  assert(Math.abs(time! - Date.now()) < 60_000);
});

test("contract 3.7: a time lies strictly between what came before and what comes after", async () => {
  await using service = createService({ clock: new FakeClock() });
  const time = async () => (await rest(service, "/time")).body[0] as number;
  const publish = (name: string) =>
    rest(service, "/channels/c/messages", { method: "POST", body: { name } });
  await publish("before");
  const start = await time();
  for (let i = 0; i < 5; i++) await publish(`between-${i}`);
  const end = await time();
  await publish("after");
  const { body } = await rest(service, `/channels/c/messages?start=${start}&end=${end}`);
  assertEquals(body.length, 5);
});

test("contract 2.1: makes apps that know nothing of each other", async () => {
  await using service = createService();
  const setup = { keys: [{}, { capability: '{"only":["subscribe"]}' }], namespaces: [{ id: "n" }] };
  const created = await rest(service, "/apps", { method: "POST", body: setup, key: null });
  assertEquals(created.status, 201);
  assertEquals(created.body.keys.length, 2);
  assertEquals(created.body.namespaces.length, 1);
  assertEquals(created.body.keys[0].capability, '{"*":["*"]}');
  const key = created.body.keys[0].keyStr;
  await rest(service, "/channels/c/messages", { method: "POST", body: { name: "a" }, key });
  assertEquals((await rest(service, "/channels/c/messages", { key })).body.length, 1);
  assertEquals((await rest(service, "/channels/c/messages")).body.length, 0);
});

test("contract 4.2: says what is wrong with credentials", async () => {
  await using service = createService();
  const refused = async (key: string | null) => {
    const { status, headers, body } = await rest(service, "/channels/c/messages", { key });
    assertEquals(headers.get("X-Ably-Errorcode"), String(body.error.code));
    return [status, body.error.code];
  };
  assertEquals(await refused("unknown.key:secret"), [401, 40101]);
  assertEquals(await refused("localApp.unknown:secret"), [401, 40400]);
  assertEquals(await refused("localApp.root:wrong"), [401, 40101]);
  assertEquals(await refused(null), [401, 40106]);
});

test("contract 4.4: exchanges a token request once", async () => {
  await using service = createService();
  const body = await createTokenRequest(service.key, { clientId: "jim", ttl: 1000 });
  const path = `/keys/${body.keyName}/requestToken`;
  const first = await rest(service, path, { method: "POST", body, key: null });
  assertEquals(first.status, 201);
  assertEquals(first.body.clientId, "jim");
  assertEquals(first.body.expires - first.body.issued, 1000);
  const second = await rest(service, path, { method: "POST", body, key: null });
  assertEquals([second.status, second.body.error.code], [401, 40105]);
  const forged = await rest(service, path, {
    method: "POST",
    body: { ...body, ttl: 2 },
    key: null,
  });
  assertEquals([forged.status, forged.body.error.code], [401, 40101]);
});

test("contract 5.2: publishes and keeps history in order, page by page", async () => {
  await using service = createService();
  const names = ["a", "b", "c", "d", "e"];
  const published = await rest(service, "/channels/x%2Fy/messages", {
    method: "POST",
    body: names.map((name) => ({ name, data: null })),
  });
  assertEquals(published.status, 201);
  assertEquals(published.body.channel, "x/y");
  assertEquals(published.body.serials.length, 5);
  const seen: string[] = [];
  let path: string | undefined = "/channels/x%2Fy/messages?limit=2&direction=forwards";
  while (path !== undefined) {
    const { headers, body } = await rest(service, path);
    seen.push(...body.map(({ name }: { name: string }) => name));
    const next = /<\.\/([^>]*)>; rel="next"/.exec(headers.get("Link")!)?.[1];
    path = next && `/channels/x%2Fy/${next}`;
  }
  assertEquals(seen, names);
});

test("contract 5.2: the same id is published once, over REST and realtime", async () => {
  await using service = createService();
  const body = { id: "once", data: "first" };
  const one = await rest(service, "/channels/c/messages", { method: "POST", body });
  const client = await FrameClient.connect(service);
  const ack = await client.publish("c", { id: "once", data: "second" });
  assertEquals(ack.res![0]!.serials, one.body.serials);
  const { body: history } = await rest(service, "/channels/c/messages");
  assertEquals(history.length, 1);
  assertEquals(history[0].data, "first");
  await client.close();
});

for (const format of ["json", "msgpack"] as const) {
  test(`contract 9: a message comes back to its publisher and to others (${format})`, async () => {
    await using service = createService();
    const publisher = await FrameClient.connect(service, { format });
    const quiet = await FrameClient.connect(service, { format, params: { echo: "false" } });
    const attached = await publisher.attach("c");
    assertEquals(attached.flags! & MODE_FLAGS.subscribe, MODE_FLAGS.subscribe);
    assertEquals(attached.flags! & Flag.Resumed, 0);
    await quiet.attach("c");
    const data = new Uint8Array([1, 2, 255]);
    const ack = await publisher.publish(
      "c",
      format === "json"
        ? { name: "bytes", data: "AQL/", encoding: "base64" }
        : { name: "bytes", data },
    );
    assertEquals(ack.action, Action.Ack);
    for (const client of [publisher, quiet]) {
      const frame = await client.next(Action.Message);
      assertEquals(frame.id, `${publisher.connectionId}:0`);
      assertEquals(frame.connectionId, publisher.connectionId);
      const [message] = frame.messages!;
      assertEquals(message!.serial, ack.res![0]!.serials[0]);
      assertEquals(message!.id, `${publisher.connectionId}:0:0`);
      if (format === "json") assertEquals([message!.data, message!.encoding], ["AQL/", "base64"]);
      else assertEquals(new Uint8Array(message!.data as Uint8Array), data);
    }
    await quiet.publish("c", { name: "unheard" });
    await quiet.settled();
    assertEquals(quiet.received, []);
    await publisher.close();
    await quiet.close();
  });
}

test("contract 7.1: a refusal is an ERROR on the opened socket", async () => {
  await using service = createService();
  for (const key of ["unknown.key:secret", "localApp.unknown:secret", "localApp.root:wrong"]) {
    const client = new FrameClient(service, { key });
    const { error, channel } = await client.next(Action.Error);
    assertEquals([error!.code, error!.statusCode, channel], [40101, 401, undefined]);
    await client.closed;
  }
});

test("contract 7.3: answers a heartbeat, and breaks its own silence", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const client = await FrameClient.connect(service);
  client.send({ action: Action.Heartbeat, id: "ping" });
  assertEquals((await client.next(Action.Heartbeat)).id, "ping");
  await clock.advance(15_000);
  assertEquals((await client.next(Action.Heartbeat)).id, undefined);
  await client.close();
  assertEquals(clock.pending, 0);
});

test("contract 7.4: resumes with the same id and a new key", async () => {
  await using service = createService();
  const first = await FrameClient.connect(service);
  await first.attach("c");
  const { channelSerial } = await first.attach("c");
  service.faults.drop();
  await first.closed;
  await rest(service, "/channels/c/messages", { method: "POST", body: { name: "missed" } });
  const second = await FrameClient.connect(service, { params: { resume: first.connectionKey } });
  assertEquals(second.connectionId, first.connectionId);
  assert(second.connectionKey !== first.connectionKey);
  const attached = await second.attach("c", { channelSerial });
  assertEquals(attached.flags! & Flag.Resumed, Flag.Resumed);
  const replayed = await second.next(Action.Message);
  assertEquals(replayed.messages![0]!.name, "missed");
  await second.close();
});

test("contract 7.4: a key that cannot be read gets a new connection and 80018", async () => {
  await using service = createService();
  const client = new FrameClient(service, {
    params: { resume: "_____!ablyjs_test_fake-key____" },
  });
  const connected = await client.next(Action.Connected);
  assertEquals(connected.error!.code, 80018);
  assertMatch(connected.connectionId!, /^[A-Za-z0-9]+$/);
  await client.close();
});

test("contract 8.6: an empty channel name is an ERROR that names it", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  client.send({ action: Action.Attach, channel: "" });
  const { channel, error } = await client.next(Action.Error);
  assertEquals([channel, error!.code], ["", 40010]);
  await client.attach("still-connected");
  await client.close();
});

test("contract 8.5: rewinds, and says so", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  const empty = await client.attach("c", { params: { rewind: "1", foo: "bar" } });
  assertEquals(empty.flags! & Flag.HasBacklog, 0);
  assertEquals(empty.params, { rewind: "1" });
  await rest(service, "/channels/d/messages", {
    method: "POST",
    body: [{ name: "a" }, { name: "b" }],
  });
  const attached = await client.attach("d", { params: { rewind: "1" } });
  assertEquals(attached.flags! & Flag.HasBacklog, Flag.HasBacklog);
  assertEquals((await client.next(Action.Message)).messages![0]!.name, "b");
  await client.attach("d", { params: { rewind: "1" }, flags: Flag.AttachResume });
  await client.settled();
  assertEquals(client.received, []);
  await client.close();
});

test("contract 8.5: rewinds no further than asked, and announces nothing that is kept back", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service, { params: { echo: "false" } });
  await rest(service, "/channels/c/messages", {
    method: "POST",
    body: ["a", "b", "c"].map((name) => ({ name })),
  });
  await client.attach("c", { params: { rewind: "2m", rewindLimit: "2" } });
  assertEquals((await client.next(Action.Message)).messages![0]!.name, "b");
  assertEquals((await client.next(Action.Message)).messages![0]!.name, "c");
  await client.publish("own", { name: "mine" });
  const { flags } = await client.attach("own", { params: { rewind: "1" } });
  await client.settled();
  assertEquals([flags! & Flag.HasBacklog, client.received], [0, []]);
  await client.close();
});
