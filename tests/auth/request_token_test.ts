import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { tokenRequestText } from "../../src/token/token_request.ts";
import { hmacSha256 } from "../../src/token/hmac.ts";
import { toBase64 } from "../../src/util/bytes.ts";
import { type Answer, client, json, KEY } from "../support/fake_service.ts";

const issuing: Answer = ({ url }) =>
  url.pathname === "/time" ? json([1_234]) : json({ token: "new", issued: 1, expires: 2 });

test("RSA8a: requestToken signs a request with the key and exchanges it", async () => {
  const parts = client({ key: KEY }, issuing);
  const details = await parts.auth.requestToken({ ttl: 5, clientId: "jim" });
  assertEquals(details, { token: "new", issued: 1, expires: 2 });
  const { method, url, headers, body } = parts.network.seen[0]!;
  assertEquals([method, url.pathname], ["POST", "/keys/app.key/requestToken"]);
  assertEquals(headers.has("authorization"), false);
  const { mac, ...request } = JSON.parse(body as string);
  assertEquals([request.ttl, request.clientId], [5, "jim"]);
  const text = tokenRequestText(request);
  assertEquals(mac, toBase64(await hmacSha256("the-secret-of-the-key", text)));
});

test("RSA4d1: requestToken leaves the client as it is", async () => {
  const parts = client({ key: KEY }, issuing);
  parts.credentials.hooks = { started: () => assert(false), failed: () => assert(false) };
  await parts.auth.requestToken({ clientId: "jim" }, { authCallback: () => "t" });
  await assertRejects(() => parts.auth.requestToken(null, {}), ErrorInfo);
  assertEquals([parts.credentials.method, parts.auth.tokenDetails], ["basic", null]);
  assertEquals(parts.auth.clientId, undefined);
});

test("RSA8e: arguments stand in place of what is stored, as a whole", async () => {
  const asked: unknown[] = [];
  const authCallback = (params: object) => (asked.push(params), "stored");
  const parts = client({
    authCallback,
    clientId: "jim",
    defaultTokenParams: { ttl: 1, capability: "{}" },
  });
  await parts.auth.requestToken();
  await parts.auth.requestToken({ ttl: 2 });
  await parts.auth.requestToken({});
  await parts.auth.requestToken({ ttl: null });
  assertEquals(asked, [{ ttl: 1, capability: "{}", clientId: "jim" }, { ttl: 2 }, {}, {}]);
  const other = { authCallback: () => "other" };
  assertEquals(await parts.auth.requestToken(null, other), { token: "other" });
  assertEquals(
    (await assertRejects(() => parts.auth.requestToken(null, {}), ErrorInfo)).code,
    40171,
  );
  assertEquals(asked.length, 4);
});

test("RSA8: without a way to get a token requestToken fails with 40171", async () => {
  const parts = client({ token: "t" });
  assertEquals((await assertRejects(() => parts.auth.requestToken(), ErrorInfo)).code, 40171);
});

test("RSA8: the callback comes before the URL, and the URL before the key", async () => {
  const text = () => new Response("url", { headers: { "content-type": "text/plain" } });
  const means = { key: KEY, authUrl: "https://a.example", authCallback: () => "callback" };
  const parts = client({ key: KEY }, text);
  assertEquals((await parts.auth.requestToken(null, means)).token, "callback");
  assertEquals(
    (await parts.auth.requestToken(null, { ...means, authCallback: null })).token,
    "url",
  );
});

test("RSA9a, RSA5, RSA6: createTokenRequest signs without network, and leaves out what is not said", async () => {
  const parts = client({ key: KEY });
  const { mac, nonce, ...request } = await parts.auth.createTokenRequest();
  assertEquals(request, { keyName: "app.key", timestamp: parts.clock.now() });
  assert(nonce.length >= 16 && mac.length === 44); // RSA9c
  assertEquals(parts.network.seen.length, 0);
});

test("RSA9h: arguments stand in place of what is stored, as a whole", async () => {
  const parts = client({ key: KEY, clientId: "jim", defaultTokenParams: { ttl: 1 } });
  const stored = await parts.auth.createTokenRequest();
  assertEquals([stored.clientId, stored.ttl], ["jim", 1]);
  const given = await parts.auth.createTokenRequest({ capability: '{"a":["*"]}' });
  assertEquals([given.clientId, given.ttl, given.capability], [
    undefined,
    undefined,
    '{"a":["*"]}',
  ]);
  const other = await parts.auth.createTokenRequest(null, { key: "app.other:secret" });
  assertEquals(other.keyName, "app.other");
  const error = await assertRejects(() => parts.auth.createTokenRequest(null, {}), ErrorInfo);
  assertEquals([error.code, error.statusCode], [40101, 401]);
});

