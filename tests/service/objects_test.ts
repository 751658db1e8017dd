import { Action, Flag, MODE_FLAGS } from "../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { toBase64Url, utf8 } from "../../src/util/bytes.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

const flags = MODE_FLAGS.object_subscribe | MODE_FLAGS.object_publish;

// deno-lint-ignore no-explicit-any
type Wire = any;

async function idOf(type: string, initialValue: string, nonce: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(`${initialValue}:${nonce}`));
  return `${type}:${toBase64Url(new Uint8Array(digest))}@1700000000000`;
}

async function synced(client: FrameClient): Promise<{ frames: ProtocolMessage[]; objects: Wire }> {
  const frames: ProtocolMessage[] = [];
  const objects: Wire = {};
  do {
    const frame = await client.next(Action.ObjectSync);
    frames.push(frame);
    for (const { object } of frame.state as Wire[]) {
      const known = objects[object.objectId];
      if (known) Object.assign(known.map.entries, object.map.entries);
      else objects[object.objectId] = structuredClone(object);
    }
  } while (!frames.at(-1)!.channelSerial!.endsWith(":"));
  return { frames, objects };
}

function operate(client: FrameClient, ...operations: object[]) {
  const state = operations.map((operation) => ({ operation }));
  return client.request({ action: Action.Object, channel: "c", state });
}

const set = (objectId: string, key: string, value: object) => ({
  action: 1,
  objectId,
  mapSet: { key, value },
});

test("contract 13: syncs an empty root on every attach that asked", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  assertEquals((await client.attach("c")).flags! & Flag.HasObjects, 0);
  assertEquals((await operate(client, set("root", "a", { string: "x" }))).error!.code, 40165);
  for (let i = 0; i < 2; i++) {
    assertEquals((await client.attach("c", { flags })).flags! & Flag.HasObjects, Flag.HasObjects);
    const { objects } = await synced(client);
    assertEquals(objects.root.map.entries, {});
  }
  await client.close();
});

test("RTN19a2: operations that are sent again while the service still reads them are applied once", async () => {
  await using service = createService();
  const watcher = await FrameClient.connect(service);
  await watcher.attach("c", { flags });
  const first = await FrameClient.connect(service);
  await first.attach("c", { flags });
  const initialValue = JSON.stringify({ count: 5 });
  const creates = await Promise.all(Array.from({ length: 200 }, async (_, index) => {
    const nonce = `0123456789abcdef${index}`;
    const objectId = await idOf("counter", initialValue, nonce);
    return { action: 3, objectId, counterCreateWithObjectId: { initialValue, nonce } };
  }));
  const { objectId } = creates[0]!;
  const operations = [...creates, { action: 4, objectId, counterInc: { number: 1 } }];
  const state = operations.map((operation) => ({ operation }));
  const frame = { action: Action.Object, channel: "c", msgSerial: 0, state };
  first.send(frame);
  // The service needs the digests of all ids first. Except in workerd, the client is back before they are computed.
  const params = { resume: first.connectionKey };
  const second = await FrameClient.connect(service, { params });
  assertEquals(second.connectionId, first.connectionId);
  second.send(frame);
  second.send({ ...frame, msgSerial: 1, state: [{ operation: set("root", "a", { number: 1 }) }] });
  const answers = [await second.next(Action.Ack)];
  while (answers.at(-1)!.msgSerial === 0) answers.push(await second.next(Action.Ack));
  const seen = [await watcher.next(Action.Object), await watcher.next(Action.Object)];
  const serials = seen.map(({ state }) => (state as Wire[]).map(({ serial }) => serial));
  for (const { msgSerial, res } of answers) assertEquals(res, [{ serials: serials[msgSerial!]! }]);
  assertEquals(serials.map(({ length }) => length), [operations.length, 1]);
  await second.attach("c", { flags });
  const { objects } = await synced(second);
  assertEquals(objects[objectId].counter.count, 1);
  await second.close();
  await watcher.close();
});

