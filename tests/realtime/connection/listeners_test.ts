import { Action } from "../../../src/protocol/actions.ts";
import type { ConnectionEvent, ConnectionStateChange } from "../../../mod.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../../harness.ts";
import { Rig } from "../../support/realtime_rig.ts";

test("RTN26a: whenState() of the state it is in gives null", async () => {
  await using rig = await Rig.connected();
  assertEquals(await rig.client.connection.whenState("connected"), null);
});

test("RTN26b: whenState() of another state waits for it, and gives the change", async () => {
  await using rig = new Rig();
  const waiting = rig.client.connection.whenState("connected");
  rig.client.connect();
  const line = await rig.accept();
  assertEquals(await waiting, { current: "connected", previous: "connecting", event: "connected" });
  const closed = rig.client.connection.whenState("closed");
  line.connect(); // an UPDATE is no change of state
  await rig.close();
  assertEquals((await closed)?.event, "closed");
});

test("RTN26a: whenState() of the state it is in calls a listener with null, at once", async () => {
  await using rig = await Rig.connected();
  const { connection } = rig.client;
  const seen: unknown[] = [];
  const returned = connection.whenState("connected", function (change) {
    seen.push(this.event, change);
  });
  assertEquals([returned, seen] as unknown, [undefined, ["connected", null]]);
  connection.whenState("connected", () => { // RTE6
    throw new Error("Listener gone wrong");
  });
  assert(rig.logged.some((line) => line.includes("Listener gone wrong")));
  rig.line.close();
  await rig.accept();
  assertEquals(seen.length, 2);
});

test("RTN26b: whenState() of another state calls a listener once, when it is entered", async () => {
  await using rig = new Rig();
  const { connection } = rig.client;
  const seen: (ConnectionStateChange | null)[] = [];
  const removed = () => void seen.push(null);
  connection.whenState("connected", (change) => void seen.push(change));
  connection.whenState("connected", removed);
  connection.off("connected", removed);
  connection.connect();
  (await rig.accept()).close();
  await rig.accept();
  assertEquals(seen, [{ current: "connected", previous: "connecting", event: "connected" }]);
});

test("RTE3, RTE4, RTE5: on, once and off by event, by several, by listener", async () => {
  await using rig = new Rig();
  const { connection } = rig.client;
  const seen: string[] = [];
  const note = (name: string) => (change: ConnectionStateChange) =>
    void seen.push(`${name} ${change.event}`);
  const twice = note("twice");
  const removed = note("removed");
  connection.on("connected", twice);
  connection.on("connected", twice);
  connection.once(note("once"));
  connection.once(["connected", "update"], note("either"));
  connection.on(["connecting", "closed"], note("both"));
  connection.on(removed);
  connection.off(removed);
  connection.on("update", removed);
  connection.off("update", removed);
  connection.connect();
  const line = await rig.accept();
  line.connect();
  await rig.close();
  assertEquals(seen, [
    "once connecting",
    "both connecting",
    "twice connected",
    "twice connected",
    "either connected",
    "both closed",
  ]);
});

test("RTE3: inside of a listener, this.event names the event", async () => {
  await using rig = new Rig();
  const events: ConnectionEvent[] = [];
  rig.client.connection.on(function () {
    events.push(this.event);
  });
  rig.client.connect();
  (await rig.accept()).connect();
  assertEquals(events, ["connecting", "connected", "update"]);
});

test("RTE4: the promise form of once", async () => {
  await using rig = new Rig();
  const next = rig.client.connection.once();
  const closed = rig.client.connection.once("closed");
  rig.client.connect();
  assertEquals((await next).event, "connecting");
  await rig.accept();
  await rig.close();
  assertEquals((await closed).event, "closed");
});

test("E3 39, RTE4: listeners() lists those of an event, and changes none of them", async () => {
  await using rig = new Rig();
  const { connection } = rig.client;
  const calls: string[] = [];
  const once = () => void calls.push("once");
  const always = () => void calls.push("always");
  connection.once("connected", once);
  connection.on("connected", always);
  assertEquals(connection.listeners("connected"), [once, always]);
  connection.connect();
  const line = await rig.accept();
  assertEquals(connection.listeners("connected"), [always]);
  line.close();
  await rig.accept();
  assertEquals(calls, ["once", "always", "always"]);
});

