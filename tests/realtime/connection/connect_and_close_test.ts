import { ErrorInfo, type WebSocketConstructor } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../../harness.ts";
import { never } from "../../support/fake_service.ts";
import { Rig, TOKEN_EXPIRED } from "../../support/realtime_rig.ts";

const CLOSED = { action: Action.Closed };
const FATAL = { code: 40400, statusCode: 404, message: "No app" };

/** A channel that is attached and one that has failed. */
async function makeChannels(rig: Rig) {
  const { channels } = rig.client;
  const [attached, failed] = [channels.get("attached"), channels.get("failed")];
  const attaching = attached.attach();
  rig.line.send({
    action: Action.Attached,
    channel: "attached",
    flags: 0,
    channelSerial: "serial",
  });
  await attaching;
  const failing = failed.attach();
  rig.line.send({
    action: Action.Error,
    channel: "failed",
    error: { code: 40160, statusCode: 401 },
  });
  await assertRejects(() => failing);
  return { attached, failed };
}

test("RTN11e: connect() while CONNECTING or CONNECTED does nothing", async () => {
  await using rig = new Rig();
  rig.client.connect();
  rig.client.connect();
  await rig.network.next();
  rig.client.connect();
  rig.network.lines[0]!.connect();
  rig.client.connect();
  await rig.settle();
  assertEquals([rig.network.lines.length, rig.events()] as unknown, [1, [
    "connecting",
    "connected",
  ]]);
});

test("RTN11c: connect() while DISCONNECTED or SUSPENDED skips the wait, and leaves one timer", async () => {
  await using rig = await Rig.connected({}, { details: { connectionStateTtl: 20_000 } });
  rig.line.close();
  (await rig.network.next()).close();
  await rig.settle();
  assertEquals(rig.client.connection.state, "disconnected");
  rig.client.connect();
  assertEquals(rig.client.connection.state, "connecting");
  (await rig.network.next()).close();
  await rig.clock.advance(19_999);
  rig.line.close();
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "suspended");
  rig.network.skip();
  rig.client.connect();
  assertEquals((await rig.accept()).params.resume, "key-1");
  await rig.clock.advance(14_000); // No retry of before is left
  assertEquals(rig.events().at(-1), "connected");
  assertEquals(rig.network.live, 1);
});

test("RTN11b: connect() while CLOSING makes a new connection; the old CLOSED is of no effect", async () => {
  await using rig = await Rig.connected();
  const { attached, failed } = await makeChannels(rig);
  const old = rig.line;
  const states: string[] = [];
  attached.on(({ current }) => void states.push(current));
  const pending = rig.client.channels.get("other").publish("n", null);
  const closed = rig.client.close();
  rig.client.connect();
  assertEquals((await assertRejects(() => pending, ErrorInfo)).code, 80017);
  assertEquals(states, ["detached", "initialized"]); // RTL3b, then RTN11d
  assertEquals([failed.state, failed.errorReason] as unknown, ["initialized", null]);
  const line = await rig.network.next();
  assertEquals("resume" in line.params, false);
  assert(old.isClosed);
  old.send(CLOSED);
  old.close();
  assertEquals(rig.client.connection.state, "connecting");
  line.connect({ id: "id-2" });
  await closed;
  assertEquals(rig.events().slice(2), ["closing", "connecting", "connected"]);
  await rig.clock.advance(14_000); // The wait for CLOSED is over, too
  assertEquals(rig.client.connection.state, "connected");
});

