import { Action } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, assertStrictEquals, test } from "../../harness.ts";
import { Rig, TOKEN_EXPIRED } from "../../support/realtime_rig.ts";
import type { Line } from "../../support/scripted_network.ts";

/** The events of a lost connection that is replaced at once. */
const BACK = ["disconnected", "connecting", "connected"];
const FAILED_RESUME = { code: 80018, statusCode: 400, message: "Invalid connection key" };

test("RTN15a, RTN15h2i, RTN15h3: a lost connection is DISCONNECTED, then CONNECTING at once, and resumes", async () => {
  const losses = {
    "a lost socket": (line: { close(code?: number): void }) => line.close(),
    "a clean close": (line: { close(code?: number): void }) => line.close(1000),
  };
  for (const [what, lose] of Object.entries(losses)) {
    await using rig = await Rig.connected();
    const before = rig.clock.now();
    lose(rig.line);
    const [disconnected, connecting] = rig.changes.slice(-2);
    const { reason, ...loss } = disconnected!;
    const event = { event: "disconnected", current: "disconnected" } as const;
    assertEquals(loss, { ...event, previous: "connected", retryIn: 0 }, what);
    assertEquals(reason!.code, 80003);
    const retry = { event: "connecting", current: "connecting", previous: "disconnected" } as const;
    assertEquals(connecting, retry, what);
    assertStrictEquals(rig.client.connection.errorReason, reason);
    const line = await rig.accept({ key: "key-2" });
    assertEquals(rig.clock.now(), before);
    assertEquals([line.params.resume, line.params.recover], ["key-1", undefined]); // RTN15b1
    assertEquals(rig.events(), ["connecting", "connected", ...BACK]);
  }
});

test("RTN15a, RTN14d: a connection that is lost over and over is made again after a pause", async () => {
  const losses: Record<string, (line: Line) => void> = {
    "the socket": (line) => line.close(),
    "a token that is never good": (line) =>
      line.disconnect({ code: 40142, statusCode: 401, message: "Expired" }),
    "CLOSED that nobody asked for": (line) => line.send({ action: Action.Closed }),
  };
  for (const [what, lose] of Object.entries(losses)) {
    await using rig = new Rig({ authCallback: () => "a-token" });
    rig.client.connect();
    for (let loss = 0; loss < 5; loss++) lose(await rig.accept());
    const line = await rig.accept();
    lose(line);
    await rig.settle();
    const change = rig.lastChange;
    assertEquals([change.event, change.previous], ["disconnected", "connected"], what);
    assertEquals(rig.network.lines.length, 6, what);
    await rig.clock.advance(change.retryIn!);
    const next = await rig.accept();
    assertEquals(next.params.resume, "key-1");
    lose(next); // The pause was long enough to forget what was before.
    assertEquals(rig.client.connection.state, "connecting", what);
    await rig.accept();
  }
});

test("RTN15a: the client connects at once after each of many losses, if they lie apart", async () => {
  await using rig = await Rig.connected();
  for (let loss = 0; loss < 12; loss++) {
    rig.line.close();
    await rig.accept();
    await rig.clock.advance(2_500);
  }
  assertEquals(rig.events().slice(2), Array.from({ length: 12 }, () => BACK).flat());
});

test("RTN15h3: DISCONNECTED with an error other than a token error resumes at once", async () => {
  for (
    const error of [undefined, { code: 80003, statusCode: 400 }, { code: 40142, statusCode: 400 }]
  ) {
    await using rig = await Rig.connected();
    rig.line.disconnect(error);
    assertEquals(rig.lastLoss.reason!.code, error?.code ?? 80003);
    assertEquals(rig.client.connection.errorReason?.code, error?.code ?? 80003);
    assertEquals((await rig.accept()).params.resume, "key-1");
    assertEquals(rig.client.connection.errorReason, null);
  }
});

