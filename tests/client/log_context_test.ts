import { type ClientOptions, Rest } from "../../mod.ts";
import { streamMessages } from "../../src/sse/mod.ts";
import { Action } from "../../src/protocol/actions.ts";
import { createService } from "../../src/testing/mod.ts";
import { assertEquals, assertMatch, test } from "../harness.ts";
import { json } from "../support/fake_service.ts";
import { type Frame, Rig } from "../support/realtime_rig.ts";
import { fakeRest } from "../support/rest_clients.ts";

const NOT_JSON = { name: "n", serial: "s", data: "private", encoding: "json" };

const CALLS: Record<string, (rest: Rest) => Promise<unknown>> = {
  history: (rest) => rest.channels.get("orders").history(),
  "presence.get": (rest) => rest.channels.get("orders").presence.get(),
  "presence.history": (rest) => rest.channels.get("orders").presence.history(),
  "annotations.get": (rest) => rest.channels.get("orders").annotations.get("s"),
  getMessageVersions: (rest) => rest.channels.get("orders").getMessageVersions("s"),
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`RSL6b: ${name}() logs a payload that cannot be decoded with the name of the channel`, async () => {
    const { rest, logged } = fakeRest(() => json([NOT_JSON]));
    await call(rest);
    assertEquals(logged.length, 1);
    assertMatch(logged[0]!, /^error: Channel "orders": .*"json".*code 40013/);
    assertEquals(logged[0]!.includes("private"), false);
  });
}

test("RSL6b: getMessage() and batchPresence() name the channel of a payload that cannot be decoded", async () => {
  const one = fakeRest(() => json(NOT_JSON));
  await one.rest.channels.get("orders").getMessage("s");
  const batch = fakeRest(() => json({ results: [{ channel: "orders", presence: [NOT_JSON] }] }));
  await batch.rest.batchPresence(["orders"]);
  for (const { logged } of [one, batch]) assertMatch(logged.join(), /^error: Channel "orders": /);
});

const ITEM = { id: "m:1:0", data: "private", encoding: "json" };

const FRAMES: Record<string, Omit<Frame, "channel">> = {
  MESSAGE: { action: Action.Message, messages: [ITEM] },
  PRESENCE: {
    action: Action.Presence,
    presence: [{ ...ITEM, action: 2, clientId: "jim", connectionId: "c" }],
  },
  ANNOTATION: {
    action: Action.Annotation,
    annotations: [{ ...ITEM, action: 0, type: "t", messageSerial: "s" }],
  },
};

/** The lines that a client logs as errors for a frame on an attached channel. */
async function errorsOf(frame: Omit<Frame, "channel">): Promise<string[]> {
  await using rig = await Rig.connected();
  await rig.attach({ channel: "orders" });
  rig.line.send({ ...frame, channel: "orders" } as Frame);
  await rig.settle();
  return rig.logged.filter((line) => line.startsWith("error: "));
}

for (const [name, frame] of Object.entries(FRAMES)) {
  test(`RSL6b: a payload of ${name} that cannot be decoded is logged with the name of the channel`, async () => {
    const [line, ...others] = await errorsOf(frame);
    assertMatch(line!, /^error: Channel "orders": .*code 40013/);
    assertEquals(others, []);
  });
}

const MISTYPED: Record<string, Omit<Frame, "channel">> = {
  "a field of a frame": { action: Action.Message, channelSerial: 17 as never, messages: [] },
  "a field of an item": { action: Action.Message, messages: [{ id: "m:1:0", name: 17 as never }] },
  "an item": { action: Action.Message, messages: [17 as never] },
};

for (const [name, frame] of Object.entries(MISTYPED)) {
  test(`RSF1: ${name} of a wrong type is logged with the action and the channel of the frame`, async () => {
    const [line, ...others] = await errorsOf(frame);
    assertMatch(line!, /^error: Message on "orders": /);
    assertEquals(others, []);
  });
}

test("RTL7i2, RTAN4e, TO3r2: a missing mode is logged with its code and remedy", async () => {
  const lines: string[] = [];
  for (const options of [{}, { strictMode: false }] as ClientOptions[]) {
    await using rig = await Rig.connected(options);
    const channel = await rig.attach({ channel: "orders", flags: 1 << 17 });
    await channel.subscribe(() => {});
    await channel.annotations.subscribe(() => {});
    lines.push(...rig.logged.filter((line) => /^(error|warn): /.test(line)));
  }
  assertEquals(lines.length, 4);
  assertMatch(lines[0]!, /^error: .*strictMode.*"orders".*code 90009.*capability.*error\/90009$/);
  assertMatch(lines[1]!, /^warn: .*"orders".*code 93001.*capability.*error\/93001$/);
});

test("RTN22: a token that cannot be renewed is logged with the remedy", async () => {
  await using rig = await Rig.connected({ token: "a-token" });
  rig.line.send({ action: Action.Auth });
  await rig.settle();
  assertMatch(rig.logged.join("\n"), /warn: .*code 40171.*authCallback/);
});

test("RSL6b: an event of a stream that is not a message is logged with the channels, without its data", async () => {
  await using service = createService();
  const logged = Promise.withResolvers<string>();
  const { fetch } = service;
  const rest = new Rest({
    ...service.options(),
    logHandler: (message) => logged.resolve(message),
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (!String(input).includes("/sse")) return response;
      return new Response('id: 1\nevent: message\ndata: "private"\n\n', {
        headers: { "content-type": "text/event-stream" },
      });
    },
  });
  const stream = streamMessages(["orders", "news"].map((name) => rest.channels.get(name)));
  const next = stream.next();
  const line = await logged.promise;
  await stream.return!();
  await next;
  assertMatch(line, /"orders", "news"/);
  assertEquals(line.includes("private"), false);
});
