import { Message } from "../../src/messages/message.ts";
import { Realtime } from "../../src/realtime/realtime.ts";
import { Rest } from "../../src/rest/rest.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";

const CIPHER = { key: "WUP6u0K7MXI5Zeo0VppPwg" };

test("fixtures: messages() returns the decoded messages of a channel, and filters them", async () => {
  await using service = createService();
  const channel = new Rest({ ...service.options(), clientId: "jim" }).channels.get("c");
  await channel.publish("json", { id: 17 });
  await channel.publish("bytes", new Uint8Array([1, 2]));
  await channel.publish("text", "hello");
  const [json, bytes, text] = service.messages("c");
  assertEquals([json?.data, json?.action, json?.clientId], [{ id: 17 }, "message.create", "jim"]);
  assertEquals([bytes?.data, text?.data], [new Uint8Array([1, 2]), "hello"]);
  const named = (wanted: Parameters<typeof service.messages>[1]) =>
    service.messages("c", wanted).map(({ name }) => name);
  assertEquals(named({ name: "bytes" }), ["bytes"]);
  assertEquals(named({ data: { id: 17 } }), ["json"]);
  assertEquals(named({ clientId: "ann" }), []);
  assertEquals(named(({ data }) => data === "hello"), ["text"]);
  (json!.data as { id: number }).id = 0;
  assertEquals(service.messages("c")[0]?.data, { id: 17 });
  assertEquals(service.messages("other"), []);
});

test("fixtures: an encrypted message keeps its encoding, and can be decoded with the cipher", async () => {
  await using service = createService();
  const rest = new Rest(service.options());
  await rest.channels.get("c", { cipher: CIPHER }).publish("secret", { id: 17 });
  const [message] = service.messages("c");
  assertEquals(message?.encoding, "json/utf-8/cipher+aes-128-cbc");
  assertEquals((await Message.fromEncoded(message!, { cipher: CIPHER })).data, { id: 17 });
});

test("fixtures: messages() returns the latest versions", async () => {
  await using service = createService();
  const channel = new Rest(service.options()).channels.get("mutable:c");
  await channel.publish("draft", "one");
  const [{ serial } = {}] = service.messages("mutable:c");
  await channel.updateMessage({ serial: serial!, data: "two" });
  const [latest] = service.messages("mutable:c");
  assertEquals([latest?.data, latest?.action], ["two", "message.update"]);
});

test("fixtures: published() waits for a message, or returns one that is there", async () => {
  await using service = createService();
  await using client = new Realtime(service.options());
  const channel = client.channels.get("c");
  const waiting = service.published("c", { name: "b" });
  await channel.publish("a", 1 + "");
  await channel.publish("b", { id: 17 });
  assertEquals((await waiting).data, { id: 17 });
  assertEquals((await service.published("c", { name: "a" })).data, "1");
  assertEquals((await service.published("c")).name, "a");
  const broken = service.published("c", () => {
    throw new Error("The filter is broken");
  });
  await assertRejects(() => broken, Error, "The filter is broken");
});

test("fixtures: published() sees ephemeral messages and updates that arrive while it waits", async () => {
  await using service = createService();
  await using client = new Realtime(service.options());
  const ephemeral = service.published("c", { name: "typing" });
  await client.channels.get("c").publish({ name: "typing", extras: { ephemeral: true } });
  assertEquals((await ephemeral).name, "typing");
  assertEquals(service.messages("c"), []);
});

test("fixtures: published() gives up in time and lists what was published", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  await new Rest(service.options()).channels.get("c").publish("a", "x");
  const late = service.published("c", { name: "b" }, { timeout: 1000 });
  const refused = assertRejects(() => late);
  await clock.advance(1000);
  const error = await refused as unknown as { code: number; message: string };
  assertEquals(error.code, 50003);
  assert(error.message.includes('{"name":"a","data":"x"}'));
  assertEquals(clock.pending, 0);
  const closing = assertRejects(() => service.published("c", { name: "b" }));
  await service.close();
  assertEquals((await closing as unknown as { code: number }).code, 80003);
});

