import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../harness.ts";
import { ErrorInfo } from "../../src/errors.ts";
import type { ClientOptions } from "../../src/client/client_options.ts";
import type { AuthCallback } from "../../src/auth/auth_options.ts";
import {
  type Answer,
  bearer,
  client,
  json,
  KEY,
  type Parts,
  refusal,
} from "../support/fake_service.ts";

/** A callback that numbers its tokens, and a service that accepts those that are listed. */
function numbered(accepted: (token: string) => boolean, options: ClientOptions = {}) {
  let calls = 0;
  const authCallback = () => Promise.resolve(`token-${++calls}`);
  const answer: Answer = (request) =>
    accepted(bearer(request)) ? json(["ok"]) : refusal(40142, 401, "Token expired");
  return { ...client({ authCallback, ...options }, answer), calls: () => calls };
}

function tokensOf({ network }: Parts): string[] {
  return network.seen.map(bearer);
}

test("RSC10: renews once and sends the request again with the new token", async () => {
  const parts = numbered((token) => token !== "token-1");
  const answer = await parts.authenticated.send({ method: "POST", path: "/x", body: { n: 1 } });
  assertEquals(answer.body, ["ok"]);
  assertEquals(tokensOf(parts), ["token-1", "token-2"]);
  assertEquals(parts.network.seen.map(({ body }) => body), ['{"n":1}', '{"n":1}']);
  assertEquals(parts.network.open(), 0);
});

test("RSC10, RSA4b: a second token error is the caller's", async () => {
  const parts = numbered(() => false);
  const { error } = await parts.get();
  assertEquals([error?.code, error?.statusCode], [40142, 401]);
  assertEquals(tokensOf(parts), ["token-1", "token-2"]);
  assertEquals(parts.calls(), 2);
  assertEquals(parts.auth.tokenDetails, null);
});

for (const code of [40140, 40141, 40149]) {
  test(`RSC10: code ${code} with status 401 is a token error`, async () => {
    const parts = client(
      { authCallback: () => "t" },
      (_, i) => i === 0 ? refusal(code, 401) : json([]),
    );
    await parts.get();
    assertEquals(parts.network.seen.length, 2);
  });
}

test("RSC10: other refusals are not token errors", async () => {
  for (const [code, status] of [[40160, 401], [40139, 401], [40150, 401], [40142, 403]] as const) {
    const parts = client({ authCallback: () => "t" }, () => refusal(code, status));
    assertEquals((await parts.get()).error?.code, code);
    assertEquals(parts.network.seen.length, 1);
    assertEquals(parts.auth.tokenDetails, { token: "t" });
  }
});

test("RSC10: a token error for a key is not renewed", async () => {
  const parts = client({ key: KEY }, () => refusal(40142, 401));
  assertEquals((await parts.get()).error?.code, 40142);
  assertEquals(parts.network.seen.length, 1);
});

test("RSA4b: when the renewal fails, the call rejects with its error", async () => {
  let calls = 0;
  const parts = client({
    authCallback: () => ++calls === 1 ? "t" : Promise.reject(new Error("No session")),
  }, () => refusal(40142, 401));
  const error = await assertRejects(() => parts.get(), ErrorInfo);
  assertEquals([error.code, error.statusCode], [40170, 401]);
  assertEquals((error.cause as Error).message, "No session");
  assertEquals([calls, parts.network.seen.length], [2, 1]);
});

test("RSA4a2: a token that can't be renewed ends in 40171, and the request is not repeated", async () => {
  for (const means of [{ token: "t" }, { tokenDetails: { token: "t" } }]) {
    const parts = client(means, () => refusal(40142, 401, "Token expired"));
    const error = await assertRejects(() => parts.get(), ErrorInfo);
    assertEquals([error.code, error.statusCode], [40171, 401]);
    assertEquals((error.cause as ErrorInfo).code, 40142);
    assertEquals(parts.network.seen.length, 1);
    assertEquals(parts.auth.tokenDetails, null);
    assertEquals((await assertRejects(() => parts.get(), ErrorInfo)).code, 40171);
    assertEquals(parts.network.seen.length, 1);
  }
});

test("RSA4a1: a token that can't be renewed is logged as information, with a page to read", () => {
  const line = (options: ClientOptions) =>
    client(options).logged.find((text) => text.includes("40171"));
  assertEquals(line({ token: "t" })?.startsWith("info: "), true);
  assertEquals(line({ token: "t" })?.includes("https://help.ably.io/error/40171"), true);
  assertEquals(line({ token: "t", key: KEY }), undefined);
  assertEquals(line({ token: "t", authUrl: "https://a.example" }), undefined);
});

