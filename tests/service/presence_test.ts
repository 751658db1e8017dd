import { Action, Flag, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assert, assertEquals, fixture, skip, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

const ENTER = 2;
const LEAVE = 3;
const UPDATE = 4;

test("contract 10.2: what a client does comes back to it, even without echo or mode", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service, { params: { echo: "false" } });
  await client.attach("c", { flags: MODE_FLAGS.presence });
  const ack = await client.request({
    action: Action.Presence,
    channel: "c",
    presence: [{ action: ENTER, clientId: "jim", data: "hello", extras: { headers: { a: 1 } } }],
  });
  assertEquals(ack.action, Action.Ack);
  const { id, connectionId, presence } = await client.next(Action.Presence);
  assertEquals([id, connectionId], [`${client.connectionId}:0`, client.connectionId]);
  const [member] = presence!;
  assertEquals(member!.id, `${client.connectionId}:0:0`);
  assertEquals(member!.extras, { headers: { a: 1 } });
  await client.close();
});

test("contract 10.1: a leave carries the last data, and nothing comes of a second one", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c");
  const act = (action: number, more: object = {}) =>
    client.request({
      action: Action.Presence,
      channel: "c",
      presence: [{ action, clientId: "jim", ...more }],
    });
  await act(UPDATE, { data: "first" });
  assertEquals((await client.next(Action.Presence)).presence![0]!.action, UPDATE);
  await act(LEAVE);
  const { presence } = await client.next(Action.Presence);
  assertEquals([presence![0]!.action, presence![0]!.data], [LEAVE, "first"]);
  assertEquals((await act(LEAVE)).action, Action.Ack);
  await client.settled();
  assertEquals(client.received, []);
  await client.close();
});

test("contract 10.1: refuses who has no name, no mode, no attachment or no room", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  const enter = async (channel: string, clientIds: (string | undefined)[]) => {
    const presence = clientIds.map((clientId) => ({ action: ENTER, clientId }));
    const outcome = await client.request({ action: Action.Presence, channel, presence });
    return outcome.error?.code ?? "ok";
  };
  assertEquals(await enter("c", ["jim"]), 90001);
  await client.attach("c");
  assertEquals(await enter("c", [undefined]), 91000);
  assertEquals(await enter("c", ["*"]), 40012);
  await client.attach("quiet", { flags: MODE_FLAGS.subscribe });
  assertEquals(await enter("quiet", ["jim"]), 40165);
  assertEquals(await enter("c", Array.from({ length: 250 }, (_, i) => `client-${i}`)), "ok");
  assertEquals(await enter("c", ["one-too-many"]), 91003);
  await client.close();
});

test("contract 10.3: syncs page by page, on every attach and when asked", async () => {
  await using service = createService();
  const first = await FrameClient.connect(service);
  await first.attach("c");
  await first.request({
    action: Action.Presence,
    channel: "c",
    presence: Array.from({ length: 110 }, (_, i) => ({ action: ENTER, clientId: `client-${i}` })),
  });
  const second = await FrameClient.connect(service);
  const { flags } = await second.attach("c");
  assertEquals(flags! & Flag.HasPresence, Flag.HasPresence);
  const pages = [await second.next(Action.Sync), await second.next(Action.Sync)];
  assertEquals(pages.map(({ presence }) => presence!.length), [100, 10]);
  const [sequence, cursor] = pages[0]!.channelSerial!.split(":");
  assert(cursor !== "");
  assertEquals(pages[1]!.channelSerial, `${sequence}:`);
  assertEquals(pages[0]!.presence![0]!.action, 1);
  await second.attach("empty");
  second.send({ action: Action.Sync, channel: "empty" });
  assertEquals((await second.next(Action.Sync)).presence, []);
  await first.close();
  await second.close();
});

