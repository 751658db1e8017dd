import { Action } from "../../../src/protocol/actions.ts";
import { type ClientOptions, ErrorInfo } from "../../../mod.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../../harness.ts";
import { never } from "../../support/fake_service.ts";
import { Rig, type RigOptions, TOKEN_EXPIRED } from "../../support/realtime_rig.ts";
import type { Line } from "../../support/scripted_network.ts";

/** A callback whose tokens are numbered. */
function numbered(): { authCallback: () => string; count(): number } {
  let calls = 0;
  return { authCallback: () => `token-${++calls}`, count: () => calls };
}

/** A callback that gives tokens when the test does. */
function onDemand() {
  const asked: PromiseWithResolvers<string>[] = [];
  return {
    asked,
    authCallback: () => {
      const next = Promise.withResolvers<string>();
      asked.push(next);
      return next.promise;
    },
  };
}

function tokensSent(line: Line): (string | undefined)[] {
  return line.sent(Action.Auth).map(({ auth }) => auth?.accessToken);
}

/** Notes how calls end, in the order in which they do. */
function watch(log: string[], name: string, call: Promise<unknown>): void {
  call.then(
    () => log.push(`${name} ok`),
    (error) => log.push(`${name} failed ${error.code}`),
  );
}

test("RTC8a, RTC8a1, RTC8a3, AD2: authorize() while CONNECTED sends Action.Auth, and waits for the UPDATE", async () => {
  await using rig = await Rig.connected(numbered());
  const log: string[] = [];
  const call = rig.client.auth.authorize();
  watch(log, "authorize", call);
  await rig.settle();
  assertEquals(tokensSent(rig.line), ["token-2"]);
  assertEquals([log, rig.client.connection.state], [[], "connected"]);
  rig.line.connect({ key: "key-2", details: { clientId: "me" } });
  assertEquals((await call).token, "token-2");
  assertEquals(rig.events(), ["connecting", "connected", "update"]);
  assertEquals([rig.client.connection.key, rig.client.clientId], ["key-2", "me"]); // RTN21
  assertEquals(rig.client.auth.tokenDetails?.token, "token-2");
  assertEquals(rig.network.lines.length, 1);
});

test("RTC8a3: a lost answer to Action.Auth fails the call after realtimeRequestTimeout, and only that call", async () => {
  await using rig = await Rig.connected({ ...numbered(), realtimeRequestTimeout: 700 });
  const log: string[] = [];
  watch(log, "first", rig.client.auth.authorize());
  await rig.clock.advance(699);
  assertEquals(log, []);
  await rig.clock.advance(1);
  assertEquals([log, rig.client.connection.state], [["first failed 80014"], "connected"]);
  watch(log, "second", rig.client.auth.authorize());
  await rig.settle();
  assertEquals(tokensSent(rig.line), ["token-2", "token-3"]);
  rig.line.connect();
  await rig.settle();
  assertEquals(log, ["first failed 80014", "second ok"]);
});

test("RTN22: a lost answer to a renewal that the service asked for leaves later calls alone", async () => {
  await using rig = await Rig.connected({ ...numbered(), realtimeRequestTimeout: 700 });
  rig.line.send({ action: Action.Auth });
  await rig.settle();
  assertEquals(tokensSent(rig.line), ["token-2"]);
  await rig.clock.advance(700);
  const log: string[] = [];
  watch(log, "call", rig.client.auth.authorize());
  await rig.settle();
  rig.line.connect();
  await rig.settle();
  assertEquals(log, ["call ok"]);
});

test("RTC8a2, RTC8a3: an ERROR in answer to Action.Auth fails the call and the connection", async () => {
  await using rig = await Rig.connected(numbered());
  const call = rig.client.auth.authorize();
  await rig.settle();
  rig.line.refuse({ code: 40102, statusCode: 401, message: "Other client" });
  const error = await assertRejects(() => call, ErrorInfo);
  assertEquals([error.code, rig.client.connection.state], [40102, "failed"]);
  assertStrictEquals(rig.client.connection.errorReason, error);
});