test("RTN4f: an unrequested Action.Closed is a loss, with its error as the reason", async () => {
  const error = { code: 80099, statusCode: 400, message: "Moved on" };
  await using rig = new Rig();
  rig.client.connect();
  (await rig.network.next()).send({ action: Action.Closed, error });
  await rig.settle();
  assertEquals([rig.lastChange.event, rig.lastChange.reason!.code] as unknown, [
    "disconnected",
    80099,
  ]);
  rig.client.connect();
  const line = await rig.accept();
  line.send({ action: Action.Closed, error });
  assertEquals([rig.events().slice(-2), rig.lastLoss.reason!.message], [
    ["disconnected", "connecting"],
    "Moved on",
  ]);
  (await rig.accept()).send({ action: Action.Closed });
  assertEquals(rig.lastLoss.reason!.code, 80003);
  await rig.accept();
});

test("RTN15b1, RTN15e: it is the newest key that resumes", async () => {
  await using rig = await Rig.connected();
  rig.line.connect({ key: "key-2" });
  rig.line.close();
  const second = await rig.accept({ key: "key-3" });
  second.close();
  const third = await rig.accept({ key: "key-4" });
  assertEquals([second.params.resume, third.params.resume], ["key-2", "key-3"]);
  assertEquals(rig.client.connection.key, "key-4");
});

test("RTN14h, RTN27d: resume is tried however long it has been, also from SUSPENDED", async () => {
  await using rig = await Rig.connected();
  rig.network.onOpen = (line) => line.close();
  rig.line.close();
  await rig.clock.advance(3_600_000);
  rig.network.onOpen = () => {};
  assertEquals(rig.client.connection.state, "suspended");
  assert(rig.network.lines.length > 100);
  assert(rig.network.lines.slice(1).every(({ params }) => params.resume === "key-1"));
});

test("RTN15c4: a fatal ERROR in answer to a resume makes the connection FAILED", async () => {
  await using rig = await Rig.connected();
  const channel = rig.client.channels.get("c");
  const attached = channel.attach();
  rig.line.send({ action: Action.Attached, channel: "c", flags: 0 });
  await attached;
  rig.line.close();
  (await rig.network.next()).refuse({ code: 40400, statusCode: 404, message: "No app" });
  await rig.settle();
  assertEquals([rig.client.connection.state, channel.state], ["failed", "failed"]);
  assertEquals([rig.client.connection.errorReason?.code, channel.errorReason?.code], [
    40400,
    40400,
  ]);
});

test("RTN15c5: a token error in answer to a resume renews the token and resumes again", async () => {
  let tokens = 0;
  await using rig = await Rig.connected({ authCallback: () => `token-${++tokens}` });
  rig.line.close();
  (await rig.network.next()).refuse(TOKEN_EXPIRED);
  const line = await rig.accept();
  assertEquals([line.params.resume, line.params.accessToken], ["key-1", "token-2"]);
});

test("RTN15j: an ERROR on a connection makes it FAILED, with all channels that are attached", async () => {
  await using rig = await Rig.connected();
  const channel = rig.client.channels.get("c");
  const attached = channel.attach();
  rig.line.send({ action: Action.Attached, channel: "c", flags: 0 });
  await attached;
  rig.line.refuse({ code: 50000, statusCode: 500, message: "Broken" });
  await rig.settle();
  assertEquals([rig.client.connection.state, channel.state], ["failed", "failed"]);
  const change = rig.lastChange;
  assertEquals([change.event, change.previous, change.reason!.code], [
    "failed",
    "connected",
    50000,
  ]);
  assertStrictEquals(rig.client.connection.errorReason, change.reason!);
  await rig.clock.advance(3_600_000);
  assertEquals(rig.network.lines.length, 1);
});

test("RTN15h1: DISCONNECTED for a token without means to renew makes the connection FAILED", async () => {
  await using rig = await Rig.connected({ token: "t" });
  rig.line.disconnect(TOKEN_EXPIRED);
  assertEquals([rig.client.connection.state, rig.client.connection.errorReason?.code], [
    "failed",
    40171,
  ]);
});

