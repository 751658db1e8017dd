import { Action } from "../../../src/protocol/actions.ts";
import type { ConnectionEvent, ConnectionStateChange } from "../../../mod.ts";
import { assert, assertEquals, assertRejects, assertStrictEquals, test } from "../../harness.ts";
import { DETAILS } from "../../support/scripted_network.ts";
import { connected, end, scripted } from "../../support/scripted_realtime.ts";

test("RTN26a: whenState() of the state it is in gives null", async () => {
  await using parts = await connected();
  assertEquals(await parts.client.connection.whenState("connected"), null);
});

test("RTN26b: whenState() of another state waits for it, and gives the change", async () => {
  const parts = scripted();
  const waiting = parts.client.connection.whenState("connected");
  parts.client.connect();
  const line = await parts.accept();
  assertEquals(await waiting, { current: "connected", previous: "connecting", event: "connected" });
  const closed = parts.client.connection.whenState("closed");
  line.connect(); // an UPDATE is no change of state
  await end(parts);
  assertEquals((await closed)?.event, "closed");
});

test("RTN26a: whenState() of the state it is in calls a listener with null, at once", async () => {
  await using parts = await connected();
  const { connection } = parts.client;
  const seen: unknown[] = [];
  const returned = connection.whenState("connected", function (change) {
    seen.push(this.event, change);
  });
  assertEquals([returned, seen] as unknown, [undefined, ["connected", null]]);
  connection.whenState("connected", () => { // RTE6
    throw new Error("Listener gone wrong");
  });
  assert(parts.logged.some((line) => line.includes("Listener gone wrong")));
  parts.line.close();
  await parts.accept();
  assertEquals(seen.length, 2);
});

test("RTN26b: whenState() of another state calls a listener once, when it is entered", async () => {
  await using parts = scripted();
  const { connection } = parts.client;
  const seen: (ConnectionStateChange | null)[] = [];
  const removed = () => void seen.push(null);
  connection.whenState("connected", (change) => void seen.push(change));
  connection.whenState("connected", removed);
  connection.off("connected", removed);
  connection.connect();
  (await parts.accept()).close();
  await parts.accept();
  assertEquals(seen, [{ current: "connected", previous: "connecting", event: "connected" }]);
});

test("RTE3, RTE4, RTE5: on, once and off by event, by several, by listener", async () => {
  const parts = scripted();
  const { connection } = parts.client;
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
  const line = await parts.accept();
  line.connect();
  await end(parts);
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
  await using parts = scripted();
  const events: ConnectionEvent[] = [];
  parts.client.connection.on(function () {
    events.push(this.event);
  });
  parts.client.connect();
  (await parts.accept()).connect();
  assertEquals(events, ["connecting", "connected", "update"]);
});

test("RTE4: the promise form of once", async () => {
  const parts = scripted();
  const next = parts.client.connection.once();
  const closed = parts.client.connection.once("closed");
  parts.client.connect();
  assertEquals((await next).event, "connecting");
  await parts.accept();
  await end(parts);
  assertEquals((await closed).event, "closed");
});

test("E3 39, RTE4: listeners() lists those of an event, and changes none of them", async () => {
  await using parts = scripted();
  const { connection } = parts.client;
  const calls: string[] = [];
  const once = () => void calls.push("once");
  const always = () => void calls.push("always");
  connection.once("connected", once);
  connection.on("connected", always);
  assertEquals(connection.listeners("connected"), [once, always]);
  connection.connect();
  const line = await parts.accept();
  assertEquals(connection.listeners("connected"), [always]);
  line.close();
  await parts.accept();
  assertEquals(calls, ["once", "always", "always"]);
});

test("RTE6: a listener that throws is logged and does not stop the others", async () => {
  await using parts = scripted();
  const { connection } = parts.client;
  let reached = 0;
  connection.on(() => {
    throw new Error("Out of order");
  });
  connection.on(() => void reached++);
  connection.connect();
  await parts.accept();
  assertEquals([reached, connection.state], [2, "connected"]);
  assertEquals(parts.logged.filter((text) => text.includes("Out of order")).length, 2);
});

test("RTE6: a log handler that throws has no other effect", async () => {
  await using parts = await connected({
    logHandler: () => {
      throw new Error("Disk full");
    },
  });
  assertEquals(parts.client.connection.state, "connected");
});

test("RTE6a: listeners that are added or removed by a listener count from the next event on", async () => {
  await using parts = scripted();
  const { connection } = parts.client;
  const seen: string[] = [];
  const late = ({ event }: ConnectionStateChange) => void seen.push(`late ${event}`);
  const doomed = ({ event }: ConnectionStateChange) => void seen.push(`doomed ${event}`);
  connection.once("connecting", () => {
    connection.on(late);
    connection.off(doomed);
  });
  connection.on(doomed);
  connection.connect();
  await parts.accept();
  assertEquals(seen, ["doomed connecting", "late connected"]);
});

test("RTC10: off() by the user takes nothing from the client", async () => {
  const parts = scripted();
  const { connection, channels } = parts.client;
  connection.connect();
  const ping = connection.ping();
  const state = connection.whenState("connected");
  const attached = channels.get("c").attach();
  const published = channels.get("c").publish("n", null);
  connection.off();
  const line = await parts.accept();
  connection.off();
  await state;
  await parts.settle();
  line.send({ action: Action.Attached, channel: "c", flags: 0 });
  await attached;
  line.ack(0);
  await published;
  line.send({ action: Action.Heartbeat, id: line.sent(0)[0]!.id });
  await ping;
  const authorized = parts.client.auth.authorize(null, { authCallback: () => "t" });
  connection.off();
  await parts.settle();
  line.connect();
  await authorized;
  const closed = connection.close();
  connection.off();
  line.send({ action: Action.Closed });
  await closed;
});