test("contract 10.5: members leave at once on CLOSE and DETACH", async () => {
  await using service = createService();
  const watcher = await FrameClient.connect(service);
  await watcher.attach("c");
  for (const action of [Action.Close, Action.Detach]) {
    const client = await FrameClient.connect(service);
    await client.attach("c");
    const presence = [{ action: ENTER, clientId: "jim", data: "x" }];
    await client.request({ action: Action.Presence, channel: "c", presence });
    await watcher.next(Action.Presence);
    client.send({ action, channel: "c" });
    const { presence: [left] = [] } = await watcher.next(Action.Presence);
    assertEquals([left!.action, left!.data, left!.connectionId], [LEAVE, "x", client.connectionId]);
    client.socket.close();
  }
  await watcher.close();
});

test("contract 10.5: members of a lost connection stay for a while, then leave under another id", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const watcher = await FrameClient.connect(service);
  await watcher.attach("c");
  const client = await FrameClient.connect(service, { params: { remainPresentFor: "1000" } });
  await client.attach("c");
  const presence = [{ action: ENTER, clientId: "jim", data: "x" }];
  await client.request({ action: Action.Presence, channel: "c", presence });
  await watcher.next(Action.Presence);
  service.faults.drop({ connectionId: client.connectionId });
  await clock.advance(999);
  assertEquals((await rest(service, "/channels/c/presence")).body.length, 1);
  await clock.advance(1);
  const { presence: [left] = [] } = await watcher.next(Action.Presence);
  assertEquals([left!.action, left!.connectionId, left!.data], [LEAVE, client.connectionId, "x"]);
  assert(!left!.id!.startsWith(client.connectionId));
  await watcher.close();
});

test("contract 10.5: a connection that comes back in time keeps its members", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const client = await FrameClient.connect(service);
  await client.attach("c");
  const presence = [{ action: ENTER, clientId: "jim" }];
  await client.request({ action: Action.Presence, channel: "c", presence });
  service.faults.drop();
  await clock.advance(10_000);
  const back = await FrameClient.connect(service, { params: { resume: client.connectionKey } });
  await clock.advance(10_000);
  assertEquals((await rest(service, "/channels/c/presence")).body.length, 1);
  await back.close();
  assertEquals((await rest(service, "/channels/c/presence")).body.length, 0);
  assertEquals(clock.pending, 0);
});

test("contract 5.6: presence history tells every event, newest first", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c");
  for (const data of ["1", "2", "3"]) {
    const presence = [{ action: UPDATE, clientId: "jim", data }];
    await client.request({ action: Action.Presence, channel: "c", presence });
  }
  await client.close();
  const { body } = await rest(service, "/channels/c/presence/history");
  assertEquals(body.map(({ data }: { data: string }) => data), ["3", "3", "2", "1"]);
});

const setup = fixture("test-app-setup.json") as { post_apps: object } | undefined;
if (setup === undefined) skip("contract 2.1: has the fixture members", "ABLY_FIXTURES is not set");
else {
  test("contract 2.1: has the fixture members, page by page and in batches", async () => {
    await using service = createService();
    const created = await rest(service, "/apps", { method: "POST", body: setup.post_apps });
    const key = created.body.keys[0].keyStr;
    const channel = "/channels/persisted%3Apresence_fixtures";
    const { body: members } = await rest(service, `${channel}/presence`, { key });
    assertEquals(members.length, 6);
    assertEquals(
      new Set(members.map(({ connectionId }: { connectionId: string }) => connectionId)).size,
      1,
    );
    const seen = new Set<string>();
    let path: string | undefined = "presence?limit=2";
    for (let page = 0; path !== undefined; page++) {
      assert(page < 3);
      const { headers, body }: Awaited<ReturnType<typeof rest>> = await rest(
        service,
        `${channel}/${path}`,
        { key },
      );
      for (const { clientId } of body) seen.add(clientId);
      path = /<\.\/([^>]*)>; rel="next"/.exec(headers.get("Link")!)?.[1];
    }
    assertEquals(seen.size, 6);
    const { body: history } = await rest(service, `${channel}/presence/history`, { key });
    assertEquals([history[0].clientId, history[5].clientId], ["client_encoded", "client_bool"]);
    const batch = await rest(service, "/presence?channels=persisted:presence_fixtures,a,:bad", {
      key,
    });
    assertEquals([batch.body.successCount, batch.body.failureCount], [2, 1]);
    assertEquals(batch.body.results[2].error.code, 40010);
  });
}