test("fixtures: a channel that is waited for is not forgotten", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const waiting = service.published("c", null, { timeout: 3_600_000 });
  await clock.advance(600_000);
  await new Rest(service.options()).channels.get("other").publish("a", "x");
  await new Rest(service.options()).channels.get("c").publish("b", "x");
  assertEquals((await waiting).name, "b");
});

test("fixtures: enter() adds members that clients see, until they leave", async () => {
  await using service = createService();
  await using client = new Realtime({ ...service.options(), clientId: "jim" });
  const { presence } = client.channels.get("c");
  using ann = service.enter("c", "ann", { mood: "good" });
  await presence.enter("busy");
  assertEquals(
    (await presence.get()).map(({ clientId, data }) => [clientId, data]),
    [["ann", { mood: "good" }], ["jim", "busy"]],
  );
  assertEquals(service.members("c").map(({ clientId, data }) => [clientId, data]), [
    ["ann", { mood: "good" }],
    ["jim", "busy"],
  ]);
  const events: unknown[] = [];
  await presence.subscribe(({ action, clientId, data }) => {
    if (action !== "present") events.push([action, clientId, data]);
  });
  ann.update("tired");
  ann.leave();
  ann.leave();
  await client.channels.get("c").publish("after", "");
  assertEquals(events, [["update", "ann", "tired"], ["leave", "ann", "tired"]]);
  assertEquals(service.members("c").length, 1);
});

test("fixtures: seed() fills the history with messages of the past, in the order of their times", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const name = "persisted:c";
  const channel = new Rest(service.options()).channels.get(name);
  await channel.publish("now", "x");
  const day = 86_400_000;
  service.seed(name, [
    { name: "yesterday", data: { id: 2 }, timestamp: clock.now() - day, clientId: "ann" },
    { name: "before", timestamp: new Date(clock.now() - 2 * day) },
  ]);
  service.seed(name, { name: "same time", timestamp: clock.now() - day });
  service.seed(name, { name: "last" });
  const { items } = await channel.history({ direction: "forwards" });
  assertEquals(items.map(({ name }) => name), ["before", "yesterday", "same time", "now", "last"]);
  assertEquals([items[1]?.data, items[1]?.clientId], [{ id: 2 }, "ann"]);
  assertEquals(items[1]?.timestamp, clock.now() - day);
  const past = await channel.history({ end: clock.now() - day });
  assertEquals(past.items.length, 3);
  assertEquals(new Set(items.map(({ serial }) => serial)).size, 5);
});

test("fixtures: seed() refuses times that a channel does not keep, times to come, and data that cannot be sent", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const code = (timestamp: number, data?: unknown) => {
    const seed = () => service.seed("c", [{ name: "good" }, { timestamp, data }]);
    return (assertThrows(seed) as unknown as { code: number }).code;
  };
  assertEquals(code(clock.now() - 120_001), 40003);
  assertEquals(code(clock.now() + 60_000), 40003);
  assertEquals(code(NaN), 40003);
  assertEquals(code(clock.now(), new Map()), 40013);
  assertEquals(service.messages("c"), []);
  service.seed("c", { name: "recent", timestamp: clock.now() - 60_000 });
  assertEquals(service.messages("c").length, 1);
  await clock.advance(61_000);
  assertEquals(service.messages("c").length, 0);
});

test("fixtures: options() with rights makes a client of few rights, which renews its token", async () => {
  await using service = createService();
  const rights = { clientId: "jim", capability: { orders: ["subscribe"] } };
  await using client = new Realtime(service.options(rights));
  const orders = client.channels.get("orders");
  await orders.attach();
  const error = await assertRejects(() => orders.publish("placed", "x"));
  assertEquals((error as unknown as { code: number }).code, 40160);
  assertEquals(client.auth.clientId, "jim");
  const connected = client.connection.once("connected");
  service.faults.expireTokens();
  await connected;
  const { token, clientId } = service.issueToken({ clientId: "ann", ttl: 1000 });
  assertEquals(clientId, "ann");
  const rest = new Rest({ ...service.options(), key: undefined, token });
  await rest.channels.get("orders").publish("placed", "x");
  assertEquals(service.messages("orders")[0]?.clientId, "ann");
  assertThrows(() => service.issueToken({ capability: { orders: ["fly"] } }));
});
