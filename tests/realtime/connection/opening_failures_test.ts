import { Action } from "../../../src/protocol/actions.ts";
import type { ErrorInfo } from "../../../mod.ts";
import { assert, assertEquals, assertStrictEquals, test } from "../../harness.ts";
import { DETAILS } from "../../support/scripted_network.ts";
import { connected, HOST, scripted, TOKEN_EXPIRED } from "../../support/scripted_realtime.ts";

const REFUSED = { code: 40101, statusCode: 401, message: "No such key" };

test("RTN14a, RTN14g: an invalid key makes the connection FAILED, with the error as reason", async () => {
  await using parts = scripted();
  parts.client.connect();
  (await parts.network.next()).refuse(REFUSED);
  await parts.settle();
  const { reason, ...change } = parts.changes[1]!;
  assertEquals(change, { current: "failed", previous: "connecting", event: "failed" });
  assertEquals([reason!.code, reason!.statusCode], [40101, 401]);
  assertStrictEquals(parts.client.connection.errorReason, reason!);
  await parts.clock.advance(3_600_000); // RTN27h
  assertEquals([parts.network.lines.length, parts.clock.pending], [1, 0]);
});

test("RTN14g: any other ERROR without a channel is fatal, even one with status 500", async () => {
  for (const error of [{ code: 50000, statusCode: 500 }, { code: 40142, statusCode: 400 }]) {
    await using parts = scripted({ token: "t" });
    parts.client.connect();
    (await parts.network.next()).refuse(error);
    await parts.settle();
    assertEquals(parts.events(), ["connecting", "failed"]);
    assertEquals(parts.client.connection.errorReason?.code, error.code);
  }
});

test("RTN14g: an ERROR for a channel does not concern the connection", async () => {
  await using parts = scripted();
  parts.client.connect();
  const line = await parts.network.next();
  line.send({ action: Action.Error, channel: "c", error: REFUSED });
  line.connect();
  await parts.settle();
  assertEquals(parts.client.connection.state, "connected");
  line.send({ action: Action.Error, channel: "c", error: REFUSED });
  await parts.settle();
  assertEquals(parts.client.connection.state, "connected");
});

test("RTN14c: an attempt without an answer ends after realtimeRequestTimeout, not later", async () => {
  await using parts = scripted({ realtimeRequestTimeout: 300 });
  parts.client.connect();
  const line = await parts.network.next();
  await parts.clock.advance(299);
  assertEquals(parts.client.connection.state, "connecting");
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "disconnected");
  assertEquals(parts.client.connection.errorReason?.code, 80014);
  assert(line.socket.closed, "the socket is left open");
});

test("RTN14c, RTC7: realtimeRequestTimeout is 10 s by default", async () => {
  await using parts = scripted();
  parts.client.connect();
  await parts.clock.advance(9_999);
  assertEquals(parts.client.connection.state, "connecting");
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "disconnected");
});

test("RTN14d, TA2: a failure leads to DISCONNECTED with reason and retryIn, and to another attempt", async () => {
  await using parts = scripted();
  parts.client.connect();
  (await parts.network.next()).close();
  await parts.settle();
  const { reason, ...change } = parts.changes[1]!;
  assertEquals(change, {
    current: "disconnected",
    previous: "connecting",
    event: "disconnected",
    retryIn: 13_500, // 15 s, with the jitter of this test
  });
  assertEquals([reason!.code, reason!.statusCode], [80003, 400]);
  assertStrictEquals(parts.client.connection.errorReason, reason!);
  await parts.clock.advance(13_499);
  assertEquals(parts.client.connection.state, "disconnected");
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "connecting");
  await parts.accept();
  assertEquals(parts.events(), ["connecting", "disconnected", "connecting", "connected"]);
  assertEquals(parts.client.connection.errorReason, null);
});

test("RTN14d: a DISCONNECTED on opening is recoverable with any error", async () => {
  for (
    const error of [undefined, { code: 80003, statusCode: 400 }, { code: 40400, statusCode: 404 }]
  ) {
    await using parts = scripted();
    parts.client.connect();
    (await parts.network.next()).disconnect(error);
    await parts.settle();
    assertEquals(parts.client.connection.state, "disconnected");
    assertEquals(parts.client.connection.errorReason?.code, error?.code ?? 80003);
  }
});

