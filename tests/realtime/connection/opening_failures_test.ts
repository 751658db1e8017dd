import { Action } from "../../../src/protocol/actions.ts";
import type { ErrorInfo } from "../../../mod.ts";
import { assert, assertEquals, assertStrictEquals, test } from "../../harness.ts";
import { HOST, Rig, TOKEN_EXPIRED } from "../../support/realtime_rig.ts";

const REFUSED = { code: 40101, statusCode: 401, message: "No such key" };

test("RTN14a, RTN14g: an invalid key makes the connection FAILED, with the error as reason", async () => {
  await using rig = new Rig();
  rig.client.connect();
  (await rig.network.next()).refuse(REFUSED);
  await rig.settle();
  const { reason, ...change } = rig.changes[1]!;
  assertEquals(change, { current: "failed", previous: "connecting", event: "failed" });
  assertEquals([reason!.code, reason!.statusCode], [40101, 401]);
  assertStrictEquals(rig.client.connection.errorReason, reason!);
  await rig.clock.advance(3_600_000); // RTN27h
  assertEquals([rig.network.lines.length, rig.clock.pending], [1, 0]);
});

test("RTN14g: any other ERROR without a channel is fatal, even one with status 500", async () => {
  for (const error of [{ code: 50000, statusCode: 500 }, { code: 40142, statusCode: 400 }]) {
    await using rig = new Rig({ token: "t" });
    rig.client.connect();
    (await rig.network.next()).refuse(error);
    await rig.settle();
    assertEquals(rig.events(), ["connecting", "failed"]);
    assertEquals(rig.client.connection.errorReason?.code, error.code);
  }
});

test("RTN14g: an ERROR for a channel does not concern the connection", async () => {
  await using rig = new Rig();
  rig.client.connect();
  const line = await rig.network.next();
  line.send({ action: Action.Error, channel: "c", error: REFUSED });
  line.connect();
  await rig.settle();
  assertEquals(rig.client.connection.state, "connected");
  line.send({ action: Action.Error, channel: "c", error: REFUSED });
  await rig.settle();
  assertEquals(rig.client.connection.state, "connected");
});

test("RTN14c: an attempt without an answer ends after realtimeRequestTimeout, not later", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 300 });
  rig.client.connect();
  const line = await rig.network.next();
  await rig.clock.advance(299);
  assertEquals(rig.client.connection.state, "connecting");
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "disconnected");
  assertEquals(rig.client.connection.errorReason?.code, 80014);
  assert(line.isClosed, "the socket is left open");
});

test("RTN14c, RTC7: realtimeRequestTimeout is 10 s by default", async () => {
  await using rig = new Rig();
  rig.client.connect();
  await rig.clock.advance(9_999);
  assertEquals(rig.client.connection.state, "connecting");
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "disconnected");
});

test("RTN14d, TA2: a failure leads to DISCONNECTED with reason and retryIn, and to another attempt", async () => {
  await using rig = new Rig();
  rig.client.connect();
  (await rig.network.next()).close();
  await rig.settle();
  const { reason, ...change } = rig.changes[1]!;
  assertEquals(change, {
    current: "disconnected",
    previous: "connecting",
    event: "disconnected",
    retryIn: 13_500, // 15 s, with the jitter of this test
  });
  assertEquals([reason!.code, reason!.statusCode], [80003, 503]);
  assertStrictEquals(rig.client.connection.errorReason, reason!);
  await rig.clock.advance(13_499);
  assertEquals(rig.client.connection.state, "disconnected");
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "connecting");
  await rig.accept();
  assertEquals(rig.events(), ["connecting", "disconnected", "connecting", "connected"]);
  assertEquals(rig.client.connection.errorReason, null);
});

test("RTN14d: a DISCONNECTED on opening is recoverable with any error", async () => {
  for (
    const error of [undefined, { code: 80003, statusCode: 400 }, { code: 40400, statusCode: 404 }]
  ) {
    await using rig = new Rig();
    rig.client.connect();
    (await rig.network.next()).disconnect(error);
    await rig.settle();
    assertEquals(rig.client.connection.state, "disconnected");
    assertEquals(rig.client.connection.errorReason?.code, error?.code ?? 80003);
  }
});

