import { Action, Flag, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { createService, FakeClock, type LocalService } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

const CHANNEL = "mutable:c";
const PATH = "/channels/mutable%3Ac/messages";

async function create(service: LocalService, body: object): Promise<string> {
  const answer = await rest(service, PATH, { method: "POST", body });
  return answer.body.serials[0];
}

function patch(service: LocalService, serial: string, body: object, path = PATH) {
  return rest(service, `${path}/${encodeURIComponent(serial)}`, { method: "PATCH", body });
}

test("contract 12.1: an update keeps what it does not give", async () => {
  await using service = createService({ clock: new FakeClock() });
  const serial = await create(service, { name: "n", data: "one", clientId: "jim" });
  const updated = await patch(service, serial, {
    action: 1,
    data: "two",
    version: { clientId: "joe", description: "why", metadata: { a: "b" } },
  });
  assert(updated.body.versionSerial > serial);
  const { body } = await rest(service, `${PATH}/${encodeURIComponent(serial)}`);
  assertEquals([body.action, body.name, body.data, body.clientId], [1, "n", "two", "jim"]);
  assertEquals(body.serial, serial);
  assert(body.version.timestamp > body.timestamp);
  const { timestamp: _, ...version } = body.version;
  assertEquals(version, {
    serial: updated.body.versionSerial,
    clientId: "joe",
    description: "why",
    metadata: { a: "b" },
  });
  await patch(service, serial, { action: 2 });
  const versions = await rest(service, `${PATH}/${encodeURIComponent(serial)}/versions`);
  assertEquals(versions.body.map(({ action }: { action: number }) => action), [0, 1, 2]);
  assertEquals(versions.body[0].version.serial, serial);
  const history = await rest(service, PATH);
  assertEquals(history.body.map(({ action }: { action: number }) => action), [2]);
});

test("contract 12.1: the first append arrives whole, the next as an append", async () => {
  await using service = createService();
  const serial = await create(service, { name: "n", data: "a" });
  const client = await FrameClient.connect(service);
  await client.attach(CHANNEL);
  const append = async (data: string) => {
    const messages = [{ serial, action: 5, data }];
    const ack = await client.request({ action: Action.Message, channel: CHANNEL, messages });
    const { messages: [message] = [] } = await client.next(Action.Message);
    assertEquals(ack.res![0]!.serials, [message!.version!.serial!]);
    return [message!.action, message!.data, message!.name];
  };
  assertEquals(await append("b"), [1, "ab", "n"]);
  assertEquals(await append("c"), [5, "c", "n"]);
  const rewound = await FrameClient.connect(service);
  await rewound.attach(CHANNEL, { params: { rewind: "1" } });
  const { messages: [message] = [] } = await rewound.next(Action.Message);
  assertEquals([message!.action, message!.data], [1, "abc"]);
  await client.close();
  await rewound.close();
});

test("contract 12.1, 12.3: after a summary the first append still arrives whole", async () => {
  await using service = createService();
  const serial = await create(service, { name: "n", data: "a" });
  const client = await FrameClient.connect(service);
  await client.attach(CHANNEL);
  const annotations = [{ type: "views:total.v1", messageSerial: serial }];
  await client.request({ action: Action.Annotation, channel: CHANNEL, annotations });
  const { messages: [summary] = [] } = await client.next(Action.Message);
  assertEquals([summary!.action, summary!.data], [4, undefined]);
  await patch(service, serial, { action: 5, data: "b" });
  const { messages: [message] = [] } = await client.next(Action.Message);
  assertEquals([message!.action, message!.data], [1, "ab"]);
  await client.close();
});

test("contract 12.2: other namespaces do not change messages", async () => {
  await using service = createService();
  const { body } = await rest(service, "/channels/c/messages", { method: "POST", body: {} });
  const refused = await patch(service, body.serials[0], { action: 1 }, "/channels/c/messages");
  assertEquals([refused.status, refused.body.error.code], [400, 93002]);
  const unknown = await patch(service, "unknown", { action: 1, data: "x" });
  assertEquals([unknown.status, unknown.body.error.code], [404, 40400]);
});

interface Step {
  clientId?: string;
  name?: string;
  count?: number;
  action?: number;
}

const list = (...clientIds: string[]) => ({ total: clientIds.length, clientIds, clipped: false });

const summaries: [string, Step[], unknown][] = [
  ["total.v1", [{}, { clientId: "a" }, { action: 1 }], { total: 1 }],
  ["flag.v1", [{ clientId: "a" }, { clientId: "a" }, { clientId: "b" }], list("a", "b")],
  [
    "distinct.v1",
    [
      { clientId: "a", name: "x" },
      { clientId: "a", name: "x" },
      { clientId: "a", name: "y" },
      { clientId: "b", name: "y" },
      { clientId: "a", name: "x", action: 1 },
    ],
    { y: list("a", "b") },
  ],
  [
    "unique.v1",
    [{ clientId: "a", name: "x" }, { clientId: "b", name: "x" }, { clientId: "a", name: "y" }],
    { x: list("b"), y: list("a") },
  ],
  [
    "unique.v1",
    [{ clientId: "a", name: "x" }, { clientId: "b", name: "x" }, { clientId: "a", name: "x" }],
    { x: list("b", "a") },
  ],
  [
    "multiple.v1",
    [
      { clientId: "a", name: "x", count: 2 },
      { clientId: "a", name: "x" },
      { name: "x", count: 5 },
      { clientId: "b", name: "x" },
      { clientId: "b", name: "x", action: 1 },
    ],
    {
      x: { total: 8, clientIds: { a: 3 }, totalUnidentified: 5, clipped: false, totalClientIds: 1 },
    },
  ],
];

for (const [method, steps, expected] of summaries) {
  test(`contract 12.3: summarises with ${method} to ${JSON.stringify(expected)}`, async () => {
    await using service = createService();
    const serial = await create(service, { name: "n" });
    const type = `reaction:${method}`;
    for (const step of steps) {
      const path = `${PATH}/${encodeURIComponent(serial)}/annotations`;
      const answer = await rest(service, path, { method: "POST", body: [{ ...step, type }] });
      assertEquals(answer.status, 201);
    }
    const { body } = await rest(service, `${PATH}/${encodeURIComponent(serial)}`);
    assertEquals(body.annotations.summary, { [type]: expected });
  });
}

test("contract 12.3: annotations go to those who asked, summaries to everyone", async () => {
  await using service = createService();
  const serial = await create(service, { name: "n" });
  const asker = await FrameClient.connect(service);
  await asker.attach(CHANNEL, {
    flags: MODE_FLAGS.annotation_subscribe | MODE_FLAGS.annotation_publish,
  });
  const other = await FrameClient.connect(service);
  await other.attach(CHANNEL);
  const annotations = [
    { type: "reaction:distinct.v1", name: "x", clientId: "jim", messageSerial: serial },
  ];
  const ack = await asker.request({ action: Action.Annotation, channel: CHANNEL, annotations });
  const { annotations: [annotation] = [] } = await asker.next(Action.Annotation);
  assertEquals(ack.res![0]!.serials, [annotation!.serial!]);
  assert(annotation!.serial! > serial);
  const { messages: [summary] = [] } = await other.next(Action.Message);
  assertEquals([summary!.action, summary!.serial, summary!.name], [4, serial, "n"]);
  await other.settled();
  assertEquals(other.received, []);
  await asker.close();
  await other.close();
});

test("contract 12.3: lists every annotation, and refuses those that need a client", async () => {
  await using service = createService();
  const serial = await create(service, { name: "n" });
  const path = `${PATH}/${encodeURIComponent(serial)}/annotations`;
  const annotate = (body: object) => rest(service, path, { method: "POST", body: [body] });
  await annotate({ type: "com.ably.reactions", name: "x" });
  await annotate({ type: "com.ably.reactions", name: "x", action: 1 });
  const { body } = await rest(service, path);
  assertEquals(body.map(({ action }: { action: number }) => action), [0, 1]);
  const refused = await annotate({ type: "reaction:flag.v1" });
  assertEquals([refused.status, refused.body.error.code], [400, 40012]);
});

test("contract 8.5: what was rewound in its latest version is not replayed", async () => {
  await using service = createService();
  const client = await FrameClient.connect(service);
  const publish = async (data: string) =>
    (await client.publish("mutable:c", { data })).res![0]!.serials![0]!;
  const serial = await publish("first");
  await publish("second");
  await client.request({
    action: Action.Message,
    channel: "mutable:c",
    messages: [{ serial, action: 1, data: "changed" }],
  });
  await client.attach("mutable:c", { params: { rewind: "2" } });
  const rewound = [await client.next(Action.Message), await client.next(Action.Message)];
  assertEquals(rewound.map(({ messages }) => messages![0]!.data), ["changed", "second"]);
  const other = await FrameClient.connect(service);
  const { channelSerial } = rewound[1]!;
  const attached = await other.attach("mutable:c", { channelSerial });
  assertEquals(attached.flags! & Flag.Resumed, Flag.Resumed);
  await other.settled();
  assertEquals(other.received, []);
  await client.close();
  await other.close();
});
