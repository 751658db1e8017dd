import { Action } from "../../../src/protocol/actions.ts";
import { ErrorInfo } from "../../../mod.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../../harness.ts";
import { DETAILS } from "../../support/scripted_network.ts";
import { connected, scripted } from "../../support/scripted_realtime.ts";

test("RTN13a, RTN13e: ping() sends a Action.Heartbeat with an id, and gives the time to its answer", async () => {
  await using parts = await connected();
  const ping = parts.client.connection.ping();
  await parts.settle();
  const [{ action, id, ...more }] = parts.line.sent(Action.Heartbeat) as [
    { action: number; id: string },
  ];
  assertEquals([action, id.length >= 8, more] as unknown, [Action.Heartbeat, true, {}]);
  await parts.clock.advance(42);
  parts.line.send({ action: Action.Heartbeat, id });
  assertEquals(await ping, 42);
});

test("RTN13e: pings may overlap; each is answered by its own id, and by nothing else", async () => {
  await using parts = await connected();
  const { connection } = parts.client;
  const answered: string[] = [];
  const pings = ["a", "b"].map((name) =>
    connection.ping().then((time) => answered.push(`${name} ${time}`))
  );
  await parts.settle();
  const [a, b] = parts.line.sent(Action.Heartbeat).map(({ id }) => id!);
  assert(a !== b);
  for (const id of [undefined, null, "", "other"]) {
    parts.line.send({ action: Action.Heartbeat, id });
  }
  await parts.clock.advance(10);
  assertEquals(answered, []);
  parts.line.send({ action: Action.Heartbeat, id: b });
  parts.line.send({ action: Action.Heartbeat, id: b });
  await parts.clock.advance(10);
  parts.line.send({ action: Action.Heartbeat, id: a });
  await Promise.all(pings);
  assertEquals(answered, ["b 10", "a 20"]);
});

test("RTN13c: a ping without an answer fails after realtimeRequestTimeout", async () => {
  await using parts = await connected({ realtimeRequestTimeout: 300 });
  const ping = parts.client.connection.ping();
  await parts.settle();
  const { id } = parts.line.sent(Action.Heartbeat)[0]!;
  const failed = assertRejects(() => ping, ErrorInfo);
  await parts.clock.advance(300);
  const error = await failed;
  assertEquals([error.code, error.statusCode], [50003, 504]);
  parts.line.send({ action: Action.Heartbeat, id }); // too late
  assertEquals(parts.client.connection.state, "connected");
});

test("RTN13d, E1 5: while CONNECTING or DISCONNECTED ping() waits for CONNECTED", async () => {
  await using parts = scripted();
  const { connection } = parts.client;
  connection.connect();
  const first = connection.ping();
  (await parts.network.next()).close();
  await parts.settle();
  assertEquals(connection.state, "disconnected");
  const second = connection.ping();
  await parts.clock.advance(13_500);
  const line = await parts.accept();
  await parts.clock.advance(5);
  assertEquals(line.sent(Action.Heartbeat).length, 2);
  for (const { id } of line.sent(Action.Heartbeat)) line.send({ action: Action.Heartbeat, id });
  assertEquals(await Promise.all([first, second]), [5, 5]);
});

test("RTN13b: while INITIALIZED, SUSPENDED, CLOSING, CLOSED or FAILED ping() fails", async () => {
  await using parts = await connected({}, { details: { ...DETAILS, connectionStateTtl: 1_000 } });
  const { connection } = parts.client;
  const codes: Record<string, number> = {};
  const note = async () => {
    const error = await assertRejects(() => connection.ping(), ErrorInfo);
    codes[connection.state] = error.code;
  };
  const fresh = scripted();
  assertEquals((await assertRejects(() => fresh.client.connection.ping(), ErrorInfo)).code, 80003);
  parts.network.onOpen = (line) => line.close();
  parts.line.close();
  await parts.clock.advance(1_001);
  await note();
  parts.network.skip();
  connection.connect();
  const line = await parts.accept();
  const closed = connection.close();
  await note();
  line.send({ action: Action.Closed });
  await closed;
  await note();
  connection.connect();
  (await parts.network.next()).refuse({ code: 40400, statusCode: 404 });
  await parts.settle();
  await note();
  assertEquals(codes, { suspended: 80002, closing: 80017, closed: 80017, failed: 40400 });
});