test("RTN4: a listener may call connect(); it happens after what is under way", async () => {
  await using parts = await connected();
  const { connection } = parts.client;
  const order: string[] = [];
  connection.on("closed", () => {
    connection.connect();
    order.push(connection.state);
  });
  connection.on(({ event }) => void order.push(event));
  const closed = connection.close();
  parts.line.send({ action: Action.Closed });
  await closed;
  await parts.accept();
  assertEquals(order, ["closing", "closed", "closed", "connecting", "connected"]);
  connection.off();
});

test("RTN12: close() called by a listener waits for CLOSED like any other", async () => {
  const parts = scripted();
  const { connection } = parts.client;
  let isClosed = false;
  connection.once("connected", async () => {
    await connection.close();
    isClosed = true;
    assertEquals(connection.state, "closed");
  });
  connection.connect();
  const line = await parts.accept();
  assertEquals([connection.state, isClosed], ["closing", false]);
  line.send({ action: Action.Closed });
  await parts.settle();
  assertEquals([isClosed, parts.clock.pending], [true, 0]);
});

test("RTN12: close() called by a listener of CONNECTING ends the attempt that follows", async () => {
  const parts = scripted();
  const { connection } = parts.client;
  const closed = Promise.withResolvers<void>();
  connection.once("connecting", () => void connection.close().then(closed.resolve));
  connection.connect();
  assertEquals(connection.state, "closing");
  (await parts.network.next()).close();
  await closed.promise;
  assertEquals([parts.events(), parts.clock.pending] as unknown, [[
    "connecting",
    "closing",
    "closed",
  ], 0]);
});

test("RTL6c: a listener may publish in any state; the message is sent once, or fails", async () => {
  const parts = scripted();
  const { connection, channels } = parts.client;
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
  const line = await parts.accept();
  await parts.settle();
  assertEquals(
    line.sent(15).map(({ msgSerial, messages }) => `${msgSerial} ${messages![0]!.name}`),
    ["0 connecting", "1 connected"],
  );
  line.ack(0, 2);
  await end(parts);
  assertEquals(await Promise.all(results), [
    "connecting ok",
    "connected ok",
    "closing 80017",
    "closed 80017",
  ]);
});

test("RTN4: a listener may do everything at once, in every state", async () => {
  const parts = scripted({ connectionStateTtl: 1_000 });
  const { client } = parts;
  const calls: Promise<unknown>[] = [];
  let events = 0;
  client.connection.on(() => {
    if (events++ > 20) return;
    client.connect();
    calls.push(client.connection.ping());
    calls.push(client.channels.get("c").attach());
    calls.push(client.channels.get("c").publish("n", null));
    if (events % 4 === 0) calls.push(client.close());
    client.connect();
  });
  parts.network.onOpen = (line) => {
    if (parts.network.lines.length % 2) line.connect();
    else line.close();
  };
  client.connect();
  for (let i = 0; i < 100; i++) {
    await parts.clock.advance(500);
    assert(parts.network.live <= 1);
  }
  await end(parts);
  assertEquals(parts.clock.pending, 0);
  await Promise.allSettled(calls);
});

test("RTN4: every waiting call ends with the reason of its signal, at once or later, and leaves nothing", async () => {
  await using parts = await connected();
  const { connection, channels } = parts.client;
  const calls: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    ping: (signal) => connection.ping({ signal }),
    whenState: (signal) => connection.whenState("failed", { signal }),
    close: (signal) => connection.close({ signal }),
    "client.close": (signal) => parts.client.close({ signal }),
    "channel.whenState": (signal) => channels.get("c").whenState("failed", { signal }),
  };
  for (const [what, call] of Object.entries(calls)) {
    const reason = new Error("Enough");
    assertStrictEquals(await assertRejects(() => call(AbortSignal.abort(reason))), reason, what);
    const controller = new AbortController();
    const pending = call(controller.signal);
    await parts.settle();
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => pending), reason, what);
  }
  assertEquals(connection.state, "closing");
});

test("RTN13d: a ping that waits for a connection ends with the reason of its signal", async () => {
  await using parts = scripted();
  parts.client.connect();
  const controller = new AbortController();
  const ping = parts.client.connection.ping({ signal: controller.signal });
  const reason = new Error("Enough");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => ping), reason);
  const line = await parts.accept();
  assertEquals(line.sent(0), []);
});

test("RTN13: a signal that is aborted before a call that cannot work leaves no unhandled rejection", async () => {
  const parts = scripted();
  await assertRejects(() => parts.client.connection.ping({ signal: AbortSignal.abort() }));
  await parts.settle();
  assertEquals(parts.client.connection.state, "initialized");
});

test("RTN25: errorReason is the last error, until the next CONNECTED without one", async () => {
  await using parts = await connected({}, { details: { ...DETAILS, connectionStateTtl: 1_000 } });
  const { connection } = parts.client;
  const codes: (number | undefined)[] = [connection.errorReason?.code];
  parts.line.disconnect({ code: 80003, statusCode: 400 });
  codes.push(connection.errorReason?.code);
  (await parts.network.next()).disconnect({ code: 50000, statusCode: 400 });
  await parts.settle();
  codes.push(connection.errorReason?.code);
  connection.connect();
  await parts.accept();
  codes.push(connection.errorReason?.code);
  assertEquals(codes, [undefined, 80003, 50000, undefined]);
});
