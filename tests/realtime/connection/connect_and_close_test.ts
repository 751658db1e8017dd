import { ErrorInfo, type WebSocketConstructor } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../../harness.ts";
import { never } from "../../support/fake_service.ts";
import { DETAILS } from "../../support/scripted_network.ts";
import { connected, end, scripted, TOKEN_EXPIRED } from "../../support/scripted_realtime.ts";

const CLOSED = { action: 8 };
const FATAL = { code: 40400, statusCode: 404, message: "No app" };

/** A client that is connected, with a channel that is attached and one that has failed. */
async function withChannels() {
  const parts = await connected();
  const { channels } = parts.client;
  const [attached, failed] = [channels.get("attached"), channels.get("failed")];
  const attaching = attached.attach();
  parts.line.send({
    action: Action.Attached,
    channel: "attached",
    flags: 0,
    channelSerial: "serial",
  });
  await attaching;
  const failing = failed.attach();
  parts.line.send({
    action: Action.Error,
    channel: "failed",
    error: { code: 40160, statusCode: 401 },
  });
  await assertRejects(() => failing);
  return { ...parts, attached, failed };
}

test("RTN11e: connect() while CONNECTING or CONNECTED does nothing", async () => {
  await using parts = scripted();
  parts.client.connect();
  parts.client.connect();
  await parts.network.next();
  parts.client.connect();
  parts.network.lines[0]!.connect();
  parts.client.connect();
  await parts.settle();
  assertEquals([parts.network.lines.length, parts.events()] as unknown, [1, [
    "connecting",
    "connected",
  ]]);
});

test("RTN11c: connect() while DISCONNECTED or SUSPENDED skips the wait, and leaves one timer", async () => {
  await using parts = await connected({}, { details: { ...DETAILS, connectionStateTtl: 20_000 } });
  parts.line.close();
  (await parts.network.next()).close();
  await parts.settle();
  assertEquals(parts.client.connection.state, "disconnected");
  parts.client.connect();
  assertEquals(parts.client.connection.state, "connecting");
  (await parts.network.next()).close();
  await parts.clock.advance(19_999);
  parts.network.lines.at(-1)!.close();
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "suspended");
  parts.network.skip();
  parts.client.connect();
  assertEquals((await parts.accept()).params.resume, "key-1");
  await parts.clock.advance(14_000); // No retry of before is left
  assertEquals(parts.events().at(-1), "connected");
  assertEquals(parts.network.live, 1);
});

test("RTN11b: connect() while CLOSING makes a new connection; the old CLOSED is of no effect", async () => {
  await using parts = await withChannels();
  const states: string[] = [];
  parts.attached.on(({ current }) => void states.push(current));
  const pending = parts.client.channels.get("other").publish("n", null);
  const closed = parts.client.close();
  parts.client.connect();
  assertEquals((await assertRejects(() => pending, ErrorInfo)).code, 80017);
  assertEquals(states, ["detached", "initialized"]); // RTL3b, then RTN11d
  assertEquals([parts.failed.state, parts.failed.errorReason] as unknown, ["initialized", null]);
  const line = await parts.network.next();
  assertEquals("resume" in line.params, false);
  assert(parts.line.socket.closed);
  parts.line.send(CLOSED);
  parts.line.close();
  assertEquals(parts.client.connection.state, "connecting");
  line.connect({ id: "id-2" });
  await closed;
  assertEquals(parts.events().slice(2), ["closing", "connecting", "connected"]);
  await parts.clock.advance(14_000); // The wait for CLOSED is over, too
  assertEquals(parts.client.connection.state, "connected");
});

