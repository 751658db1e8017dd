import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../harness.ts";
import type { AuthOptions } from "../../src/auth/auth_options.ts";
import { ErrorInfo } from "../../src/errors.ts";
import type { TokenParams } from "../../src/token/token_request.ts";
import { type Answer, bearer, client, json, KEY, refusal } from "../support/fake_service.ts";

/** A callback that keeps what it was asked. */
function recorder(prefix = "t") {
  const asked: TokenParams[] = [];
  const authCallback = (params: TokenParams) => {
    asked.push(params);
    return `${prefix}${asked.length}`;
  };
  return { asked, authCallback };
}

/** A service that issues tokens and keeps the requests for them. */
function issuer(): { answer: Answer; requests: Record<string, unknown>[] } {
  const requests: Record<string, unknown>[] = [];
  const answer: Answer = ({ url, body }) => {
    if (url.pathname === "/time") return json([1_000]);
    if (!url.pathname.endsWith("/requestToken")) return json([]);
    requests.push(JSON.parse(body as string));
    return json({ token: `issued-${requests.length}`, issued: 1, expires: 9e15 });
  };
  return { answer, requests };
}

test("RSA10a, RSA10f: authorize gets a token at once, and tokens are used from now on", async () => {
  const { answer, requests } = issuer();
  const parts = client({ key: KEY }, answer);
  assertEquals(parts.credentials.method, "basic");
  const details = await parts.auth.authorize();
  assertEquals([details.token, requests.length], ["issued-1", 1]);
  assertEquals(parts.auth.tokenDetails, details);
  await parts.get();
  assertEquals(bearer(parts.network.seen.at(-1)!), "issued-1");
  assertEquals(parts.credentials.method, "token");
});

test("RSA10a: authorize gets a new token even though there is one", async () => {
  const { asked, authCallback } = recorder();
  const parts = client({ token: "old", authCallback });
  await parts.auth.authorize();
  await parts.auth.authorize();
  assertEquals([asked.length, parts.auth.tokenDetails], [2, { token: "t2" }]);
});

test("RSA10j: token parameters that are given replace the stored ones, as a whole and for good", async () => {
  const { asked, authCallback } = recorder();
  const parts = client({ authCallback, defaultTokenParams: { ttl: 1, capability: "{}" } });
  await parts.auth.authorize();
  await parts.auth.authorize({ capability: { a: ["publish"] } });
  await parts.auth.authorize();
  await parts.auth.authorize({});
  await parts.auth.authorize(null);
  const stored = { capability: '{"a":["publish"]}' };
  assertEquals(asked as unknown[], [{ ttl: 1, capability: "{}" }, stored, stored, {}, {}]);
});

test("RSA10j: auth options that are given replace the stored ones, as a whole and for good", async () => {
  const first = recorder("a");
  const second = recorder("b");
  const parts = client({ authCallback: first.authCallback });
  await parts.auth.authorize(null, { authCallback: second.authCallback });
  await parts.auth.authorize();
  assertEquals([first.asked.length, second.asked.length], [0, 2]);
  const error = await assertRejects(() => parts.auth.authorize(null, {}), ErrorInfo);
  assertEquals(error.code, 40171);
});

test("RSA10j, RSA8c3: authParams and authHeaders are not mixed with the stored ones", async () => {
  const text = () => new Response("t", { headers: { "content-type": "text/plain" } });
  const authUrl = "https://auth.example/token";
  const parts = client(
    { authUrl, authParams: { a: "1" }, authHeaders: { x: "1" } },
    text,
  );
  await parts.auth.authorize(null, { authUrl, authParams: { b: "2" } });
  const { url, headers } = parts.network.seen[0]!;
  assertEquals([url.search, headers.has("x")], ["?b=2", false]);
});

test("RSA10g: timestamp and queryTime count for one call only", async () => {
  const { answer, requests } = issuer();
  const parts = client({ key: KEY }, answer);
  await parts.auth.authorize({ timestamp: 5, ttl: 7 }, { key: KEY, queryTime: true });
  await parts.auth.authorize();
  assertEquals(requests.map(({ timestamp, ttl }) => [timestamp, ttl]), [
    [5, 7],
    [parts.clock.now(), 7],
  ]);
  assertEquals(parts.network.seen.some(({ url }) => url.pathname === "/time"), false);
});

test("RSA10k: the service is asked for its time once, and the offset holds ever after", async () => {
  const { answer, requests } = issuer();
  const parts = client({ key: KEY }, answer);
  await parts.auth.authorize(null, { key: KEY, queryTime: true });
  await parts.clock.advance(500);
  await parts.auth.authorize(null, { key: KEY, queryTime: true });
  await parts.clock.advance(500);
  await parts.auth.requestToken();
  assertEquals(requests.map(({ timestamp }) => timestamp), [1_000, 1_500, 2_000]);
  const paths = parts.network.seen.map(({ url }) => url.pathname);
  assertEquals(paths.filter((path) => path === "/time").length, 1);
});

test("RSA10e: a token that is given is used as it is, and the rest when it has expired", async () => {
  const { asked, authCallback } = recorder();
  const answer: Answer = (request) => bearer(request) === "given" ? refusal(40142, 401) : json([]);
  const parts = client({ key: KEY }, answer);
  for (const token of ["given", { token: "given" }]) {
    asked.length = 0;
    const details = await parts.auth.authorize(null, { token, authCallback });
    assertEquals([details, asked.length], [{ token: "given" }, 0]);
    await parts.get();
    assertEquals(asked.length, 1);
  }
  await parts.auth.authorize(null, { tokenDetails: { token: "details" }, authCallback });
  assertEquals(parts.auth.tokenDetails, { token: "details" });
});