test("RSA4b1: an expired token is renewed without asking, once the service's time is known", async () => {
  let issued = 0;
  const parts = client({ key: KEY, queryTime: true, useTokenAuth: true }, ({ url }) => {
    const now = parts.clock.now() + 5_000; // the service's clock is ahead
    if (url.pathname === "/time") return json([now]);
    if (url.pathname.endsWith("/requestToken")) {
      return json({ token: `t${++issued}`, issued: now, expires: now + 60_000 });
    }
    return json(["ok"]);
  });
  await parts.get();
  await parts.clock.advance(59_999);
  await parts.get();
  assertEquals(issued, 1);
  await parts.clock.advance(1);
  await parts.get();
  assertEquals(issued, 2);
  const paths = parts.network.seen.map(({ url }) => url.pathname);
  assertEquals(paths.filter((path) => path === "/time").length, 1); // RSA10k
  assertEquals(paths.filter((path) => path === "/path").length, 3);
});

test("RSA4b1: without the service's time it is the service that says that a token has expired", async () => {
  const tokenDetails = { token: "old", expires: 1, issued: 0 };
  const parts = client({ tokenDetails, authCallback: () => "new" });
  await parts.get();
  assertEquals(tokensOf(parts), ["old"]);
});

test("RSA16: tokenDetails are those of the token in use, at every step", async () => {
  const details = (n: number) => ({ token: `t${n}`, issued: n, expires: 99, clientId: "jim" });
  let calls = 0;
  const parts = client(
    { tokenDetails: details(0), authCallback: () => details(++calls) },
    (request) => bearer(request) === "t0" ? refusal(40142, 401) : json([]),
  );
  assertEquals(parts.auth.tokenDetails, details(0)); // RSA16c
  await parts.get();
  assertEquals(parts.auth.tokenDetails, details(1));
  await parts.auth.authorize();
  assertEquals(parts.auth.tokenDetails, details(2));
  assertEquals(client({ token: "text" }).auth.tokenDetails, { token: "text" }); // RSA16b
  assertEquals(client({ key: KEY }).auth.tokenDetails, null); // RSA16d
});

test("renewal storm: 200 requests on an expired token cost one token", async () => {
  const parts = numbered((token) => token !== "token-1");
  const answers = await Promise.all(Array.from({ length: 200 }, () => parts.get()));
  assert(answers.every(({ body }) => (body as string[])[0] === "ok"));
  assertEquals(parts.calls(), 2); // the first token, and the one in its place
  assertEquals(parts.network.seen.length, 400);
});

test("renewal storm: answers that straggle in do not cost another token", async () => {
  const gates = Array.from({ length: 20 }, () => Promise.withResolvers<void>());
  let calls = 0;
  const parts = client(
    { token: "token-0", authCallback: () => `token-${++calls}` },
    async (request, index) => {
      if (bearer(request) !== "token-0") return json(["ok"]);
      await gates[index]!.promise;
      return refusal(40142, 401);
    },
  );
  const answers = gates.map(() => parts.get());
  for (const [index, gate] of gates.entries()) {
    gate.resolve();
    await answers[index];
  }
  assertEquals(calls, 1);
});

test("renewal storm: when a shared renewal fails, every request rejects, and the next one tries again", async () => {
  let calls = 0;
  const authCallback: AuthCallback = () => {
    calls++;
    if (calls === 2) return Promise.reject(new Error("Down"));
    return Promise.resolve(`token-${calls}`);
  };
  // Without a body, so that all the refusals are there before the renewal fails, on every runtime.
  const expired = () =>
    new Response(null, { status: 401, headers: { "x-ably-errorcode": "40142" } });
  const answer: Answer = (request) => bearer(request) === "token-1" ? expired() : json([]);
  const parts = client({ authCallback }, answer);
  const answers = await Promise.allSettled(Array.from({ length: 50 }, () => parts.get()));
  const reasons = answers.map((answer) => (answer as PromiseRejectedResult).reason);
  assert(reasons.every((reason) => reason instanceof ErrorInfo && reason.code === 40170));
  assertEquals(calls, 2);
  assertEquals((await parts.get()).statusCode, 200);
  assertEquals(calls, 3);
});

test("RSA4b: a caller who gives up does not take the renewal from the others", async () => {
  const token = Promise.withResolvers<string>();
  const parts = client({ authCallback: () => token.promise });
  const controller = new AbortController();
  const abandoned = parts.get("/a", { signal: controller.signal });
  const other = parts.get("/b");
  await parts.clock.advance(0);
  const reason = new Error("Enough");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => abandoned), reason);
  token.resolve("t");
  await other;
  assertEquals(parts.network.seen.map(({ url }) => url.pathname), ["/b"]);
  assertEquals(parts.clock.pending, 0);
});

test("RSC10, RSC15: a renewal does not give a request more hosts to try, and stays with the host", async () => {
  const hosts: string[] = [];
  const answer: Answer = (request, index) => {
    hosts.push(request.url.hostname);
    // Two hosts fail, the third one refuses the token, and then it fails, as all do.
    return index === 2 ? refusal(40142, 401) : json({ error: { code: 50000 } }, 500);
  };
  const { authenticated } = client({ authCallback: () => "t" }, answer);
  const { error } = await authenticated.send({ method: "GET", path: "/x" });
  assertEquals(error?.statusCode, 500);
  assertEquals(hosts.length, 5);
  assertEquals(hosts[3], hosts[2]);
  assertEquals(new Set(hosts).size, 4);
});

