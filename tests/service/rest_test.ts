import { Action } from "../../src/protocol/actions.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertMatch, fixture, skip, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

test("contract 3.4: wraps the answer in an envelope", async () => {
  await using service = createService();
  const good = await rest(service, "/channels/c?envelope=json");
  assertEquals(good.status, 200);
  assertEquals([good.body.statusCode, good.body.response.channelId], [200, "c"]);
  const bad = await rest(service, "/nowhere?envelope=json");
  assertEquals([bad.status, bad.body.statusCode], [200, 404]);
  assertEquals(bad.body.response.error.code, 40400);
  assertEquals(bad.body.headers["X-Ably-Errorcode"], "40400");
});

test("contract 3.5: refuses a limit that is no number, and caps a large one", async () => {
  await using service = createService();
  const { status, body } = await rest(service, "/channels/c/messages?limit=many");
  assertEquals([status, body.error.code], [400, 40003]);
  assertEquals((await rest(service, "/channels/c/messages?limit=5000")).status, 200);
});

test("contract 3.5: pages stay what they were while messages arrive", async () => {
  await using service = createService();
  const publish = (name: string) =>
    rest(service, "/channels/c/messages", { method: "POST", body: { name } });
  for (const name of ["1", "2", "3"]) await publish(name);
  const first = await rest(service, "/channels/c/messages?limit=2");
  await publish("4");
  const link = (rel: string) =>
    new RegExp(`<\\./messages\\?([^>,]*)>; rel="${rel}"`).exec(first.headers.get("Link")!)![1];
  const names = async (rel: string) =>
    (await rest(service, `/channels/c/messages?${link(rel)}`)).body
      .map(({ name }: { name: string }) => name);
  assertEquals(await names("next"), ["1"]);
  assertEquals(await names("first"), ["3", "2"]);
  assertEquals(await names("current"), ["3", "2"]);
});

test("contract 3.6: a channel name may have anything in it", async () => {
  await using service = createService();
  for (
    const name of [
      "a/b",
      "a b",
      "a?b&c",
      "100%",
      "%2F",
      "häß",
      "[?rewind=1]x",
      "a[b",
      "room::$chat",
    ]
  ) {
    const path = `/channels/${encodeURIComponent(name)}/messages`;
    const { body } = await rest(service, path, { method: "POST", body: { data: name } });
    assertEquals(body.channel, name);
    assertEquals((await rest(service, path)).body[0].data, name);
  }
});

test("contract 5: invalid channel names are refused", async () => {
  await using service = createService();
  for (const name of [":a", "a\nb", "a\r", "[unclosed", "[unknown]a", "[meta]", "[?a=b][c"]) {
    const path = `/channels/${encodeURIComponent(name)}/messages`;
    const { status, body } = await rest(service, path, { method: "POST", body: {} });
    assertEquals([name, status, body.error?.code], [name, 400, 40010]);
  }
});

