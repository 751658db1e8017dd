import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../harness.ts";
import { authFailure } from "../../src/auth/auth_failure.ts";
import type { AuthCallback } from "../../src/auth/auth_options.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { client, json, KEY, refusal } from "../support/fake_service.ts";

async function failure(authCallback: unknown): Promise<ErrorInfo> {
  const parts = client({ authCallback: authCallback as AuthCallback });
  const error = await assertRejects(() => parts.get(), ErrorInfo);
  assertEquals(parts.network.seen.length, 0);
  assertEquals(parts.clock.pending, 0);
  return error;
}

function isProviderFailure(error: ErrorInfo, ...mentions: string[]): void {
  assertEquals([error.code, error.statusCode], [40170, 401]);
  for (const text of mentions) assert(error.message.includes(text), error.message);
  assert(error.remediation !== "");
}

const forms: [string, (result: unknown) => unknown][] = [
  ["a promise", (result) => () => Promise.resolve(result)],
  ["a value", (result) => () => result],
  ["an async function", (result) => async (_params: unknown) => result],
  [
    "the callback",
    (result) => (_: unknown, done: (e: unknown, r: unknown) => void) => done(null, result),
  ],
  [
    "the callback of an async function",
    (result) => async (_: unknown, done: (e: unknown, r: unknown) => void) => {
      await null;
      done(null, result);
    },
  ],
];

for (const [name, form] of forms) {
  test(`RSA8d: a token string by ${name}`, async () => {
    const parts = client({ authCallback: form("text") as AuthCallback });
    assertEquals(await parts.auth.authorize(), { token: "text" });
  });

  test(`RSA8d: token details by ${name}`, async () => {
    const details = { token: "t", expires: 5 };
    const parts = client({ authCallback: form(details) as AuthCallback });
    assertEquals(await parts.auth.authorize(), details);
  });

  test(`RSA8d: a token request by ${name} is exchanged`, async () => {
    const request = await client({ key: KEY }).auth.createTokenRequest();
    const parts = client(
      { authCallback: form(request) as AuthCallback },
      ({ body }) => json({ token: JSON.parse(body as string).nonce }),
    );
    assertEquals(await parts.auth.authorize(), { token: request.nonce });
    assertEquals(parts.network.seen[0]!.url.pathname, "/keys/app.key/requestToken");
  });
}

test("RSA8d: the callback is given the token parameters, and may do to them what it likes", async () => {
  const parts = client({
    defaultTokenParams: { ttl: 60, capability: { a: ["publish"] } },
    authCallback: (params) => {
      assertEquals(params, { ttl: 60, capability: '{"a":["publish"]}' });
      delete params.ttl;
      return "t";
    },
  });
  await parts.auth.authorize();
  await parts.auth.authorize();
});

test("RSA4e: a callback that rejects, throws or reports an error ends in 40170 with its cause", async () => {
  const cause = new Error("No session");
  isProviderFailure(await failure(() => Promise.reject(cause)));
  assertStrictEquals((await failure(() => Promise.reject(cause))).cause, cause);
  assertStrictEquals(
    (await failure(() => {
      throw cause;
    })).cause,
    cause,
  );
  assertStrictEquals(
    (await failure((_: unknown, done: (e: Error) => void) => done(cause))).cause,
    cause,
  );
  assertEquals(
    (await failure((_: unknown, done: (e: string) => void) => done("Text"))).cause?.message,
    "Text",
  );
  isProviderFailure(await failure(() => Promise.reject(new DOMException("x", "AbortError"))));
});

test("RSA4c: a callback that hangs ends in 40170 after realtimeRequestTimeout", async () => {
  for (const hang of [() => new Promise<never>(() => {}), (_: unknown, _done: unknown) => {}]) {
    const parts = client({ authCallback: hang as AuthCallback, realtimeRequestTimeout: 3_000 });
    let settled = false;
    const answer = assertRejects(() => parts.get(), ErrorInfo);
    answer.then(() => settled = true);
    await parts.clock.advance(2_999);
    assertEquals(settled, false);
    await parts.clock.advance(1);
    isProviderFailure(await answer, "authCallback", "3000 ms");
    assertEquals(parts.clock.pending, 0);
  }
});

test("RSA4c: what a callback answers too late is of no effect", async () => {
  const late = Promise.withResolvers<string>();
  const parts = client({ authCallback: () => late.promise });
  const answer = assertRejects(() => parts.get(), ErrorInfo);
  await parts.clock.advance(10_000);
  await answer;
  late.resolve("late");
  await parts.clock.advance(0);
  assertEquals(parts.auth.tokenDetails, null);
});

const garbage: [string, unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["a number", 7],
  ["true", true],
  ["an empty string", ""],
  ["an array", ["t"]],
  ["a function", () => "t"],
  ["an empty object", {}],
  ["an object of another kind", { token: 7, mac: "x" }],
  [
    "an object that refers to itself",
    (() => {
      const o: Record<string, unknown> = {};
      o.o = o;
      return o;
    })(),
  ],
];

for (const [name, value] of garbage) {
  test(`RSA4f: a callback that answers with ${name} ends in 40170`, async () => {
    isProviderFailure(await failure((_params: unknown) => Promise.resolve(value)), "authCallback");
  });
}