test("RTB1a, RTB1b, TO3l1: the wait grows to the double, with jitter", async () => {
  for (const [chance, jitter] of [[0, 0.8], [0.5, 0.9], [0.999_999, 0.9999998]] as const) {
    await using rig = new Rig({
      disconnectedRetryTimeout: 3_000,
      connectionStateTtl: 1e9,
      random: { bytes: (length) => new Uint8Array(length), number: () => chance },
    });
    rig.network.onOpen = (line) => line.close();
    rig.client.connect();
    await rig.clock.advance(40_000);
    const waits = rig.changes.flatMap(({ retryIn }) => retryIn === undefined ? [] : [retryIn]);
    assertEquals(
      waits.slice(0, 6).map((wait) => Math.round(wait)),
      [3, 4, 5, 6, 6, 6].map((seconds) => Math.round(seconds * 1_000 * jitter)),
    );
  }
});

test("RTB1a: the wait begins anew after a connection", async () => {
  await using rig = await Rig.connected({ disconnectedRetryTimeout: 3_000 });
  const waits = () => rig.changes.flatMap(({ retryIn }) => retryIn ?? []);
  let refusals = 3;
  rig.network.onOpen = (line) => refusals-- > 0 ? line.close() : line.connect();
  rig.line.close();
  await rig.clock.advance(12_000);
  assertEquals(rig.client.connection.state, "connected");
  assertEquals(waits(), [0, 2_700, 3_600, 4_500]);
  refusals = 1;
  rig.line.close();
  await rig.clock.advance(3_000);
  assertEquals(waits().slice(4), [0, 2_700]);
});

test("RTN14e, DF1a: after 120 s without a connection it is SUSPENDED, through all attempts", async () => {
  await using rig = new Rig();
  rig.network.onOpen = (line) => line.close();
  rig.client.connect();
  await rig.settle();
  await rig.clock.advance(119_999);
  assert(!rig.events().includes("suspended"));
  assert(rig.events().filter((event) => event === "connecting").length > 4);
  await rig.clock.advance(1);
  const change = rig.lastChange;
  assertEquals([change.event, change.retryIn], ["suspended", 30_000]);
  assertEquals([change.reason!.code, change.reason!.statusCode], [80002, 400]);
  assertEquals((change.reason!.cause as ErrorInfo).code, 80003);
  assertStrictEquals(rig.client.connection.errorReason, change.reason!);
});

test("RTN14e: an attempt that is under way when the time is over may still succeed", async () => {
  await using rig = new Rig({ connectionStateTtl: 14_000 });
  rig.client.connect();
  (await rig.network.next()).close();
  await rig.clock.advance(14_500);
  assertEquals(rig.client.connection.state, "connecting");
  await rig.accept();
  await rig.clock.advance(10_000);
  assertEquals(rig.events(), ["connecting", "disconnected", "connecting", "connected"]);
});

test("RTN14e: … and if it does not, the connection is SUSPENDED", async () => {
  await using rig = new Rig({ connectionStateTtl: 14_000 });
  rig.client.connect();
  (await rig.network.next()).close();
  await rig.clock.advance(14_500);
  (await rig.network.next()).close();
  await rig.settle();
  assertEquals(rig.events(), ["connecting", "disconnected", "connecting", "suspended"]);
});

test("RTN4f: … with the error of the frame that ended it, and so for every attempt that follows", async () => {
  await using rig = new Rig({ connectionStateTtl: 1_000, disconnectedRetryTimeout: 600 });
  const { connection } = rig.client;
  const goAway = { code: 80013, statusCode: 400, message: "Go away" };
  const suspensions = () => rig.changes.filter(({ event }) => event === "suspended");
  rig.client.connect();
  (await rig.network.next()).disconnect(goAway);
  await rig.clock.advance(1_000); // The second attempt is under way when the time is over.
  assertEquals(connection.state, "connecting");
  for (let count = 1; count <= 3; count++) {
    (await rig.network.next()).disconnect(goAway);
    await rig.settle();
    const { code, message } = suspensions()[count - 1]!.reason!;
    assertEquals([code, message, connection.errorReason?.code], [80013, "Go away", 80013]);
    await rig.clock.advance(30_000);
  }
  // RTN14e: a frame without an error says nothing of its own.
  (await rig.network.next()).disconnect();
  await rig.settle();
  assertEquals(suspensions()[3]!.reason!.code, 80002);
});