for (const state of ["closed", "failed"] as const) {
  test(`RTN11d, E3 28: connect() while ${state.toUpperCase()} starts anew: channels, errors, serials`, async () => {
    await using parts = await withChannels();
    const published = parts.attached.publish("n", null);
    await parts.settle();
    parts.line.ack(0);
    await published;
    if (state === "failed") {
      parts.line.refuse(FATAL);
      await parts.settle();
    } else {
      const closed = parts.client.close();
      parts.line.send(CLOSED);
      await closed;
    }
    assertEquals([parts.client.connection.state, parts.attached.state], [
      state,
      state === "closed" ? "detached" : "failed",
    ]);
    parts.client.connect();
    for (const channel of [parts.attached, parts.failed]) {
      assertEquals([channel.state, channel.errorReason] as unknown, ["initialized", null]);
    }
    assertEquals(parts.client.connection.errorReason, null);
    const line = await parts.accept({ id: "id-2", key: "key-2" });
    assertEquals([line.params.resume, line.params.recover], [undefined, undefined]);
    assertEquals(line.sent(10), []);
    const again = parts.attached.publish("n", null);
    await parts.settle();
    assertEquals(line.sent(15)[0]!.msgSerial, 0);
    line.ack(0);
    await again;
    const attaching = parts.attached.attach();
    assertEquals(line.sent(10)[0]!.channelSerial, undefined);
    line.send({ action: Action.Attached, channel: "attached", flags: 0 });
    await attaching;
  });
}

test("RTN11d, RTN21: what an earlier connection said about limits does not count after CLOSED", async () => {
  const details = { ...DETAILS, connectionStateTtl: 1_000 };
  await using parts = await connected({ connectionStateTtl: 60_000 }, { details });
  const closed = parts.client.close();
  parts.line.send(CLOSED);
  await closed;
  parts.network.onOpen = (line) => line.close();
  parts.client.connect();
  await parts.clock.advance(59_999);
  assert(!parts.events().includes("suspended"));
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "suspended");
});

test("RTN12a, RTN4c, E3 29: close() sends CLOSE, is CLOSING, and waits for CLOSED", async () => {
  const parts = await connected();
  let isClosed = false;
  const closed = parts.client.close().then(() => isClosed = true);
  assertEquals([parts.line.actions, parts.client.connection.state] as unknown, [
    ["Close"],
    "closing",
  ]);
  await parts.clock.advance(9_999);
  assertEquals(isClosed, false);
  parts.line.send(CLOSED);
  assertEquals(parts.client.connection.state, "closed");
  await closed;
  assertEquals(parts.changes.slice(2), [
    { current: "closing", previous: "connected", event: "closing" },
    { current: "closed", previous: "closing", event: "closed" },
  ]);
  assertEquals([parts.client.connection.errorReason, parts.clock.pending] as unknown, [null, 0]);
  assert(parts.line.socket.closed);
});

test("RTN12b: without CLOSED it is CLOSED after realtimeRequestTimeout", async () => {
  const parts = await connected({ realtimeRequestTimeout: 400 });
  const closed = parts.client.close();
  await parts.clock.advance(399);
  assertEquals(parts.client.connection.state, "closing");
  await parts.clock.advance(1);
  await closed;
  assertEquals([parts.client.connection.state, parts.clock.pending, parts.network.live], [
    "closed",
    0,
    0,
  ]);
});

test("RTN12c: an abrupt end after CLOSE counts as CLOSED, and so does any other frame", async () => {
  const ends: Record<string, (line: Awaited<ReturnType<typeof connected>>["line"]) => void> = {
    "a lost socket": (line) => line.close(),
    "a clean close": (line) => line.close(1000),
    "an error event": (line) => line.socket.fail(),
    DISCONNECTED: (line) => line.disconnect({ code: 80003, statusCode: 503 }),
    "DISCONNECTED for a token": (line) => line.disconnect({ code: 40142, statusCode: 401 }),
    ERROR: (line) => line.refuse(FATAL),
  };
  for (const [what, go] of Object.entries(ends)) {
    const parts = await connected();
    const closed = parts.client.close();
    go(parts.line);
    await closed;
    assertEquals(parts.events().slice(2), ["closing", "closed"], what);
    await parts.clock.advance(3_600_000);
    assertEquals([parts.network.lines.length, parts.clock.pending], [1, 0], what);
  }
});

