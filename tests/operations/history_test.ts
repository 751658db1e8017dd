import { Crypto, type PaginatedResult } from "../../mod.ts";
import { assert, assertEquals, assertStrictEquals, test } from "../harness.ts";
import { json, refusal } from "../support/fake_service.ts";
import { failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

test("RSL2: asks for the messages of the channel, without parameters of its own", async () => {
  const { rest, last } = fakeRest();
  await rest.channels.get("a/b").history();
  assertEquals([last().method, last().url.pathname], ["GET", "/channels/a%2Fb/messages"]);
  assertEquals(last().url.search, "");
});

test("RSL2b: start and end as numbers or Dates, direction and limit", async () => {
  const { rest, last } = fakeRest();
  const channel = rest.channels.get("c");
  await channel.history({ start: 1000, end: new Date(2000), direction: "forwards", limit: 1000 });
  assertEquals(Object.fromEntries(last().url.searchParams), {
    start: "1000",
    end: "2000",
    direction: "forwards",
    limit: "1000",
  });
  await channel.history({ start: 5, end: 5, limit: null, direction: null });
  assertEquals(last().url.search, "?start=5&end=5");
});

testInBothFormats("RSL2b1, RSL2b2: the service answers for the interval", async ({ client }) => {
  const rest = client();
  const channel = rest.channels.get("c");
  await channel.publish("before", "");
  const start = await rest.time();
  await channel.publish("1", "");
  await channel.publish("2", "");
  const end = await rest.time();
  await channel.publish("after", "");
  const names = (page: PaginatedResult<{ name?: string | null }>) =>
    page.items.map(({ name }) => name);
  assertEquals(names(await channel.history({ start, end: new Date(end) })), ["2", "1"]);
  assertEquals(names(await channel.history({ start, end, direction: "forwards" })), ["1", "2"]);
});

testInBothFormats("TG3-TG7: pages", async ({ client }) => {
  const channel = client().channels.get("a/b c");
  for (let i = 1; i <= 5; i++) await channel.publish(`${i}`, "");
  const first = await channel.history({ limit: 2, direction: "forwards" });
  const names = (page: typeof first | null) => page?.items.map(({ name }) => name);
  assertEquals([names(first), first.hasNext(), first.isLast()], [["1", "2"], true, false]);
  const second = await first.next();
  assertEquals(names(second), ["3", "4"]);
  const third = await second!.next();
  assertEquals([names(third), third!.hasNext(), third!.isLast()], [["5"], false, true]);
  assertStrictEquals(await third!.next(), null);
  assertEquals(names(await third!.first()), ["1", "2"]);
  assertEquals(names(await second!.current()), ["3", "4"]);
});

testInBothFormats("TG: iterates over the items of all pages", async ({ client }) => {
  const channel = client().channels.get("c");
  for (let i = 1; i <= 5; i++) await channel.publish(`${i}`, "");
  const names: unknown[] = [];
  for await (const { name } of await channel.history({ limit: 2, direction: "forwards" })) {
    names.push(name);
  }
  assertEquals(names, ["1", "2", "3", "4", "5"]);
});

test("TG: iteration fetches a page only when it is its turn", async () => {
  const { rest, network } = fakeRest((_, i) =>
    json([{ name: `${i}a` }, { name: `${i}b` }], 200, {
      link: `<./messages?page=${i + 1}>; rel="next"`,
    })
  );
  for await (const { name } of await rest.channels.get("c").history()) {
    if (name === "1a") break;
  }
  assertEquals(network.seen.length, 2);
});

test("TG1, TG2: links are relative to the request, and the host is never theirs", async () => {
  const link = [
    '<./messages?format=json&from=1%2C2&limit=2>; rel="next"',
    '<https://evil.example/channels/a%2Fb/messages?first=1>; rel="first"',
    '<messages?current=1>; rel="current"',
  ].join(", ");
  const { rest, network, last } = fakeRest((_, i) => json([], 200, i === 0 ? { link } : {}));
  const page = await rest.channels.get("a/b").history({ limit: 2, start: 7 });
  await page.next();
  assertEquals(last().url.pathname, "/channels/a%2Fb/messages");
  assertEquals(Object.fromEntries(last().url.searchParams), {
    format: "json",
    from: "1,2",
    limit: "2",
  });
  await page.first();
  assertEquals(last().url.host, network.seen[0]!.url.host);
  assertEquals(last().url.search, "?first=1");
  await page.current();
  assertEquals([last().url.pathname, last().url.search], [
    "/channels/a%2Fb/messages",
    "?current=1",
  ]);
  assert(network.seen.every(({ headers }) => headers.has("authorization")));
});

test("TG2: a page without links is the only one", async () => {
  const { rest, network } = fakeRest(() => json([{ name: "n" }]));
  const page = await rest.channels.get("c").history({ limit: 5 });
  assertEquals([page.hasNext(), page.isLast(), await page.next()], [false, true, null]);
  assertEquals((await page.first()).items.length, 1);
  assertEquals((await page.current()).items.length, 1);
  assertEquals(network.seen.map(({ url }) => url.search), ["?limit=5", "?limit=5", "?limit=5"]);
});

test("TG3: an empty answer is an empty page", async () => {
  const { rest } = fakeRest(() => new Response(null, { status: 204 }));
  assertEquals((await rest.channels.get("c").history()).items, []);
});

test("TG4, RSF1: a link that is no URL rejects with an ErrorInfo", async () => {
  const { rest } = fakeRest(() => json([], 200, { link: '<http://[no>; rel="next first"' }));
  const page = await rest.channels.get("c").history();
  for (const call of [() => page.next(), () => page.first()]) {
    assertEquals((await failureOf(call)).code, 50000);
  }
});

test("TG4: a page that is refused rejects", async () => {
  const { rest } = fakeRest((_, i) =>
    i === 0 ? json([], 200, { link: '<./messages?a=1>; rel="next"' }) : refusal(40160, 401)
  );
  const page = await rest.channels.get("c").history();
  assertEquals((await failureOf(() => page.next())).code, 40160);
});

test("TM2, RSF1: actions by name, version and annotations filled in, the unknown kept", async () => {
  const { rest } = fakeRest(() =>
    json([
      { id: "1", serial: "s1", timestamp: 5 },
      { id: "2", serial: "s2", timestamp: 6, action: 1, version: { serial: "v", clientId: "ann" } },
      { id: "3", action: 4, annotations: { summary: { "a:flag.v1": { total: 1 } } } },
      { id: "4", action: 99, future: { a: 1 }, annotations: {} },
    ])
  );
  const { items } = await rest.channels.get("c").history();
  assertEquals(items.map(({ action, version, annotations }) => [action, version, annotations]), [
    ["message.create", { serial: "s1", timestamp: 5 }, { summary: {} }],
    ["message.update", { serial: "v", clientId: "ann", timestamp: 6 }, { summary: {} }],
    ["message.summary", {}, { summary: { "a:flag.v1": { total: 1 } } }],
    ["unknown", {}, { summary: {} }],
  ]);
  assertEquals((items[3] as unknown as { future: unknown }).future, { a: 1 });
});

test("RSL6b: what cannot be decoded is delivered with what is left of its encoding", async () => {
  const { rest, logged } = fakeRest(() =>
    json([
      { data: "%%%", encoding: "json/utf-8/base64" },
      { data: "{", encoding: "json" },
      { data: "AAEC", encoding: "future/base64" },
      { data: "AAEC", encoding: "utf-8/cipher+aes-128-cbc/base64" },
      { data: "fine" },
    ])
  );
  const { items } = await rest.channels.get("c").history();
  assertEquals(items.map(({ data, encoding }) => [data, encoding ?? null]), [
    ["%%%", "json/utf-8/base64"],
    ["{", "json"],
    [new Uint8Array([0, 1, 2]), "future"],
    [new Uint8Array([0, 1, 2]), "utf-8/cipher+aes-128-cbc"],
    ["fine", null],
  ]);
  assertEquals(logged.length, 4);
  for (const line of logged) assert(line.startsWith('error: Channel "c": Failed to decode'), line);
  assert(logged.every((line) => line.includes("help.ably.io/error/40013")));
});

testInBothFormats("RSL5a, RSL5b: encrypted payloads, of both key lengths", async ({ client }) => {
  for (const bits of [128, 256]) {
    const key = await Crypto.generateRandomKey(bits);
    const channel = client().channels.get(`secret-${bits}`, { cipher: { key } });
    const payloads = ["text ü", { a: [1] }, new Uint8Array([1, 2]), "", null];
    await channel.publish(payloads.map((data) => ({ name: "n", data })));
    const { items } = await channel.history({ direction: "forwards" });
    assertEquals(items.map(({ data }) => data ?? null), payloads);
    assert(items.every(({ encoding }) => encoding == null));

    const plain = (await client().channels.get(`secret-${bits}`).history()).items;
    const encodings = [`cipher+aes-${bits}-cbc`, "utf-8", "json/utf-8"];
    assertEquals(plain.map(({ encoding }) => encoding ?? null).reverse(), [
      `utf-8/${encodings[0]}`,
      `json/utf-8/${encodings[0]}`,
      encodings[0]!,
      `utf-8/${encodings[0]}`,
      null,
    ]);
  }
});

testInBothFormats("RSL5: initialisation vectors are never used twice", async ({ client }) => {
  const key = await Crypto.generateRandomKey();
  await client().channels.get("c", { cipher: { key } }).publish(
    Array.from({ length: 20 }, () => ({ data: "the same" })),
  );
  const { items } = await client().channels.get("c").history();
  const ivs = items.map(({ data }) => (data as Uint8Array).slice(0, 16).join());
  assertEquals(new Set(ivs).size, 20);
});

testInBothFormats("RSL6b: a wrong key leaves the ciphertext", async ({ client }) => {
  const logged: string[] = [];
  const right = await Crypto.generateRandomKey();
  const wrong = await Crypto.generateRandomKey();
  await client().channels.get("c", { cipher: { key: right } }).publish("n", "secret ".repeat(9));
  const rest = client({ logHandler: (text) => void logged.push(text) });
  const [item] = (await rest.channels.get("c", { cipher: { key: wrong } }).history()).items;
  assert(String(item!.encoding).startsWith("utf-8"), String(item!.encoding));
  assertEquals(logged.length, 1);
});

test("RSF1: a page of something else rejects with an ErrorInfo", async () => {
  for (const answer of [[5], "text", [null], 7]) {
    const { rest } = fakeRest(() => json(answer));
    const error = await failureOf(() => rest.channels.get("c").history());
    assertEquals([error.code, error.statusCode], [50000, 500]);
  }
});