test("DF1a, CD2f: the service's connectionStateTtl overrides the option", async () => {
  await using rig = await Rig.connected({ connectionStateTtl: 1 }, {
    details: { connectionStateTtl: 50_000 },
  });
  rig.network.onOpen = (line) => line.close();
  rig.line.close();
  await rig.settle();
  await rig.clock.advance(49_999);
  assert(!rig.events().includes("suspended"));
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "suspended");
});

test("RTN14e: the time counts from the first failure, not from the connection before", async () => {
  await using rig = await Rig.connected({}, { details: { connectionStateTtl: 50_000 } });
  await rig.clock.advance(20_000);
  rig.line.close();
  await rig.clock.advance(9_999); // An attempt that hangs
  assertEquals(rig.client.connection.state, "connecting");
  rig.network.onOpen = (line) => line.close();
  await rig.clock.advance(1);
  await rig.clock.advance(49_999);
  assert(!rig.events().includes("suspended"));
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "suspended");
});

test("RTN14f, TO3l2: SUSPENDED tries again every suspendedRetryTimeout, without an end", async () => {
  await using rig = new Rig({ connectionStateTtl: 1_000, suspendedRetryTimeout: 7_000 });
  const openedAt: number[] = [];
  rig.network.onOpen = (line) => {
    openedAt.push(rig.clock.now());
    line.close();
  };
  rig.client.connect();
  await rig.clock.advance(1_000);
  assertEquals(rig.client.connection.state, "suspended");
  const before = openedAt.length;
  const start = rig.clock.now();
  await rig.clock.advance(7_000 * 50);
  assertEquals(
    openedAt.slice(before).map((time) => time - start),
    Array.from({ length: 50 }, (_, n) => 7_000 * (n + 1)),
  );
  assertEquals(rig.events().slice(-2), ["connecting", "suspended"]);
  assert(
    rig.changes.filter(({ event }) => event === "suspended").every(({ retryIn }) =>
      retryIn === 7_000
    ),
  );
});

test("RTN14b: a token error is answered with one renewal and one more attempt", async () => {
  let tokens = 0;
  await using rig = new Rig({ authCallback: () => `token-${++tokens}` });
  rig.client.connect();
  const first = await rig.network.next();
  first.refuse(TOKEN_EXPIRED);
  const second = await rig.accept();
  assertEquals([first.params.accessToken, second.params.accessToken], ["token-1", "token-2"]);
  assertEquals(rig.events(), ["connecting", "connected"]);
  assertEquals(tokens, 2);
});

test("RTN14b: a second token error leads to DISCONNECTED, and the next attempt may renew again", async () => {
  let tokens = 0;
  await using rig = new Rig({ authCallback: () => `token-${++tokens}` });
  rig.client.connect();
  (await rig.network.next()).refuse(TOKEN_EXPIRED);
  (await rig.network.next()).refuse(TOKEN_EXPIRED);
  await rig.settle();
  assertEquals(rig.events(), ["connecting", "disconnected"]);
  assertEquals(rig.changes[1]!.reason!.code, 40142);
  assertEquals(rig.client.connection.errorReason?.code, 40142);
  await rig.clock.advance(13_500);
  const next = await rig.network.next();
  assertEquals(next.params.accessToken, "token-3"); // RSA16d: the other was refused.
  next.refuse(TOKEN_EXPIRED);
  assertEquals((await rig.accept()).params.accessToken, "token-4");
  assertEquals(rig.client.connection.state, "connected");
});

test("RTN14b, RSA4c2: if the renewal fails the connection is DISCONNECTED with 80019", async () => {
  let tokens = 0;
  await using rig = new Rig({
    authCallback: () => ++tokens === 1 ? "token-1" : Promise.reject(new Error("No session")),
  });
  rig.client.connect();
  (await rig.network.next()).refuse(TOKEN_EXPIRED);
  await rig.settle();
  const reason = rig.changes[1]!.reason!;
  assertEquals([rig.client.connection.state, reason.code, reason.statusCode], [
    "disconnected",
    80019,
    401,
  ]);
  assertEquals((reason.cause as ErrorInfo).code, 40170);
});