test("RTC8a1: losing capability fails the channel soon after, with the reason", async () => {
  await using rig = await Rig.connected(numbered());
  const channel = rig.client.channels.get("c");
  const attached = channel.attach();
  rig.line.send({ action: Action.Attached, channel: "c", flags: 0 });
  await attached;
  const failed = channel.once("failed");
  const call = rig.client.auth.authorize({ capability: { other: ["*"] } });
  await rig.settle();
  rig.line.connect();
  rig.line.send({ action: Action.Error, channel: "c", error: { code: 40160, statusCode: 401 } });
  await call;
  assertEquals((await failed).reason?.code, 40160);
  assertEquals(rig.client.connection.state, "connected");
});

test("RTC8a3: several calls at once each wait for the answer to their own AUTH", async () => {
  await using rig = await Rig.connected(numbered());
  const log: string[] = [];
  watch(log, "first", rig.client.auth.authorize());
  await rig.settle();
  watch(log, "second", rig.client.auth.authorize());
  await rig.settle();
  watch(log, "third", rig.client.auth.authorize());
  await rig.settle();
  assertEquals(tokensSent(rig.line), ["token-2", "token-3", "token-4"]);
  rig.line.connect();
  await rig.settle();
  assertEquals(log, ["first ok"]);
  rig.line.connect();
  rig.line.connect();
  await rig.settle();
  assertEquals(log, ["first ok", "second ok", "third ok"]);
  assertEquals(rig.client.auth.tokenDetails?.token, "token-4");
});

test("RTC8a: of two calls whose tokens come in the wrong order, the token of the later one stays", async () => {
  const { asked, authCallback } = onDemand();
  await using rig = new Rig({ authCallback });
  rig.client.connect();
  await rig.settle();
  asked[0]!.resolve("token-0");
  const line = await rig.accept();
  const log: string[] = [];
  watch(log, "early", rig.client.auth.authorize());
  watch(log, "late", rig.client.auth.authorize());
  await rig.settle();
  asked[2]!.resolve("token-2");
  await rig.settle();
  asked[1]!.resolve("token-1");
  await rig.settle();
  assertEquals(tokensSent(line), ["token-2"]);
  line.connect();
  await rig.settle();
  assertEquals(log.toSorted(), ["early ok", "late ok"]);
  assertEquals(rig.client.auth.tokenDetails?.token, "token-2");
});

test("RTC8a3: calls whose Action.Auth is lost with the connection end with the next one", async () => {
  await using rig = await Rig.connected(numbered());
  const log: string[] = [];
  watch(log, "first", rig.client.auth.authorize());
  await rig.settle();
  watch(log, "second", rig.client.auth.authorize());
  await rig.settle();
  rig.line.close();
  const line = await rig.network.next();
  assertEquals(line.params.accessToken, "token-3");
  assertEquals(log, []);
  line.connect();
  await rig.settle();
  assertEquals(log, ["first ok", "second ok"]);
  // Unanswered AUTHs of the old connection do not count on this one.
  watch(log, "third", rig.client.auth.authorize());
  await rig.settle();
  line.connect();
  await rig.settle();
  assertEquals(log.at(-1), "third ok");
});

test("RTC8b, RTC8b1: authorize() while CONNECTING halts the attempt, and connects with the new token", async () => {
  const { asked, authCallback } = onDemand();
  await using rig = new Rig({ authCallback });
  rig.client.connect();
  await rig.settle();
  asked[0]!.resolve("old");
  const halted = await rig.network.next();
  const log: string[] = [];
  watch(log, "authorize", rig.client.auth.authorize());
  await rig.settle();
  assert(halted.isClosed);
  halted.connect();
  await rig.clock.advance(9_000);
  assertEquals([rig.client.connection.state, rig.network.lines.length], ["connecting", 1]);
  asked[1]!.resolve("new");
  const line = await rig.network.next();
  assertEquals<unknown>([line.params.accessToken, log], ["new", []]);
  line.connect();
  await rig.settle();
  assertEquals([log, rig.events()], [["authorize ok"], ["connecting", "connected"]]);
});