test("RSC10, RSC7c: the request that is sent again has the same request id", async () => {
  const parts = numbered((token) => token !== "token-1", { addRequestIds: true });
  await parts.get();
  const ids = parts.network.seen.map(({ url }) => url.searchParams.get("request_id"));
  assertEquals([ids.length, new Set(ids).size], [2, 1]);
});

test("TO3j2: a token request as the token option is exchanged, and used up", async () => {
  const issuer = client({ key: KEY });
  const request = await issuer.auth.createTokenRequest({ clientId: "jim" });
  const parts = client({ token: request }, ({ url, headers, body }) => {
    if (url.pathname !== "/keys/app.key/requestToken") return json([]);
    assertEquals([headers.has("authorization"), JSON.parse(body as string)], [false, request]);
    return json({ token: "exchanged", issued: 1, expires: 2, clientId: "jim" });
  });
  assertEquals(parts.auth.tokenDetails, null);
  await Promise.all([parts.get(), parts.get()]);
  assertEquals(parts.network.seen.length, 3);
  assertEquals(bearer(parts.network.seen[2]!), "exchanged");
  assertEquals(parts.auth.clientId, "jim");
  parts.credentials.invalidate("exchanged");
  assertEquals((await assertRejects(() => parts.get(), ErrorInfo)).code, 40171);
});

test("TO3j2: a token request that did not reach the service is tried again with the next request", async () => {
  const request = await client({ key: KEY }).auth.createTokenRequest();
  const parts = client(
    { token: request, fallbackHosts: [] },
    (_, i) => i === 0 ? Promise.reject(new TypeError("down")) : json({ token: "t" }),
  );
  await assertRejects(() => parts.get(), ErrorInfo);
  assertEquals((await parts.get()).statusCode, 200);
});

test("RSA4: renew() keeps the token until there is a new one, and lets everyone share it", async () => {
  const next = Promise.withResolvers<string>();
  let calls = 0;
  const parts = client({ token: "old", authCallback: () => (calls++, next.promise) });
  const renewals = [parts.credentials.renew(), parts.credentials.renew()];
  await parts.get();
  assertEquals(tokensOf(parts), ["old"]);
  next.resolve("new");
  assertEquals(await Promise.all(renewals), [{ token: "new" }, { token: "new" }]);
  await parts.get();
  assertEquals([tokensOf(parts)[1], calls], ["new", 1]);
});

test("RSC10: the status of the response decides whether it is a token error, not its body", async () => {
  const said = (status: number, statusCode: number): Answer => (_, i) =>
    i === 0
      ? json({ error: { code: 40142, statusCode, message: "Expired" } }, status)
      : json(["ok"]);
  let calls = 0;
  const authCallback = () => `token-${++calls}`;
  assertEquals((await client({ authCallback }, said(401, 403)).get()).body, ["ok"]);
  assertEquals((await client({ authCallback }, said(403, 401)).get()).statusCode, 403);
  assertEquals(calls, 3);
});

test("RSC7c: an error for want of a way to renew has the id of the request", async () => {
  const parts = client({ token: "t", addRequestIds: true }, () => refusal(40142, 401, "Expired"));
  const error = await assertRejects(() => parts.get(), ErrorInfo);
  assertEquals(error.code, 40171);
  assertEquals(error.requestId, parts.network.seen[0]!.url.searchParams.get("request_id"));
});

test("RSA4b1: a token whose expiry is null has none", async () => {
  let calls = 0;
  const authCallback = () => {
    calls++;
    return { token: "t", expires: null, issued: null } as unknown as string;
  };
  const parts = client({ authCallback }, () => json([1_000]));
  await parts.auth.createTokenRequest(null, { key: KEY, queryTime: true });
  for (let i = 0; i < 3; i++) await parts.get();
  assertEquals(calls, 1);
});

test("RSA4c: a renewal that never settles does not keep other callers waiting for ever", async () => {
  // As on Workers, where it ends with the request that began it, and its timer too.
  let calls = 0;
  const parts = client({ authCallback: () => ++calls === 1 ? new Promise(() => {}) : "t" });
  const { setTimeout } = parts.clock;
  parts.clock.setTimeout = () => ({}) as never;
  parts.get().catch(() => {});
  await Promise.resolve();
  parts.clock.setTimeout = setTimeout;
  const others = [parts.get(), parts.get()];
  await parts.clock.advance(9_999);
  assertEquals(calls, 1);
  await parts.clock.advance(1);
  for (const other of others) assertEquals((await other).statusCode, 200);
  assertEquals(calls, 2);
});