test("RTB1a, RTB1b, TO3l1: the wait grows to the double, with jitter", async () => {
  for (const [chance, jitter] of [[0, 0.8], [0.5, 0.9], [0.999_999, 0.9999998]] as const) {
    await using parts = scripted({
      disconnectedRetryTimeout: 3_000,
      connectionStateTtl: 1e9,
      random: { bytes: (length) => new Uint8Array(length), number: () => chance },
    });
    parts.network.onOpen = (line) => line.close();
    parts.client.connect();
    await parts.clock.advance(40_000);
    const waits = parts.changes.flatMap(({ retryIn }) => retryIn === undefined ? [] : [retryIn]);
    assertEquals(
      waits.slice(0, 6).map((wait) => Math.round(wait)),
      [3, 4, 5, 6, 6, 6].map((seconds) => Math.round(seconds * 1_000 * jitter)),
    );
  }
});

test("RTB1a: the wait begins anew after a connection", async () => {
  await using parts = await connected({ disconnectedRetryTimeout: 3_000 });
  const waits = () => parts.changes.flatMap(({ retryIn }) => retryIn ?? []);
  let refusals = 3;
  parts.network.onOpen = (line) => refusals-- > 0 ? line.close() : line.connect();
  parts.line.close();
  await parts.clock.advance(12_000);
  assertEquals(parts.client.connection.state, "connected");
  assertEquals(waits(), [0, 2_700, 3_600, 4_500]);
  refusals = 1;
  parts.network.lines.at(-1)!.close();
  await parts.clock.advance(3_000);
  assertEquals(waits().slice(4), [0, 2_700]);
});

test("RTN14e, DF1a: after 120 s without a connection it is SUSPENDED, through all attempts", async () => {
  await using parts = scripted();
  parts.network.onOpen = (line) => line.close();
  parts.client.connect();
  await parts.settle();
  await parts.clock.advance(119_999);
  assert(!parts.events().includes("suspended"));
  assert(parts.events().filter((event) => event === "connecting").length > 4);
  await parts.clock.advance(1);
  const change = parts.changes.at(-1)!;
  assertEquals([change.event, change.retryIn], ["suspended", 30_000]);
  assertEquals([change.reason!.code, change.reason!.statusCode], [80002, 400]);
  assertEquals((change.reason!.cause as ErrorInfo).code, 80003);
  assertStrictEquals(parts.client.connection.errorReason, change.reason!);
});

test("RTN14e: an attempt that is under way when the time is over may still succeed", async () => {
  await using parts = scripted({ connectionStateTtl: 14_000 });
  parts.client.connect();
  (await parts.network.next()).close();
  await parts.clock.advance(14_500);
  assertEquals(parts.client.connection.state, "connecting");
  await parts.accept();
  await parts.clock.advance(10_000);
  assertEquals(parts.events(), ["connecting", "disconnected", "connecting", "connected"]);
});

test("RTN14e: … and if it does not, the connection is SUSPENDED", async () => {
  await using parts = scripted({ connectionStateTtl: 14_000 });
  parts.client.connect();
  (await parts.network.next()).close();
  await parts.clock.advance(14_500);
  (await parts.network.next()).close();
  await parts.settle();
  assertEquals(parts.events(), ["connecting", "disconnected", "connecting", "suspended"]);
});

test("RTN4f: … with the error of the frame that ended it, and so for every attempt that follows", async () => {
  await using parts = scripted({ connectionStateTtl: 1_000, disconnectedRetryTimeout: 600 });
  const { connection } = parts.client;
  const goAway = { code: 80013, statusCode: 400, message: "Go away" };
  const suspensions = () => parts.changes.filter(({ event }) => event === "suspended");
  parts.client.connect();
  (await parts.network.next()).disconnect(goAway);
  await parts.clock.advance(1_000); // The second attempt is under way when the time is over.
  assertEquals(connection.state, "connecting");
  for (let count = 1; count <= 3; count++) {
    (await parts.network.next()).disconnect(goAway);
    await parts.settle();
    const { code, message } = suspensions()[count - 1]!.reason!;
    assertEquals([code, message, connection.errorReason?.code], [80013, "Go away", 80013]);
    await parts.clock.advance(30_000);
  }
  // RTN14e: a frame without an error says nothing of its own.
  (await parts.network.next()).disconnect();
  await parts.settle();
  assertEquals(suspensions()[3]!.reason!.code, 80002);
});