test("RTC8b: authorize() in a listener of connecting opens no socket before it has the new token", async () => {
  const { asked, authCallback } = onDemand();
  await using rig = new Rig({ token: "old", authCallback });
  const { auth, connection } = rig.client;
  const authorized = Promise.withResolvers<{ token: string }>();
  connection.once("connecting", () => authorized.resolve(auth.authorize()));
  rig.client.connect();
  await rig.settle();
  assertEquals([asked.length, rig.network.live], [1, 0]);
  asked[0]!.resolve("new");
  const line = await rig.accept();
  assertEquals([(await authorized.promise).token, line.params.accessToken], ["new", "new"]);
  assertEquals(rig.events(), ["connecting", "connected"]);
});

test("RTC8b: authorize() while the token of the attempt is being fetched uses the new one alone", async () => {
  const { asked, authCallback } = onDemand();
  await using rig = new Rig({ authCallback });
  rig.client.connect();
  await rig.settle();
  const call = rig.client.auth.authorize();
  await rig.settle();
  asked[1]!.resolve("new");
  await rig.accept();
  asked[0]!.resolve("old");
  await call;
  await rig.settle();
  assertEquals(rig.network.lines.map(({ params }) => params.accessToken), ["new"]);
});

test("RTC8b1: authorize() fails as the attempt ends in FAILED, SUSPENDED or CLOSED", async () => {
  await using rig = new Rig({ ...numbered(), connectionStateTtl: 1_000 });
  const log: string[] = [];
  rig.client.connect();
  watch(log, "failed:", rig.client.auth.authorize());
  (await rig.network.next()).refuse({ code: 40400, statusCode: 404 });
  await rig.settle();
  rig.network.onOpen = (line) => line.close();
  watch(log, "suspended:", rig.client.auth.authorize());
  await rig.settle();
  assertEquals(rig.client.connection.state, "disconnected");
  assertEquals(log, ["failed: failed 40400"]); // DISCONNECTED is not the end
  await rig.clock.advance(1_000);
  rig.network.skip();
  watch(log, "closed:", rig.client.auth.authorize());
  await rig.network.next();
  const closed = rig.client.close();
  await rig.settle();
  assertEquals(log, ["failed: failed 40400", "suspended: failed 80002", "closed: failed 80017"]);
  await rig.clock.advance(10_000);
  await closed;
});

for (const state of ["initialized", "disconnected", "suspended", "failed", "closed"] as const) {
  test(`RTC8c: authorize() while ${state.toUpperCase()} connects with the new token`, async () => {
    const { authCallback } = numbered();
    await using rig = new Rig({
      key: "app.key:secret",
      endpoint: "ably.test",
      connectionStateTtl: 1_000,
    });
    const { connection } = rig.client;
    if (state !== "initialized") connection.connect();
    if (state === "disconnected" || state === "suspended") (await rig.network.next()).close();
    if (state === "suspended") await rig.clock.advance(1_000);
    if (state === "failed") (await rig.network.next()).refuse({ code: 40400, statusCode: 404 });
    if (state === "closed") {
      await rig.network.next();
      const closed = rig.client.close();
      rig.network.lines[0]!.close();
      await closed;
    }
    await rig.settle();
    assertEquals(connection.state, state);
    const before = rig.changes.length;
    const call = rig.client.auth.authorize(null, { authCallback });
    const line = await rig.network.next();
    assertEquals([line.params.accessToken, line.params.key], ["token-1", undefined]);
    assertEquals(connection.state, "connecting");
    line.connect();
    assertEquals((await call).token, "token-1");
    assertEquals(rig.events().slice(before), ["connecting", "connected"]);
    assertEquals(connection.errorReason, null);
    await rig.close();
    assertEquals(rig.clock.pending, 0);
  });
}