test("contract 13: operations are applied, acknowledged and broadcast with equal serials", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service, { params: { clientId: "jim" } });
  await client.attach("c", { flags });
  await synced(client);
  const initialValue = JSON.stringify({ count: 5 });
  const nonce = "0123456789abcdef";
  const objectId = await idOf("counter", initialValue, nonce);
  const ack = await operate(
    client,
    { action: 3, objectId, counterCreateWithObjectId: { initialValue, nonce } },
    set("root", "counter", { objectId }),
    { action: 4, objectId, counterInc: { number: 2.5 } },
    set("root", "bytes", { bytes: "AQID" }),
  );
  const frame = await client.next(Action.Object);
  const state = frame.state as Wire[];
  assertEquals(state.map(({ serial }) => serial), ack.res![0]!.serials);
  assertEquals([state[0].siteCode, state[0].clientId], ["local", "jim"]);
  assertEquals(state[0].operation.counterCreate, { count: 5 });
  assertEquals(state[0].operation.counterCreateWithObjectId, undefined);
  assertEquals(state[3].operation.mapSet.value, { bytes: "AQID" });

  const other = await FrameClient.connect(service, { format: "msgpack" });
  await other.attach("c", { flags });
  const { objects } = await synced(other);
  assertEquals(objects[objectId].counter.count, 2.5);
  assertEquals(objects[objectId].createOp.counterCreate.count, 5);
  assertEquals([...objects.root.map.entries.bytes.data.bytes], [1, 2, 3]);
  assertEquals(objects.root.map.entries.counter.timeserial, state[1].serial);
  assertEquals(objects.root.siteTimeserials, { local: state[3].serial });
  await client.close();
  await other.close();
});

test("contract 13: a map that is too large for a frame is split by its keys", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c", { flags });
  await synced(client);
  for (const key of ["a", "b", "c"]) {
    await operate(client, set("root", key, { string: key.repeat(65_000) }));
  }
  await client.attach("c", { flags });
  const { frames, objects } = await synced(client);
  assert(frames.length >= 3);
  const keys = frames.flatMap(({ state }) =>
    (state as Wire[]).flatMap(({ object }) => Object.keys(object.map.entries))
  );
  assertEquals(keys.sort(), ["a", "b", "c"]);
  assertEquals(objects.root.map.entries.b.data.string.length, 65_000);
  await client.close();
});

test("contract 13: remove, clear and delete", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c", { flags });
  await synced(client);
  const value = async () => (await rest(service, "/channels/c/object")).body;
  await operate(client, set("root", "a", { number: 1 }), set("root", "b", { boolean: false }));
  assertEquals(await value(), { a: 1, b: false });
  await operate(client, { action: 2, objectId: "root", mapRemove: { key: "a" } });
  assertEquals(await value(), { b: false });
  await operate(client, { action: 6, objectId: "root", mapClear: {} });
  assertEquals(await value(), {});
  await operate(client, set("root", "c", { json: '{"x":[1]}' }));
  assertEquals(await value(), { c: '{"x":[1]}' });
  await client.close();
});

const bad: [string, object, number][] = [
  ["an unknown action", { action: 99, objectId: "root" }, 92000],
  ["an unknown object", set("map:none@1", "a", { string: "x" }), 92004],
  ["no value", set("root", "a", {}), 92000],
  ["a number that is none", set("root", "a", { number: "1" }), 92000],
  [
    "a counter's operation on a map",
    { action: 4, objectId: "root", counterInc: { number: 1 } },
    92000,
  ],
  ["a deleted root", { action: 5, objectId: "root", objectDelete: {} }, 92000],
  [
    "a false id",
    {
      action: 0,
      objectId: "map:false@1",
      mapCreateWithObjectId: { initialValue: "{}", nonce: "0123456789abcdef" },
    },
    92000,
  ],
];

for (const [what, operation, code] of bad) {
  test(`contract 13: refuses ${what}, and all that came with it`, async () => {
    await using service = createService();
    const client = await FrameClient.connect(service);
    await client.attach("c", { flags });
    await synced(client);
    const nack = await operate(client, set("root", "good", { string: "x" }), operation);
    assertEquals([nack.action, nack.error!.code], [Action.Nack, code]);
    assertEquals((await rest(service, "/channels/c/object")).body, {});
    await client.close();
  });
}

async function publish(service: LocalService, ...body: object[]) {
  return await rest(service, "/channels/c/object", { method: "POST", body });
}