test("RTN4f: CLOSED has the error of the frame that led to it as its reason, and else none", async () => {
  const error = { code: 80099, statusCode: 400, message: "Moved on" };
  const frames: readonly [Record<string, unknown>, number | undefined][] = [
    [{ ...CLOSED, error }, 80099],
    [{ ...CLOSED, error: null }, undefined],
    [{ action: Action.Disconnected, error }, 80099],
    [{ action: Action.Disconnected, error: TOKEN_EXPIRED }, 40142],
    [{ action: Action.Disconnected }, undefined],
    [{ action: Action.Error, error }, 80099],
  ];
  for (const [frame, code] of frames) {
    for (const before of ["connected", "connecting"]) {
      const parts = scripted();
      parts.client.connect();
      const line = await parts.network.next();
      if (before === "connected") line.connect();
      const closed = parts.client.close();
      line.send(frame);
      await closed;
      const { event, reason } = parts.changes.at(-1)!;
      const what = `${before}, ${JSON.stringify(frame)}`;
      assertEquals([event, reason?.code], ["closed", code], what);
      assertEquals(parts.client.connection.errorReason?.code, code, what);
    }
  }
});

test("RTN12f: close() while CONNECTING is CLOSING at once; CONNECTED is answered with CLOSE", async () => {
  const parts = scripted();
  parts.client.connect();
  const line = await parts.network.next();
  const closed = parts.client.close();
  assertEquals(parts.client.connection.state, "closing");
  await parts.clock.advance(9_000);
  line.connect();
  assertEquals([line.actions, parts.client.connection.state] as unknown, [["Close"], "closing"]);
  assertEquals([parts.client.connection.id, parts.client.connection.key], [null, null]);
  await parts.clock.advance(9_000); // RTN12b counts from the CLOSE
  assertEquals(parts.client.connection.state, "closing");
  line.send(CLOSED);
  await closed;
  assertEquals(parts.events(), ["connecting", "closing", "closed"]);
  assertEquals(parts.clock.pending, 0);
});

test("RTN12f: … and an attempt that fails, or takes too long, ends in CLOSED", async () => {
  const ends: Record<string, (parts: ReturnType<typeof scripted>) => void> = {
    "a lost socket": ({ network }) => network.lines[0]!.close(),
    DISCONNECTED: ({ network }) => network.lines[0]!.disconnect(),
    ERROR: ({ network }) => network.lines[0]!.refuse(FATAL),
    "a token error": ({ network }) => network.lines[0]!.refuse({ code: 40142, statusCode: 401 }),
    "no answer": ({ clock }) => void clock.advance(10_000),
  };
  for (const [what, go] of Object.entries(ends)) {
    const parts = scripted();
    parts.client.connect();
    await parts.network.next();
    const closed = parts.client.close();
    go(parts);
    await closed;
    assertEquals(parts.events(), ["connecting", "closing", "closed"], what);
    await parts.settle();
    assertEquals([parts.clock.pending, parts.network.live], [0, 0], what);
  }
});

test("RTN12f: close() while a token is being fetched ends in CLOSED, and nothing is left", async () => {
  const parts = scripted({ authUrl: "https://example.com", answer: never });
  parts.client.connect();
  await parts.settle();
  const closed = parts.client.close();
  await parts.clock.advance(10_000);
  await closed;
  assertEquals([parts.events(), parts.clock.pending] as unknown, [[
    "connecting",
    "closing",
    "closed",
  ], 0]);
  assert(parts.http.seen[0]!.signal!.aborted);
});

test("RTN12d: close() while DISCONNECTED or SUSPENDED is CLOSED at once, and no retry follows", async () => {
  for (const ttl of [120_000, 1_000]) {
    const parts = scripted({ connectionStateTtl: ttl });
    parts.client.connect();
    (await parts.network.next()).close();
    await parts.clock.advance(1_000);
    const { state } = parts.client.connection;
    assertEquals(state, ttl === 1_000 ? "suspended" : "disconnected");
    const closed = parts.client.close();
    assertEquals([parts.client.connection.state, parts.clock.pending], ["closed", 0]);
    await closed;
    assertEquals(parts.changes.at(-1), { current: "closed", previous: state, event: "closed" });
    await parts.clock.advance(3_600_000);
    assertEquals(parts.network.lines.length, 1);
  }
});