test("RTC8c: authorize() while CLOSING connects anew, and the old CLOSED is of no effect", async () => {
  await using rig = await Rig.connected(numbered());
  const old = rig.line;
  const closed = rig.client.close();
  const call = rig.client.auth.authorize();
  const line = await rig.accept({ id: "id-2" });
  old.send({ action: Action.Closed });
  await call;
  await closed;
  assertEquals([rig.client.connection.state, line.params.accessToken], ["connected", "token-2"]);
});

test("RTN12: close() ends the calls of authorize() before it; none of them connects again", async () => {
  for (const state of ["connecting", "connected", "disconnected"]) {
    const { asked, authCallback } = onDemand();
    await using rig = new Rig({ authCallback });
    rig.client.connect();
    await rig.settle();
    asked[0]!.resolve("token-0");
    const line = await rig.network.next();
    if (state === "connected") line.connect();
    if (state === "disconnected") line.close();
    await rig.settle();
    assertEquals(rig.client.connection.state, state);
    const call = rig.client.auth.authorize();
    await rig.settle();
    const closed = rig.client.close();
    assertEquals((await assertRejects(() => call, ErrorInfo)).code, 80017);
    if (state === "connected") line.send({ action: Action.Closed });
    await closed;
    assertEquals(rig.clock.pending, 0, state); // The wait for the token is over, too.
    asked[1]!.resolve("token-1");
    await rig.clock.advance(60_000);
    assertEquals([rig.client.connection.state, rig.network.lines.length], ["closed", 1]);
  }
});

test("RTN12: closed or not, REST requests share the token that was fetched for the connection", async () => {
  const { asked, authCallback } = onDemand();
  await using rig = new Rig({
    authCallback,
    answer: () => new Response("[1]", { headers: { "content-type": "application/json" } }),
  });
  rig.client.connect();
  await rig.settle();
  const request = rig.client.request("GET", "/x", 6);
  await rig.settle();
  const closed = rig.client.close();
  await rig.settle();
  asked[0]!.resolve("token-0");
  assertEquals((await request).items, [1]);
  assertEquals(asked.length, 1);
  rig.network.lines[0]?.close();
  await closed;
});

test("RTN22: when the service asks for it, a new token is fetched and sent", async () => {
  const { authCallback, count } = numbered();
  await using rig = await Rig.connected({ authCallback });
  rig.line.send({ action: Action.Auth });
  rig.line.send({ action: Action.Auth });
  await rig.settle();
  assertEquals([tokensSent(rig.line), count()], [["token-2"], 2]);
  rig.line.connect({ key: "key-2" });
  assertEquals(rig.events(), ["connecting", "connected", "update"]);
  rig.line.send({ action: Action.Auth });
  await rig.settle();
  assertEquals(tokensSent(rig.line), ["token-2", "token-3"]);
});

test("RTN22, RTC8a3: an Action.Auth for the service and one for the user are answered in their order", async () => {
  await using rig = await Rig.connected(numbered());
  const log: string[] = [];
  rig.line.send({ action: Action.Auth });
  await rig.settle();
  watch(log, "authorize", rig.client.auth.authorize());
  await rig.settle();
  rig.line.connect();
  await rig.settle();
  assertEquals(log, []);
  rig.line.connect();
  await rig.settle();
  assertEquals(log, ["authorize ok"]);
});

test("RTN22, RSA4c1, RSA4c3, E3 10: if there is no new token, the connection stays, with 80019", async () => {
  let calls = 0;
  await using rig = await Rig.connected({
    authCallback: () => ++calls === 1 ? "t" : Promise.reject(new Error("No session")),
  });
  rig.line.send({ action: Action.Auth });
  await rig.settle();
  const error = rig.client.connection.errorReason!;
  assertEquals([error.code, error.statusCode, rig.client.connection.state], [
    80019,
    401,
    "connected",
  ]);
  assertEquals([(error.cause as ErrorInfo).code, rig.events().length], [40170, 2]);
});