test("RSA9d: with queryTime the timestamp is the service's, asked for once", async () => {
  const parts = client({ key: KEY, queryTime: true }, issuing);
  const requests = await Promise.all([
    parts.auth.createTokenRequest(),
    parts.auth.createTokenRequest(),
    parts.auth.createTokenRequest({ timestamp: 7 }),
  ]);
  assertEquals(requests.map(({ timestamp }) => timestamp), [1_234, 1_234, 7]);
  assertEquals(parts.network.seen.map(({ url }) => url.pathname), ["/time"]);
  assertEquals(parts.network.seen[0]!.headers.has("authorization"), false); // RSC16
});

test("RSA9d: a response without the service's time fails the call, and the next call requests it again", async () => {
  const parts = client(
    { key: KEY, queryTime: true },
    (_, i) => i === 0 ? json({}, 400) : i === 1 ? json(["noon"]) : json([1]),
  );
  await assertRejects(() => parts.auth.createTokenRequest(), ErrorInfo, "status 400");
  await assertRejects(() => parts.auth.createTokenRequest(), ErrorInfo, "has no time");
  assertEquals((await parts.auth.createTokenRequest()).timestamp, 1);
});

test("RSA9: without a key createTokenRequest fails with 40101", async () => {
  const parts = client({ token: "t" });
  const error = await assertRejects(() => parts.auth.createTokenRequest(), ErrorInfo);
  assertEquals([error.code, error.statusCode], [40101, 401]);
  assertThrows(() => client({ key: "nonsense" }), ErrorInfo);
});

test("RSA9: the values of the call are signed, even if the objects change while the time is fetched", async () => {
  const parts = client({ key: KEY }, () => json([1_000]));
  const params = { capability: { a: ["publish" as const] } };
  const signed = parts.auth.createTokenRequest(params, { key: KEY, queryTime: true });
  (params.capability.a as string[]).push("*");
  assertEquals((await signed).capability, '{"a":["publish"]}');
});

class Wanted {
  get clientId() {
    return "jim";
  }
  get capability() {
    return { lobby: ["subscribe" as const] };
  }
  get ttl() {
    return 60_000;
  }
}

test("RSA8, RSA9, RSA10: token params count in any kind of object", async () => {
  const { clientId, capability, ttl } = new Wanted();
  const plain = { clientId, capability, ttl };
  const kinds = [new Wanted(), Object.create(plain), new Proxy(plain, {}), Object.freeze(plain)];
  const wanted = { clientId: "jim", capability: '{"lobby":["subscribe"]}', ttl: 60_000 };
  const signed = ({ clientId, capability, ttl }: Record<string, unknown>) => {
    assertEquals({ clientId, capability, ttl }, wanted);
  };
  for (const params of kinds) {
    const parts = client({ key: KEY }, issuing);
    signed({ ...await parts.auth.createTokenRequest(params) });
    await parts.auth.requestToken(params);
    await parts.auth.authorize(params);
    await parts.auth.authorize();
    const byDefault = client({ key: KEY, defaultTokenParams: params }, issuing);
    signed({ ...await byDefault.auth.createTokenRequest() });
    await byDefault.auth.requestToken();
    const seen = [...parts.network.seen, ...byDefault.network.seen];
    assertEquals(seen.length, 4);
    for (const { body } of seen) signed(JSON.parse(body as string));
  }
});

test("RSA8: options for authentication count in any kind of object", async () => {
  class Source {
    readonly #token = "from-a-method";
    get authCallback() {
      return () => this.#token;
    }
  }
  const parts = client({ key: KEY });
  for (const options of [new Source(), Object.create({ authCallback: () => "from-a-method" })]) {
    assertEquals(await parts.auth.requestToken(null, options), { token: "from-a-method" });
  }
});

test("RSA8d: a token counts in any kind of object", async () => {
  class Details {
    get token() {
      return "t";
    }
    get clientId() {
      return "jim";
    }
  }
  for (
    const details of [new Details(), Object.create(new Details()), new Proxy(new Details(), {})]
  ) {
    const wanted = { token: "t", clientId: "jim" };
    const callback = client({ authCallback: () => details });
    assertEquals(await callback.auth.authorize(), wanted);
    const option = client({ tokenDetails: details, key: KEY });
    assertEquals([option.auth.tokenDetails, option.auth.clientId], [wanted, "jim"]);
  }
});