test("RTN12: close() while INITIALIZED closes, while CLOSED or FAILED does nothing; twice is as good as once", async () => {
  const parts = scripted();
  await parts.client.close();
  assertEquals(parts.client.connection.state, "closed");
  parts.client.connect();
  const line = await parts.accept();
  const both = [parts.client.close(), parts.client.close()];
  line.send(CLOSED);
  await Promise.all(both);
  assertEquals(line.actions, ["Close"]);
  await parts.client.close();
  parts.client.connect();
  (await parts.network.next()).refuse(FATAL);
  await parts.settle();
  const { errorReason } = parts.client.connection;
  await parts.client.close();
  assertEquals(parts.client.connection.state, "failed");
  assertStrictEquals(parts.client.connection.errorReason, errorReason);
  assertEquals(parts.events().slice(3), ["closing", "closed", "connecting", "failed"]);
});

test("RTC16: await using closes the client", async () => {
  const parts = await connected();
  {
    await using client = parts.client;
    assertEquals(client.connection.state, "connected");
    queueMicrotask(() => parts.line.send(CLOSED));
  }
  assertEquals([parts.client.connection.state, parts.clock.pending], ["closed", 0]);
});

test("RTN12: after close() with everything pending no timer and no socket is left", async () => {
  const parts = await withChannels();
  const { client, line } = parts;
  const failures: Promise<unknown>[] = [];
  const failing = (call: Promise<unknown>) => failures.push(assertRejects(() => call));
  failing(client.connection.ping());
  failing(client.channels.get("attaching").attach());
  failing(parts.attached.publish("n", null));
  failing(client.auth.authorize(null, { authCallback: () => new Promise(() => {}) }));
  line.send({ action: Action.Auth });
  await parts.settle();
  const closed = client.close();
  await parts.settle();
  line.send(CLOSED);
  await closed;
  await Promise.all(failures);
  assertEquals([parts.clock.pending, parts.network.live], [0, 0]);
});

test("RTN27a: INITIALIZED is never entered again", async () => {
  const parts = await connected();
  const closed = parts.client.close();
  parts.line.send(CLOSED);
  await closed;
  parts.client.connect();
  await parts.accept();
  await end(parts);
  assertEquals(parts.events().includes("initialized"), false);
});

test("RTC15a: connect() of the client resolves once connected, also after failed attempts", async () => {
  await using parts = scripted();
  const opened = parts.client.connect();
  (await parts.network.next()).close(1006);
  await parts.settle();
  assertEquals(parts.client.connection.state, "disconnected");
  const again = parts.client.connect(); // At once, without waiting for the next try.
  await parts.accept();
  assertEquals(await Promise.all([opened, again]), [undefined, undefined]);
  await parts.client.connect();
});

test("RTC15a: connect() of the client rejects with the reason of failed, suspended and closed", async () => {
  const failing = scripted();
  const failed = assertRejects(() => failing.client.connect(), ErrorInfo);
  (await failing.network.next()).refuse(FATAL);
  assertEquals((await failed).code, FATAL.code);

  const closing = scripted();
  const closed = assertRejects(() => closing.client.connect(), ErrorInfo);
  await closing.network.next();
  await end(closing);
  assertEquals((await closed).code, 80017);

  const unreachable = scripted({
    WebSocket: class {
      constructor() {
        throw new TypeError("No sockets today");
      }
    } as unknown as WebSocketConstructor,
  });
  const suspended = unreachable.client.connect().then(() => 0, ({ code }) => code);
  await unreachable.clock.advance(150_000);
  assert(await suspended > 0);
  await end(unreachable);
});

test("RTC15a: connect() of the client can be given up, and need not be awaited", async () => {
  const parts = scripted();
  const controller = new AbortController();
  const opened = assertRejects(() => parts.client.connect({ signal: controller.signal }), Error);
  controller.abort(new Error("Enough"));
  assertEquals((await opened).message, "Enough");
  void parts.client.connect();
  await end(parts); // An unhandled rejection would fail the run.
  const aborted = scripted();
  await assertRejects(() => aborted.client.connect({ signal: AbortSignal.abort() }));
  assertEquals(aborted.client.connection.state, "initialized");
  await end(aborted);
});