test("RTN13b: a ping fails when the connection comes to such a state, and leaves no timer", async () => {
  await using parts = await connected();
  const { connection } = parts.client;
  const sent = assertRejects(() => connection.ping(), ErrorInfo);
  await parts.settle();
  parts.line.close();
  const waiting = assertRejects(() => connection.ping(), ErrorInfo);
  (await parts.network.next()).refuse({ code: 40400, statusCode: 404 });
  assertEquals([(await sent).code, (await waiting).code], [40400, 40400]);
  assertEquals(parts.clock.pending, 0);
});

test("RTN13: a ping that is given up before it is sent is not sent; given up later, it leaves no timer", async () => {
  await using parts = await connected({}, { details: { ...DETAILS, maxIdleInterval: 0 } });
  const { connection } = parts.client;
  const reason = new Error("No longer needed");
  const early = connection.ping({ signal: AbortSignal.abort(reason) });
  assertStrictEquals(await early.catch((error) => error), reason);
  assertEquals([parts.line.actions.length, parts.clock.pending], [0, 0]);
  const controller = new AbortController();
  const late = connection.ping({ signal: controller.signal });
  await parts.settle();
  assertEquals([parts.line.actions, parts.clock.pending] as unknown, [["Heartbeat"], 1]);
  controller.abort(reason);
  assertStrictEquals(await late.catch((error) => error), reason);
  assertEquals(parts.clock.pending, 0);
});

const LIMIT = 15_000 + 10_000; // maxIdleInterval + realtimeRequestTimeout

test("RTN23a, CD2h: without a sign of life the transport is given up and the connection resumed", async () => {
  await using parts = await connected();
  await parts.clock.advance(LIMIT - 1);
  assertEquals(parts.client.connection.state, "connected");
  await parts.clock.advance(1);
  const { event, reason } = parts.loss();
  assertEquals([event, reason!.code, reason!.statusCode], ["disconnected", 80003, 408]);
  assert(parts.line.socket.closed);
  assertEquals((await parts.accept()).params.resume, "key-1");
});

test("RTN23a: any received frame is a sign of life, at any time", async () => {
  await using parts = await connected();
  const signs = [
    { action: Action.Heartbeat },
    { action: 1, msgSerial: 9, count: 1 },
    { action: 15, channel: "unknown", messages: [] },
    { action: 4711 },
  ];
  for (const sign of signs) {
    await parts.clock.advance(LIMIT - 1);
    parts.line.send(sign);
  }
  await parts.clock.advance(LIMIT - 1);
  assertEquals(parts.events(), ["connecting", "connected"]);
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "connecting");
  await parts.accept();
});

test("RTN23a: a frame that the client sends is not a sign of life", async () => {
  await using parts = await connected();
  for (let i = 0; i < 24; i++) {
    await parts.clock.advance(1_000);
    void parts.client.channels.get("c").publish("n", null).catch(() => {});
  }
  await parts.clock.advance(1_000);
  assertEquals(parts.client.connection.state, "connecting");
  await parts.accept();
});

test("RTN23a, CD2h: with an interval of 0, or none, silence is no reason", async () => {
  for (const maxIdleInterval of [0, undefined]) {
    await using parts = await connected({}, { details: { ...DETAILS, maxIdleInterval } });
    await parts.clock.advance(3_600_000);
    assertEquals([parts.events().length, parts.clock.pending], [2, 0]);
  }
});

test("RTN23a, RTN24: the interval is that of the last CONNECTED", async () => {
  await using parts = await connected();
  await parts.clock.advance(10_000);
  parts.line.connect({ details: { ...DETAILS, maxIdleInterval: 1_000 } });
  await parts.clock.advance(10_999);
  assertEquals(parts.client.connection.state, "connected");
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "connecting");
  await parts.accept({ details: { ...DETAILS, maxIdleInterval: 0 } });
});

test("RTN23a: there is one timer, however many frames come", async () => {
  await using parts = await connected();
  for (let i = 0; i < 1_000; i++) parts.line.send({ action: Action.Heartbeat });
  assertEquals(parts.clock.pending, 1);
});

test("RTN23a: a clock that is set back does not hide the silence", async () => {
  let offset = 0;
  const parts = scripted();
  const { clock } = parts;
  const skewed = {
    now: () => clock.now() + offset,
    setTimeout: (callback: () => void, delay: number) => clock.setTimeout(callback, delay),
    clearTimeout: (timer: unknown) => clock.clearTimeout(timer),
  };
  const other = scripted({ clock: skewed });
  other.client.connect();
  (await other.network.next()).connect();
  offset = -3_600_000;
  await clock.advance(2 * LIMIT);
  assertEquals(other.client.connection.state, "connecting");
  const closed = other.client.close();
  await clock.advance(10_000);
  await closed;
});
