import { createService, FakeClock, type LocalService } from "../../src/testing/mod.ts";
import { Action, Flag, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { assert, assertEquals, assertThrows, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

const flags = MODE_FLAGS.object_subscribe | MODE_FLAGS.object_publish;

// deno-lint-ignore no-explicit-any
type Wire = any;

async function attached(service: LocalService): Promise<FrameClient> {
  const client = await FrameClient.connect(service);
  await client.attach("c", { flags });
  await client.next(Action.ObjectSync);
  return client;
}

function operate(client: FrameClient, ...operations: object[]) {
  return send(client, ...operations.map((operation) => ({ operation })));
}

function send(client: FrameClient, ...state: object[]) {
  return client.request({ action: Action.Object, channel: "c", state });
}

const set = (key: string, value: object, objectId = "root") => ({
  action: 1,
  objectId,
  mapSet: { key, value },
});

async function publish(service: LocalService, body: unknown) {
  return await rest(service, "/channels/c/object", { method: "POST", body: body as object });
}

async function read(service: LocalService, query = "") {
  return (await rest(service, `/channels/c/object${query}`)).body;
}

test("objects over REST: an array is applied as a whole or not at all, in one message", async () => {
  await using service = createService();
  const client = await attached(service);
  const refused = await publish(service, [
    { path: "", mapSet: { key: "a", value: { number: 1 } } },
    { objectId: "counter:none@1", counterInc: { number: 1 } },
  ]);
  assertEquals([refused.status, refused.body.error.code], [404, 92004]);
  assertEquals(await read(service), {});
  const made = await publish(service, [
    { path: "m", mapCreate: { semantics: "lww", entries: {} } },
    { path: "m.c", counterCreate: { count: 1 } },
    { path: "m.c", counterInc: { number: 2 } },
  ]);
  assertEquals(made.status, 201);
  const frame = await client.next(Action.Object);
  const messages = frame.state as Wire[];
  assertEquals(messages.map(({ operation }) => operation.action), [0, 1, 3, 1, 4]);
  assertEquals(messages.map(({ id }) => id), messages.map((_, index) => `${frame.id}:${index}`));
  assertEquals(made.body.messageId, `${frame.id}:0`);
  assertEquals(await read(service), { m: { c: 3 } });
  await client.close();
});

const BAD: [string, unknown, number][] = [
  ["an empty array", [], 92000],
  ["two operations in one", {
    path: "",
    mapSet: { key: "a", value: { number: 1 } },
    mapRemove: { key: "a" },
  }, 92000],
  ["an objectId and a path", { objectId: "root", path: "", mapRemove: { key: "a" } }, 92000],
  [
    "a value of two kinds",
    { path: "", mapSet: { key: "a", value: { string: "x", number: 1 } } },
    92000,
  ],
  ["a wildcard in the path of a create", { path: "*.x", counterCreate: { count: 0 } }, 92007],
  ["an increment of a value", { path: "n", counterInc: { number: 1 } }, 92007],
  ["an increment of the root", { path: "", counterInc: { number: 1 } }, 92007],
  ["a set of a value", { path: "n", mapSet: { key: "a", value: { number: 1 } } }, 92007],
  ["a path to nowhere", { path: "none", counterInc: { number: 1 } }, 92005],
  ["neither an objectId nor a path", { counterInc: { number: 1 } }, 92006],
  ["a deletion", { objectId: "root", objectDelete: {} }, 92000],
];

for (const [what, body, code] of BAD) {
  test(`objects over REST: ${what} is refused with ${code}`, async () => {
    await using service = createService();
    await publish(service, { path: "", mapSet: { key: "n", value: { string: "x" } } });
    assertEquals((await publish(service, body)).body.error.code, code);
    assertEquals(await read(service), { n: "x" });
  });
}

test("OD4c5, OD5b3: JSON in a string with an encoding is JSON", async () => {
  await using service = createService();
  const client = await attached(service);
  await operate(client, set("a", { string: '{"x":1}', encoding: "json" }));
  const { state } = await client.next(Action.Object);
  assertEquals((state as Wire[])[0].operation.mapSet.value, { json: '{"x":1}' });
  await client.close();
});

test("OM2d: ids and extras of a client pass", async () => {
  await using service = createService();
  const client = await attached(service);
  await send(client, { id: "mine", extras: { a: 1 }, operation: set("a", { number: 1 }) });
  const [message] = (await client.next(Action.Object)).state as Wire[];
  assertEquals([message.id, message.extras], ["mine", { a: 1 }]);
  await client.close();
});

for (const echoFirst of [false, true]) {
  test(`objects: the echo comes ${echoFirst ? "before" : "after"} the ACK`, async () => {
    await using service = createService({ objects: { echoFirst } });
    const client = await attached(service);
    await operate(client, set("a", { number: 1 }));
    await client.next(Action.Object);
    const frames = service.log.frames({ direction: "out" }).map(({ action }) => action);
    const [ack, object] = [frames.indexOf(Action.Ack), frames.indexOf(Action.Object)];
    assert(ack >= 0 && object >= 0);
    assertEquals(object < ack, echoFirst);
    await client.close();
  });
}

test("RTO4b: ATTACHED may say that there are no objects", async () => {
  await using service = createService({ objects: { announceNone: true } });
  const client = await FrameClient.connect(service);
  assertEquals((await client.attach("c", { flags })).flags! & Flag.HasObjects, 0);
  await operate(client, set("a", { number: 1 }));
  assertEquals((await client.attach("c", { flags })).flags! & Flag.HasObjects, Flag.HasObjects);
  await client.next(Action.ObjectSync);
  await client.close();
});

test("RTLO4e: a client may not delete objects; the service may", async () => {
  await using service = createService();
  const client = await attached(service);
  const made = await publish(service, { path: "c", counterCreate: { count: 1 } });
  await client.next(Action.Object);
  const [objectId] = made.body.objectIds;
  const nack = await operate(client, { action: 5, objectId, objectDelete: {} });
  assertEquals(nack.error!.code, 92000);
  service.objects("c").delete(objectId);
  const [message] = (await client.next(Action.Object)).state as Wire[];
  assertEquals([message.operation.action, message.operation.objectId], [5, objectId]);
  assertEquals((await read(service, `/${encodeURIComponent(objectId)}`)).error.code, 92003);
  assertEquals(await read(service), {});
  assertThrows(() => service.objects("c").delete("counter:none@1"));
  assertThrows(() => service.objects("c").delete("root"));
  await client.close();
});

test("RTO5: the service may sync at any time", async () => {
  await using service = createService();
  const client = await attached(service);
  service.objects("c").sync();
  const frame = await client.next(Action.ObjectSync);
  assertEquals((frame.state as Wire[]).map(({ object }) => object.objectId), ["root"]);
  await client.close();
});

test("RTLM9: operations of another site are merged by their serials", async () => {
  await using service = createService();
  const client = await attached(service);
  const objects = service.objects("c");
  await operate(client, set("a", { number: 1 }));
  await client.next(Action.Object);
  await objects.apply(set("a", { number: 2 }), { siteCode: "far", serial: "0" });
  const [message] = (await client.next(Action.Object)).state as Wire[];
  assertEquals([message.siteCode, message.serial], ["far", "0"]);
  assertEquals(await read(service), { a: 1 });
  await objects.apply(set("a", { number: 3 }), { siteCode: "far", clientId: "ann" });
  assertEquals(await read(service), { a: 3 });
  await objects.apply(set("a", { number: 4 }), { siteCode: "far", serial: "00" });
  assertEquals(await read(service), { a: 3 });
  await client.close();
});

test("RTLM24, RTLM9: a clear and an operation of another site are older than what came before them", async () => {
  await using service = createService();
  const client = await attached(service);
  const objects = service.objects("c");
  await operate(client, set("a", { number: 1 }));
  await objects.apply(set("b", { number: 1 }), { siteCode: "far", serial: "0" });
  await objects.apply({ action: 6, objectId: "root", mapClear: {} }, {
    siteCode: "far",
    serial: "00",
  });
  assertEquals(await read(service), { a: 1 });
  await publish(service, { path: "map", mapCreate: { entries: { x: { data: { number: 1 } } } } });
  const { objectId } = (await read(service, "?compact=false")).map.entries.map.data;
  await objects.apply({ ...set("x", { number: 2 }), objectId }, { siteCode: "far", serial: "000" });
  assertEquals(await read(service), { a: 1, map: { x: 1 } });
  await client.close();
});

test("RTLO4e: what nothing leads to is deleted after a day, and forgotten after another", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const day = 24 * 60 * 60 * 1_000;
  const made = await publish(service, { counterCreate: { count: 1 } });
  const [objectId] = made.body.objectIds;
  const touch = () => publish(service, { path: "", mapSet: { key: "a", value: { number: 1 } } });
  const status = async () => (await read(service, `/${encodeURIComponent(objectId)}`)).error?.code;
  await touch();
  assertEquals(await status(), undefined);
  for (const expected of [undefined, 92003, 92004]) {
    await clock.advance(day + 1);
    await touch();
    assertEquals(await status(), expected);
  }
});

test("objects: a channel holds 6.5 MB, of which what was replaced is no part", async () => {
  await using service = createService();
  const text = "x".repeat(60_000);
  const operations = Array.from({ length: 110 }, (_, index) => index);
  let refused = 0;
  for (const index of operations) {
    const { body } = await publish(service, {
      path: "",
      mapSet: { key: `k${index}`, value: { string: text } },
    });
    if (body.error?.code === 92001) refused++;
  }
  assertEquals(refused, 2);
  const replaced = await publish(service, {
    path: "",
    mapSet: { key: "k0", value: { string: "x" } },
  });
  assertEquals(replaced.status, 201);
  assertEquals(
    (await publish(service, { path: "", mapSet: { key: "more", value: { string: text } } })).status,
    201,
  );
});

test("OM3: sizes are counted in bytes of UTF-8", async () => {
  await using service = createService();
  const client = await attached(service);
  const nack = await operate(client, set("a", { string: "é".repeat(60_000) }));
  assertEquals(nack.error!.code, 40009);
  await client.close();
});

test("objects: the pages of a sync may come one after the other", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock, objects: { syncInterval: 100 } });
  for (const key of ["a", "b"]) {
    await publish(service, { path: "", mapSet: { key, value: { string: key.repeat(60_000) } } });
  }
  const client = await FrameClient.connect(service);
  await client.attach("c", { flags });
  const first = await client.next(Action.ObjectSync);
  assert(!first.channelSerial!.endsWith(":"));
  const second = client.next(Action.ObjectSync);
  await clock.advance(100);
  assert((await second).channelSerial!.endsWith(":"));
  await client.close();
});