test("RSA4a2: a token that cannot be renewed makes the connection FAILED with 40171", async () => {
  for (const means of [{ token: "t" }, { tokenDetails: { token: "t" } }]) {
    await using rig = new Rig(means);
    rig.client.connect();
    (await rig.network.next()).refuse(TOKEN_EXPIRED);
    await rig.settle();
    assertEquals(rig.events(), ["connecting", "failed"]);
    const { reason } = rig.changes[1]!;
    assertEquals([reason!.code, (reason!.cause as ErrorInfo).code], [40171, 40142]);
  }
});

test("RSA4a2: it takes status 401 and the code to be a token error", async () => {
  await using rig = new Rig({ authCallback: () => "t" });
  rig.client.connect();
  (await rig.network.next()).refuse({ code: 40142, statusCode: 403 });
  await rig.settle();
  assertEquals([rig.client.connection.state, rig.client.connection.errorReason?.code], [
    "failed",
    40142,
  ]);
});

test("RSA1, RSC18: a key without TLS makes the connection FAILED before anything is sent", async () => {
  await using rig = new Rig({ tls: false });
  rig.client.connect();
  await rig.settle();
  assertEquals(rig.client.connection.state, "failed");
  assertEquals(rig.client.connection.errorReason?.code, 40103);
  assertEquals(rig.network.lines.length, 0);
});

test("RTN14d: a runtime that refuses to make WebSockets makes the connection FAILED, and says so", async () => {
  await using rig = new Rig();
  rig.network.beforeOpen = () => {
    throw new Error("Disallowed operation called within global scope");
  };
  rig.client.connect();
  await rig.settle();
  const error = rig.client.connection.errorReason!;
  assertEquals([rig.client.connection.state, error.code], ["failed", 40000]);
  assert(error.message.includes("Disallowed operation") && error.remediation !== "");
  assertEquals(rig.clock.pending, 0);
});

test("RTN14d: without a WebSocket in the runtime the error says so", async () => {
  const { WebSocket } = globalThis;
  Object.defineProperty(globalThis, "WebSocket", {
    value: undefined,
    configurable: true,
    writable: true,
  });
  try {
    await using rig = new Rig({ WebSocket: null });
    rig.client.connect();
    await rig.settle();
    assertEquals(rig.client.connection.state, "failed");
    assert(rig.client.connection.errorReason!.message.includes("WebSocket"));
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
  await using rig = new Rig({
    authCallback: () => token.promise,
    realtimeRequestTimeout: 1_000,
  });
  rig.client.connect();
  await rig.clock.advance(999);
  token.resolve("t");
  const line = await rig.network.next();
  assertEquals(line.host, HOST);
  await rig.clock.advance(999);
  assertEquals(rig.client.connection.state, "connecting");
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "disconnected");
});

test("RSA16d: a token that the service refused is not the client's any more", async () => {
  await using rig = new Rig({ token: "t1" });
  rig.client.connect();
  (await rig.network.next()).refuse(TOKEN_EXPIRED);
  await rig.settle();
  assertEquals(rig.client.connection.state, "failed");
  assertEquals(rig.client.connection.errorReason?.code, 40171);
  assertEquals(rig.client.auth.tokenDetails, null);
});

test("RTN14g: the final failure of a connection is logged, even if there are listeners", async () => {
  await using rig = new Rig({ logLevel: "error" });
  rig.client.connect();
  (await rig.network.next()).refuse({ code: 40101, statusCode: 401, message: "No such key" });
  await rig.settle();
  assertEquals(rig.client.connection.state, "failed");
  assert(rig.logged.some((line) => line.startsWith("error:") && line.includes("No such key")));
});

test("RTN14g: a token error to a client that uses its key is an error as any other", async () => {
  await using rig = new Rig();
  rig.client.connect();
  (await rig.network.next()).refuse(TOKEN_EXPIRED);
  await rig.settle();
  assertEquals([rig.client.connection.state, rig.client.connection.errorReason?.code], [
    "failed",
    40142,
  ]);
});

test("RTN15h2, RTN15h3: a client that uses its key and is sent away for a token connects again", async () => {
  await using rig = await Rig.connected();
  rig.line.send({ action: Action.Disconnected, error: TOKEN_EXPIRED });
  assertEquals(rig.client.connection.state, "connecting");
  await rig.accept();
  assertEquals(rig.client.connection.state, "connected");
});
