import { Action } from "../../../src/protocol/actions.ts";
import { FakeClock } from "../../../src/testing/clock/fake_clock.ts";
import { ErrorInfo } from "../../../mod.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../../harness.ts";
import { Rig } from "../../support/realtime_rig.ts";

test("RTN13a, RTN13e: ping() sends a Action.Heartbeat with an id, and gives the time to its answer", async () => {
  await using rig = await Rig.connected();
  const ping = rig.client.connection.ping();
  await rig.settle();
  const [{ action, id, ...more }] = rig.line.sent(Action.Heartbeat) as [
    { action: number; id: string },
  ];
  assertEquals([action, id.length >= 8, more] as unknown, [Action.Heartbeat, true, {}]);
  await rig.clock.advance(42);
  rig.line.send({ action: Action.Heartbeat, id });
  assertEquals(await ping, 42);
});

test("RTN13e: pings may overlap; each is answered by its own id, and by nothing else", async () => {
  await using rig = await Rig.connected();
  const { connection } = rig.client;
  const answered: string[] = [];
  const pings = ["a", "b"].map((name) =>
    connection.ping().then((time) => answered.push(`${name} ${time}`))
  );
  await rig.settle();
  const [a, b] = rig.line.sent(Action.Heartbeat).map(({ id }) => id!);
  assert(a !== b);
  for (const id of [undefined, null, "", "other"]) {
    rig.line.send({ action: Action.Heartbeat, id });
  }
  await rig.clock.advance(10);
  assertEquals(answered, []);
  rig.line.send({ action: Action.Heartbeat, id: b });
  rig.line.send({ action: Action.Heartbeat, id: b });
  await rig.clock.advance(10);
  rig.line.send({ action: Action.Heartbeat, id: a });
  await Promise.all(pings);
  assertEquals(answered, ["b 10", "a 20"]);
});

test("RTN13c: a ping without an answer fails after realtimeRequestTimeout", async () => {
  await using rig = await Rig.connected({ realtimeRequestTimeout: 300 });
  const ping = rig.client.connection.ping();
  await rig.settle();
  const { id } = rig.line.sent(Action.Heartbeat)[0]!;
  const failed = assertRejects(() => ping, ErrorInfo);
  await rig.clock.advance(300);
  const error = await failed;
  assertEquals([error.code, error.statusCode], [50003, 504]);
  rig.line.send({ action: Action.Heartbeat, id }); // too late
  assertEquals(rig.client.connection.state, "connected");
});

test("RTN13d, E1 5: while CONNECTING or DISCONNECTED ping() waits for CONNECTED", async () => {
  await using rig = new Rig();
  const { connection } = rig.client;
  connection.connect();
  const first = connection.ping();
  (await rig.network.next()).close();
  await rig.settle();
  assertEquals(connection.state, "disconnected");
  const second = connection.ping();
  await rig.clock.advance(13_500);
  const line = await rig.accept();
  await rig.clock.advance(5);
  assertEquals(line.sent(Action.Heartbeat).length, 2);
  for (const { id } of line.sent(Action.Heartbeat)) line.send({ action: Action.Heartbeat, id });
  assertEquals(await Promise.all([first, second]), [5, 5]);
});

test("RTN13b: while INITIALIZED, SUSPENDED, CLOSING, CLOSED or FAILED ping() fails", async () => {
  await using rig = await Rig.connected({}, { details: { connectionStateTtl: 1_000 } });
  const { connection } = rig.client;
  const codes: Record<string, number> = {};
  const note = async () => {
    const error = await assertRejects(() => connection.ping(), ErrorInfo);
    codes[connection.state] = error.code;
  };
  await using fresh = new Rig();
  assertEquals((await assertRejects(() => fresh.client.connection.ping(), ErrorInfo)).code, 80003);
  rig.network.onOpen = (line) => line.close();
  rig.line.close();
  await rig.clock.advance(1_001);
  await note();
  rig.network.skip();
  connection.connect();
  const line = await rig.accept();
  const closed = connection.close();
  await note();
  line.send({ action: Action.Closed });
  await closed;
  await note();
  connection.connect();
  (await rig.network.next()).refuse({ code: 40400, statusCode: 404 });
  await rig.settle();
  await note();
  assertEquals(codes, { suspended: 80002, closing: 80017, closed: 80017, failed: 40400 });
});

test("RTN13b: a ping fails when the connection comes to such a state, and leaves no timer", async () => {
  await using rig = await Rig.connected();
  const { connection } = rig.client;
  const sent = assertRejects(() => connection.ping(), ErrorInfo);
  await rig.settle();
  rig.line.close();
  const waiting = assertRejects(() => connection.ping(), ErrorInfo);
  (await rig.network.next()).refuse({ code: 40400, statusCode: 404 });
  assertEquals([(await sent).code, (await waiting).code], [40400, 40400]);
  assertEquals(rig.clock.pending, 0);
});