test("contract 3.3: bodies that cannot be read are refused", async () => {
  await using service = createService();
  const post = async (body: string, type = "application/json") => {
    const response = await service.fetch("/channels/c/messages", {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(service.key)}`, "Content-Type": type },
      body,
    });
    return [response.status, (await response.json()).error.code];
  };
  assertEquals(await post("{"), [400, 40001]);
  assertEquals(await post('"text"'), [400, 40000]);
  assertEquals(await post("[]"), [400, 40000]);
  assertEquals(await post("\xc1", "application/x-msgpack"), [400, 40001]);
  assertEquals(await post(JSON.stringify({ data: "x".repeat(70_000) })), [413, 40009]);
  assertEquals(await post(JSON.stringify([{ id: "a:0" }, { id: "b:1" }])), [400, 40031]);
});

test("contract 5.2: publishes on behalf of a connection", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service, { params: { clientId: "jim" } });
  const publish = (connectionKey: string) =>
    rest(service, "/channels/c/messages", { method: "POST", body: { name: "x", connectionKey } });
  await publish(client.connectionKey);
  const { body: [message] } = await rest(service, "/channels/c/messages");
  assertEquals([message.connectionId, message.clientId], [client.connectionId, "jim"]);
  assertEquals(message.connectionKey, undefined);
  const refused = await publish("garbage");
  assertEquals([refused.status, refused.body.error.code], [400, 40006]);
  await client.close();
});

test("contract 5.2: _forceNack is obeyed", async () => {
  await using service = createService();
  const path = "/channels/c/messages?_forceNack=true";
  const { status, body } = await rest(service, path, { method: "POST", body: {} });
  assertEquals([status, body.error.code], [400, 40099]);
});

test("contract 5.7: a batch tells success and failure channel by channel", async () => {
  await using service = createService();
  const spec = { channels: ["a", ":bad", "b"], messages: { name: "x" } };
  const one = await rest(service, "/messages", { method: "POST", body: spec });
  assertEquals(one.status, 201);
  assertEquals([one.body.successCount, one.body.failureCount], [2, 1]);
  assertEquals(one.body.results[1].error.code, 40010);
  assert(!("messageId" in one.body.results[1]));
  const many = await rest(service, "/messages", { method: "POST", body: [spec] });
  assertEquals(many.body.length, 1);
  const old = await rest(service, "/messages", {
    method: "POST",
    body: spec,
    headers: { "X-Ably-Version": "2" },
  });
  assertEquals([old.status, old.body.error.code, old.body.batchResponse.length], [400, 40020, 3]);
});

test("contract 5.12: injected statistics add up over hours", async () => {
  await using service = createService();
  const minute = (intervalId: string, inbound: number, outbound: number) => ({
    intervalId,
    inbound: { realtime: { messages: { count: inbound, data: inbound * 100 } } },
    outbound: { realtime: { messages: { count: outbound, data: outbound * 100 } } },
    connections: { tls: { peak: inbound, opened: 1 } },
  });
  const body = [
    minute("2025-02-03:15:03", 50, 20),
    minute("2025-02-03:15:04", 60, 10),
    minute("2025-02-03:15:05", 70, 40),
  ];
  assertEquals((await rest(service, "/stats", { method: "POST", body })).status, 201);
  const hour = await rest(service, "/stats?unit=hour&end=2025-02-03:15&limit=1");
  assertEquals(hour.body.length, 1);
  const [{ entries, intervalId, unit, schema, inProgress }] = hour.body;
  assertEquals([intervalId, unit, inProgress], ["2025-02-03:15", "hour", undefined]);
  assert(schema.startsWith("https://"));
  assertEquals(entries["messages.all.messages.count"], 250);
  assertEquals(entries["messages.all.messages.data"], 25_000);
  assertEquals(entries["connections.all.peak"], 70);
  const minutes = await rest(
    service,
    "/stats?start=2025-02-03:15:04&end=2025-02-03:15:05&direction=forwards",
  );
  assertEquals(
    minutes.body.map(({ intervalId }: { intervalId: string }) => intervalId),
    ["2025-02-03:15:04", "2025-02-03:15:05"],
  );
});

for (const version of ["2", "1.2"]) {
  test(`contract 5.12: statistics are objects within objects for clients of version ${version}`, async () => {
    await using service = createService();
    const body = [{
      intervalId: "2025-02-03:15:03",
      inbound: { realtime: { messages: { count: 50, data: 5000 } } },
      outbound: { realtime: { messages: { count: 20, data: 2000 } } },
      persisted: { presence: { count: 20, data: 2000 } },
      connections: { tls: { peak: 20, opened: 10 } },
      channels: { peak: 50, opened: 30 },
      apiRequests: { succeeded: 50, failed: 10 },
      tokenRequests: { succeeded: 60, failed: 20 },
    }];
    await rest(service, "/stats", { method: "POST", body });
    const headers = { "X-Ably-Version": version };
    const path = "/stats?start=2025-02-03:15:03&end=2025-02-03:15:03";
    const { body: [minute] } = await rest(service, path, { headers });
    assertEquals([minute.intervalId, minute.unit, minute.entries], [
      "2025-02-03:15:03",
      "minute",
      undefined,
    ]);
    assertEquals(minute.inbound.realtime.messages, { count: 50, data: 5000 });
    assertEquals(minute.outbound.all.all, { count: 20, data: 2000 });
    assertEquals(minute.all.messages, { count: 70, data: 7000 });
    assertEquals(minute.persisted.presence, { count: 20, data: 2000 });
    assertEquals(minute.connections.tls, { peak: 20, opened: 10 });
    assertEquals(minute.connections.all, { peak: 20, opened: 10 });
    assertEquals(minute.channels, { peak: 50, opened: 30 });
    assertEquals(minute.apiRequests, { succeeded: 50, failed: 10 });
    assertEquals(minute.tokenRequests, { succeeded: 60, failed: 20 });
  });
}

test("TM2s: the version of a message is text for clients of a protocol before version 4", async () => {
  await using service = createService();
  const path = "/channels/mutable%3Ac/messages";
  await rest(service, path, { method: "POST", body: { data: "x" } });
  for (const [version, type] of [["1.2", "string"], ["3", "string"], ["4", "object"]] as const) {
    const headers = { "X-Ably-Version": version };
    const { body: [message] } = await rest(service, path, { headers });
    const single = await rest(service, `${path}/${message.serial}`, { headers });
    const versions = await rest(service, `${path}/${message.serial}/versions`, { headers });
    const client = await FrameClient.connect(service, { params: { v: version } });
    client.send({ action: Action.Attach, channel: "mutable:c", params: { rewind: "1" } });
    const { messages } = await client.next(Action.Message);
    const all = [message, single.body, versions.body[0], messages![0]];
    assertEquals([version, ...all.map((each) => typeof each.version)], [
      version,
      ...[type, type, type, type],
    ]);
    await client.close();
  }
});

test("RSL2: history is at the older path as well, with links that stay there", async () => {
  await using service = createService();
  const body = [{ data: "1" }, { data: "2" }, { data: "3" }];
  await rest(service, "/channels/a%2Fb/messages", { method: "POST", body });
  const first = await rest(service, "/channels/a%2Fb/history?limit=2&direction=forwards");
  const next = /<\.\/(history\?[^>]*)>; rel="next"/.exec(first.headers.get("link")!)![1];
  const second = await rest(service, `/channels/a%2Fb/${next}`);
  const dataOf = (items: { data: string }[]) => items.map(({ data }) => data);
  assertEquals([dataOf(first.body), dataOf(second.body)], [["1", "2"], ["3"]]);
  assertEquals((await rest(service, "/channels/a%2Fb/history", { key: null })).status, 401);
});

test("contract 5.11: what happens is counted", async () => {
  await using service = createService({ clock: new FakeClock(Date.UTC(2026, 2, 4, 5, 6)) });
  await rest(service, "/channels/c/messages", { method: "POST", body: { data: "four" } });
  const { body: [hour] } = await rest(service, "/stats?unit=hour");
  assertEquals([hour.intervalId, hour.inProgress], ["2026-03-04:05", "2026-03-04:05:06"]);
  assertEquals(hour.entries["messages.inbound.rest.messages.count"], 1);
  assertEquals(hour.entries["messages.inbound.all.all.data"], 4);
});

const device = (id: string, more: object = {}) => ({
  id,
  platform: "ios",
  formFactor: "phone",
  deviceSecret: "secret",
  push: { recipient: { transportType: "apns", deviceToken: "x" } },
  ...more,
});

test("contract 5.13: registers devices and keeps their secret", async () => {
  await using service = createService();
  const put = (id: string, body: object) =>
    rest(service, `/push/deviceRegistrations/${id}`, { method: "PUT", body });
  const saved = await put("d1", device("d1", { clientId: "jim" }));
  assertEquals([saved.status, saved.body.push.state, saved.body.deviceSecret], [
    200,
    "ACTIVE",
    undefined,
  ]);
  assertEquals((await put("d2", device("d2", { platform: "toaster" }))).body.error.code, 40000);
  assertEquals((await put("d2", device("d2", { push: {} }))).status, 400);
  await put("d3", device("d3", { clientId: "joe" }));
  assertEquals((await rest(service, "/push/deviceRegistrations?clientId=jim")).body.length, 1);
  assertEquals((await rest(service, "/push/deviceRegistrations/unknown")).status, 404);
  const removed = await rest(service, "/push/deviceRegistrations/d1", { method: "DELETE" });
  assertEquals([removed.status, removed.body], [204, undefined]);
  assertEquals((await rest(service, "/push/deviceRegistrations/d1")).status, 404);
});

test("RSH1b: the secret of a device is returned for one device, and is not in lists", async () => {
  await using service = createService();
  const path = "/push/deviceRegistrations";
  await rest(service, `${path}/d1`, { method: "PUT", body: device("d1") });
  assertEquals((await rest(service, `${path}/d1`)).body.deviceSecret, "secret");
  assertEquals((await rest(service, path)).body[0].deviceSecret, undefined);
});

test("RSH1a: a push reaches a client that attaches at the same moment", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  const recipient = { transportType: "ablyChannel", channel: "inbox", ablyKey: service.key };
  const pushed = rest(service, "/push/publish", {
    method: "POST",
    body: { recipient, data: { foo: "bar" } },
  });
  await client.attach("inbox");
  assertEquals((await pushed).status, 204);
  const { messages } = await client.next(Action.Message);
  assertEquals(JSON.parse(messages![0]!.data as string), { data: { foo: "bar" } });
  await client.close();
});

test("contract 5.13: a device that activated itself may change itself alone", async () => {
  await using service = createService();
  const activated = await rest(service, "/push/deviceRegistrations", {
    method: "POST",
    body: device("d1"),
  });
  const { token } = activated.body.deviceIdentityToken;
  const patch = (id: string) =>
    rest(service, `/push/deviceRegistrations/${id}`, {
      method: "PATCH",
      key: null,
      headers: { Authorization: `Bearer ${btoa(token)}` },
      body: { metadata: { model: "new" } },
    });
  assertEquals((await patch("d1")).body.metadata, { model: "new" });
  assertEquals((await patch("d2")).body.error.code, 40160);
});

test("contract 5.13: pushes through channels to subscribed devices", async () => {
  await using service = createService();
  const recipient = { transportType: "ablyChannel", channel: "inbox", ablyKey: service.key };
  await rest(service, "/push/deviceRegistrations/d1", {
    method: "PUT",
    body: device("d1", { clientId: "jim", push: { recipient } }),
  });
  const subscribe = (body: object) =>
    rest(service, "/push/channelSubscriptions", { method: "POST", body });
  const subscription = { channel: "pushenabled:news", clientId: "jim" };
  assertEquals((await subscribe(subscription)).body, subscription);
  assertEquals((await subscribe({ channel: "news", clientId: "jim" })).status, 401);
  assertEquals((await subscribe({ channel: "pushenabled:news", deviceId: "d9" })).status, 400);
  assertEquals((await rest(service, "/push/channels")).body, ["pushenabled:news"]);
  const payload = { notification: { title: "T", body: "B" }, data: { foo: "bar" } };
  await rest(service, "/channels/pushenabled%3Anews/messages", {
    method: "POST",
    body: { name: "n", extras: { push: payload } },
  });
  const direct = { recipient: { clientId: "jim" }, ...payload };
  const published = await rest(service, "/push/publish", { method: "POST", body: direct });
  assertEquals(published.status, 204);
  const { body } = await rest(service, "/channels/inbox/messages");
  assertEquals(body.length, 2);
  for (const { name, data } of body) {
    assertEquals([name, JSON.parse(data)], ["__ably_push__", payload]);
  }
  const wrong = await rest(service, "/push/publish", {
    method: "POST",
    body: { recipient: { clientId: "jim" }, xxx: 5 },
  });
  assertEquals(wrong.status, 400);
});

interface EncodingFixture {
  messages: { data: unknown; encoding?: string }[];
}
const encodings = fixture("messages-encoding.json") as EncodingFixture | undefined;
if (encodings === undefined) skip("contract 6: encodings survive", "ABLY_FIXTURES is not set");
else {
  test("contract 6: encodings survive in either format", async () => {
    await using service = createService();
    const client = await FrameClient.connect(service, { format: "msgpack" });
    for (const { data, encoding } of encodings.messages) {
      const body = { data, ...(encoding && { encoding }) };
      await rest(service, "/channels/json/messages", { method: "POST", body });
      const binary = encoding === "base64"
        ? { data: Uint8Array.from(atob(data as string), (c) => c.charCodeAt(0)) }
        : body;
      assertEquals((await client.publish("msgpack", binary)).action, Action.Ack);
    }
    for (const channel of ["json", "msgpack"]) {
      const { body } = await rest(service, `/channels/${channel}/messages?direction=forwards`);
      assertEquals(
        body.map(({ data, encoding }: { data: unknown; encoding?: string }) => [data, encoding]),
        encodings.messages.map(({ data, encoding }) => [data, encoding ?? undefined]),
      );
    }
    await client.close();
  });
}

test("contract 3.1: MessagePack keeps whole numbers whole and bytes bytes", async () => {
  await using service = createService();
  await rest(service, "/channels/c/messages", {
    method: "POST",
    body: { data: "AQI=", encoding: "base64" },
  });
  const response = await service.fetch("/channels/c/messages", {
    headers: {
      Authorization: `Basic ${btoa(service.key)}`,
      Accept: "application/x-msgpack",
    },
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  // 0xcf begins an unsigned, 0xd3 a signed integer of 64 bits; 0xcb a float.
  const at = bytes.findIndex((_, i) =>
    String.fromCharCode(...bytes.subarray(i, i + 9)) === "timestamp"
  );
  assert(bytes[at + 9] === 0xcf || bytes[at + 9] === 0xd3);
  const [message] = msgpackCodec.decode(bytes) as { data: Uint8Array; encoding?: string }[];
  assertEquals([[...message!.data], message!.encoding], [[1, 2], undefined]);
});

test("contract 11.2: derived channels and metachannels take no messages, over REST or realtime", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  for (const channel of ["[filter=bmFtZQ==]c", "[meta]log"]) {
    const body = { channels: [channel], messages: { data: "x" } };
    const batch = await rest(service, "/messages", { method: "POST", body });
    assertEquals(batch.body.results[0].error.code, 40010);
    const path = `/channels/${encodeURIComponent(channel)}/messages`;
    assertEquals((await rest(service, path, { method: "POST", body: {} })).body.error.code, 40010);
    assertEquals((await client.publish(channel, { data: "x" })).error!.code, 40010);
    for (const action of [Action.Annotation, Action.Object, Action.Presence]) {
      assertEquals((await client.request({ action, channel })).error!.code, 40010);
    }
    const operation = { counterCreate: { count: 1 } };
    const objects = `/channels/${encodeURIComponent(channel)}/object`;
    const made = await rest(service, objects, { method: "POST", body: operation });
    assertEquals(made.body.error.code, 40010);
  }
  await client.close();
});

test("hostile input: unused channels and old annotations are dropped", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock, logLimit: 0 });
  const channels = async (): Promise<string[]> =>
    (await rest(service, "/_service/state")).body.apps[0].channels
      .map(({ name }: { name: string }) => name);
  const post = (path: string, body: object) => rest(service, path, { method: "POST", body });
  await post("/channels/persisted:kept/messages", { data: "x" });
  const path = "/channels/mutable:c/messages";
  const [serial] = (await post(path, { data: "x" })).body.serials;
  await post(`${path}/${encodeURIComponent(serial)}/annotations`, { type: "a:total.v1" });
  const client = await FrameClient.connect(service);
  await client.attach("used");
  for (let i = 0; i < 1000; i++) await rest(service, `/channels/c${i}/messages`);
  await clock.advance(121_000);
  for (let i = 0; i < 1000; i++) await rest(service, `/channels/d${i}/messages`);
  const left = await channels();
  assertEquals(left.filter((name) => !name.startsWith("d")), ["persisted:kept", "used"]);
  assertEquals((await rest(service, `${path}/${encodeURIComponent(serial)}/annotations`)).body, []);
  await client.close();
});

test("contract 5.13: a device is pushed to through no channel of an app whose key it lacks", async () => {
  await using service = createService();
  const other = (await rest(service, "/apps", { method: "POST", body: {}, key: null })).body;
  const [{ keyName, keyStr }] = other.keys;
  for (const [ablyKey, expected] of [[`${keyName}:wrong`, 0], [5, 0], [keyStr, 1]] as const) {
    const recipient = { transportType: "ablyChannel", channel: "persisted:c", ablyKey };
    const { status } = await rest(service, "/push/publish", {
      method: "POST",
      body: { recipient, data: { a: "b" } },
    });
    assertEquals(status, 204);
    const { body } = await rest(service, "/channels/persisted%3Ac/messages", { key: keyStr });
    assertEquals(body.length, expected);
  }
  const orders: [string, unknown][] = [
    ["/push/batch/publish", [null]],
    ["/push/channelSubscriptions", { channel: "pushenabled:c", clientId: 5 }],
  ];
  for (const [path, body] of orders) {
    assertEquals((await rest(service, path, { method: "POST", body })).status, 400);
  }
});

test("contract 3.4: wraps an answer without a body, too", async () => {
  await using service = createService();
  const { status, body } = await rest(
    service,
    "/push/deviceRegistrations?deviceId=none&envelope=json",
    { method: "DELETE" },
  );
  assertEquals([status, body.statusCode, body.response ?? null], [200, 204, null]);
});

test("contract 5: an empty channel name is refused as one", async () => {
  await using service = createService();
  for (const path of ["/channels//messages", "/channels//presence", "/channels/"]) {
    const { status, body } = await rest(service, path);
    assertEquals([path, status, body.error.code], [path, 400, 40010]);
  }
});

test("contract 5.11: a bound stands for the interval that it lies in", async () => {
  await using service = createService();
  const body = [{ intervalId: "2025-02-03:15:05", channels: { peak: 1, opened: 1 } }];
  await rest(service, "/stats", { method: "POST", body });
  const found = async (query: string) => {
    const { body } = await rest(service, `/stats?${query}`);
    return body.map(({ intervalId }: { intervalId: string }) => intervalId);
  };
  const start = `start=2025-02-03:15:04`;
  assertEquals(await found(`${start}&end=2025-02-03:15:05`), ["2025-02-03:15:05"]);
  assertEquals(await found(`${start}&end=2025-02-03:16:00&unit=hour`), ["2025-02-03:15"]);
  assertEquals(await found(`${start}&end=2025-02-04:00:00&unit=day`), ["2025-02-03"]);
  assertEquals(await found(`${start}&end=2025-03-01:00:00&unit=month`), ["2025-02"]);
  const time = Date.UTC(2025, 1, 3, 15, 5, 30);
  assertEquals(await found(`start=${time}&end=${time}`), ["2025-02-03:15:05"]);
  assertEquals(await found(`start=2025-02-03:16:00&end=2025-02-03:17:00&unit=hour`), []);
  assertEquals(await found("start=99999999999999999&unit=hour"), []);
});

test("contract 3.2: a browser may send any headers that it asks for", async () => {
  await using service = createService();
  const preflight = async (asked: Record<string, string>) => {
    const { status, headers } = await service.fetch("/channels/c/messages", {
      method: "OPTIONS",
      headers: { Origin: "https://page.example", ...asked },
    });
    return [status, headers.get("Access-Control-Allow-Headers")];
  };
  const mine = "authorization, x-mine";
  assertEquals(await preflight({ "Access-Control-Request-Headers": mine }), [204, mine]);
  assertMatch((await preflight({}))[1] as string, /X-Ably-Version/);
});

test("contract 3.5: the links of an empty page without parameters have a query", async () => {
  await using service = createService();
  const { headers } = await rest(service, "/channels/c/messages");
  assertMatch(headers.get("Link")!, /<\.\/messages\?limit=100>; rel="first"/);
  assertMatch(headers.get("Link")!, /<\.\/messages\?limit=100>; rel="current"/);
});