test("RTN15h2, RTN22a: DISCONNECTED for a token renews it and resumes at once", async () => {
  let tokens = 0;
  await using rig = await Rig.connected({ authCallback: () => `token-${++tokens}` });
  rig.line.disconnect(TOKEN_EXPIRED);
  const line = await rig.accept();
  assertEquals([line.params.accessToken, line.params.resume], ["token-2", "key-1"]);
  assertEquals(rig.events(), ["connecting", "connected", ...BACK]);
});

test("RTN15h2: it is renewed once; another token error leads to DISCONNECTED", async () => {
  let tokens = 0;
  await using rig = await Rig.connected({ authCallback: () => `token-${++tokens}` });
  rig.line.disconnect(TOKEN_EXPIRED);
  (await rig.network.next()).refuse(TOKEN_EXPIRED);
  await rig.settle();
  assertEquals(rig.events().slice(2), ["disconnected", "connecting", "disconnected"]);
  assertEquals([tokens, rig.client.connection.errorReason?.code], [2, 40142]);
});

test("RTN15h2: if the renewal fails, the connection is DISCONNECTED with 80019", async () => {
  let tokens = 0;
  await using rig = await Rig.connected({
    authCallback: () => ++tokens === 1 ? "t" : Promise.reject(new Error("No session")),
  });
  rig.line.disconnect(TOKEN_EXPIRED);
  await rig.settle();
  assertEquals(rig.events().slice(2), ["disconnected", "connecting", "disconnected"]);
  assertEquals(rig.client.connection.errorReason?.code, 80019);
});

test("RTN15h2: the token that is refused is the one that was shown last, be it in band", async () => {
  let tokens = 0;
  await using rig = await Rig.connected({ authCallback: () => `token-${++tokens}` });
  const authorized = rig.client.auth.authorize();
  await rig.settle();
  rig.line.connect();
  await authorized;
  rig.line.disconnect(TOKEN_EXPIRED);
  assertEquals((await rig.accept()).params.accessToken, "token-3");
});

test("RTN15h2: a token that was renewed meanwhile is not renewed again", async () => {
  let tokens = 0;
  await using rig = await Rig.connected({
    authCallback: () => `token-${++tokens}`,
    answer: ({ headers }) =>
      atob(headers.get("authorization")!.slice(7)) === "token-1"
        ? new Response('{"error":{"code":40142,"statusCode":401}}', {
          status: 401,
          headers: { "content-type": "application/json" },
        })
        : new Response("[]", { headers: { "content-type": "application/json" } }),
  });
  await rig.client.request("GET", "/x", 6);
  rig.line.disconnect(TOKEN_EXPIRED);
  assertEquals((await rig.accept()).params.accessToken, "token-2");
  assertEquals(tokens, 2);
});

/** Publishes n messages, without waiting. */
function publish({ client }: Rig, names: readonly string[]) {
  const channel = client.channels.get("c");
  return names.map((name) =>
    channel.publish(name, null).then(() => `${name} ok`, (error) => `${name} ${error.code}`)
  );
}

function messagesOf(
  line: { sent(action: number): { msgSerial?: number; messages?: { name?: string | null }[] }[] },
) {
  return line.sent(Action.Message).map(({ msgSerial, messages }) =>
    `${msgSerial} ${messages![0]!.name}`
  );
}

test("RTN15c6, RTN19a, RTN19a2: after a resume, what has no answer is sent again with its serial", async () => {
  await using rig = await Rig.connected();
  const results = publish(rig, ["a", "b", "c", "d"]);
  await rig.settle();
  rig.line.ack(0);
  rig.line.close();
  const later = publish(rig, ["e"]);
  const line = await rig.accept();
  assertEquals(messagesOf(line), ["1 b", "2 c", "3 d", "4 e"]);
  line.ack(1, 4);
  assertEquals(await Promise.all([...results, ...later]), ["a ok", "b ok", "c ok", "d ok", "e ok"]);
});

