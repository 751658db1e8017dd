import { Action, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

const MESSAGES = "/chat/v4/rooms/lobby/messages";
const CHANNEL = "lobby::$chat";

interface Call {
  method?: string;
  body?: unknown;
  key?: string;
  as?: string;
}

/** A request of a client, by default of "amy". */
function chat(service: LocalService, path: string, { as = "amy", ...call }: Call = {}) {
  return rest(service, path, { ...call, headers: { "X-Ably-ClientId": btoa(as) } });
}

async function send(service: LocalService, text: string, as?: string): Promise<string> {
  const { body } = await chat(service, MESSAGES, { method: "POST", body: { text }, as });
  return body.serial;
}

function pathOf(serial: string): string {
  return `${MESSAGES}/${encodeURIComponent(serial)}`;
}

function texts(body: { text: string }[]): string[] {
  return body.map(({ text }) => text);
}

test("CHA-M3: a sent message is stored, broadcast and given back", async () => {
  await using service = createService();
  using watcher = await FrameClient.connect(service);
  await watcher.attach(CHANNEL);
  const { status, body } = await chat(service, MESSAGES, {
    method: "POST",
    body: { text: "hi", metadata: { a: { b: 1 } }, headers: { c: "d" } },
  });
  const { serial, timestamp, ...rest } = body;
  assertEquals([status, rest], [201, {
    clientId: "amy",
    text: "hi",
    metadata: { a: { b: 1 } },
    headers: { c: "d" },
    action: "message.create",
    version: { serial, timestamp },
    reactions: { unique: {}, distinct: {}, multiple: {} },
  }]);
  const { messages: [message] = [] } = await watcher.next(Action.Message);
  assertEquals([message!.name, message!.clientId, message!.serial, message!.action], [
    "chat.message",
    "amy",
    serial,
    0,
  ]);
  assertEquals(JSON.parse(message!.data as string), { text: "hi", metadata: { a: { b: 1 } } });
  assertEquals(message!.extras, { headers: { c: "d" } });
  assertEquals((await chat(service, pathOf(serial))).body, body);
});

test("CHA-M8: an update replaces text, metadata and headers", async () => {
  await using service = createService();
  using watcher = await FrameClient.connect(service);
  const first = await chat(service, MESSAGES, {
    method: "POST",
    body: { text: "one", metadata: { a: 1 }, headers: { b: "c" } },
  });
  const { serial } = first.body;
  await watcher.attach(CHANNEL);
  const { status, body } = await chat(service, pathOf(serial), {
    method: "PUT",
    body: { message: { text: "two" }, description: "why", metadata: { d: 1 } },
    as: "bob",
  });
  assertEquals(status, 200);
  assertEquals([body.text, body.metadata, body.headers, body.clientId, body.action], [
    "two",
    {},
    {},
    "amy",
    "message.update",
  ]);
  assertEquals([body.serial, body.timestamp], [serial, first.body.timestamp]);
  const { serial: version, timestamp: _, ...change } = body.version;
  assertEquals(change, { clientId: "bob", description: "why", metadata: { d: 1 } });
  assert(version > serial);
  const { messages: [message] = [] } = await watcher.next(Action.Message);
  assertEquals([message!.action, message!.version!.serial], [1, version]);
});

test("CHA-M9: a deleted message stays in the history and keeps its text", async () => {
  await using service = createService();
  const serial = await send(service, "one");
  const path = `${pathOf(serial)}/delete`;
  const body = { description: "why" };
  const deleted = await chat(service, path, { method: "POST", body });
  assertEquals([deleted.status, deleted.body.action, deleted.body.text], [
    200,
    "message.delete",
    "one",
  ]);
  assertEquals(deleted.body.version.description, "why");
  assertEquals((await chat(service, MESSAGES)).body, [deleted.body]);
  // The body is optional.
  assertEquals((await chat(service, path, { method: "POST" })).status, 200);
});

test("CHA-M6: the history comes in both orders and in pages", async () => {
  await using service = createService();
  for (const text of ["1", "2", "3"]) await send(service, text);
  const list = async (query: string) => texts((await chat(service, `${MESSAGES}?${query}`)).body);
  assertEquals(await list(""), ["3", "2", "1"]);
  assertEquals(await list("orderBy=newestFirst"), ["3", "2", "1"]);
  assertEquals(await list("orderBy=oldestFirst"), ["1", "2", "3"]);
  assertEquals(await list("direction=forwards&limit=1"), ["1"]);
  const first = await chat(service, `${MESSAGES}?orderBy=oldestFirst&limit=2`);
  const next = /<\.\/messages\?([^>]*)>; rel="next"/.exec(first.headers.get("Link")!)![1]!;
  assertEquals([texts(first.body), await list(next)], [["1", "2"], ["3"]]);
  const { body, status } = await chat(service, `${MESSAGES}?orderBy=newest`);
  assertEquals([status, body.error.code], [400, 40003]);
});

test("CHA-M5g: the history up to the point of attachment has no later messages", async () => {
  await using service = createService();
  await send(service, "before");
  using client = await FrameClient.connect(service);
  const { channelSerial } = await client.attach(CHANNEL);
  await send(service, "after");
  const list = async (query: string) =>
    texts(
      (await chat(
        service,
        `${MESSAGES}?fromSerial=${encodeURIComponent(channelSerial!)}&${query}`,
      )).body,
    );
  assertEquals(await list("orderBy=newestFirst"), ["before"]);
  assertEquals((await list("orderBy=oldestFirst")).at(-1), "after");
});

test("CHA-M4d: other messages of the channel are no chat messages", async () => {
  await using service = createService();
  const publish = { method: "POST", body: { name: "other", data: "x" } };
  const path = `/channels/${encodeURIComponent(CHANNEL)}/messages`;
  const { body } = await rest(service, path, publish);
  assertEquals((await chat(service, MESSAGES)).body, []);
  assertEquals((await chat(service, pathOf(body.serials[0]))).status, 404);
  const content = { message: { text: "x" } };
  const update = await chat(service, pathOf(body.serials[0]), { method: "PUT", body: content });
  assertEquals([update.status, update.body.error.code], [404, 40400]);
});

test("CHA-RST6: a room may have any name that a channel may have", async () => {
  await using service = createService();
  for (const name of ["a/b", "dms:amy-bob", "a b", "häß?", "100%", "a::b"]) {
    const path = `/chat/v4/rooms/${encodeURIComponent(name)}/messages`;
    const sent = await chat(service, path, { method: "POST", body: { text: name } });
    assertEquals([name, sent.status], [name, 201]);
    assertEquals(texts((await chat(service, path)).body), [name]);
  }
  const { status, body } = await chat(service, "/chat/v4/rooms/%3Aa/messages");
  assertEquals([status, body.error.code], [400, 40010]);
});

test("CHA-RST3: requests and answers may be MessagePack", async () => {
  await using service = createService();
  const response = await service.fetch(MESSAGES, {
    method: "POST",
    headers: {
      Authorization: `Basic ${btoa(service.key)}`,
      "Content-Type": "application/x-msgpack",
      Accept: "application/x-msgpack",
      "X-Ably-ClientId": btoa("amy"),
    },
    body: msgpackCodec.encode({ text: "hi" }) as Uint8Array<ArrayBuffer>,
  });
  const body = msgpackCodec.decode(new Uint8Array(await response.arrayBuffer()));
  assertEquals([response.status, (body as { text: string }).text], [201, "hi"]);
});

test("CHA-M3e: what is no chat message is refused", async () => {
  await using service = createService();
  const post = async (body: unknown) => {
    const answer = await chat(service, MESSAGES, { method: "POST", body });
    return [answer.status, answer.body.error?.code];
  };
  for (const body of [{}, { text: "" }, { text: 1 }, { text: "a", headers: [] }]) {
    assertEquals(await post(body), [400, 40001]);
  }
  assertEquals(await post({ text: "a", metadata: "b" }), [400, 40001]);
  assertEquals(await post({ text: "x".repeat(70_000) }), [413, 40009]);
  const serial = await send(service, "a");
  const update = await chat(service, pathOf(serial), { method: "PUT", body: { text: "b" } });
  assertEquals([update.status, update.body.error.code], [400, 40001]);
  const anonymous = await rest(service, MESSAGES, { method: "POST", body: { text: "a" } });
  assertEquals([anonymous.status, anonymous.body.error.code], [400, 40012]);
  const named = await chat(service, `${MESSAGES}?clientId=bob`, {
    method: "POST",
    body: { text: "a" },
  });
  assertEquals([named.status, named.body.error.code], [401, 40102]);
});

test("CHA-MR4, CHA-MR11: reactions are annotations, and their summary is part of the message", async () => {
  await using service = createService();
  const serial = await send(service, "a");
  const path = `${pathOf(serial)}/reactions`;
  using watcher = await FrameClient.connect(service);
  const flags = MODE_FLAGS.subscribe | MODE_FLAGS.annotation_subscribe;
  await watcher.attach(CHANNEL, { flags });
  const react = async (as: string, body: object) => {
    const answer = await chat(service, path, { method: "POST", body, as });
    assertEquals([answer.status, Object.keys(answer.body)], [201, ["serial"]]);
    return answer.body.serial;
  };
  const own = await react("amy", { type: "unique", name: "👍" });
  const { annotations: [annotation] = [] } = await watcher.next(Action.Annotation);
  assertEquals(
    [annotation!.type, annotation!.name, annotation!.clientId, annotation!.serial],
    ["reaction:unique.v1", "👍", "amy", own],
  );
  assertEquals([annotation!.messageSerial, annotation!.action], [serial, 0]);
  await react("bob", { type: "unique", name: "👍" });
  await react("bob", { type: "distinct", name: "🔥", count: 9 });
  await react("amy", { type: "multiple", name: "👏", count: 5 });
  await react("bob", { type: "multiple", name: "👏" });
  const reactions = async () => (await chat(service, pathOf(serial))).body.reactions;
  assertEquals(await reactions(), {
    unique: { "👍": { total: 2, clientIds: ["amy", "bob"], clipped: false } },
    distinct: { "🔥": { total: 1, clientIds: ["bob"], clipped: false } },
    multiple: {
      "👏": {
        total: 6,
        clientIds: { amy: 5, bob: 1 },
        totalUnidentified: 0,
        clipped: false,
        totalClientIds: 2,
      },
    },
  });
  assertEquals((await chat(service, `${pathOf(serial)}/client-reactions`)).body, {
    unique: { "👍": { total: 2, clientIds: ["amy"], clipped: true } },
    distinct: {},
    multiple: {
      "👏": {
        total: 6,
        clientIds: { amy: 5 },
        totalUnidentified: 0,
        clipped: true,
        totalClientIds: 2,
      },
    },
  });
  const forBob = await chat(service, `${pathOf(serial)}/client-reactions?forClientId=bob`);
  assertEquals(Object.keys(forBob.body.distinct), ["🔥"]);
  const remove = async (as: string, query: string) =>
    (await chat(service, `${path}?${query}`, { method: "DELETE", as })).status;
  assertEquals(await remove("amy", "type=unique&name=ignored"), 200);
  assertEquals(await remove("bob", `type=distinct&name=${encodeURIComponent("🔥")}`), 200);
  assertEquals(await remove("bob", "type=distinct"), 400);
  assertEquals(await remove("bob", "type=other&name=a"), 400);
  const { unique, distinct } = await reactions();
  assertEquals([unique["👍"].clientIds, distinct], [["bob"], {}]);
});

test("CHA-MR4b: reactions without a name, with a wrong type or count are refused", async () => {
  await using service = createService();
  const path = `${pathOf(await send(service, "a"))}/reactions`;
  for (
    const body of [
      { type: "unique" },
      { name: "a" },
      { type: "other", name: "a" },
      { type: "unique", name: "" },
      { type: "multiple", name: "a", count: 0 },
      { type: "multiple", name: "a", count: 1.5 },
    ]
  ) {
    const answer = await chat(service, path, { method: "POST", body });
    assertEquals([answer.status, answer.body.error.code], [400, 40003]);
  }
  const missing = `${MESSAGES}/nothing/reactions`;
  const reaction = { type: "unique", name: "a" };
  const answer = await chat(service, missing, { method: "POST", body: reaction });
  assertEquals([answer.status, answer.body.error.code], [404, 40400]);
});

test("CHA-O3: the occupancy counts connections and members", async () => {
  await using service = createService();
  const occupancy = async () => (await chat(service, "/chat/v4/rooms/lobby/occupancy")).body;
  assertEquals(await occupancy(), { connections: 0, presenceMembers: 0 });
  using one = await FrameClient.connect(service, { params: { clientId: "amy" } });
  using two = await FrameClient.connect(service);
  await one.attach(CHANNEL);
  await two.attach(CHANNEL);
  await one.request({ action: Action.Presence, channel: CHANNEL, presence: [{ action: 2 }] });
  assertEquals(await occupancy(), { connections: 2, presenceMembers: 1 });
});

test("the rights for a room are those for its channel", async () => {
  await using service = createService();
  const key = async (capability: object) => {
    const { body } = await rest(service, "/apps", {
      method: "POST",
      body: { keys: [{ capability: JSON.stringify(capability) }] },
    });
    return body.keys[0].keyStr;
  };
  const statusOf = async (capability: object, call: Call = {}, path = MESSAGES) =>
    (await chat(service, path, { ...call, key: await key(capability) })).status;
  const post = { method: "POST", body: { text: "a" } };
  for (const room of ["lobby", "*", "lobby::$chat"]) {
    assertEquals(await statusOf({ [room]: ["publish"] }, post), 201);
  }
  assertEquals(await statusOf({ lobby: ["subscribe"] }, post), 401);
  assertEquals(await statusOf({ other: ["*"] }, post), 401);
  assertEquals(await statusOf({ lobby: ["history"] }), 200);
  assertEquals(await statusOf({ lobby: ["publish"] }), 401);
  assertEquals(await statusOf({ "dms:*": ["history"] }, {}, "/chat/v4/rooms/dms:a/messages"), 200);
  const occupancy = "/chat/v4/rooms/lobby/occupancy";
  assertEquals(await statusOf({ lobby: ["channel-metadata"] }, {}, occupancy), 200);
  assertEquals(await statusOf({ lobby: ["publish"] }, {}, occupancy), 401);
});

test("CHA-M8d: to change the messages of others needs another right than to change one's own", async () => {
  await using service = createService();
  const { body } = await rest(service, "/apps", {
    method: "POST",
    body: {
      keys: [{ capability: '{"lobby":["publish","message-update-own","message-delete-any"]}' }],
    },
  });
  const key = body.keys[0].keyStr;
  const sent = await chat(service, MESSAGES, { method: "POST", body: { text: "a" }, key });
  const path = pathOf(sent.body.serial);
  const status = async (as: string, call: Call, to = path) =>
    (await chat(service, to, { ...call, as, key })).status;
  const update = { method: "PUT", body: { message: { text: "b" } } };
  assertEquals(await status("bob", update), 401);
  assertEquals(await status("amy", update), 200);
  assertEquals(await status("bob", { method: "POST" }, `${path}/delete`), 200);
});

test("CHA-M10: the versions of a message come oldest first", async () => {
  await using service = createService();
  const serial = await send(service, "one");
  const update = { method: "PUT", body: { message: { text: "two" } } };
  await chat(service, pathOf(serial), update);
  await chat(service, `${pathOf(serial)}/delete`, { method: "POST" });
  const { body } = await chat(service, `${pathOf(serial)}/versions`);
  assertEquals(body.map(({ action, text }: { action: string; text: string }) => [action, text]), [
    ["message.create", "one"],
    ["message.update", "two"],
    ["message.delete", "two"],
  ]);
  assertEquals((await chat(service, `${MESSAGES}/nothing/versions`)).status, 404);
});