test("RSA10e, TO3j2: a token request that is given is exchanged", async () => {
  const { answer, requests } = issuer();
  const parts = client({ key: KEY }, answer);
  const request = await parts.auth.createTokenRequest({ ttl: 1 });
  assertEquals((await parts.auth.authorize(null, { token: request })).token, "issued-1");
  assertEquals(requests[0], { ...request });
});

test("RSA10: another key than the client's is refused with 40102", async () => {
  for (const options of [{ key: KEY }, { key: KEY, authCallback: () => "t" }]) {
    const parts = client(options);
    const other = { key: "app.other:secret" };
    const error = await assertRejects(() => parts.auth.authorize(null, other), ErrorInfo);
    assertEquals([error.code, error.statusCode], [40102, 401]);
  }
});

test("RSA10: without a way to get a token authorize fails with 40171", async () => {
  const parts = client({ token: "t" });
  assertEquals((await assertRejects(() => parts.auth.authorize(), ErrorInfo)).code, 40171);
});

test("RSA10: the callbacks of two calls may end in any order: the later call counts", async () => {
  const first = Promise.withResolvers<string>();
  const parts = client({ authCallback: () => first.promise });
  const slow = parts.auth.authorize();
  const fast = parts.auth.authorize(null, { authCallback: () => "later" });
  assertEquals(await fast, { token: "later" });
  first.resolve("earlier");
  assertEquals(await slow, { token: "earlier" });
  assertEquals(parts.auth.tokenDetails, { token: "later" });
});

test("RSA10a: a request that waits for a token gets that of an authorize that came after", async () => {
  const first = Promise.withResolvers<string>();
  const parts = client({ authCallback: () => first.promise });
  const request = parts.get();
  await parts.clock.advance(0);
  await parts.auth.authorize(null, { authCallback: () => "later" });
  first.resolve("earlier");
  await request;
  assertEquals(parts.network.seen.map(bearer), ["later"]);
});

test("RTC8: the hook for authorize is called, and the call waits for it", async () => {
  const events: string[] = [];
  const connected = Promise.withResolvers<void>();
  const parts = client({ authCallback: () => "t" });
  parts.credentials.hooks = {
    started: () => void events.push("started"),
    authorized: ({ token }) => (events.push(token), connected.promise),
  };
  const call = parts.auth.authorize().then(() => events.push("resolved"));
  await parts.clock.advance(0);
  assertEquals(events, ["started", "t"]);
  connected.resolve();
  await call;
  assertEquals(events, ["started", "t", "resolved"]);
});

test("RTC8b1: authorize fails as the connection does", async () => {
  const parts = client({ authCallback: () => "t" });
  const reason = new ErrorInfo("Refused", 40101);
  const failures: unknown[] = [];
  parts.credentials.hooks = {
    authorized: () => Promise.reject(reason),
    failed: (error) => failures.push(error),
  };
  assertStrictEquals(await assertRejects(() => parts.auth.authorize()), reason);
  assertEquals(failures, []);
});

test("RSA4c, RSA4d1: the hook for a failed authorize is called and may replace the error", async () => {
  const worded = new ErrorInfo("No token", 80019, 401);
  const parts = client({ authCallback: () => Promise.reject(new Error("x")) });
  parts.credentials.hooks = { failed: () => worded };
  assertStrictEquals(await assertRejects(() => parts.auth.authorize()), worded);
  parts.credentials.hooks = { failed: () => {} };
  assertEquals((await assertRejects(() => parts.auth.authorize(), ErrorInfo)).code, 40170);
});

test("RSA10j: null members are absent members", async () => {
  const { asked, authCallback } = recorder();
  const parts = client({ authCallback });
  const nulls: AuthOptions = { authCallback, key: null, token: null, authUrl: null };
  await parts.auth.authorize({ ttl: null, clientId: null, capability: null }, nulls);
  assertEquals(asked, [{}]);
});

test("RSA10g: what cannot be asked for is refused, and not asked for again", async () => {
  const { answer } = issuer();
  const parts = client({ key: KEY }, answer);
  for (const bad of [{ ttl: -1 }, { timestamp: 0.5 }, { capability: "{" }, { clientId: "" }]) {
    await assertRejects(() => parts.auth.authorize(bad), ErrorInfo);
  }
  await parts.get();
  assertEquals((await parts.auth.authorize()).token, "issued-1");
});

test("RSA10g: a nonce is for one request", async () => {
  const { answer, requests } = issuer();
  const parts = client({ key: KEY }, answer);
  await parts.auth.authorize({ nonce: "my-own-nonce-of-16" });
  await parts.auth.authorize();
  const [first, second] = requests.map(({ nonce }) => nonce);
  assertEquals(first, "my-own-nonce-of-16");
  assert(second !== first);
});

test("RSA10j: options that lead to no token do not take the place of those that do", async () => {
  const { answer } = issuer();
  const parts = client({ key: KEY }, answer);
  for (const none of [{ token: "" }, { key: "" }, { authUrl: "" }, { queryTime: true }, {}]) {
    const error = await assertRejects(() => parts.auth.authorize(null, none), ErrorInfo);
    assertEquals(error.code, 40171);
  }
  assertEquals(parts.credentials.method, "basic");
  assertEquals((await parts.auth.authorize()).token, "issued-1");
});