test("RTN22, RTN22a: without means to renew the connection stays until the service ends it", async () => {
  await using rig = await Rig.connected({ token: "t" });
  rig.line.send({ action: Action.Auth });
  await rig.settle();
  assertEquals([rig.client.connection.state, rig.client.connection.errorReason], [
    "connected",
    null,
  ]);
  rig.line.disconnect(TOKEN_EXPIRED);
  assertEquals([rig.client.connection.state, rig.client.connection.errorReason?.code], [
    "failed",
    40171,
  ]);
});

test("RTN22: a connection that has FAILED, or is CLOSING, waits for no token", async () => {
  let isFirst = true;
  const authCallback = () => {
    const answer = isFirst ? Promise.resolve("t") : new Promise<string>(() => {});
    isFirst = false;
    return answer;
  };
  await using rig = await Rig.connected({ authCallback });
  rig.line.send({ action: Action.Auth });
  await rig.settle();
  rig.line.refuse({ code: 40400, statusCode: 404 });
  await rig.settle();
  assertEquals([rig.client.connection.state, rig.clock.pending], ["failed", 0]);
  rig.client.connect();
  const line = await rig.accept();
  const closed = rig.client.close();
  line.send({ action: Action.Auth });
  line.send({ action: Action.Closed });
  await closed;
  await rig.settle();
  assertEquals([rig.client.connection.state, rig.clock.pending], ["closed", 0]);
});

test("RTN22: a connection that is lost meanwhile is opened with the new token", async () => {
  const { asked, authCallback } = onDemand();
  await using rig = new Rig({ authCallback });
  rig.client.connect();
  await rig.settle();
  asked[0]!.resolve("token-0");
  const first = await rig.accept();
  first.send({ action: Action.Auth });
  await rig.settle();
  first.disconnect(TOKEN_EXPIRED);
  await rig.settle();
  assertEquals(asked.length, 2);
  asked[1]!.resolve("token-1");
  const line = await rig.accept();
  assertEquals<unknown>([line.params.accessToken, tokensSent(line)], ["token-1", []]);
});

/** Everything that keeps a client from a token but leaves hope. */
const HOPEFUL: Record<string, RigOptions> = {
  "authCallback fails": { authCallback: () => Promise.reject(new Error("No session")) },
  "authCallback answers with an error": {
    authCallback: (_, callback) => callback(new ErrorInfo("No", 40101, 401), null),
  },
  "authCallback gives no token": { authCallback: () => 5 as unknown as string },
  "authCallback gives too much": { authCallback: () => "x".repeat(130 * 1024) }, // RSA4f
  "authUrl is not there": {
    authUrl: "https://example.com/auth",
    answer: () => Promise.reject(new TypeError("unreachable")),
  },
  "authUrl answers 500": {
    authUrl: "https://example.com/auth",
    answer: () => new Response("", { status: 500 }),
  },
  "authUrl gives HTML": {
    authUrl: "https://example.com/auth",
    answer: () => new Response("<html>", { headers: { "content-type": "text/html" } }),
  },
  "the exchange fails": {
    authCallback: () => ({
      keyName: "app.key",
      timestamp: 1,
      nonce: "0123456789abcdef",
      mac: "mac",
    }),
    answer: () =>
      new Response('{"error":{"code":40101,"statusCode":401,"message":"Bad mac"}}', {
        status: 401,
        headers: { "content-type": "application/json" },
      }),
  },
};

for (const [what, options] of Object.entries(HOPEFUL)) {
  test(`RSA4c, RSA4c1, RSA4c2: ${what}: 80019, and it is tried again`, async () => {
    await using rig = new Rig(options);
    rig.client.connect();
    await rig.client.connection.whenState("disconnected");
    const { reason, retryIn } = rig.changes[1]!;
    assertEquals([reason!.code, reason!.statusCode, retryIn], [80019, 401, 13_500]);
    assert(reason!.cause instanceof ErrorInfo);
    assertStrictEquals(rig.client.connection.errorReason, reason!);
    assertEquals([rig.network.lines.length, rig.http.open()], [0, 0]);
  });

  test(`RSA4c3: ${what}: a CONNECTED connection stays so`, async () => {
    const { authCallback, authUrl, answer } = options!;
    await using rig = await Rig.connected({ answer });
    const call = rig.client.auth.authorize(null, authUrl ? { authUrl } : { authCallback });
    const error = await assertRejects(() => call, ErrorInfo);
    assertEquals([error.code, error.statusCode], [80019, 401]);
    assertStrictEquals(rig.client.connection.errorReason, error);
    assertEquals(rig.events(), ["connecting", "connected"]);
  });
}

