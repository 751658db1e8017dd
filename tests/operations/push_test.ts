import { type DeviceDetails, ErrorInfo } from "../../mod.ts";
import { assert, assertEquals, assertInstanceOf, test } from "../harness.ts";
import { json, refusal } from "../support/fake_service.ts";
import { failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

const DEVICE: DeviceDetails = {
  id: "device/1",
  clientId: "ann",
  formFactor: "phone",
  platform: "ios",
  metadata: { a: "b" },
  push: { recipient: { transportType: "apns", deviceToken: "token" } },
};

function line({ method, url }: { method: string; url: URL }): string {
  return `${method} ${url.pathname}${url.search}`;
}

test("RSH1a: publishes to a recipient", async () => {
  const { rest, last, lastBody } = fakeRest(() => new Response(null, { status: 204 }));
  const payload = { notification: { title: "t" }, data: { a: "b" } };
  await rest.push.admin.publish({ clientId: "ann" }, payload);
  assertEquals(line(last()), "POST /push/publish");
  assertEquals(lastBody(), { recipient: { clientId: "ann" }, ...payload });
  const refused = fakeRest(() => refusal(40000, 400));
  const error = await failureOf(() => refused.rest.push.admin.publish({ a: 1 }, { xxx: 5 }));
  assertEquals(error.code, 40000);
});

test("RSH1b: device registrations", async () => {
  const { rest, network, lastBody } = fakeRest(({ method, url }) =>
    method === "DELETE"
      ? new Response(null, { status: 204 })
      : json(url.pathname.endsWith("Registrations") ? [DEVICE] : DEVICE)
  );
  const { deviceRegistrations } = rest.push.admin;
  assertEquals(await deviceRegistrations.save(DEVICE), DEVICE);
  assertEquals(lastBody(), DEVICE);
  assertEquals(await deviceRegistrations.get("device/1"), DEVICE);
  assertEquals(await deviceRegistrations.get(DEVICE), DEVICE);
  assertEquals((await deviceRegistrations.list({ clientId: "ann", limit: 5000 })).items, [DEVICE]);
  await deviceRegistrations.list();
  await deviceRegistrations.remove("device/1");
  await deviceRegistrations.remove(DEVICE);
  await deviceRegistrations.removeWhere({ clientId: "ann" });
  assertEquals(network.seen.map(line), [
    "PUT /push/deviceRegistrations/device%2F1",
    "GET /push/deviceRegistrations/device%2F1",
    "GET /push/deviceRegistrations/device%2F1",
    "GET /push/deviceRegistrations?clientId=ann&limit=5000",
    "GET /push/deviceRegistrations",
    "DELETE /push/deviceRegistrations/device%2F1",
    "DELETE /push/deviceRegistrations/device%2F1",
    "DELETE /push/deviceRegistrations?clientId=ann",
  ]);
});

test("PCD, PCP: what the service says of a failing device", async () => {
  const push = {
    ...DEVICE.push,
    state: "FAILING",
    error: { code: 40000, statusCode: 400, message: "Not registered" },
  };
  const { rest } = fakeRest(() => json({ ...DEVICE, push }));
  const device = await rest.push.admin.deviceRegistrations.get("device/1");
  assertEquals(device.push.state, "FAILING");
  assertInstanceOf(device.push.errorReason, ErrorInfo);
  assertEquals(device.push.errorReason.message, "Not registered");
});

test("RSH1b1: an unknown device rejects", async () => {
  const { rest } = fakeRest(() => refusal(40400, 404));
  const error = await failureOf(() => rest.push.admin.deviceRegistrations.get("unknown"));
  assertEquals([error.code, error.statusCode], [40400, 404]);
});

test("RSH1b2, RSH1c1: lists have pages, with or without links", async () => {
  const { rest } = fakeRest((_, i) =>
    json([i], 200, i === 0 ? { link: '<./deviceRegistrations?p=2>; rel="next"' } : {})
  );
  const page = await rest.push.admin.deviceRegistrations.list({ limit: 1 });
  assert(page.hasNext());
  assert((await page.next())!.isLast());
});

test("RSH1c: channel subscriptions", async () => {
  const byClient = { channel: "c/1", clientId: "ann" };
  const byDevice = { channel: "c/1", deviceId: "d" };
  const { rest, network, lastBody } = fakeRest(({ method, url, body }) =>
    method === "DELETE"
      ? new Response(null, { status: 204 })
      : method === "POST"
      ? json(JSON.parse(body as string), 201)
      : json(url.pathname === "/push/channels" ? ["c/1", "d"] : [byClient])
  );
  const { channelSubscriptions } = rest.push.admin;
  assertEquals(await channelSubscriptions.save({ ...byClient, deviceId: null }), byClient);
  assertEquals(lastBody(), byClient);
  assertEquals(await channelSubscriptions.save(byDevice), byDevice);
  assertEquals((await channelSubscriptions.list({ channel: "c/1", limit: 3 })).items, [byClient]);
  assertEquals((await channelSubscriptions.listChannels({ limit: 2 })).items, ["c/1", "d"]);
  await channelSubscriptions.remove(byClient);
  await channelSubscriptions.remove(byDevice);
  await channelSubscriptions.removeWhere({ deviceId: "d" });
  assertEquals(network.seen.map(line), [
    "POST /push/channelSubscriptions",
    "POST /push/channelSubscriptions",
    "GET /push/channelSubscriptions?channel=c%2F1&limit=3",
    "GET /push/channels?limit=2",
    "DELETE /push/channelSubscriptions?channel=c%2F1&clientId=ann",
    "DELETE /push/channelSubscriptions?channel=c%2F1&deviceId=d",
    "DELETE /push/channelSubscriptions?deviceId=d",
  ]);
});

test("RSH7b, RSH7d, RSH7e: the client's own subscriptions to a channel", async () => {
  const { rest, network, lastBody } = fakeRest(
    ({ method }) => method === "GET" ? json([]) : new Response(null, { status: 204 }),
    { clientId: "ann" },
  );
  const { push } = rest.channels.get("c");
  await push.subscribeClient();
  assertEquals(lastBody(), { channel: "c", clientId: "ann" });
  await push.unsubscribeClient();
  await push.listSubscriptions({ limit: 5 });
  assertEquals(network.seen.map(line), [
    "POST /push/channelSubscriptions",
    "DELETE /push/channelSubscriptions?channel=c&clientId=ann",
    "GET /push/channelSubscriptions?clientId=ann&limit=5&channel=c&concatFilters=true",
  ]);
});

test("RSH7e: without a clientId the channel's subscriptions are listed", async () => {
  const { rest, last } = fakeRest();
  await rest.channels.get("c").push.listSubscriptions();
  assertEquals(line(last()), "GET /push/channelSubscriptions?channel=c&concatFilters=true");
});

test("RSH7b1, RSH7e: a wildcard client has no clientId of its own", async () => {
  const tokenDetails = { token: "t", clientId: "*", issued: 1 };
  const { rest, last, network } = fakeRest(() => json([]), { key: null, tokenDetails });
  const { push } = rest.channels.get("c");
  for (const call of [() => push.subscribeClient(), () => push.unsubscribeClient()]) {
    const error = await failureOf(call);
    assertEquals([error.code, error.statusCode], [40012, 400]);
  }
  assertEquals(network.seen.length, 0);
  await push.listSubscriptions();
  assertEquals(last().url.searchParams.get("clientId"), null);
});

testInBothFormats("RSH1, RSH7: push through the service", async ({ client }) => {
  const rest = client({ clientId: "ann" });
  const { admin } = rest.push;
  const recipient = { transportType: "fcm", registrationToken: "token" };
  const device = { ...DEVICE, id: "d1", platform: "android" as const, push: { recipient } };
  const saved = await admin.deviceRegistrations.save({ ...device, deviceSecret: "secret" });
  assertEquals([saved.id, saved.push.state, saved.deviceSecret], ["d1", "ACTIVE", undefined]);
  assertEquals((await admin.deviceRegistrations.get("d1")).clientId, "ann");
  assertEquals((await admin.deviceRegistrations.list({ clientId: "ann" })).items.length, 1);

  const channel = rest.channels.get("pushenabled:c");
  await channel.push.subscribeClient();
  await admin.channelSubscriptions.save({ channel: channel.name, deviceId: "d1" });
  assertEquals((await channel.push.listSubscriptions()).items.length >= 1, true);
  assertEquals((await admin.channelSubscriptions.listChannels()).items, [channel.name]);
  await channel.push.unsubscribeClient();
  await admin.channelSubscriptions.removeWhere({ deviceId: "d1" });
  await admin.channelSubscriptions.removeWhere({ deviceId: "d1" });
  assertEquals((await admin.channelSubscriptions.list({ channel: channel.name })).items, []);

  await admin.publish({ deviceId: "d1" }, { notification: { title: "t", body: "b" } });
  await admin.deviceRegistrations.remove("d1");
  await admin.deviceRegistrations.remove("d1");
  const error = await failureOf(() => admin.deviceRegistrations.get("d1"));
  assertEquals([error.code, error.statusCode], [40400, 404]);
});

testInBothFormats("RSH1a: a push reaches the test recipient", async ({ service, client }) => {
  const rest = client();
  const recipient = {
    transportType: "ablyChannel",
    channel: "pushed",
    ablyKey: service.key,
    ablyUrl: "https://service.local",
  };
  await rest.push.admin.publish(recipient, { notification: { title: "t" }, data: { a: "b" } });
  const [message] = (await rest.channels.get("pushed").history()).items;
  assertEquals(message!.name, "__ably_push__");
  assertEquals(JSON.parse(message!.data as string), {
    notification: { title: "t" },
    data: { a: "b" },
  });
});
