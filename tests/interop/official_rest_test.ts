import { assert, assertEquals, test } from "../harness.ts";
import { FORMATS, LEAKY, refusalOf, withSandbox } from "./sandbox.ts";

for (const format of FORMATS) {
  const official = (name: string, run: Parameters<typeof withSandbox>[1]): void =>
    test(`official client, contract ${name} (${format})`, () => withSandbox(format, run), LEAKY);

  official("3.5: pages follow their links, first and last", async (sandbox) => {
    const rest = sandbox.rest();
    const path = "/channels/a%2Fb/messages";
    for (const name of ["1", "2", "3", "4", "5"]) {
      const published = await rest.request("post", path, 3, undefined, { name });
      assertEquals([published.statusCode, published.items.length], [201, 1]);
      assertEquals(published.items[0].channel, "a/b");
    }
    const first = await rest.request("get", path, 3, { limit: "2", direction: "forwards" });
    const second = (await first.next())!;
    const third = (await second.next())!;
    assertEquals([first, second, third].map(({ items }) => items.map(({ name }) => name)), [
      ["1", "2"],
      ["3", "4"],
      ["5"],
    ]);
    assertEquals([third.isLast(), await third.next()], [true, null]);
    assertEquals((await third.first()).items[0].name, "1");
  });

  official("3.6: what is not there is an error, in whatever version", async (sandbox) => {
    for (const version of [2, 3, 5, 6, 150]) {
      for (const method of ["get", "post", "put", "patch", "delete"]) {
        const { statusCode, errorCode, success } = await sandbox.rest()
          .request(method, "/nowhere", version);
        assertEquals([statusCode, errorCode, success], [404, 40400, false]);
      }
    }
  });

  official("3.7: a time separates what was published before and after", async (sandbox) => {
    const rest = sandbox.rest();
    const channel = rest.channels.get("persisted:c");
    const publish = async (name: string) => {
      for (let i = 0; i < 5; i++) await channel.publish(name, i.toString());
    };
    await publish("before");
    const start = await rest.time();
    await publish("between");
    const end = await rest.time();
    await publish("after");
    const { items } = await channel.history({ start, end });
    assertEquals(
      items.map(({ name, data }) => name + data),
      [4, 3, 2, 1, 0].map((i) => `between${i}`),
    );
  });

  official("5.2: an id is published once, however many try", async (sandbox) => {
    const channel = sandbox.rest().channels.get("persisted:c");
    const live = sandbox.realtime().channels.get("persisted:c");
    const results = await Promise.all([
      ...["1", "2", "3"].map((data) => channel.publish({ id: "same", data })),
      live.publish({ id: "same", data: "4" }),
    ]);
    assertEquals(new Set(results.map(({ serials }) => serials[0])).size, 1);
    assertEquals((await channel.history()).items.length, 1);
    assertEquals(await refusalOf(channel.publish([{ id: "a" }, { id: "b" }])), [40031, 400]);
  });

  official(
    "5.2: publishes on behalf of a connection, and refuses when told to",
    async (sandbox) => {
      const client = sandbox.realtime({ clientId: "owner" });
      await client.connection.whenState("connected");
      const channel = sandbox.rest().channels.get("c");
      const connectionKey = client.connection.key!;
      await channel.publish({ name: "on behalf", connectionKey } as object);
      const [message] = (await channel.history()).items;
      assertEquals([message!.connectionId, message!.clientId], [client.connection.id, "owner"]);
      const garbage = { connectionKey: "garbage" } as object;
      assertEquals(await refusalOf(channel.publish(garbage)), [40006, 400]);
      const forced = channel.publish({ name: "x" }, { _forceNack: "true" });
      assertEquals(await refusalOf(forced), [40099, 400]);
    },
  );

  official("5.7, 5.8: batches tell success and failure by channel", async (sandbox) => {
    const rest = sandbox.rest({ keyIndex: 2 });
    const [result] = await rest.batchPublish([{
      channels: ["channel0", "channel3", "::"],
      messages: [{ data: "x" }],
    }]);
    assertEquals([result!.successCount, result!.failureCount], [1, 2]);
    const codes = result!.results.map((item) => "error" in item ? item.error!.code : null);
    assertEquals(codes, [null, 40160, 40010]);
    // The result is the object itself, although its type says an array.
    const presence: object = await rest.batchPresence(["channel6", "channel0"]);
    const { results } = presence as { results: object[] };
    assertEquals(results.map((item) => "error" in item), [false, true]);
    const old = await sandbox.rest().request("post", "/messages", 2, undefined, {
      channels: ["a", "b"],
      messages: { data: "x" },
    });
    assertEquals([old.statusCode, old.items.map(({ channel }) => channel)], [201, ["a", "b"]]);
  });

  official("5.9: tells the status of a channel", async (sandbox) => {
    const channel = sandbox.realtime().channels.get("c");
    await channel.attach();
    const { channelId, status } = await sandbox.rest().channels.get("c").status();
    assertEquals([channelId, status.isActive], ["c", true]);
    assertEquals(status.occupancy.metrics.connections, 1);
    assertEquals((await sandbox.rest().channels.get("never").status()).status.isActive, true);
  });

  official("5.11, 5.12: counts, and takes what tests inject", async (sandbox) => {
    const rest = sandbox.rest();
    await rest.channels.get("c").publish("counted", "x");
    const [now] = (await rest.stats({ unit: "hour" })).items;
    assertEquals(now!.entries!["messages.inbound.rest.messages.count"], 1);
    assertEquals([typeof now!.inProgress, now!.appId], ["string", sandbox.appId]);
    const minutes = ["15:03", "15:04", "15:05"].map((time, index) => ({
      intervalId: `2020-02-03:${time}`,
      inbound: { realtime: { messages: { count: 10 * (index + 1), data: 100 } } },
      connections: { tls: { peak: 20 - index, opened: 1 } },
    }));
    const injected = await rest.request("post", "/stats", 3, undefined, minutes);
    assert(injected.success);
    const range = { start: "2020-02-03:15", end: "2020-02-03:16" } as object;
    const [hour] = (await rest.stats({ ...range, unit: "hour" })).items;
    assertEquals(hour!.entries!["messages.all.all.count"], 60);
    assertEquals(hour!.entries!["connections.all.peak"], 20);
    const page = await rest.stats({ ...range, limit: 1, direction: "forwards" });
    assertEquals(page.items[0]!.intervalId, "2020-02-03:15:03");
    assertEquals((await page.next())!.items[0]!.intervalId, "2020-02-03:15:04");
  });

  official("5.13: pushes reach devices whose address is a channel", async (sandbox) => {
    const { push } = sandbox.rest();
    const { endpoint, port } = sandbox.scene.connection;
    const recipient = {
      transportType: "ablyChannel",
      channel: "delivered",
      ablyKey: sandbox.keys[0]!,
      ablyUrl: `http://${endpoint}:${port}`,
    };
    const device = {
      id: "d",
      clientId: "jim",
      platform: "android" as const,
      formFactor: "phone" as const,
      push: { recipient },
    };
    const saved = await push.admin.deviceRegistrations.save(device);
    assertEquals(saved.push.state, "ACTIVE");
    const unknown = { ...device, platform: "zx" as "ios" };
    assertEquals(await refusalOf(push.admin.deviceRegistrations.save(unknown)), [40000, 400]);
    assertEquals(await refusalOf(push.admin.deviceRegistrations.get("nobody")), [40400, 404]);
    const channel = "pushenabled:c";
    const subscriptions = push.admin.channelSubscriptions;
    await subscriptions.save({ channel, clientId: "jim" });
    await subscriptions.save({ channel, deviceId: "d" });
    assertEquals((await subscriptions.list({ channel })).items.length, 2);
    assertEquals((await subscriptions.listChannels({})).items, [channel]);
    const refused = subscriptions.save({ channel: "c", clientId: "jim" });
    assertEquals((await refusalOf(refused))[1], 401);

    const live = sandbox.realtime();
    const arrived: unknown[] = [];
    const all = Promise.withResolvers<void>();
    await live.channels.get("delivered").subscribe("__ably_push__", ({ data }) => {
      if (arrived.push(JSON.parse(data)) === 3) all.resolve();
    });
    const payload = { notification: { title: "t", body: "b" }, data: { a: "b" } };
    await push.admin.publish({ clientId: "jim" }, payload);
    await push.admin.publish({ deviceId: "d" }, payload);
    await live.channels.get(channel).publish({ name: "n", extras: { push: payload } });
    await all.promise;
    assertEquals(arrived, [payload, payload, payload]);
    assertEquals((await refusalOf(push.admin.publish({}, payload)))[1], 400);
    await push.admin.deviceRegistrations.remove("d");
    await subscriptions.removeWhere({ channel });
    assertEquals((await subscriptions.list({ channel })).items, []);
  });
}