test("RSA4c: a callback that hangs counts as failed after realtimeRequestTimeout", async () => {
  await using rig = new Rig({
    authCallback: () => new Promise(() => {}),
    realtimeRequestTimeout: 700,
  });
  rig.client.connect();
  await rig.clock.advance(699);
  assertEquals(rig.client.connection.state, "connecting");
  await rig.clock.advance(1);
  assertEquals([rig.client.connection.state, rig.client.connection.errorReason?.code], [
    "disconnected",
    80019,
  ]);
});

test("RSA4c: an authUrl that hangs is given up after realtimeRequestTimeout", async () => {
  await using rig = new Rig({
    authUrl: "https://example.com/",
    answer: never,
    realtimeRequestTimeout: 700,
  });
  rig.client.connect();
  await rig.clock.advance(700);
  assertEquals(rig.client.connection.state, "disconnected");
  assert(rig.http.seen[0]!.signal!.aborted);
});

test("RSA4c2: in SUSPENDED, a failure to get a token leaves it SUSPENDED", async () => {
  await using rig = new Rig({
    authCallback: () => Promise.reject(new Error("No session")),
    connectionStateTtl: 1_000,
  });
  rig.client.connect();
  await rig.clock.advance(31_001);
  assertEquals(rig.events(), [
    "connecting",
    "disconnected",
    "suspended",
    "connecting",
    "suspended",
  ]);
  const { reason } = rig.lastChange;
  assertEquals([reason!.code, (reason!.cause as ErrorInfo).code], [80002, 80019]);
});

test("RSA4c2, RTC8b: authorize() that fails while CONNECTING leads to DISCONNECTED", async () => {
  await using rig = new Rig(numbered());
  rig.client.connect();
  const line = await rig.network.next();
  const error = await assertRejects(
    () => rig.client.auth.authorize(null, { authCallback: () => Promise.reject(new Error("No")) }),
    ErrorInfo,
  );
  assert(line.isClosed);
  assertEquals([error.code, rig.client.connection.state], [80019, "disconnected"]);
  assertStrictEquals(rig.client.connection.errorReason, error);
});

/** Everything that forbids a token. */
const FORBIDDEN: Record<string, RigOptions> = {
  "authCallback gives an error with status 403": {
    authCallback: () =>
      Promise.reject(Object.assign(new Error("No"), { code: 40300, statusCode: 403 })),
  },
  "authCallback gives an ErrorInfo with status 403": {
    authCallback: () => Promise.reject(new ErrorInfo("No", 40300, 403)),
  },
  "authUrl answers 403": {
    authUrl: "https://example.com/auth",
    answer: () => new Response("", { status: 403 }),
  },
  "the exchange is answered with 403": {
    ...HOPEFUL["the exchange fails"],
    answer: () =>
      new Response('{"error":{"code":40300,"statusCode":403,"message":"No"}}', {
        status: 403,
        headers: { "content-type": "application/json" },
      }),
  },
};

for (const [what, options] of Object.entries(FORBIDDEN)) {
  test(`RSA4d: ${what}: FAILED with 80019 and status 403`, async () => {
    await using rig = new Rig(options);
    rig.client.connect();
    await rig.client.connection.whenState("failed");
    const { reason, previous } = rig.changes[1]!;
    assertEquals([reason!.code, reason!.statusCode, previous], [80019, 403, "connecting"]);
    assert(reason!.cause instanceof ErrorInfo);
    assertStrictEquals(rig.client.connection.errorReason, reason!);
    assertEquals(rig.clock.pending, 0);
  });
}

