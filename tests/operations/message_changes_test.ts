import { type CallParams, Crypto, type Message, type Rest } from "../../mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { json, refusal } from "../support/fake_service.ts";
import { failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

const SERIAL = "01726585978590-001@abc:000/1";
const ENCODED = "01726585978590-001%40abc%3A000%2F1";

test("RSL11b, RSL11c: gets a message by its serial or by itself", async () => {
  const wire = { id: "i", serial: SERIAL, data: '{"a":1}', encoding: "json", action: 1 };
  const { rest, network } = fakeRest(() => json(wire));
  const channel = rest.channels.get("a/b");
  for (const argument of [SERIAL, { serial: SERIAL, name: "n" }]) {
    const message = await channel.getMessage(argument);
    assertEquals([message.data, message.action, message.encoding], [
      { a: 1 },
      "message.update",
      null,
    ]);
  }
  for (const { method, url } of network.seen) {
    assertEquals([method, url.pathname], ["GET", `/channels/a%2Fb/messages/${ENCODED}`]);
  }
});

test("RSL11: a message that is not there rejects", async () => {
  const { rest } = fakeRest(() => refusal(40400, 404));
  const error = await failureOf(() => rest.channels.get("c").getMessage("serial"));
  assertEquals([error.code, error.statusCode], [40400, 404]);
});

test("RSF1: what is no message rejects with an ErrorInfo", async () => {
  for (const body of ["text", 5, { version: 5, serial: "s" }, { annotations: 5 }]) {
    const { rest } = fakeRest(() => json(body));
    const error = await failureOf(() => rest.channels.get("c").getMessage("serial"));
    assertEquals([error.code, error.statusCode], [50000, 500]);
  }
});

test("RSL14b, RSL14c: gets the versions of a message, in pages", async () => {
  const { rest, network } = fakeRest((_, i) =>
    json([{ serial: SERIAL, version: { serial: `v${i}` } }], 200, {
      link: '<./versions?page=2>; rel="next"',
    })
  );
  const page = await rest.channels.get("c").getMessageVersions(SERIAL, { limit: 1, any: "x" });
  assertEquals(page.items[0]!.version.serial, "v0");
  assertEquals((await page.next())!.items[0]!.version.serial, "v1");
  assertEquals(network.seen.map(({ url }) => url.pathname + url.search), [
    `/channels/c/messages/${ENCODED}/versions?limit=1&any=x`,
    `/channels/c/messages/${ENCODED}/versions?page=2`,
  ]);
});

type Change = (rest: Rest, ...args: [Message, object?, CallParams?]) => Promise<unknown>;

const CHANGES: [string, number, Change][] = [
  ["updateMessage", 1, (rest, ...args) => rest.channels.get("c").updateMessage(...args)],
  ["deleteMessage", 2, (rest, ...args) => rest.channels.get("c").deleteMessage(...args)],
  ["appendMessage", 5, (rest, ...args) => rest.channels.get("c").appendMessage(...args)],
];

for (const [name, action, change] of CHANGES) {
  test(`RSL15: ${name} patches the message`, async () => {
    const { rest, last, lastBody } = fakeRest(() => json({ versionSerial: "v2", more: 1 }));
    const message = Object.freeze({
      serial: SERIAL,
      name: "n",
      data: Object.freeze({ a: 1 }),
      extras: Object.freeze({ headers: {} }),
    });
    const operation = { clientId: "ann", description: "why", metadata: { k: "v" } };
    const result = await change(rest, message, operation, { p: true });
    assertEquals(result, { versionSerial: "v2" }); // RSL15e, UDR2a
    assertEquals(last().method, "PATCH");
    assertEquals(last().url.pathname + last().url.search, `/channels/c/messages/${ENCODED}?p=true`);
    assertEquals(lastBody(), {
      serial: SERIAL,
      name: "n",
      data: '{"a":1}',
      encoding: "json",
      extras: { headers: {} },
      action, // RSL15b1
      version: operation, // RSL15b7
    });
  });

  test(`RSL15b7: ${name} without an operation says nothing of who and why`, async () => {
    const { rest, lastBody } = fakeRest(() => json({ versionSerial: null }));
    const received: Message = {
      serial: SERIAL,
      action: "message.create",
      version: { serial: "v", timestamp: 1, clientId: "bob", description: "not mine" },
    };
    assertEquals(await change(rest, received), { versionSerial: null });
    assertEquals(lastBody(), { serial: SERIAL, action });
    assertEquals(received.action, "message.create"); // RSL15c
  });

  test(`RSL15e: a refused ${name} rejects`, async () => {
    const { rest } = fakeRest(() => refusal(93002, 400));
    assertEquals((await failureOf(() => change(rest, { serial: SERIAL }))).code, 93002);
  });
}

testInBothFormats("RSL15, RSL11, RSL14: a message through its life", async ({ client }) => {
  const channel = client({ clientId: "ann" }).channels.get("mutable:c");
  const { serials: [serial] } = await channel.publish({ name: "n", data: "one" });
  const created = await channel.getMessage(serial!);
  assertEquals([created.data, created.action, created.version.serial], [
    "one",
    "message.create",
    serial,
  ]);
  const { versionSerial } = await channel.updateMessage(
    { ...created, data: { two: 2 } },
    { description: "typo", metadata: { a: "b" } },
  );
  const updated = await channel.getMessage(created);
  assertEquals([updated.data, updated.action, updated.serial], [
    { two: 2 },
    "message.update",
    serial,
  ]);
  assertEquals(updated.version.serial, versionSerial);
  assertEquals([updated.version.description, updated.version.metadata, updated.version.clientId], [
    "typo",
    { a: "b" },
    "ann",
  ]);
  assert(versionSerial! > serial!);
  await channel.updateMessage({ serial: serial!, data: "a" });
  await channel.appendMessage({ serial: serial!, data: "b" });
  assertEquals((await channel.getMessage(serial!)).data, "ab");
  await channel.deleteMessage({ serial: serial! });
  assertEquals((await channel.getMessage(serial!)).action, "message.delete");
  const versions = await channel.getMessageVersions(serial!);
  assertEquals(versions.items.map(({ action }) => action).slice(0, 3), [
    "message.create",
    "message.update",
    "message.update",
  ]);
  assertEquals(versions.items.at(-1)!.action, "message.delete");
});

testInBothFormats("RSL15b, RSL5: a change is encrypted as the channel is", async ({ client }) => {
  const cipher = { key: await Crypto.generateRandomKey() };
  const channel = client().channels.get("mutable:secret", { cipher });
  const { serials: [serial] } = await channel.publish("n", "one");
  await channel.updateMessage({ serial: serial!, data: { two: 2 } });
  assertEquals((await channel.getMessage(serial!)).data, { two: 2 });
  const plain = await client().channels.get("mutable:secret").getMessage(serial!);
  assertEquals(plain.encoding, "json/utf-8/cipher+aes-256-cbc");
});

testInBothFormats("RSL15: a channel without mutable messages refuses", async ({ client }) => {
  const channel = client().channels.get("plain");
  const { serials: [serial] } = await channel.publish("n", "one");
  const error = await failureOf(() => channel.updateMessage({ serial: serial!, data: "two" }));
  assertEquals([error.code, error.statusCode], [93002, 400]);
});
