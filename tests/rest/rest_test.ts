import { Rest } from "../../mod.ts";
import { Rest as JsonRest } from "../../src/rest/mod.ts";
import { assert, assertEquals, assertStrictEquals, test } from "../harness.ts";
import { json, KEY } from "../support/fake_service.ts";
import { bodyOf, failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

// Made at module scope, where Workers forbid timers, random numbers and requests.
const atModuleScope = fakeRest(() => json({ serials: ["s"] }, 201));
const channelAtModuleScope = atModuleScope.rest.channels.get("c", {
  cipher: { key: new Uint8Array(32) },
});

test("Constructor: a client made at module scope works later", async () => {
  assertEquals(await channelAtModuleScope.publish("n", "d"), { serials: ["s"] });
  const [sent] = bodyOf(atModuleScope.last()) as { encoding: string }[];
  assertEquals(sent!.encoding, "utf-8/cipher+aes-256-cbc/base64");
});

testInBothFormats("RSC16: reads the time of the service", async ({ service, client }) => {
  const rest = client();
  const before = await rest.time();
  const after = await rest.time();
  assert(before >= service.clock.now() - 10_000 && after >= before);
});

test("RSC16: the time needs no credentials", async () => {
  const { rest, last } = fakeRest(() => json([1234]));
  assertEquals(await rest.time(), 1234);
  assertEquals([last().method, last().url.pathname], ["GET", "/time"]);
  assertEquals(last().headers.get("authorization"), null);
});

testInBothFormats("RSL1, RSL2: what is published is in the history", async ({ client }) => {
  const channel = client().channels.get("orders/1 ü");
  const { serials } = await channel.publish("placed", { id: 1 });
  assertEquals(serials.length, 1);
  await channel.publish({ name: "text", data: "hello" });
  await channel.publish([{ name: "bytes", data: new Uint8Array([1, 2, 255]) }, { data: [1, "a"] }]);
  const page = await channel.history({ direction: "forwards" });
  assertEquals(page.items.map(({ name, data, encoding }) => [name, data, encoding ?? null]), [
    ["placed", { id: 1 }, null],
    ["text", "hello", null],
    ["bytes", new Uint8Array([1, 2, 255]), null],
    [undefined, [1, "a"], null],
  ]);
  assertEquals(page.items[0]!.serial, serials[0]);
  assertEquals(page.items[0]!.action, "message.create");
  assertEquals([page.hasNext(), page.isLast()], [false, true]);
});

testInBothFormats("RSC9, RSA8: tokens serve as well as a key", async ({ client }) => {
  const issuer = client({ clientId: "ann" });
  const user = client({ key: null, authCallback: () => issuer.auth.createTokenRequest() });
  await user.channels.get("orders").publish("placed", "by token");
  const [message] = (await issuer.channels.get("orders").history()).items;
  assertEquals([message!.data, message!.clientId], ["by token", "ann"]);

  const details = await issuer.auth.requestToken();
  for (const token of [details, details.token, await issuer.auth.createTokenRequest()]) {
    const other = client({ key: null, token });
    assertEquals((await other.channels.get("orders").history()).items.length, 1);
  }
});

test("RSC1a, RSC1c: a text with a colon is a key, another one a token", async () => {
  const seen: (string | null)[] = [];
  for (const [credentials, scheme] of [[KEY, "Basic"], ["a.token.text", "Bearer"]] as const) {
    for (const Client of [Rest, JsonRest]) {
      const rest = new Client(credentials);
      assertEquals(rest.auth.tokenDetails?.token ?? null, scheme === "Basic" ? null : credentials);
      seen.push(scheme);
    }
  }
  assertEquals(seen.length, 4);
});

test("RSC1b: without credentials there is no client", async () => {
  // deno-lint-ignore no-explicit-any
  for (const options of [undefined, null, {}, "", { clientId: "ann" }, 5] as any[]) {
    for (const Client of [Rest, JsonRest]) {
      const error = await failureOf(() => new Client(options), JSON.stringify(options));
      assertEquals([error.code, error.statusCode], [40106, 401]);
      assert(error.remediation !== "");
    }
  }
});

test("RSC8: the root client speaks MessagePack, the one of ./rest JSON", async () => {
  const types: (string | null)[] = [];
  const fetch = ((_url: string, init: RequestInit) => {
    types.push(new Headers(init.headers).get("accept"));
    return Promise.resolve(json([1]));
  }) as typeof globalThis.fetch;
  for (const Client of [Rest, JsonRest]) await new Client({ key: KEY, fetch }).time();
  await new Rest({ key: KEY, fetch, useBinaryProtocol: false }).time();
  assertEquals(types, ["application/x-msgpack", "application/json", "application/json"]);
  const error = await failureOf(() => new JsonRest({ key: KEY, useBinaryProtocol: true }));
  assertEquals([error.code, error.statusCode], [40019, 400]);
});

test("RSC5, RSC21, RSN1: a client has its parts", async () => {
  await using rest = new Rest(KEY);
  assertEquals(rest.auth.clientId, undefined);
  assertStrictEquals(rest.push.admin, rest.push.admin);
  assertEquals([...rest.channels], []);
  assertEquals(typeof Rest.Crypto.generateRandomKey, "function");
  assertEquals(typeof Rest.Message.fromEncoded, "function");
  assertEquals(typeof Rest.PresenceMessage.fromEncoded, "function");
  assertEquals(typeof Rest.Annotation.fromEncoded, "function");
  await rest.close();
});

test("RSC17: the clientId of the options is that of auth", () => {
  assertEquals(new Rest({ key: KEY, clientId: "ann" }).auth.clientId, "ann");
});

test("Constructor: touches nothing of the runtime but when it is used", async () => {
  const touched: string[] = [];
  const trap = <T extends object>(name: string, target: T) =>
    new Proxy(target, {
      get: (_, member) => {
        touched.push(`${name}.${String(member)}`);
        return Reflect.get(target, member);
      },
    });
  await using rest = new Rest({
    key: KEY,
    clock: trap("clock", { now: () => 0, setTimeout: () => 0, clearTimeout: () => {} }),
    random: trap("random", { bytes: (n: number) => new Uint8Array(n), number: () => 0 }),
    fetch: () => Promise.reject(new Error("Not yet")),
  });
  rest.channels.get("c", { cipher: { key: new Uint8Array(16) } });
  assertEquals(touched, []);
});