test("contract 11.3: tells the occupancy after ATTACHED and when it changes", async () => {
  await using service = createService();
  const watcher = await FrameClient.connect(service);
  await watcher.attach("c", { params: { occupancy: "metrics.connections" } });
  const told = async () => {
    const { messages: [message] = [] } = await watcher.next(Action.Message);
    assertEquals(message!.name, "[meta]occupancy");
    return JSON.parse(message!.data as string).metrics;
  };
  assertEquals(await told(), { connections: 1 });
  const client = await FrameClient.connect(service);
  await client.attach("c");
  assertEquals(await told(), { connections: 2 });
  await client.close();
  assertEquals(await told(), { connections: 1 });
  const { body } = await rest(service, "/channels/c");
  assertEquals(body.status.occupancy.metrics.subscribers, 1);
  await watcher.close();
});

test("contract 10.1: who enters and leaves within a frame is gone", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c");
  const presence = [
    { action: ENTER, clientId: "jim" },
    { action: ENTER, clientId: "joe" },
    { action: LEAVE, clientId: "jim" },
  ];
  const ack = await client.request({ action: Action.Presence, channel: "c", presence });
  assertEquals(ack.action, Action.Ack);
  const told = (await client.next(Action.Presence)).presence!;
  assertEquals(told.map(({ action, clientId }) => [action, clientId]), [
    [ENTER, "jim"],
    [ENTER, "joe"],
    [LEAVE, "jim"],
  ]);
  const { body } = await rest(service, "/channels/c/presence");
  assertEquals(body.map(({ clientId }: { clientId: string }) => clientId), ["joe"]);
  await client.close();
});

test("contract 5.6: presence history ends at the attach point that it is asked for", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c");
  const enter = (clientId: string) =>
    client.request({
      action: Action.Presence,
      channel: "c",
      presence: [{ action: ENTER, clientId }],
    });
  await enter("before");
  const { channelSerial } = await client.attach("c");
  await enter("after");
  const path = "/channels/c/presence/history";
  assertEquals((await rest(service, path)).body.length, 2);
  const { body } = await rest(service, `${path}?from_serial=${channelSerial}`);
  assertEquals(body.map(({ clientId }: { clientId: string }) => clientId), ["before"]);
  const wrong = await rest(service, `${path}?from_serial=nonsense`);
  assertEquals([wrong.status, wrong.body.error.code], [400, 90008]);
  await client.close();
});

test("contract 3.5: the next page of members is there though a member has updated", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c");
  const act = (action: number, clientIds: string[]) =>
    client.request({
      action: Action.Presence,
      channel: "c",
      presence: clientIds.map((clientId) => ({ action, clientId })),
    });
  await act(ENTER, ["a", "b", "c"]);
  const first = await rest(service, "/channels/c/presence?limit=2");
  await act(UPDATE, ["c"]);
  const [, next] = /<\.\/presence\?([^>,]*)>; rel="next"/.exec(first.headers.get("Link")!)!;
  const { body } = await rest(service, `/channels/c/presence?${next}`);
  assertEquals(body.map(({ clientId }: { clientId: string }) => clientId), ["c"]);
  await client.close();
});

test("contract 5.6: a token of one client may ask for the members of another", async () => {
  await using service = createService();
  const { body: details } = await rest(service, "/keys/localApp.root/requestToken", {
    method: "POST",
    body: { keyName: "localApp.root", clientId: "jim" },
  });
  const { status, body } = await rest(service, "/channels/c/presence?clientId=joe", {
    key: null,
    headers: { Authorization: `Bearer ${details.token}` },
  });
  assertEquals([status, body], [200, []]);
});

