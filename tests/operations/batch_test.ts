import { Crypto, ErrorInfo, type Message } from "../../mod.ts";
import { assert, assertEquals, assertInstanceOf, test } from "../harness.ts";
import { type Answer, json, refusal } from "../support/fake_service.ts";
import { failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

interface Spec {
  channels: string[];
  messages: Message[];
}

/** Answers as the service does: one result for each spec, refusing channels that begin with "no". */
const batchAnswer: Answer = ({ body }) =>
  json(
    (JSON.parse(body as string) as Spec[]).map(({ channels, messages }) => {
      const results = channels.map((channel) =>
        channel.startsWith("no")
          ? { channel, error: { code: 40160, statusCode: 401, message: "Denied" } }
          : { channel, messageId: "m", serials: messages.map((_, i) => `${channel}-${i}`) }
      );
      const failureCount = results.filter((result) => "error" in result).length;
      return { successCount: results.length - failureCount, failureCount, results };
    }),
    201,
  );

test("RSC22c, RSC22b: sends specs in one request, gives a result for each", async () => {
  const { rest, network, last, lastBody } = fakeRest(batchAnswer, {
    idempotentRestPublishing: false,
  });
  const specs = [
    { channels: ["a", "no-b"], messages: [{ name: "1", data: { x: 1 } }, { data: "2" }] },
    { channels: ["c"], messages: [{ data: new Uint8Array([1]) }] },
  ];
  const [first, second] = await rest.batchPublish(specs);
  assertEquals(network.seen.length, 1);
  assertEquals([last().method, last().url.pathname], ["POST", "/messages"]);
  assertEquals(lastBody(), [
    {
      channels: ["a", "no-b"],
      messages: [{ name: "1", data: '{"x":1}', encoding: "json" }, { data: "2" }],
    },
    { channels: ["c"], messages: [{ data: "AQ==", encoding: "base64" }] },
  ]);
  assertEquals([first!.successCount, first!.failureCount], [1, 1]);
  const [a, b] = first!.results;
  assertEquals<unknown>(a, { channel: "a", messageId: "m", serials: ["a-0", "a-1"] });
  assertInstanceOf(b!.error, ErrorInfo);
  assertEquals([b!.channel, b!.error.code, b!.error.statusCode], ["no-b", 40160, 401]);
  assertEquals([second!.successCount, second!.results[0]!.channel], [1, "c"]);
});

test("RSC22b: one spec gives one result", async () => {
  const { rest } = fakeRest(batchAnswer);
  const result = await rest.batchPublish({ channels: ["a"], messages: [{ name: "n" }] });
  assertEquals([result.successCount, result.failureCount, result.results.length], [1, 0, 1]);
});

test("RSC22c: one name and one message stand for an array of them, as in ably", async () => {
  const { rest, lastBody } = fakeRest(batchAnswer, { idempotentRestPublishing: false });
  const one = { channels: "a", messages: { name: "n", data: { x: 1 } } } as unknown as Spec;
  const { results } = await rest.batchPublish(one);
  const sent = { channels: ["a"], messages: [{ name: "n", data: '{"x":1}', encoding: "json" }] };
  assertEquals(lastBody(), [sent]);
  assertEquals<unknown>(results, [{ channel: "a", messageId: "m", serials: ["a-0"] }]);
  await rest.batchPublish([one, { ...one, channels: ["b", "c"] }]);
  assertEquals(lastBody(), [sent, { ...sent, channels: ["b", "c"] }]);
});

test("RSC22d: ids on a base for each spec, not where the caller gave one", async () => {
  const { rest, lastBody } = fakeRest(batchAnswer);
  const specs = [
    { channels: ["a", "b"], messages: [{ name: "1" }, { name: "2" }] },
    { channels: ["c"], messages: [{ name: "1" }] },
    { channels: ["d"], messages: [{ name: "1", id: "mine" }, { name: "2" }] },
  ];
  await rest.batchPublish(specs);
  const ids = (lastBody() as Spec[]).map(({ messages }) => messages.map(({ id }) => id));
  const [one, two] = [ids[0]![0]!.split(":")[0]!, ids[1]![0]!.split(":")[0]!];
  assertEquals(ids, [[`${one}:0`, `${one}:1`], [`${two}:0`], ["mine", undefined]]);
  assert(one !== two && atob(one).length >= 9);
  assertEquals<unknown>(specs[0]!.messages, [{ name: "1" }, { name: "2" }]);
});

test("RSC22, RSL5: payloads are encrypted for channels that have a cipher", async () => {
  const { rest, lastBody } = fakeRest(batchAnswer);
  rest.channels.get("secret", { cipher: { key: await Crypto.generateRandomKey() } });
  const { results, successCount } = await rest.batchPublish({
    channels: ["a", "secret", "no-b"],
    messages: [{ name: "n", data: "text" }],
  });
  const sent = lastBody() as Spec[];
  assertEquals(sent.map(({ channels }) => channels), [["a", "no-b"], ["secret"]]);
  assertEquals(sent.map(({ messages }) => messages[0]!.encoding), [
    undefined,
    "utf-8/cipher+aes-256-cbc/base64",
  ]);
  assertEquals(sent[0]!.messages[0]!.id, sent[1]!.messages[0]!.id);
  assertEquals(results.map(({ channel, error }) => [channel, error?.code]), [
    ["a", undefined],
    ["secret", undefined],
    ["no-b", 40160],
  ]);
  assertEquals(successCount, 2);
});

test("RSC22: a refusal of the whole batch rejects", async () => {
  const spec = { channels: ["a"], messages: [{ name: "n" }] };
  const refused = fakeRest(() => refusal(40160, 401));
  assertEquals((await failureOf(() => refused.rest.batchPublish(spec))).code, 40160);
});

test("RSC22: an answer that says less than it should is no failure: the batch was sent", async () => {
  const spec = { channels: ["a"], messages: [{ name: "n" }] };
  const silent = fakeRest(() => json([]));
  assertEquals((await silent.rest.batchPublish(spec)).results, []);
  const other = fakeRest(() => json([{ results: [{ channel: "b" }] }]));
  assertEquals((await other.rest.batchPublish(spec)).results.map(({ channel }) => channel), ["b"]);
});

test("BAR2a, BAR2b: the counts are those of the service", async () => {
  const { rest } = fakeRest(() => json([{ successCount: 3, failureCount: 2, results: [] }]));
  const spec = { channels: ["a"], messages: [{ name: "n" }] };
  const { successCount, failureCount } = await rest.batchPublish(spec);
  assertEquals([successCount, failureCount], [3, 2]);
});

test("RSC22: later changes to the caller's objects do not change what is published", async () => {
  const { rest, lastBody } = fakeRest(() => json([{ results: [{ channel: "a" }] }]));
  rest.channels.get("b", { cipher: { key: new Uint8Array(16) } });
  const message = { name: "n", extras: { headers: { x: "1" } } };
  const specs = [{ channels: ["a", "b"], messages: [message] }];
  const published = rest.batchPublish(specs);
  message.name = "changed";
  message.extras.headers.x = "changed";
  specs[0]!.channels.length = 0;
  specs.length = 0;
  assertEquals((await published).length, 1);
  for (const { messages } of lastBody() as Spec[]) {
    assertEquals([messages[0]!.name, messages[0]!.extras], ["n", { headers: { x: "1" } }]);
  }
});

test("RSC24, BGR2, BGF2: presence of several channels, in one result", async () => {
  const { rest, last } = fakeRest(() =>
    json({
      successCount: 2,
      failureCount: 1,
      results: [
        {
          channel: "a",
          presence: [
            { clientId: "ann", connectionId: "x", action: 1, data: "{}", encoding: "json" },
          ],
        },
        { channel: "b/ü" },
        { channel: "c", error: { code: 40160, statusCode: 401, message: "Denied" } },
      ],
    })
  );
  const { successCount, failureCount, results } = await rest.batchPresence(["a", "b/ü", "c"]);
  assertEquals([last().method, last().url.pathname], ["GET", "/presence"]);
  assertEquals(last().url.searchParams.get("channels"), "a,b/ü,c");
  assertEquals([successCount, failureCount], [2, 1]);
  const [a, b, c] = [results[0]!, results[1]!, results[2]!];
  assert(a.error === undefined && b.error === undefined && c.error !== undefined);
  assertEquals(a.presence[0]!.action, "present");
  assertEquals([a.presence[0]!.data, a.presence[0]!.memberKey], [{}, "x:ann"]);
  assertEquals(b.presence, []);
  assertInstanceOf(c.error, ErrorInfo);
  assertEquals([c.error.code, c.error.statusCode], [40160, 401]);
});

test("RSC24: a refusal, and an answer of another form, reject", async () => {
  const refused = fakeRest(() => refusal(40160, 401));
  assertEquals((await failureOf(() => refused.rest.batchPresence(["a"]))).code, 40160);
  const odd = fakeRest(() => json([]));
  assertEquals((await failureOf(() => odd.rest.batchPresence(["a"]))).code, 50000);
});

testInBothFormats("RSC22: the service publishes to every channel", async ({ client }) => {
  const rest = client();
  const cipher = { key: await Crypto.generateRandomKey() };
  const secret = rest.channels.get("secret", { cipher });
  const messages = [{ name: "n", data: { a: 1 } }, { data: new Uint8Array([7]) }];
  const { results } = await rest.batchPublish({ channels: ["plain", "secret"], messages });
  assertEquals(results.map(({ channel, error }) => [channel, error]), [
    ["plain", undefined],
    ["secret", undefined],
  ]);
  for (const channel of [secret, rest.channels.get("plain")]) {
    const { items } = await channel.history({ direction: "forwards" });
    assertEquals(items.map(({ data }) => data), [{ a: 1 }, new Uint8Array([7])]);
  }
});

testInBothFormats("RSC24: the service answers for every channel", async ({ client }) => {
  const { results, successCount } = await client().batchPresence(["a", "b"]);
  assertEquals(results.map(({ channel }) => channel), ["a", "b"]);
  assertEquals(successCount, 2);
});

test("RSC22, RSC24, RSF1: results of another form reject with an ErrorInfo", async () => {
  for (const results of [[null], "text"]) {
    const { rest } = fakeRest(() => json({ results }));
    const spec = { channels: ["a"], messages: [{ data: "x" }] };
    assertEquals((await failureOf(() => rest.batchPublish(spec))).code, 50000);
  }
  const { rest } = fakeRest(() => json({ results: [null] }));
  assertEquals((await failureOf(() => rest.batchPresence(["a"]))).code, 50000);
});

test("BPR2a: a result belongs to the channel that it names, in any order", async () => {
  const results = [
    { channel: "b", messageId: "m", serials: ["for b"] },
    { channel: "a", messageId: "m", serials: ["for a"] },
  ];
  const { rest } = fakeRest(() => json([{ results }]));
  const batch = await rest.batchPublish({ channels: ["a", "b"], messages: [{ data: "x" }] });
  assertEquals<unknown>(batch.results, results.reverse());
});
