import { Crypto, Realtime } from "../../mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { json, refusal } from "../support/fake_service.ts";
import { failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

const MEMBERS = [
  { id: "a", action: 1, clientId: "ann", connectionId: "x", timestamp: 1, data: "hi" },
  {
    id: "b",
    action: 1,
    clientId: "bob",
    connectionId: "y",
    timestamp: 2,
    data: '{"a":1}',
    encoding: "json",
  },
];

test("RSP3a: gets the members, decoded, with their memberKey", async () => {
  const { rest, last } = fakeRest(() => json(MEMBERS));
  const { items } = await rest.channels.get("a/b").presence.get();
  assertEquals([last().method, last().url.pathname + last().url.search], [
    "GET",
    "/channels/a%2Fb/presence",
  ]);
  assertEquals(items.map(({ action, data, memberKey }) => [action, data, memberKey]), [
    ["present", "hi", "x:ann"],
    ["present", { a: 1 }, "y:bob"],
  ]);
});

test("RSP3a1-3: limit, clientId and connectionId", async () => {
  const { rest, last } = fakeRest();
  await rest.channels.get("c").presence.get({ limit: 5, clientId: "ann", connectionId: "x" });
  assertEquals(Object.fromEntries(last().url.searchParams), {
    limit: "5",
    clientId: "ann",
    connectionId: "x",
  });
});

test("RSP4: gets the history, with the actions by name", async () => {
  const { rest, last } = fakeRest(() =>
    json([2, 4, 3, 0, 42].map((action, i) => ({ ...MEMBERS[0], id: `${i}`, action })))
  );
  const { items } = await rest.channels.get("c").presence.history({
    start: new Date(1),
    end: 2,
    direction: "forwards",
    limit: 7,
  });
  assertEquals(items.map(({ action }) => action), [
    "enter",
    "update",
    "leave",
    "absent",
    "unknown",
  ]);
  assertEquals(last().url.pathname, "/channels/c/presence/history");
  assertEquals(Object.fromEntries(last().url.searchParams), {
    start: "1",
    end: "2",
    direction: "forwards",
    limit: "7",
  });
});

test("RSP3, RSP4, TG4: pages", async () => {
  const { rest, network } = fakeRest((_, i) =>
    json([MEMBERS[i % 2]], 200, i % 2 === 0 ? { link: '<?p=2>; rel="next"' } : {})
  );
  const { presence } = rest.channels.get("c");
  for (const read of [() => presence.get(), () => presence.history()]) {
    const ids: unknown[] = [];
    for await (const { id } of await read()) ids.push(id);
    assertEquals(ids, ["a", "b"]);
  }
  assertEquals(network.seen.map(({ url }) => url.pathname + url.search), [
    "/channels/c/presence",
    "/channels/c/presence?p=2",
    "/channels/c/presence/history",
    "/channels/c/presence/history?p=2",
  ]);
});

test("RSP5: members of encrypted channels are decrypted", async () => {
  const key = "WUP6u0K7MXI5Zeo0VppPwg==";
  const data = "HO4cYSP8LybPYBPZPHQOtvmStzmExkdjvrn51J6cmaTZrGl+EsJ61sgxmZ6j6jcA"; // From Ably's fixtures.
  const wire = { ...MEMBERS[0], data, encoding: "json/utf-8/cipher+aes-128-cbc/base64" };
  const { rest } = fakeRest(() => json([wire]));
  const { presence } = rest.channels.get("c", { cipher: Crypto.getDefaultParams({ key }) });
  const [member] = (await presence.get()).items;
  assertEquals([member!.data, member!.encoding], [["example", "json", "array"], null]);
});

test("RSP3, RSP4: a refusal rejects", async () => {
  const { rest } = fakeRest(() => refusal(40160, 401));
  const { presence } = rest.channels.get("c");
  assertEquals((await failureOf(() => presence.get())).code, 40160);
  assertEquals((await failureOf(() => presence.history())).code, 40160);
});

testInBothFormats("RSP3, RSP4, RSC24: members who entered over realtime", async (under) => {
  await using realtime = new Realtime(under.service.options());
  const cipher = { key: await Crypto.generateRandomKey() };
  const entered = realtime.channels.get("c", { cipher });
  await entered.attach();
  await entered.presence.enterClient("ann", { a: 1 });
  await entered.presence.enterClient("bob", "text");
  await entered.presence.updateClient("bob", new Uint8Array([1]));

  const rest = under.client();
  const { presence } = rest.channels.get("c", { cipher });
  const members = (await presence.get()).items;
  assertEquals(
    members.map(({ clientId, data, action }) => [clientId, data, action]).sort(),
    [["ann", { a: 1 }, "present"], ["bob", new Uint8Array([1]), "present"]],
  );
  assertEquals(members[0]!.memberKey, `${realtime.connection.id}:${members[0]!.clientId}`);
  assertEquals((await presence.get({ clientId: "bob" })).items.length, 1);
  assertEquals((await presence.get({ connectionId: "other" })).items, []);
  const pages: unknown[] = [];
  for await (const { clientId } of await presence.get({ limit: 1 })) pages.push(clientId);
  assertEquals(pages.sort(), ["ann", "bob"]);

  const history = await presence.history({ direction: "forwards" });
  assertEquals(history.items.map(({ action, clientId, data }) => [action, clientId, data]), [
    ["enter", "ann", { a: 1 }],
    ["enter", "bob", "text"],
    ["update", "bob", new Uint8Array([1])],
  ]);
  const result = (await rest.batchPresence(["c"])).results[0]!;
  assert(result.error === undefined);
  assertEquals(result.presence.map(({ data }) => data).length, 2);
  assert(result.presence.every(({ encoding }) => encoding == null));
  const { metrics } = (await rest.channels.get("c").status()).status.occupancy;
  assertEquals([metrics.connections, metrics.presenceMembers], [1, 2]);
});