// inband-objects: messages that tell of objects.

async function told(client: FrameClient): Promise<Wire> {
  const { messages: [message] = [] } = await client.next(Action.Message);
  assertEquals(message!.name, "[meta]objects");
  return JSON.parse(message!.data as string);
}

test("inband-objects: the objects arrive after ATTACHED, and after changes, with a limited rate", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const made = await publish(service, { path: "c", counterCreate: { count: 5 } });
  const [counter] = made.body.objectIds;
  await publish(service, { path: "c", counterInc: { number: 2 } });
  const client = await FrameClient.connect(service);
  await client.attach("c", { params: { objects: "objects" } });
  const root = await told(client);
  const last = await told(client);
  assertEquals([root.object.objectId, root.nextCursor, root.syncId], [
    "root",
    counter,
    last.syncId,
  ]);
  assertEquals(root.object.map.entries.c.data, { objectId: counter });
  assertEquals(root.object.map.entries.c.tombstone, false);
  assertEquals([last.object.counter, last.object.tombstone], [{ count: 7 }, false]);
  assert(!("nextCursor" in last));
  for (let i = 0; i < 5; i++) await publish(service, { path: "c", counterInc: { number: 1 } });
  await told(client);
  assertEquals((await told(client)).object.counter, { count: 8 });
  await clock.advance(100);
  await told(client);
  assertEquals((await told(client)).object.counter, { count: 12 });
  await clock.advance(200);
  await client.settled();
  assertEquals(client.received.filter(({ action }) => action === Action.Message), []);
  await client.close();
});

test("inband-objects: a notification has a link to the objects, and none is sent at first", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c", { params: { objects: "notification" } });
  await publish(service, { path: "", mapSet: { key: "a", value: { number: 1 } } });
  const { link } = await told(client);
  assertEquals((await rest(service, link)).body, { a: 1 });
  await client.close();
});