const refuse = () => Promise.reject(new ErrorInfo("No", 40300, 403));

test("RSA4d, RSA4d1, RTN22: a refusal when the service asks for a token makes the connection FAILED", async () => {
  let calls = 0;
  await using rig = await Rig.connected({ authCallback: () => ++calls === 1 ? "t" : refuse() });
  rig.line.send({ action: Action.Auth });
  await rig.settle();
  const { event, reason } = rig.lastChange;
  assertEquals([event, reason!.code, reason!.statusCode], ["failed", 80019, 403]);
});

for (const state of ["initialized", "connecting", "connected", "disconnected", "closed"] as const) {
  test(`RSA4d, RSA4d1: a refusal of authorize() while ${state.toUpperCase()} leads to FAILED`, async () => {
    await using rig = new Rig();
    const { connection } = rig.client;
    if (state !== "initialized") {
      connection.connect();
      const line = await rig.network.next();
      if (state === "connected") line.connect();
      if (state === "disconnected") line.close();
      if (state === "closed") {
        const closed = connection.close();
        line.close();
        await closed;
      }
    }
    await rig.settle();
    assertEquals(connection.state, state);
    const error = await assertRejects(
      () => rig.client.auth.authorize(null, { authCallback: refuse }),
      ErrorInfo,
    );
    assertEquals([connection.state, error.code, error.statusCode], ["failed", 80019, 403]);
    assertStrictEquals(connection.errorReason, error);
    assertEquals([rig.clock.pending, rig.network.live], [0, 0]);
  });
}

test("RSA4d1: requestToken() has no effect on the connection", async () => {
  await using rig = await Rig.connected(numbered());
  for (const authCallback of [refuse, () => Promise.reject(new Error("No"))]) {
    await assertRejects(() => rig.client.auth.requestToken(null, { authCallback }), ErrorInfo);
  }
  assertEquals([rig.client.connection.state, rig.client.connection.errorReason], [
    "connected",
    null,
  ]);
  assertEquals(rig.line.frames, []);
});

test("RSA15c: authorize() with a token for someone else makes the connection FAILED", async () => {
  await using rig = await Rig.connected({ ...numbered(), clientId: "me" });
  const call = rig.client.auth.authorize(null, {
    authCallback: () => ({ token: "t", clientId: "you", issued: 1, expires: 2, capability: "{}" }),
  });
  assertEquals((await assertRejects(() => call, ErrorInfo)).code, 40102);
  assertEquals([rig.client.connection.state, rig.client.connection.errorReason?.code], [
    "failed",
    40102,
  ]);
});

test("RSA10: authorize() that has nowhere to get a token from leaves a connection as it was", async () => {
  await using rig = await Rig.connected({ token: "t" });
  assertEquals((await assertRejects(() => rig.client.auth.authorize(), ErrorInfo)).code, 40171);
  assertEquals([rig.client.connection.state, rig.client.connection.errorReason], [
    "connected",
    null,
  ]);
});

test("RSA10: authorize() with another key leaves a connection as it was", async () => {
  await using rig = await Rig.connected();
  const call = () => rig.client.auth.authorize(null, { key: "app.other:secret" });
  assertEquals((await assertRejects(call, ErrorInfo)).code, 40102);
  assertEquals(rig.events(), ["connecting", "connected"]);
});

test("RSA8d, E3 9: callbacks may answer by promise or callback, and an async throw is no unhandled rejection", async () => {
  const callbacks: ClientOptions["authCallback"][] = [
    () => Promise.resolve("t"),
    (_, callback) => callback(null, "t"),
    async () => await Promise.resolve({ token: "t" }),
    (_, callback) => void queueMicrotask(() => callback(null, "t")),
  ];
  for (const authCallback of callbacks) {
    await using rig = await Rig.connected({ authCallback });
    assertEquals(rig.line.params.accessToken, "t");
  }
});