test("RTE6: a listener that throws is logged and does not stop the others", async () => {
  await using rig = new Rig();
  const { connection } = rig.client;
  let reached = 0;
  connection.on(() => {
    throw new Error("Out of order");
  });
  connection.on(() => void reached++);
  connection.connect();
  await rig.accept();
  assertEquals([reached, connection.state], [2, "connected"]);
  assertEquals(rig.logged.filter((text) => text.includes("Out of order")).length, 2);
});

test("RTE6: a log handler that throws has no other effect", async () => {
  await using rig = await Rig.connected({
    logHandler: () => {
      throw new Error("Disk full");
    },
  });
  assertEquals(rig.client.connection.state, "connected");
});

test("RTE6a: listeners that are added or removed by a listener count from the next event on", async () => {
  await using rig = new Rig();
  const { connection } = rig.client;
  const seen: string[] = [];
  const late = ({ event }: ConnectionStateChange) => void seen.push(`late ${event}`);
  const doomed = ({ event }: ConnectionStateChange) => void seen.push(`doomed ${event}`);
  connection.once("connecting", () => {
    connection.on(late);
    connection.off(doomed);
  });
  connection.on(doomed);
  connection.connect();
  await rig.accept();
  assertEquals(seen, ["doomed connecting", "late connected"]);
});

test("RTC10: off() by the user takes nothing from the client", async () => {
  await using rig = new Rig();
  const { connection, channels } = rig.client;
  connection.connect();
  const ping = connection.ping();
  const state = connection.whenState("connected");
  const attached = channels.get("c").attach();
  const published = channels.get("c").publish("n", null);
  connection.off();
  const line = await rig.accept();
  connection.off();
  await state;
  await rig.settle();
  line.send({ action: Action.Attached, channel: "c", flags: 0 });
  await attached;
  line.ack(0);
  await published;
  line.send({ action: Action.Heartbeat, id: line.sent(Action.Heartbeat)[0]!.id });
  await ping;
  const authorized = rig.client.auth.authorize(null, { authCallback: () => "t" });
  connection.off();
  await rig.settle();
  line.connect();
  await authorized;
  const closed = connection.close();
  connection.off();
  line.send({ action: Action.Closed });
  await closed;
});

test("RTN4: a listener may call connect(); it happens after what is under way", async () => {
  await using rig = await Rig.connected();
  const { connection } = rig.client;
  const order: string[] = [];
  connection.on("closed", () => {
    connection.connect();
    order.push(connection.state);
  });
  connection.on(({ event }) => void order.push(event));
  const closed = connection.close();
  rig.line.send({ action: Action.Closed });
  await closed;
  await rig.accept();
  assertEquals(order, ["closing", "closed", "closed", "connecting", "connected"]);
  connection.off();
});

test("RTN12: close() called by a listener waits for CLOSED like any other", async () => {
  await using rig = new Rig();
  const { connection } = rig.client;
  let isClosed = false;
  connection.once("connected", async () => {
    await connection.close();
    isClosed = true;
    assertEquals(connection.state, "closed");
  });
  connection.connect();
  const line = await rig.accept();
  assertEquals([connection.state, isClosed], ["closing", false]);
  line.send({ action: Action.Closed });
  await rig.settle();
  assertEquals([isClosed, rig.clock.pending], [true, 0]);
});

test("RTN12: close() called by a listener of CONNECTING ends the attempt that follows", async () => {
  await using rig = new Rig();
  const { connection } = rig.client;
  const closed = Promise.withResolvers<void>();
  connection.once("connecting", () => void connection.close().then(closed.resolve));
  connection.connect();
  assertEquals(connection.state, "closing");
  (await rig.network.next()).close();
  await closed.promise;
  assertEquals([rig.events(), rig.clock.pending] as unknown, [[
    "connecting",
    "closing",
    "closed",
  ], 0]);
});