test("RTN15c7, RTN19a2: after a failed resume it is sent with new serials, before anything newer", async () => {
  await using rig = await Rig.connected();
  const results = publish(rig, ["a", "b", "c"]);
  await rig.settle();
  rig.line.ack(0);
  rig.line.close();
  const later = publish(rig, ["d"]);
  const line = await rig.accept({ id: "id-2", error: FAILED_RESUME });
  const { event, reason } = rig.lastChange;
  assertEquals([event, reason!.code], ["connected", 80018]);
  assertStrictEquals(rig.client.connection.errorReason, reason!);
  assertEquals(rig.client.connection.id, "id-2");
  const newest = publish(rig, ["e"]);
  await rig.settle();
  assertEquals(messagesOf(line), ["0 b", "1 c", "2 d", "3 e"]);
  line.ack(0, 4);
  assertEquals(
    (await Promise.all([...results, ...later, ...newest])).join(),
    "a ok,b ok,c ok,d ok,e ok",
  );
});

test("RTN19a2: a loss before the answers to what was sent again changes nothing", async () => {
  await using rig = await Rig.connected();
  const results = publish(rig, ["a", "b"]);
  await rig.settle();
  rig.line.close();
  (await rig.accept({ id: "id-2", error: FAILED_RESUME })).close();
  (await rig.accept({ id: "id-2" })).close();
  const line = await rig.accept({ id: "id-3", error: FAILED_RESUME });
  assertEquals(messagesOf(line), ["0 a", "1 b"]);
  line.ack(0, 2);
  assertEquals(await Promise.all(results), ["a ok", "b ok"]);
});

test("RTN19a2: an error beside the same connection id leaves the serials alone", async () => {
  await using rig = await Rig.connected();
  const results = publish(rig, ["a", "b"]);
  await rig.settle();
  rig.line.ack(0);
  rig.line.close();
  const line = await rig.accept({ error: { code: 40000, statusCode: 400, message: "Note" } });
  assertEquals(messagesOf(line), ["1 b"]);
  line.ack(1);
  await Promise.all(results);
});

test("RTN19b, RTL3d, RTL3d1: channels send Action.Attach before listeners receive CONNECTED", async () => {
  await using rig = await Rig.connected();
  const { channels, connection } = rig.client;
  const attached = channels.get("attached").attach();
  rig.line.send({
    action: Action.Attached,
    channel: "attached",
    flags: 0,
    channelSerial: "serial-1",
  });
  await attached;
  void channels.get("attaching").attach();
  const results = publish(rig, ["a"]);
  await rig.settle();
  rig.line.close();
  const states: string[] = [];
  connection.once("connected", () => {
    states.push(channels.get("attached").state, channels.get("attaching").state);
  });
  const line = await rig.accept();
  assertEquals(states, ["attaching", "attaching"]);
  assertEquals(
    line.sent(Action.Attach).map(({ channel, channelSerial }) => [channel, channelSerial]),
    [["attached", "serial-1"], ["attaching", undefined]],
  );
  assertEquals(messagesOf(line), ["0 a"]); // without waiting for the channels
  line.ack(0);
  for (const channel of ["attached", "attaching"]) {
    line.send({ action: Action.Attached, channel, flags: 0 });
  }
  await Promise.all(results);
});

test("RTN15: frames and the end of a dead transport are of no effect on the next one", async () => {
  await using rig = await Rig.connected();
  const results = publish(rig, ["a"]);
  await rig.settle();
  const dead = rig.line;
  dead.close();
  const line = await rig.accept({ key: "key-2" });
  const before = rig.changes.length;
  dead.ack(0);
  dead.connect({ id: "id-9", key: "key-9" });
  dead.disconnect({ code: 80003, statusCode: 400 });
  dead.refuse({ code: 40000, statusCode: 400 });
  dead.fail();
  await rig.settle();
  assertEquals([rig.changes.length, rig.client.connection.key], [before, "key-2"]);
  line.ack(0);
  assertEquals(await Promise.all(results), ["a ok"]);
});