test("contract 11.3: a second ATTACH gets the occupancy again", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  for (let time = 0; time < 2; time++) {
    await client.attach("c", { params: { occupancy: "metrics" } });
    await client.settled();
    const told = client.received.splice(0).filter(({ action }) => action === Action.Message);
    assertEquals(told.map(({ messages }) => messages![0]!.name), ["[meta]occupancy"]);
  }
  await client.close();
});

test("contract 11.3: publishes the opening and closing of channels on a metachannel", async () => {
  await using service = createService();
  const watcher = await FrameClient.connect(service);
  await watcher.attach("[meta]channel.lifecycle");
  const clients = [await FrameClient.connect(service), await FrameClient.connect(service)];
  for (const client of clients) await client.attach("c");
  for (const client of clients) await client.close();
  const told = [await watcher.next(Action.Message), await watcher.next(Action.Message)]
    .map(({ messages }) => messages![0]!);
  assertEquals(told.map(({ name }) => name), ["channel.opened", "channel.closed"]);
  const opened = JSON.parse(told[0]!.data as string);
  assertEquals([opened.channelId, opened.status.occupancy.metrics.connections], ["c", 1]);
  await watcher.settled();
  assertEquals(watcher.received, []);
  await watcher.close();
});

test("contract 5.6: presence history may be read with presence alone", async () => {
  await using service = createService();
  const body = { keys: [{ capability: '{"c":["presence"],"d":["publish"]}' }] };
  const created = await rest(service, "/apps", { method: "POST", body });
  const key = created.body.keys[0].keyStr;
  assertEquals((await rest(service, "/channels/c/presence/history", { key })).status, 200);
  assertEquals((await rest(service, "/channels/d/presence/history", { key })).status, 401);
});

test("RTP2b2, RTP17g: a member that enters again with the id of an earlier event stays as it is", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c");
  const enter = (more: object) =>
    client.request({
      action: Action.Presence,
      channel: "c",
      presence: [{ action: ENTER, clientId: "jim", ...more }],
    });
  await enter({ data: "first" });
  await enter({ data: "second" });
  const members = async () =>
    (await rest(service, "/channels/c/presence")).body.map(({ data }: { data: string }) => data);
  await enter({ id: `${client.connectionId}:0:0`, data: "first" });
  assertEquals(await members(), ["second"]);
  await enter({ id: `${client.connectionId}:1:0`, data: "third" });
  assertEquals(await members(), ["third"]);
  await client.close();
});

test("contract 10.4: a member that re-enters with its id appears once in a page", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c");
  const id = `${client.connectionId}:7:0`;
  for (const data of ["1", "2", "3"]) {
    const presence = [{ action: ENTER, clientId: "jim", id, data }];
    await client.request({ action: Action.Presence, channel: "c", presence });
  }
  const told: string[] = [];
  let path: string | undefined = "history?limit=1";
  while (path !== undefined && told.length < 5) {
    const { headers, body }: Awaited<ReturnType<typeof rest>> = await rest(
      service,
      `/channels/c/presence/${path}`,
    );
    told.push(body[0].data);
    path = /<\.\/([^>]*)>; rel="next"/.exec(headers.get("Link")!)?.[1];
  }
  assertEquals(told, ["3", "2", "1"]);
  await client.close();
});

test("contract 11.3: publishes the opening and closing of connections on a metachannel", async () => {
  await using service = createService();
  const watcher = await FrameClient.connect(service);
  await watcher.attach("[meta]connection.lifecycle");
  const client = await FrameClient.connect(service, { params: { clientId: "jim" } });
  client.socket.close();
  await client.closed;
  const back = await FrameClient.connect(service, {
    params: { clientId: "jim", resume: client.connectionKey },
  });
  await back.close();
  const told = [await watcher.next(Action.Message), await watcher.next(Action.Message)]
    .map(({ messages }) => messages![0]!);
  assertEquals(told.map(({ name }) => name), ["connection.opened", "connection.closed"]);
  for (const { data } of told) {
    const { connectionId, clientId } = JSON.parse(data as string);
    assertEquals([connectionId, clientId], [client.connectionId, "jim"]);
  }
  await watcher.settled();
  assertEquals(watcher.received, []);
  await watcher.close();
});
