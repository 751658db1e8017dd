import { type ClientOptions, Realtime } from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertRejects, test } from "../harness.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { fakeRest } from "../support/rest_clients.ts";
import { type Line, ScriptedNetwork } from "../support/scripted_network.ts";

const DNS = new TypeError("fetch failed", {
  cause: new Error("getaddrinfo ENOTFOUND", { cause: new Error("no such host") }),
});

function failing(error: unknown, options?: ClientOptions) {
  return fakeRest(() => {
    throw error;
  }, options);
}

test("RSC15: an error names the first host, the number of the others, and the innermost reason", async () => {
  const { rest, network } = failing(DNS);
  const error = await assertRejects(() => rest.time(), ErrorInfo);
  assertEquals([error.code, error.statusCode, network.seen.length], [80003, 503, 4]);
  assertMatch(error.message, /main\.realtime\.ably\.net and 3 other hosts/);
  assertMatch(error.message, /no such host/);
  assertEquals(error.cause, DNS);
  const one = failing(DNS, { endpoint: "ably.example" });
  const { message } = await assertRejects(() => one.rest.time(), ErrorInfo);
  assertMatch(message, /ably\.example failed/);
});

for (const name of ["NotCapable", "PermissionDenied"]) {
  test(`RSC15: ${name}, which is Deno's for a missing permission, ends a request at the first host`, async () => {
    const cause = Object.assign(new Error("Requires net access"), { name });
    const { rest, network } = failing(cause);
    const error = await assertRejects(() => rest.time(), ErrorInfo);
    assertEquals([error.code, error.statusCode, network.seen.length], [40000, 400, 1]);
    assertMatch(error.message, /Requires net access/);
    assertMatch(error.remediation, /--allow-net/);
    assertEquals(error.cause, cause);
  });
}

const NOT_PERMITTED = Object.assign(new Error("Requires net access to a fallback"), {
  name: "NotCapable",
});

test("RSC15: a fallback host that the runtime does not permit leaves the failure of the primary host", async () => {
  const failures: [answer: () => Response | Promise<Response>, code: number, words: RegExp][] = [
    [() => Promise.reject(DNS), 80003, /main\.realtime\.ably\.net failed: no such host/],
    [() => new Response("", { status: 503 }), 50300, /status 503/],
  ];
  for (const [answer, code, words] of failures) {
    let isPrimary = true;
    const { rest, network } = fakeRest(() => {
      if (!isPrimary) throw NOT_PERMITTED;
      isPrimary = false;
      return answer();
    });
    const error = await assertRejects(() => rest.time(), ErrorInfo);
    assertEquals([error.code, error.statusCode, network.seen.length], [code, 503, 2]);
    assertMatch(error.message, words);
    assertMatch(error.remediation, /fallback.*Requires net access/);
  }
});

test("RSC15: arguments that fetch does not accept end a request at the first host", async () => {
  const original = globalThis.Request;
  const cause = new TypeError("Expected signal to be an instance of AbortSignal");
  const { rest, network } = failing(cause);
  globalThis.Request = class {
    constructor() {
      throw cause;
    }
  } as unknown as typeof Request;
  try {
    const error = await assertRejects(() => rest.time(), ErrorInfo);
    assertEquals([error.code, network.seen.length, error.cause], [40000, 1, cause]);
    assertMatch(error.message, /AbortSignal/);
  } finally {
    globalThis.Request = original;
  }
});

/** The reason with which a connection becomes disconnected. */
async function reasonOf(onOpen: (line: Line) => void, options?: ClientOptions): Promise<ErrorInfo> {
  const network = new ScriptedNetwork();
  network.onOpen = onOpen;
  const client = new Realtime({
    key: "app.key:secret",
    clock: new FakeClock(),
    fetch: () => Promise.resolve(new Response("yes")),
    logLevel: "none",
    WebSocket: network.WebSocket,
    ...options,
  });
  const { reason } = await client.connection.once("disconnected");
  await client.close();
  assert(reason);
  return reason;
}

test("RTN14d: an error names the host, and has the error of the event as its cause", async () => {
  const cause = new Error("dns error");
  const reason = await reasonOf((line) => line.fail({ error: cause }), {
    endpoint: "ably.example",
  });
  assertEquals([reason.code, reason.statusCode, reason.cause], [80003, 503, cause]);
  assertMatch(reason.message, /ably\.example/);
  assertMatch(reason.message, /dns error/);
});

test("RTN17: an error names the first host and the number of the others, with close code and reason", async () => {
  const reason = await reasonOf((line) => line.close(4004, "under repair"));
  assertEquals([reason.code, reason.statusCode], [80003, 503]);
  assertMatch(reason.message, /main\.realtime\.ably\.net and 5 other hosts/);
  assertMatch(reason.message, /4004: under repair/);
});

test("RSA4e: the reason of an authCallback and of an authUrl is in the error, without secrets", async () => {
  const callback = fakeRest(undefined, {
    key: undefined,
    authCallback: () => Promise.reject(new Error("sign in first, Bearer eyJhbGciOi.x.y")),
  });
  const error = await assertRejects(() => callback.rest.auth.authorize(), ErrorInfo);
  assertEquals(error.code, 40170);
  assertMatch(error.message, /sign in first/);
  assertEquals(error.message.includes("eyJ"), false);
  const url = "https://jim:user-s3cret@auth.example/token?own=param-s3cret";
  const lost = failing(new TypeError("fetch failed", { cause: new Error(`no route to ${url}`) }), {
    key: undefined,
    authUrl: url,
  });
  const { message } = await assertRejects(() => lost.rest.auth.authorize(), ErrorInfo);
  assertMatch(message, /auth\.example\/token/);
  assertMatch(message, /no route/);
  assertEquals(message.includes("s3cret"), false);
  const refusing = fakeRest(() => new Response("", { status: 404 }), {
    key: undefined,
    authUrl: url,
  });
  const refused = await assertRejects(() => refusing.rest.auth.authorize(), ErrorInfo);
  assertMatch(refused.message, /auth\.example\/token.* 404/);
  assertEquals(refused.message.includes("s3cret"), false);
});