test("RTL6c: a listener may publish in any state; the message is sent once, or fails", async () => {
  await using rig = new Rig();
  const { connection, channels } = rig.client;
  const results: Promise<string>[] = [];
  connection.on(({ event }) => {
    results.push(
      channels.get("c").publish(event, null).then(
        () => `${event} ok`,
        (error) => `${event} ${error.code}`,
      ),
    );
  });
  connection.connect();
  const line = await rig.accept();
  await rig.settle();
  assertEquals(
    line.sent(Action.Message).map(({ msgSerial, messages }) =>
      `${msgSerial} ${messages![0]!.name}`
    ),
    ["0 connecting", "1 connected"],
  );
  line.ack(0, 2);
  await rig.close();
  assertEquals(await Promise.all(results), [
    "connecting ok",
    "connected ok",
    "closing 80017",
    "closed 80017",
  ]);
});

test("RTN4: a listener may do everything at once, in every state", async () => {
  await using rig = new Rig({ connectionStateTtl: 1_000 });
  const { client } = rig;
  const calls: Promise<unknown>[] = [];
  const call = (result: Promise<unknown>) => calls.push(result.catch(() => {}));
  let events = 0;
  client.connection.on(() => {
    if (events++ > 20) return;
    client.connect();
    call(client.connection.ping());
    call(client.channels.get("c").attach());
    call(client.channels.get("c").publish("n", null));
    if (events % 4 === 0) call(client.close());
    client.connect();
  });
  rig.network.onOpen = (line) => {
    if (rig.network.lines.length % 2) line.connect({ details: { maxIdleInterval: 15_000 } });
    else line.close();
  };
  client.connect();
  for (let i = 0; i < 100; i++) {
    await rig.clock.advance(500);
    assert(rig.network.live <= 1);
  }
  await rig.close();
  assertEquals(rig.clock.pending, 0);
  await Promise.all(calls);
});

test("RTN4: every waiting call ends with the reason of its signal, at once or later, and leaves nothing", async () => {
  await using rig = await Rig.connected();
  const { connection, channels } = rig.client;
  const calls: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    ping: (signal) => connection.ping({ signal }),
    whenState: (signal) => connection.whenState("failed", { signal }),
    close: (signal) => connection.close({ signal }),
    "client.close": (signal) => rig.client.close({ signal }),
    "channel.whenState": (signal) => channels.get("c").whenState("failed", { signal }),
  };
  for (const [what, call] of Object.entries(calls)) {
    const reason = new Error("Enough");
    assertStrictEquals(await assertRejects(() => call(AbortSignal.abort(reason))), reason, what);
    const controller = new AbortController();
    const pending = call(controller.signal);
    await rig.settle();
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => pending), reason, what);
  }
  assertEquals(connection.state, "closing");
});

test("RTN13d: a ping that waits for a connection ends with the reason of its signal", async () => {
  await using rig = new Rig();
  rig.client.connect();
  const controller = new AbortController();
  const ping = rig.client.connection.ping({ signal: controller.signal });
  const reason = new Error("Enough");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => ping), reason);
  const line = await rig.accept();
  assertEquals(line.sent(Action.Heartbeat), []);
});

test("RTN13: a signal that is aborted before a call that cannot work leaves no unhandled rejection", async () => {
  await using rig = new Rig();
  await assertRejects(() => rig.client.connection.ping({ signal: AbortSignal.abort() }));
  await rig.settle();
  assertEquals(rig.client.connection.state, "initialized");
});

test("RTN25: errorReason is the last error, until the next CONNECTED without one", async () => {
  await using rig = await Rig.connected({}, { details: { connectionStateTtl: 1_000 } });
  const { connection } = rig.client;
  const codes: (number | undefined)[] = [connection.errorReason?.code];
  rig.line.disconnect({ code: 80003, statusCode: 400 });
  codes.push(connection.errorReason?.code);
  (await rig.network.next()).disconnect({ code: 50000, statusCode: 400 });
  await rig.settle();
  codes.push(connection.errorReason?.code);
  connection.connect();
  await rig.accept();
  codes.push(connection.errorReason?.code);
  assertEquals(codes, [undefined, 80003, 50000, undefined]);
});