for (const state of ["closed", "failed"] as const) {
  test(`RTN11d, E3 28: connect() while ${state.toUpperCase()} starts anew: channels, errors, serials`, async () => {
    await using rig = await Rig.connected();
    const { attached, failed } = await makeChannels(rig);
    const published = attached.publish("n", null);
    await rig.settle();
    rig.line.ack(0);
    await published;
    if (state === "failed") {
      rig.line.refuse(FATAL);
      await rig.settle();
    } else {
      const closed = rig.client.close();
      rig.line.send(CLOSED);
      await closed;
    }
    assertEquals([rig.client.connection.state, attached.state], [
      state,
      state === "closed" ? "detached" : "failed",
    ]);
    rig.client.connect();
    for (const channel of [attached, failed]) {
      assertEquals([channel.state, channel.errorReason] as unknown, ["initialized", null]);
    }
    assertEquals(rig.client.connection.errorReason, null);
    const line = await rig.accept({ id: "id-2", key: "key-2" });
    assertEquals([line.params.resume, line.params.recover], [undefined, undefined]);
    assertEquals(line.sent(Action.Attach), []);
    const again = attached.publish("n", null);
    await rig.settle();
    assertEquals(line.sent(Action.Message)[0]!.msgSerial, 0);
    line.ack(0);
    await again;
    const attaching = attached.attach();
    assertEquals(line.sent(Action.Attach)[0]!.channelSerial, undefined);
    line.send({ action: Action.Attached, channel: "attached", flags: 0 });
    await attaching;
  });
}

test("RTN11d, RTN21: what an earlier connection said about limits does not count after CLOSED", async () => {
  const details = { connectionStateTtl: 1_000 };
  await using rig = await Rig.connected({ connectionStateTtl: 60_000 }, { details });
  const closed = rig.client.close();
  rig.line.send(CLOSED);
  await closed;
  rig.network.onOpen = (line) => line.close();
  rig.client.connect();
  await rig.clock.advance(59_999);
  assert(!rig.events().includes("suspended"));
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "suspended");
});

test("RTN12a, RTN4c, E3 29: close() sends CLOSE, is CLOSING, and waits for CLOSED", async () => {
  await using rig = await Rig.connected();
  let isClosed = false;
  const closed = rig.client.close().then(() => isClosed = true);
  assertEquals([rig.line.actions, rig.client.connection.state] as unknown, [
    ["Close"],
    "closing",
  ]);
  await rig.clock.advance(9_999);
  assertEquals(isClosed, false);
  rig.line.send(CLOSED);
  assertEquals(rig.client.connection.state, "closed");
  await closed;
  assertEquals(rig.changes.slice(2), [
    { current: "closing", previous: "connected", event: "closing" },
    { current: "closed", previous: "closing", event: "closed" },
  ]);
  assertEquals([rig.client.connection.errorReason, rig.clock.pending] as unknown, [null, 0]);
  assert(rig.line.isClosed);
});

test("RTN12b: without CLOSED it is CLOSED after realtimeRequestTimeout", async () => {
  await using rig = await Rig.connected({ realtimeRequestTimeout: 400 });
  const closed = rig.client.close();
  await rig.clock.advance(399);
  assertEquals(rig.client.connection.state, "closing");
  await rig.clock.advance(1);
  await closed;
  assertEquals([rig.client.connection.state, rig.clock.pending, rig.network.live], [
    "closed",
    0,
    0,
  ]);
});

test("RTN12c: an abrupt end after CLOSE counts as CLOSED, and so does any other frame", async () => {
  const ends: Record<string, (line: Rig["line"]) => void> = {
    "a lost socket": (line) => line.close(),
    "a clean close": (line) => line.close(1000),
    "an error event": (line) => line.fail(),
    DISCONNECTED: (line) => line.disconnect({ code: 80003, statusCode: 503 }),
    "DISCONNECTED for a token": (line) => line.disconnect({ code: 40142, statusCode: 401 }),
    ERROR: (line) => line.refuse(FATAL),
  };
  for (const [what, go] of Object.entries(ends)) {
    await using rig = await Rig.connected();
    const closed = rig.client.close();
    go(rig.line);
    await closed;
    assertEquals(rig.events().slice(2), ["closing", "closed"], what);
    await rig.clock.advance(3_600_000);
    assertEquals([rig.network.lines.length, rig.clock.pending], [1, 0], what);
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
      await using rig = new Rig();
      rig.client.connect();
      const line = await rig.network.next();
      if (before === "connected") line.connect();
      const closed = rig.client.close();
      line.send(frame);
      await closed;
      const { event, reason } = rig.lastChange;
      const what = `${before}, ${JSON.stringify(frame)}`;
      assertEquals([event, reason?.code], ["closed", code], what);
      assertEquals(rig.client.connection.errorReason?.code, code, what);
    }
  }
});

