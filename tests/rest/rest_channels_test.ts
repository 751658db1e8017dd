import { Realtime, Rest } from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertStrictEquals, test } from "../harness.ts";
import { json, KEY, refusal } from "../support/fake_service.ts";
import { failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

test("RSN3a, RSL9: a channel is made once, and knows its name", () => {
  const { channels } = new Rest(KEY);
  const channel = channels.get("c");
  assertEquals(channel.name, "c");
  assertStrictEquals(channels.get("c"), channel);
  assert(channels.get("d") !== channel);
});

test("RSN2: exists, and iteration", () => {
  const { channels } = new Rest(KEY);
  channels.get("a");
  channels.get("b");
  assertEquals([channels.exists("a"), channels.exists("c")], [true, false]);
  assertEquals([...channels].map(({ name }) => name), ["a", "b"]);
  assertEquals(Object.keys(channels.all), ["a", "b"]);
  assertStrictEquals(channels.all.a, channels.get("a"));
});

test("RSN4a, RSN4b: release", () => {
  const { channels } = new Rest(KEY);
  const channel = channels.get("a");
  channels.release("a");
  channels.release("never made");
  assertEquals([channels.exists("a"), [...channels].length], [false, 0]);
  assert(channels.get("a") !== channel);
});

test("RSN3b, RSN3c, RSL7: options are set by get and by setOptions", async () => {
  const { rest, lastBody } = fakeRest(() => json({}, 201), { idempotentRestPublishing: false });
  const encoding = () => (lastBody() as { encoding?: string }[])[0]!.encoding;
  const cipher = (bytes: number) => ({ cipher: { key: new Uint8Array(bytes) } });
  const channel = rest.channels.get("c", cipher(16));
  await channel.publish("n", "d");
  assertEquals(encoding(), "utf-8/cipher+aes-128-cbc/base64");
  assertStrictEquals(rest.channels.get("c"), channel);
  await channel.publish("n", "d");
  assertEquals(encoding(), "utf-8/cipher+aes-128-cbc/base64");
  assertStrictEquals(rest.channels.get("c", cipher(32)), channel);
  await channel.publish("n", "d");
  assertEquals(encoding(), "utf-8/cipher+aes-256-cbc/base64");
  await channel.setOptions({});
  await channel.publish("n", "d");
  assertEquals(encoding(), undefined);
  assertEquals((await failureOf(() => channel.setOptions(cipher(5)))).code, 40003);
  await channel.setOptions({ cipher: null });
});

test("RSL8, CHD2, CHS2, CHO2, CHM2: the status, missing metrics are 0", async () => {
  const metrics = { connections: 3, publishers: 2, future: 9 };
  const { rest, last } = fakeRest(() =>
    json({ channelId: "a/b", status: { isActive: true, occupancy: { metrics } } })
  );
  const details = await rest.channels.get("a/b").status();
  assertEquals(last().url.pathname + last().url.search, "/channels/a%2Fb");
  assertEquals(details.channelId, "a/b");
  assertEquals(details.status.isActive, true);
  assertEquals<unknown>(details.status.occupancy.metrics, {
    connections: 3,
    presenceConnections: 0,
    presenceMembers: 0,
    presenceSubscribers: 0,
    publishers: 2,
    subscribers: 0,
    objectPublishers: 0,
    objectSubscribers: 0,
    future: 9,
  });
});

test("RSA7e2: the status is asked for with the clientId as well", async () => {
  const { rest, last } = fakeRest(() => json({ channelId: "c" }), { clientId: "ann" });
  await rest.channels.get("c").status();
  assertEquals(atob(last().headers.get("x-ably-clientid")!), "ann");
});

test("RSL8: what is no status, and a refusal, reject", async () => {
  const none = fakeRest(() => json([]));
  assertEquals((await failureOf(() => none.rest.channels.get("c").status())).code, 50000);
  const refused = fakeRest(() => refusal(40160, 401));
  assertEquals((await failureOf(() => refused.rest.channels.get("c").status())).code, 40160);
});

test("RSN: lists the application's active channels, by name or with their occupancy", async () => {
  const status = { isActive: true, occupancy: { metrics: { connections: 1 } } };
  const { rest, network } = fakeRest(({ url }) =>
    url.searchParams.get("by") === "id"
      ? json(["a", "b"], 200, { link: '<./channels?by=id&p=2>; rel="next"' })
      : json([{ channelId: "a", status }])
  );
  const names = await rest.channels.listNames({ limit: 2, prefix: "x:" });
  assertEquals([names.items, names.hasNext()], [["a", "b"], true]);
  const details = await rest.channels.listDetails();
  assertEquals(details.items[0]!.status.occupancy.metrics.objectSubscribers, 0);
  assertEquals(network.seen.map(({ url }) => url.pathname + url.search), [
    "/channels?limit=2&prefix=x%3A&by=id",
    "/channels?by=value",
  ]);
});

testInBothFormats("RSL8: the status of a channel of the service", async ({ client }) => {
  const { channelId, status } = await client().channels.get("some/channel").status();
  assertEquals([channelId, status.isActive], ["some/channel", true]);
  assertEquals(Object.values(status.occupancy.metrics), [0, 0, 0, 0, 0, 0, 0, 0]);
});

type Orders = {
  placed: { id: number };
  cancelled: string;
};

test("Typed channels: names and data are checked by the compiler", async () => {
  const { rest } = fakeRest(() => json([{ name: "placed", data: '{"id":1}', encoding: "json" }]));
  const orders = rest.channels.get<Orders>("orders");
  await orders.publish("placed", { id: 1 });
  await orders.publish({ name: "cancelled", data: "why" });
  await orders.publish([{ name: "placed", data: { id: 2 } }]);
  // @ts-expect-error: no such event
  await orders.publish("unknown", "text");
  // @ts-expect-error: not the data of this event
  await orders.publish("placed", "text");
  // @ts-expect-error: not the data of this event
  await orders.publish({ name: "cancelled", data: { id: 1 } });
  const message = (await orders.history()).items[0]!;
  if (message.name === "placed") assertEquals(message.data.id, 1);
  // @ts-expect-error: a name that no message has
  assert(message.name !== "unknown");
});

test("Typed channels: a Standard Schema checks data before it is sent", async () => {
  const { rest, network } = fakeRest(() => json({ serials: ["s"] }, 201));
  const placed = {
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: (value: unknown) =>
        Promise.resolve(
          typeof (value as { id?: unknown } | null)?.id === "number"
            ? { value }
            : { issues: [{ message: "id is not a number" }] },
        ),
    },
  };
  const orders = rest.channels.get<Orders>("orders", { schemas: { placed } });
  await orders.publish("placed", { id: 1 });
  await orders.publish("cancelled", "has no schema");
  assertEquals(network.seen.length, 2);
  const wrong = { id: "1" } as unknown as Orders["placed"];
  for (
    const call of [
      () => orders.publish("placed", wrong),
      () => orders.publish([{ name: "cancelled", data: "" }, { name: "placed", data: wrong }]),
      () => orders.updateMessage({ serial: "s", name: "placed", data: wrong }),
    ]
  ) {
    const error = await failureOf(call);
    assertEquals([error.code, error.statusCode], [40013, 400]);
    assertMatch(error.message, /"placed".*id is not a number/);
  }
  assertEquals(network.seen.length, 2);
});

testInBothFormats("RSN: the service lists its active channels", async ({ service, client }) => {
  await using realtime = new Realtime(service.options());
  for (const name of ["a:1", "a:2", "b"]) await realtime.channels.get(name).attach();
  const { channels } = client();
  const names: string[] = [];
  for await (const name of await channels.listNames({ prefix: "a:", limit: 1 })) names.push(name);
  assertEquals(names.sort(), ["a:1", "a:2"]);
  const details = (await channels.listDetails({ prefix: "b" })).items;
  assertEquals(
    details.map(({ channelId, status }) => [
      channelId,
      status.occupancy.metrics.connections,
    ]),
    [["b", 1]],
  );
});