test("RSA4f: more than 128 KiB is no token: 40170", async () => {
  const mebibyte = "x".repeat(1 << 20);
  isProviderFailure(await failure(() => mebibyte), "128 KiB");
  isProviderFailure(await failure(() => ({ token: "t", extra: mebibyte })), "128 KiB");
  isProviderFailure(await failure(() => ({ keyName: "a.b", capability: mebibyte })), "128 KiB");
  isProviderFailure(await failure(() => "x".repeat(128 * 1024 + 1)), "128 KiB");
  const parts = client({ authCallback: () => "x".repeat(128 * 1024) });
  assertEquals((await parts.get()).statusCode, 200);
});

test("RSA4e: an error that Ably gave is passed on as it is", async () => {
  const fromAbly = new ErrorInfo("Account disabled", 40110, 401);
  assertStrictEquals(await failure(() => Promise.reject(fromAbly)), fromAbly);
  const plain = await failure(() => Promise.reject({ code: 40110, message: "Plain" }));
  assertEquals([plain.code, plain.message, plain.statusCode], [40110, "Plain", 401]);
});

test("RSA4e: an error of the service at the exchange is passed on as it is", async () => {
  const request = await client({ key: KEY }).auth.createTokenRequest();
  const parts = client({ authCallback: () => request }, () => refusal(40105, 401, "Replayed"));
  const error = await assertRejects(() => parts.get(), ErrorInfo);
  assertEquals([error.code, error.statusCode, error.message], [40105, 401, "Replayed"]);
  assertEquals(authFailure(error), "retriable");
});

test("RSA8a: an exchange that ends in something else than a token is an error", async () => {
  const request = await client({ key: KEY }).auth.createTokenRequest();
  for (const body of [null, [], "t", {}, { token: 1 }]) {
    const parts = client({ authCallback: () => request }, () => json(body));
    isProviderFailure(await assertRejects(() => parts.get(), ErrorInfo), "service");
  }
});

test("RSA4d: a refusal with status 403 differs from other failures", async () => {
  const kinds = async (authCallback: unknown) => authFailure(await failure(authCallback));
  assertEquals(await kinds(() => Promise.reject(new ErrorInfo("No", 40300, 403))), "forbidden");
  assertEquals(await kinds(() => Promise.reject({ statusCode: 403, message: "No" })), "forbidden");
  assertEquals(await kinds(() => Promise.reject(new Error("No"))), "retriable");
  assertEquals(await kinds(() => ""), "retriable");
  assertEquals(authFailure(new TypeError("x")), "retriable");
  for (const code of [40102, 40103, 40106, 40171]) {
    assertEquals(authFailure(new ErrorInfo("x", code)), "fatal");
  }
});

const later = (done: (e: null, token: string) => void) => queueMicrotask(() => done(null, "t"));
const wrappers: [string, (inner: AuthCallback) => unknown][] = [
  [
    "a wrapper that declares nothing",
    (inner) => (...all: Parameters<AuthCallback>) => inner(...all),
  ],
  ["a default for the callback", (inner) => (params: object, done = null) => inner(params, done!)],
  ["a timer", (inner) => (params: object, done: never) => (inner(params, done), 7)],
  ["true", (inner) => (params: object, done: never) => (inner(params, done), true)],
  ["a promise of a timer", (inner) => async (params: object, done: never) => {
    await inner(params, done);
    return 7;
  }],
  ["a promise of nothing", (inner) => async (params: object, done: never) => inner(params, done)],
];
for (const [name, wrap] of wrappers) {
  test(`RSA8d: what is returned is no answer where the callback is called later: ${name}`, async () => {
    const authCallback = wrap((_, done) => void later(done)) as AuthCallback;
    assertEquals(await client({ authCallback }).auth.authorize(), { token: "t" });
  });
}

test("RSA4c1: an error of a callback is retriable, even with a code that is final for the client itself", async () => {
  for (const code of [40102, 40103, 40106, 40171]) {
    const error = await failure(() => Promise.reject(new ErrorInfo("x", code, 401)));
    assertEquals([error.code, authFailure(error)], [code, "retriable"]);
  }
  const noToken = client({ token: "t" });
  noToken.credentials.invalidate("t");
  const error = await failure(() => noToken.auth.requestToken());
  assertEquals([error.code, authFailure(error)], [40171, "retriable"]);
});

test("RSA4f: the size of what a callback gives counts in bytes", async () => {
  isProviderFailure(await failure(() => "€".repeat(50_000)), "128 KiB");
});

test("RSA4f: who takes the callback and answers with null has answered", async () => {
  isProviderFailure(await failure(async (_: unknown, _done: unknown) => await null));
  isProviderFailure(await failure((_: unknown, _done: unknown) => null));
});

test("TK2b: an authCallback receives the capability as canonical text, for a JWT or a request of its own", async () => {
  const seen: unknown[] = [];
  const { auth } = client({
    authCallback: ({ capability }) => {
      seen.push(capability);
      return Promise.resolve("token");
    },
  });
  await auth.authorize({ capability: { b: ["subscribe", "publish"], a: ["publish"] } });
  await auth.requestToken({ capability: { c: ["history"] } });
  await auth.requestToken({ capability: '{ "d": ["*"] }' });
  assertEquals(seen, [
    '{"a":["publish"],"b":["publish","subscribe"]}',
    '{"c":["history"]}',
    '{ "d": ["*"] }',
  ]);
});