test("contract 5.14: creates by path, reads compact and in full", async () => {
  await using service = createService();
  const made = await publish(
    service,
    {
      path: "people",
      mapCreate: { semantics: "LWW", entries: { jim: { data: { string: "x" } } } },
    },
    { path: "people.visits", counterCreate: { count: 3 } },
    { path: "people.visits", counterInc: { number: 4 } },
    { path: "people", mapSet: { key: "a.b", value: { bytes: "AQI=" } } },
  );
  assertEquals(made.status, 201);
  assertEquals(made.body.objectIds.length, 3);
  const get = async (query: string) => (await rest(service, `/channels/c/object${query}`)).body;
  assertEquals(await get(""), { people: { jim: "x", visits: 7, "a.b": "AQI=" } });
  assertEquals(await get("?path=people.visits"), 7);
  assertEquals(await get("?path=people.a%5C.b"), "AQI=");
  const full = await get("?compact=false&path=people");
  assertEquals(full.map.entries.jim, { data: { string: "x" } });
  assertEquals(full.map.entries.visits.data.counter, { data: { number: 7 } });
  const [people] = made.body.objectIds;
  assertEquals(await get(`/${encodeURIComponent(people)}?path=jim`), "x");
  assertEquals((await get("?path=nowhere")).error.code, 92005);
  assertEquals((await get("/unknown")).error.code, 92004);
});

test("contract 5.14: a path may stand for several objects, and an id makes it idempotent", async () => {
  await using service = createService();
  await publish(service, { path: "a", counterCreate: {} }, {
    path: "b",
    counterCreate: { count: 1 },
  });
  const operation = { id: "once", path: "*", counterInc: { number: 10 } };
  const first = await publish(service, operation);
  const second = await publish(service, operation);
  assertEquals(first.body.objectIds, second.body.objectIds);
  assertEquals((await rest(service, "/channels/c/object")).body, { a: 10, b: 11 });
});

test("contract 5.14: a map that refers to itself is written out once", async () => {
  await using service = createService();
  const { body } = await publish(service, { path: "a", mapCreate: {} });
  const [objectId] = body.objectIds;
  await publish(service, { objectId, mapSet: { key: "self", value: { objectId } } });
  const { body: read } = await rest(service, "/channels/c/object");
  assertEquals(read, { a: { self: { objectId } } });
});

test("contract 5.14: what REST does is seen over realtime at once", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c", { flags });
  await publish(service, { objectId: "root", mapSet: { key: "k", value: { string: "v" } } });
  const [{ operation, serial }] = (await client.next(Action.Object)).state as Wire[];
  assertEquals(operation.mapSet, { key: "k", value: { string: "v" } });
  assert(serial > "00000000000000-000@aaa" && serial < "99999999999999-000@zzz");
  await client.close();
});

test("hostile input: objects that refer to each other in many ways are not followed for ever", async () => {
  await using service = createService();
  const post = async (body: object) => {
    const answer = await rest(service, "/channels/c/object", { method: "POST", body });
    assertEquals(answer.status, 201);
    return answer.body.objectIds[0] as string;
  };
  let inner = await post({ mapCreate: { semantics: 0, entries: {} } });
  for (let level = 0; level < 30; level++) {
    const entry = { data: { objectId: inner } };
    inner = await post({ mapCreate: { semantics: 0, entries: { a: entry, b: entry } } });
  }
  await post({ objectId: "root", mapSet: { key: "top", value: { objectId: inner } } });
  const whole = await rest(service, "/channels/c/object");
  assertEquals([whole.status, whole.body.error.code], [400, 92001]);
  const path = `top${".*".repeat(30)}`;
  assertEquals((await rest(service, `/channels/c/object?path=${path}`)).body, {});
  const long = await rest(service, "/channels/c/object", {
    method: "POST",
    body: { path: "a\\.".repeat(500_000), mapSet: { key: "k", value: { number: 1 } } },
  });
  assertEquals([long.status, long.body.error.code], [400, 92005]);
});

test("contract 13: an operation may be as large as a message, counted as clients count it", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  await client.attach("c", { flags });
  await synced(client);
  const code = async (...operations: object[]) =>
    (await operate(client, ...operations)).error?.code;
  const full = "x".repeat(65_536 - 1);
  assertEquals(await code(set("root", "k", { string: full })), undefined);
  assertEquals(await code(set("root", "k", { string: `${full}x` })), 40009);
  // OD3b: a boolean counts one byte; OD3f: an objectId counts none.
  const nearly = set("root", "k", { string: full.slice(2) });
  assertEquals(await code(nearly, set("root", "b", { boolean: true })), undefined);
  assertEquals(await code(nearly, set("root", "bc", { boolean: true })), 40009);
  const remove = (key: string) => ({ action: 2, objectId: "root", mapRemove: { key } });
  assertEquals(await code(nearly, remove("bc"), set("root", "", {})), 92000);
  assertEquals(await code(nearly, remove("bc")), undefined);
  await client.close();
});