test("RTN13: a ping that is given up before it is sent is not sent; given up later, it leaves no timer", async () => {
  await using rig = await Rig.connected({}, { details: { maxIdleInterval: 0 } });
  const { connection } = rig.client;
  const reason = new Error("No longer needed");
  const early = connection.ping({ signal: AbortSignal.abort(reason) });
  assertStrictEquals(await early.catch((error) => error), reason);
  assertEquals([rig.line.actions.length, rig.clock.pending], [0, 0]);
  const controller = new AbortController();
  const late = connection.ping({ signal: controller.signal });
  await rig.settle();
  assertEquals([rig.line.actions, rig.clock.pending] as unknown, [["Heartbeat"], 1]);
  controller.abort(reason);
  assertStrictEquals(await late.catch((error) => error), reason);
  assertEquals(rig.clock.pending, 0);
});

/** CONNECTED of a service that promises a frame every 15 seconds. */
const HEARTBEATS = { details: { maxIdleInterval: 15_000 } };
const LIMIT = 15_000 + 10_000; // maxIdleInterval + realtimeRequestTimeout

test("RTN23a, CD2h: without a sign of life the transport is given up and the connection resumed", async () => {
  await using rig = await Rig.connected({}, HEARTBEATS);
  const { line } = rig;
  await rig.clock.advance(LIMIT - 1);
  assertEquals(rig.client.connection.state, "connected");
  await rig.clock.advance(1);
  const { event, reason } = rig.lastLoss;
  assertEquals([event, reason!.code, reason!.statusCode], ["disconnected", 80003, 408]);
  assert(line.isClosed);
  assertEquals((await rig.accept()).params.resume, "key-1");
});

test("RTN23a: any received frame is a sign of life, at any time", async () => {
  await using rig = await Rig.connected({}, HEARTBEATS);
  const signs = [
    { action: Action.Heartbeat },
    { action: Action.Ack, msgSerial: 9, count: 1 },
    { action: Action.Message, channel: "unknown", messages: [] },
    { action: 4711 },
  ];
  for (const sign of signs) {
    await rig.clock.advance(LIMIT - 1);
    rig.line.send(sign);
  }
  await rig.clock.advance(LIMIT - 1);
  assertEquals(rig.events(), ["connecting", "connected"]);
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "connecting");
  await rig.accept();
});

test("RTN23a: a frame that the client sends is not a sign of life", async () => {
  await using rig = await Rig.connected({}, HEARTBEATS);
  for (let i = 0; i < 24; i++) {
    await rig.clock.advance(1_000);
    void rig.client.channels.get("c").publish("n", null).catch(() => {});
  }
  await rig.clock.advance(1_000);
  assertEquals(rig.client.connection.state, "connecting");
  await rig.accept();
});

test("RTN23a, CD2h: with an interval of 0, or none, silence is no reason", async () => {
  for (const maxIdleInterval of [0, undefined]) {
    await using rig = await Rig.connected({}, { details: { maxIdleInterval } });
    await rig.clock.advance(3_600_000);
    assertEquals([rig.events().length, rig.clock.pending], [2, 0]);
  }
});

test("RTN23a, RTN24: the interval is that of the last CONNECTED", async () => {
  await using rig = await Rig.connected({}, HEARTBEATS);
  await rig.clock.advance(10_000);
  rig.line.connect({ details: { maxIdleInterval: 1_000 } });
  await rig.clock.advance(10_999);
  assertEquals(rig.client.connection.state, "connected");
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "connecting");
  await rig.accept({ details: { maxIdleInterval: 0 } });
});

test("RTN23a: there is one timer, however many frames come", async () => {
  await using rig = await Rig.connected({}, HEARTBEATS);
  for (let i = 0; i < 1_000; i++) rig.line.send({ action: Action.Heartbeat });
  assertEquals(rig.clock.pending, 1);
});

test("RTN23a: a clock that is set back does not hide the silence", async () => {
  const clock = new FakeClock();
  let offset = 0;
  const skewed = {
    now: () => clock.now() + offset,
    setTimeout: (callback: () => void, delay: number) => clock.setTimeout(callback, delay),
    clearTimeout: (timer: unknown) => clock.clearTimeout(timer),
  };
  await using rig = await Rig.connected({ clock: skewed }, HEARTBEATS);
  offset = -3_600_000;
  await clock.advance(2 * LIMIT);
  assertEquals(rig.client.connection.state, "connecting");
  const closed = rig.client.close();
  await clock.advance(10_000);
  await closed;
});