test("DF1a, CD2f: the service's connectionStateTtl overrides the option", async () => {
  await using parts = await connected({ connectionStateTtl: 1 }, {
    details: { ...DETAILS, connectionStateTtl: 50_000 },
  });
  parts.network.onOpen = (line) => line.close();
  parts.line.close();
  await parts.settle();
  await parts.clock.advance(49_999);
  assert(!parts.events().includes("suspended"));
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "suspended");
});

test("RTN14e: the time counts from the first failure, not from the connection before", async () => {
  await using parts = await connected({}, { details: { ...DETAILS, connectionStateTtl: 50_000 } });
  await parts.clock.advance(20_000);
  parts.line.close();
  await parts.clock.advance(9_999); // An attempt that hangs
  assertEquals(parts.client.connection.state, "connecting");
  parts.network.onOpen = (line) => line.close();
  await parts.clock.advance(1);
  await parts.clock.advance(49_999);
  assert(!parts.events().includes("suspended"));
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "suspended");
});

test("RTN14f, TO3l2: SUSPENDED tries again every suspendedRetryTimeout, without an end", async () => {
  await using parts = scripted({ connectionStateTtl: 1_000, suspendedRetryTimeout: 7_000 });
  const openedAt: number[] = [];
  parts.network.onOpen = (line) => {
    openedAt.push(parts.clock.now());
    line.close();
  };
  parts.client.connect();
  await parts.clock.advance(1_000);
  assertEquals(parts.client.connection.state, "suspended");
  const before = openedAt.length;
  const start = parts.clock.now();
  await parts.clock.advance(7_000 * 50);
  assertEquals(
    openedAt.slice(before).map((time) => time - start),
    Array.from({ length: 50 }, (_, n) => 7_000 * (n + 1)),
  );
  assertEquals(parts.events().slice(-2), ["connecting", "suspended"]);
  assert(
    parts.changes.filter(({ event }) => event === "suspended").every(({ retryIn }) =>
      retryIn === 7_000
    ),
  );
});

test("RTN14b: a token error is answered with one renewal and one more attempt", async () => {
  let tokens = 0;
  await using parts = scripted({ authCallback: () => `token-${++tokens}` });
  parts.client.connect();
  const first = await parts.network.next();
  first.refuse(TOKEN_EXPIRED);
  const second = await parts.accept();
  assertEquals([first.params.accessToken, second.params.accessToken], ["token-1", "token-2"]);
  assertEquals(parts.events(), ["connecting", "connected"]);
  assertEquals(tokens, 2);
});

test("RTN14b: a second token error leads to DISCONNECTED, and the next attempt may renew again", async () => {
  let tokens = 0;
  await using parts = scripted({ authCallback: () => `token-${++tokens}` });
  parts.client.connect();
  (await parts.network.next()).refuse(TOKEN_EXPIRED);
  (await parts.network.next()).refuse(TOKEN_EXPIRED);
  await parts.settle();
  assertEquals(parts.events(), ["connecting", "disconnected"]);
  assertEquals(parts.changes[1]!.reason!.code, 40142);
  assertEquals(parts.client.connection.errorReason?.code, 40142);
  await parts.clock.advance(13_500);
  const next = await parts.network.next();
  assertEquals(next.params.accessToken, "token-3"); // RSA16d: the other was refused.
  next.refuse(TOKEN_EXPIRED);
  assertEquals((await parts.accept()).params.accessToken, "token-4");
  assertEquals(parts.client.connection.state, "connected");
});

test("RTN14b, RSA4c2: if the renewal fails the connection is DISCONNECTED with 80019", async () => {
  let tokens = 0;
  await using parts = scripted({
    authCallback: () => ++tokens === 1 ? "token-1" : Promise.reject(new Error("No session")),
  });
  parts.client.connect();
  (await parts.network.next()).refuse(TOKEN_EXPIRED);
  await parts.settle();
  const reason = parts.changes[1]!.reason!;
  assertEquals([parts.client.connection.state, reason.code, reason.statusCode], [
    "disconnected",
    80019,
    401,
  ]);
  assertEquals((reason.cause as ErrorInfo).code, 40170);
});