test("RTN12f: close() while CONNECTING is CLOSING at once; CONNECTED is answered with CLOSE", async () => {
  await using rig = new Rig();
  rig.client.connect();
  const line = await rig.network.next();
  const closed = rig.client.close();
  assertEquals(rig.client.connection.state, "closing");
  await rig.clock.advance(9_000);
  line.connect();
  assertEquals([line.actions, rig.client.connection.state] as unknown, [["Close"], "closing"]);
  assertEquals([rig.client.connection.id, rig.client.connection.key], [undefined, undefined]);
  await rig.clock.advance(9_000); // RTN12b counts from the CLOSE
  assertEquals(rig.client.connection.state, "closing");
  line.send(CLOSED);
  await closed;
  assertEquals(rig.events(), ["connecting", "closing", "closed"]);
  assertEquals(rig.clock.pending, 0);
});

test("RTN12f: … and an attempt that fails, or takes too long, ends in CLOSED", async () => {
  const ends: Record<string, (rig: Rig) => void> = {
    "a lost socket": ({ network }) => network.lines[0]!.close(),
    DISCONNECTED: ({ network }) => network.lines[0]!.disconnect(),
    ERROR: ({ network }) => network.lines[0]!.refuse(FATAL),
    "a token error": ({ network }) => network.lines[0]!.refuse({ code: 40142, statusCode: 401 }),
    "no answer": ({ clock }) => void clock.advance(10_000),
  };
  for (const [what, go] of Object.entries(ends)) {
    await using rig = new Rig();
    rig.client.connect();
    await rig.network.next();
    const closed = rig.client.close();
    go(rig);
    await closed;
    assertEquals(rig.events(), ["connecting", "closing", "closed"], what);
    await rig.settle();
    assertEquals([rig.clock.pending, rig.network.live], [0, 0], what);
  }
});

test("RTN12f: close() while a token is being fetched ends in CLOSED, and nothing is left", async () => {
  await using rig = new Rig({ authUrl: "https://example.com", answer: never });
  rig.client.connect();
  await rig.settle();
  const closed = rig.client.close();
  await rig.clock.advance(10_000);
  await closed;
  assertEquals([rig.events(), rig.clock.pending] as unknown, [[
    "connecting",
    "closing",
    "closed",
  ], 0]);
  assert(rig.http.seen[0]!.signal!.aborted);
});

test("RTN12d: close() while DISCONNECTED or SUSPENDED is CLOSED at once, and no retry follows", async () => {
  for (const ttl of [120_000, 1_000]) {
    await using rig = new Rig({ connectionStateTtl: ttl });
    rig.client.connect();
    (await rig.network.next()).close();
    await rig.clock.advance(1_000);
    const { state } = rig.client.connection;
    assertEquals(state, ttl === 1_000 ? "suspended" : "disconnected");
    const closed = rig.client.close();
    assertEquals([rig.client.connection.state, rig.clock.pending], ["closed", 0]);
    await closed;
    assertEquals(rig.changes.at(-1), { current: "closed", previous: state, event: "closed" });
    await rig.clock.advance(3_600_000);
    assertEquals(rig.network.lines.length, 1);
  }
});

