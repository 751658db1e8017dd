import { Crypto } from "../../mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { json, refusal } from "../support/fake_service.ts";
import { bodyOf, failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

const SERIAL = "0172-001@a:0";
const PATH = "/channels/c/messages/0172-001%40a%3A0/annotations";

test("RSAN1c: publishes an array of one annotation", async () => {
  const { rest, last, lastBody } = fakeRest(() => json([], 201), {
    idempotentRestPublishing: false,
  });
  const annotation = Object.freeze({
    type: "reaction:distinct.v1",
    name: "👍",
    clientId: "ann",
    count: 2,
    data: { a: 1 },
    extras: { headers: { x: "y" } },
  });
  const { annotations } = rest.channels.get("c");
  assertEquals(await annotations.publish(SERIAL, annotation), undefined);
  assertEquals([last().method, last().url.pathname], ["POST", PATH]); // RSAN1c6
  assertEquals(lastBody(), [{
    ...annotation,
    action: 0,
    messageSerial: SERIAL,
    data: '{"a":1}', // RSAN1c3
    encoding: "json",
  }]);
});

test("RSAN1a1: takes the message in place of its serial", async () => {
  const { rest, last, lastBody } = fakeRest(() => json([], 201));
  const { annotations } = rest.channels.get("c");
  await annotations.publish({ serial: SERIAL, name: "n", data: "d" }, { type: "t" });
  assertEquals(last().url.pathname, PATH);
  assertEquals((lastBody() as { messageSerial: string }[])[0]!.messageSerial, SERIAL);
});

test("RSAN1c1, RSAN2a: the call decides on the action, and the argument stays", async () => {
  const { rest, network } = fakeRest(() => json([], 201));
  const { annotations } = rest.channels.get("c");
  const own = { type: "t", action: "annotation.delete", messageSerial: "other" } as const;
  const taken = { type: "t", action: "annotation.create" } as const;
  await annotations.publish(SERIAL, own);
  await annotations.delete(SERIAL, taken);
  const sent = network.seen.map((seen) => (bodyOf(seen) as Record<string, unknown>[])[0]!);
  assertEquals(sent.map(({ action, messageSerial }) => [action, messageSerial]), [
    [0, SERIAL],
    [1, SERIAL],
  ]);
  assertEquals(own, { type: "t", action: "annotation.delete", messageSerial: "other" });
  assertEquals(taken, { type: "t", action: "annotation.create" });
});

test("RSAN1c4: an annotation without an id gets one", async () => {
  const { rest, network } = fakeRest(() => json([], 201));
  const { annotations } = rest.channels.get("c");
  const annotation = { type: "t" };
  await annotations.publish(SERIAL, annotation);
  await annotations.publish(SERIAL, annotation);
  await annotations.delete(SERIAL, { type: "t", id: "mine" });
  const ids = network.seen.map((seen) => (bodyOf(seen) as { id: string }[])[0]!.id);
  for (const id of ids.slice(0, 2)) {
    assert(/:0$/.test(id) && atob(id.slice(0, -2)).length >= 9, id);
  }
  assert(ids[0] !== ids[1]);
  assertEquals(ids[2], "mine");
  assertEquals(annotation, { type: "t" });
});

test("RSAN1: annotations are encoded, but not encrypted", async () => {
  const { rest, lastBody } = fakeRest(() => json([], 201));
  const cipher = { key: await Crypto.generateRandomKey() };
  await rest.channels.get("c", { cipher }).annotations.publish(SERIAL, {
    type: "t",
    data: "plain",
  });
  assertEquals((lastBody() as { data: string; encoding?: string }[])[0]!.data, "plain");
});

test("RSAN1a4: an annotation that is too large is refused at once", async () => {
  const { rest, network } = fakeRest(() => json([]), { maxMessageSize: 10 });
  const { annotations } = rest.channels.get("c");
  const error = await failureOf(() =>
    annotations.publish(SERIAL, { type: "t", data: "x".repeat(11) })
  );
  assertEquals([error.code, error.statusCode], [40009, 400]);
  assertEquals(network.seen.length, 0);
});

test("RSAN1: a refusal rejects", async () => {
  const { rest } = fakeRest(() => refusal(93002, 400));
  const { annotations } = rest.channels.get("c");
  assertEquals((await failureOf(() => annotations.publish(SERIAL, { type: "t" }))).code, 93002);
  assertEquals((await failureOf(() => annotations.get(SERIAL))).code, 93002);
});

test("RSAN3b, RSAN3c: gets annotations in pages, decoded", async () => {
  const { rest, last, network } = fakeRest(() =>
    json(
      [
        { type: "t", action: 1, data: "AQ==", encoding: "base64", serial: "a" },
        { type: "t", data: "{}", encoding: "json", count: 3 },
        { type: "t", action: 77, future: true },
      ],
      200,
      { link: '<./annotations?p=2>; rel="next"' },
    )
  );
  const page = await rest.channels.get("c").annotations.get({ serial: SERIAL }, { limit: 3 });
  assertEquals(page.items.map(({ action, data, encoding }) => [action, data, encoding ?? null]), [
    ["annotation.delete", new Uint8Array([1]), null],
    ["annotation.create", {}, null],
    ["unknown", undefined, null],
  ]);
  assertEquals(network.seen[0]!.url.pathname + network.seen[0]!.url.search, `${PATH}?limit=3`);
  await page.next();
  assertEquals(last().url.pathname + last().url.search, `${PATH}?p=2`);
});

testInBothFormats("RSAN1, RSAN2, RSAN3, TM8: annotations and their summary", async ({ client }) => {
  const channel = client({ clientId: "ann" }).channels.get("mutable:c");
  const { serials: [serial] } = await channel.publish("n", "d");
  await channel.annotations.publish(serial!, { type: "reaction:distinct.v1", name: "👍" });
  await channel.annotations.publish(serial!, { type: "reaction:distinct.v1", name: "🎉" });
  await channel.annotations.delete(serial!, { type: "reaction:distinct.v1", name: "🎉" });
  const { items } = await channel.annotations.get(serial!);
  assertEquals(items.map(({ action, name, clientId }) => [action, name, clientId]), [
    ["annotation.create", "👍", "ann"],
    ["annotation.create", "🎉", "ann"],
    ["annotation.delete", "🎉", "ann"],
  ]);
  const { annotations } = await channel.getMessage(serial!);
  assertEquals(Object.keys(annotations.summary), ["reaction:distinct.v1"]);
  const pages: unknown[] = [];
  for await (const { name } of await channel.annotations.get(serial!, { limit: 2 })) {
    pages.push(name);
  }
  assertEquals(pages.length, 3);
});