test("RSA4a2: a token that cannot be renewed makes the connection FAILED with 40171", async () => {
  for (const means of [{ token: "t" }, { tokenDetails: { token: "t" } }]) {
    await using parts = scripted(means);
    parts.client.connect();
    (await parts.network.next()).refuse(TOKEN_EXPIRED);
    await parts.settle();
    assertEquals(parts.events(), ["connecting", "failed"]);
    const { reason } = parts.changes[1]!;
    assertEquals([reason!.code, (reason!.cause as ErrorInfo).code], [40171, 40142]);
  }
});

test("RSA4a2: it takes status 401 and the code to be a token error", async () => {
  await using parts = scripted({ authCallback: () => "t" });
  parts.client.connect();
  (await parts.network.next()).refuse({ code: 40142, statusCode: 403 });
  await parts.settle();
  assertEquals([parts.client.connection.state, parts.client.connection.errorReason?.code], [
    "failed",
    40142,
  ]);
});

test("RSA1, RSC18: a key without TLS makes the connection FAILED before anything is sent", async () => {
  await using parts = scripted({ tls: false });
  parts.client.connect();
  await parts.settle();
  assertEquals(parts.client.connection.state, "failed");
  assertEquals(parts.client.connection.errorReason?.code, 40103);
  assertEquals(parts.network.lines.length, 0);
});

test("RTN14d: a runtime that refuses to make WebSockets makes the connection FAILED, and says so", async () => {
  await using parts = scripted();
  parts.network.refusal = new Error("Disallowed operation called within global scope");
  parts.client.connect();
  await parts.settle();
  const error = parts.client.connection.errorReason!;
  assertEquals([parts.client.connection.state, error.code], ["failed", 40000]);
  assert(error.message.includes("Disallowed operation") && error.remediation !== "");
  assertEquals(parts.clock.pending, 0);
});

test("RTN14d: without a WebSocket in the runtime the error says so", async () => {
  const { WebSocket } = globalThis;
  Object.defineProperty(globalThis, "WebSocket", {
    value: undefined,
    configurable: true,
    writable: true,
  });
  try {
    await using parts = scripted({ WebSocket: null });
    parts.client.connect();
    await parts.settle();
    assertEquals(parts.client.connection.state, "failed");
    assert(parts.client.connection.errorReason!.message.includes("WebSocket"));
  } finally {
    Object.defineProperty(globalThis, "WebSocket", {
      value: WebSocket,
      configurable: true,
      writable: true,
    });
  }
});

test("RSA4c: the token may take realtimeRequestTimeout, and the connection as long again", async () => {
  const token = Promise.withResolvers<string>();
  await using parts = scripted({
    authCallback: () => token.promise,
    realtimeRequestTimeout: 1_000,
  });
  parts.client.connect();
  await parts.clock.advance(999);
  token.resolve("t");
  const line = await parts.network.next();
  assertEquals(line.host, HOST);
  await parts.clock.advance(999);
  assertEquals(parts.client.connection.state, "connecting");
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "disconnected");
});

test("RSA16d: a token that the service refused is not the client's any more", async () => {
  await using parts = scripted({ token: "t1" });
  parts.client.connect();
  (await parts.network.next()).refuse(TOKEN_EXPIRED);
  await parts.settle();
  assertEquals(parts.client.connection.state, "failed");
  assertEquals(parts.client.connection.errorReason?.code, 40171);
  assertEquals(parts.client.auth.tokenDetails, null);
});

test("RTN14g: the final failure of a connection is logged, even if there are listeners", async () => {
  await using parts = scripted({ logLevel: "error" });
  parts.client.connect();
  (await parts.network.next()).refuse({ code: 40101, statusCode: 401, message: "No such key" });
  await parts.settle();
  assertEquals(parts.client.connection.state, "failed");
  assert(parts.logged.some((line) => line.startsWith("error:") && line.includes("No such key")));
});

test("RTN14g: a token error to a client that uses its key is an error as any other", async () => {
  await using parts = scripted();
  parts.client.connect();
  (await parts.network.next()).refuse(TOKEN_EXPIRED);
  await parts.settle();
  assertEquals([parts.client.connection.state, parts.client.connection.errorReason?.code], [
    "failed",
    40142,
  ]);
});

test("RTN15h2, RTN15h3: a client that uses its key and is sent away for a token connects again", async () => {
  await using parts = await connected();
  parts.line.send({ action: Action.Disconnected, error: TOKEN_EXPIRED });
  assertEquals(parts.client.connection.state, "connecting");
  await parts.accept();
  assertEquals(parts.client.connection.state, "connected");
});