test("RTN12: close() while INITIALIZED closes, while CLOSED or FAILED does nothing; twice is as good as once", async () => {
  await using rig = new Rig();
  await rig.client.close();
  assertEquals(rig.client.connection.state, "closed");
  rig.client.connect();
  const line = await rig.accept();
  const both = [rig.client.close(), rig.client.close()];
  line.send(CLOSED);
  await Promise.all(both);
  assertEquals(line.actions, ["Close"]);
  await rig.client.close();
  rig.client.connect();
  (await rig.network.next()).refuse(FATAL);
  await rig.settle();
  const { errorReason } = rig.client.connection;
  await rig.client.close();
  assertEquals(rig.client.connection.state, "failed");
  assertStrictEquals(rig.client.connection.errorReason, errorReason);
  assertEquals(rig.events().slice(3), ["closing", "closed", "connecting", "failed"]);
});

test("RTC16: await using closes the client", async () => {
  await using rig = await Rig.connected();
  {
    await using client = rig.client;
    assertEquals(client.connection.state, "connected");
    queueMicrotask(() => rig.line.send(CLOSED));
  }
  assertEquals([rig.client.connection.state, rig.clock.pending], ["closed", 0]);
});

test("RTN12: after close() with everything pending no timer and no socket is left", async () => {
  await using rig = await Rig.connected();
  const { attached } = await makeChannels(rig);
  const { client, line } = rig;
  const failures: Promise<unknown>[] = [];
  const failing = (call: Promise<unknown>) => failures.push(assertRejects(() => call));
  failing(client.connection.ping());
  failing(client.channels.get("attaching").attach());
  failing(attached.publish("n", null));
  failing(client.auth.authorize(null, { authCallback: () => new Promise(() => {}) }));
  line.send({ action: Action.Auth });
  await rig.settle();
  const closed = client.close();
  await rig.settle();
  line.send(CLOSED);
  await closed;
  await Promise.all(failures);
  assertEquals([rig.clock.pending, rig.network.live], [0, 0]);
});

test("RTN27a: INITIALIZED is never entered again", async () => {
  await using rig = await Rig.connected();
  const closed = rig.client.close();
  rig.line.send(CLOSED);
  await closed;
  rig.client.connect();
  await rig.accept();
  await rig.close();
  assertEquals(rig.events().includes("initialized"), false);
});

test("RTC15a: connect() of the client resolves once connected, also after failed attempts", async () => {
  await using rig = new Rig();
  const opened = rig.client.connect();
  (await rig.network.next()).close(1006);
  await rig.settle();
  assertEquals(rig.client.connection.state, "disconnected");
  const again = rig.client.connect(); // At once, without waiting for the next try.
  await rig.accept();
  assertEquals(await Promise.all([opened, again]), [undefined, undefined]);
  await rig.client.connect();
});

test("RTC15a: connect() of the client rejects with the reason of failed, suspended and closed", async () => {
  await using failing = new Rig();
  const failed = assertRejects(() => failing.client.connect(), ErrorInfo);
  (await failing.network.next()).refuse(FATAL);
  assertEquals((await failed).code, FATAL.code);

  await using closing = new Rig();
  const closed = assertRejects(() => closing.client.connect(), ErrorInfo);
  await closing.network.next();
  await closing.close();
  assertEquals((await closed).code, 80017);

  await using unreachable = new Rig({
    WebSocket: class {
      constructor() {
        throw new TypeError("No sockets today");
      }
    } as unknown as WebSocketConstructor,
  });
  const suspended = unreachable.client.connect().then(() => 0, ({ code }) => code);
  await unreachable.clock.advance(150_000);
  assert(await suspended > 0);
});

test("RTC15a: connect() of the client can be given up, and need not be awaited", async () => {
  await using rig = new Rig();
  const controller = new AbortController();
  const opened = assertRejects(() => rig.client.connect({ signal: controller.signal }), Error);
  controller.abort(new Error("Enough"));
  assertEquals((await opened).message, "Enough");
  void rig.client.connect();
  await rig.close(); // An unhandled rejection would fail the run.
  await using aborted = new Rig();
  await assertRejects(() => aborted.client.connect({ signal: AbortSignal.abort() }));
  assertEquals(aborted.client.connection.state, "initialized");
});