test("RTN14: the late answer of an attempt that was given up is of no effect", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 100 });
  rig.client.connect();
  const late = await rig.network.next();
  await rig.clock.advance(100);
  late.connect({ id: "late" });
  assertEquals(rig.client.connection.state, "disconnected");
  rig.client.connect();
  await rig.accept({ id: "id-1" });
  late.close();
  assertEquals([rig.client.connection.state, rig.client.connection.id], ["connected", "id-1"]);
});

const KEY_OF_OLD = JSON.stringify({
  connectionKey: "key-0",
  msgSerial: 5,
  channelSerials: { "ünïcode 🦄": "serial-1", plain: "serial-2" },
});

test("RTN16f, RTN16i, RTN16j, RTN16k: recover goes on with serials and channels of the key", async () => {
  await using rig = await Rig.connected({ recover: KEY_OF_OLD });
  assertEquals([rig.line.params.recover, rig.line.params.resume], ["key-0", undefined]);
  const names = [...rig.client.channels].map(({ name, state }) => [name, state]);
  assertEquals(names, [["ünïcode 🦄", "initialized"], ["plain", "initialized"]]);
  assertEquals(rig.line.sent(Action.Attach), []);
  const attached = rig.client.channels.get("ünïcode 🦄").attach();
  assertEquals(rig.line.sent(Action.Attach)[0]!.channelSerial, "serial-1");
  rig.line.send({
    action: Action.Attached,
    channel: "ünïcode 🦄",
    flags: 4,
    channelSerial: "serial-3",
  });
  await attached;
  const results = publish(rig, ["a"]);
  await rig.settle();
  assertEquals(messagesOf(rig.line), ["5 a"]);
  rig.line.ack(5);
  await Promise.all(results);
  // RTN16k: never again
  rig.line.close();
  const next = await rig.accept();
  assertEquals([next.params.recover, next.params.resume], [undefined, "key-1"]);
  rig.client.channels.get("ünïcode 🦄");
});

test("RTN16k: recover is asked for until a connection comes about", async () => {
  await using rig = new Rig({ recover: KEY_OF_OLD });
  rig.client.connect();
  (await rig.network.next()).close();
  await rig.settle();
  rig.client.connect();
  assertEquals((await rig.accept()).params.recover, "key-0");
});

test("RTN11d, RTN16j: after FAILED nothing is recovered any more, the channels' positions neither", async () => {
  await using rig = new Rig({ recover: KEY_OF_OLD });
  const channels = [...rig.client.channels];
  assert(channels.length > 0 && channels.every(({ properties }) => properties.channelSerial));
  rig.client.connect();
  (await rig.network.next()).refuse({ code: 40400, statusCode: 404, message: "No app" });
  await rig.settle();
  rig.client.connect();
  const line = await rig.accept();
  assertEquals(line.params.recover, undefined);
  for (const channel of channels) void channel.attach();
  await rig.settle();
  const attaches = line.sent(Action.Attach);
  assertEquals(attaches.length, channels.length);
  assert(attaches.every((frame) => !("channelSerial" in frame)));
  for (const { channel } of attaches) line.send({ action: Action.Attach + 1, channel, flags: 0 });
});

test("RTN16f, RTN16l: after a failed recovery serials start at 0, and the error is the reason", async () => {
  await using rig = new Rig({ recover: KEY_OF_OLD });
  rig.client.connect();
  const early = publish(rig as Rig, ["a"]);
  const line = await rig.accept({ error: FAILED_RESUME });
  assertEquals(rig.client.connection.errorReason?.code, 80018);
  await rig.settle();
  assertEquals(messagesOf(line), ["0 a"]);
  line.ack(0);
  await Promise.all(early);
});

test("RTN11d, RTN16k: after Action.Closed nothing is recovered any more", async () => {
  await using rig = new Rig({ recover: KEY_OF_OLD });
  rig.client.connect();
  (await rig.network.next()).close();
  await rig.settle();
  await rig.client.close();
  rig.client.connect();
  const line = await rig.accept();
  assertEquals(line.params.recover, undefined);
  const results = publish(rig, ["a"]);
  await rig.settle();
  assertEquals(messagesOf(line), ["0 a"]);
  line.ack(0);
  await Promise.all(results);
});

test("RTN16f1: a malformed recovery key is logged, and the client connects without it", async () => {
  const malformed = [
    "{",
    "null",
    "5",
    "[]",
    "_____!ably_test_fake-key____",
    "{}",
    '{"connectionKey":1,"msgSerial":0,"channelSerials":{}}',
    '{"connectionKey":"","msgSerial":0,"channelSerials":{}}',
    '{"connectionKey":"k","msgSerial":-1,"channelSerials":{}}',
    '{"connectionKey":"k","msgSerial":0.5,"channelSerials":{}}',
    '{"connectionKey":"k","msgSerial":0,"channelSerials":{"c":1}}',
    '{"connectionKey":"k","msgSerial":0}',
  ];
  for (const recover of malformed) {
    await using rig = await Rig.connected({ recover });
    assertEquals("recover" in rig.line.params, false, recover);
    assertEquals(rig.client.connection.state, "connected");
    assertEquals(rig.logged.filter((line) => line.startsWith("error: ")).length, 1, recover);
  }
});

test("RTN16g, RTN16g1: the recovery key has the connection key, the next serial and attached channels", async () => {
  await using rig = await Rig.connected();
  const { channels, connection } = rig.client;
  for (const name of ["ünïcode 🦄", "__proto__", "detached"]) {
    const attached = channels.get(name).attach();
    rig.line.send({
      action: Action.Attached,
      channel: name,
      flags: 0,
      channelSerial: `serial of ${name}`,
    });
    await attached;
  }
  const detached = channels.get("detached").detach();
  rig.line.send({ action: Action.Detached, channel: "detached" });
  await detached;
  channels.get("never attached");
  const results = publish(rig, ["a", "b"]);
  await rig.settle();
  rig.line.ack(0, 2);
  await Promise.all(results);
  const key = connection.createRecoveryKey()!;
  assertEquals(connection.recoveryKey, key);
  await using next = await Rig.connected({ recover: key });
  assertEquals(next.line.params.recover, "key-1");
  assertEquals([...next.client.channels].map(({ name }) => name), ["ünïcode 🦄", "__proto__"]);
  const published = publish(next, ["c"]);
  await next.settle();
  assertEquals(messagesOf(next.line), ["2 c"]);
  next.line.ack(2);
  await Promise.all(published);
});

test("RTN16g2: there is no recovery key without a connection to go on from", async () => {
  const seen: Record<string, boolean> = {};
  await using rig = new Rig();
  const { connection } = rig.client;
  const note = () => seen[connection.state] = connection.createRecoveryKey() !== null;
  note();
  connection.connect();
  note();
  const line = await rig.accept({ details: { connectionStateTtl: 1_000 } });
  note();
  line.close();
  assertEquals([connection.state, connection.createRecoveryKey() !== null], ["connecting", true]);
  (await rig.network.next()).close();
  await rig.settle();
  note();
  await rig.clock.advance(1_000);
  note();
  connection.connect();
  await rig.accept();
  const closed = connection.close();
  note();
  rig.line.send({ action: Action.Closed });
  await closed;
  note();
  connection.connect();
  (await rig.network.next()).refuse({ code: 40400, statusCode: 404 });
  await rig.settle();
  note();
  assertEquals(seen, {
    initialized: false,
    connecting: false,
    connected: true,
    disconnected: true,
    suspended: false,
    closing: false,
    closed: false,
    failed: false,
  });
});

test("RTN16d: a recovered connection has the id of the old one, and a new key", async () => {
  await using rig = await Rig.connected({ recover: KEY_OF_OLD }, {
    id: "id-of-old",
    key: "key-new",
  });
  const { id, key } = rig.client.connection;
  assertEquals([id, key], ["id-of-old", "key-new"]);
});
