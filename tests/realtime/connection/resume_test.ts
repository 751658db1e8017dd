import { Action } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, assertStrictEquals, test } from "../../harness.ts";
import { DETAILS, type Line } from "../../support/scripted_network.ts";
import { connected, end, scripted, TOKEN_EXPIRED } from "../../support/scripted_realtime.ts";

/** The events of a lost connection that is replaced at once. */
const BACK = ["disconnected", "connecting", "connected"];
const FAILED_RESUME = { code: 80018, statusCode: 400, message: "Invalid connection key" };

test("RTN15a, RTN15h2i, RTN15h3: a lost connection is DISCONNECTED, then CONNECTING at once, and resumes", async () => {
  const losses = {
    "a lost socket": (line: { close(code?: number): void }) => line.close(),
    "a clean close": (line: { close(code?: number): void }) => line.close(1000),
  };
  for (const [what, lose] of Object.entries(losses)) {
    await using parts = await connected();
    const before = parts.clock.now();
    lose(parts.line);
    const [disconnected, connecting] = parts.changes.slice(-2);
    const { reason, ...loss } = disconnected!;
    const event = { event: "disconnected", current: "disconnected" } as const;
    assertEquals(loss, { ...event, previous: "connected", retryIn: 0 }, what);
    assertEquals(reason!.code, 80003);
    const retry = { event: "connecting", current: "connecting", previous: "disconnected" } as const;
    assertEquals(connecting, retry, what);
    assertStrictEquals(parts.client.connection.errorReason, reason);
    const line = await parts.accept({ key: "key-2" });
    assertEquals(parts.clock.now(), before);
    assertEquals([line.params.resume, line.params.recover], ["key-1", undefined]); // RTN15b1
    assertEquals(parts.events(), ["connecting", "connected", ...BACK]);
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
    await using parts = scripted({ authCallback: () => "a-token" });
    parts.client.connect();
    for (let loss = 0; loss < 5; loss++) lose(await parts.accept());
    const line = await parts.accept();
    lose(line);
    await parts.settle();
    const change = parts.changes.at(-1)!;
    assertEquals([change.event, change.previous], ["disconnected", "connected"], what);
    assertEquals(parts.network.lines.length, 6, what);
    await parts.clock.advance(change.retryIn!);
    const next = await parts.accept();
    assertEquals(next.params.resume, "key-1");
    lose(next); // The pause was long enough to forget what was before.
    assertEquals(parts.client.connection.state, "connecting", what);
    await parts.accept();
  }
});

test("RTN15a: the client connects at once after each of many losses, if they lie apart", async () => {
  await using parts = await connected();
  for (let loss = 0; loss < 12; loss++) {
    parts.network.lines.at(-1)!.close();
    await parts.accept();
    await parts.clock.advance(2_500);
  }
  assertEquals(parts.events().slice(2), Array.from({ length: 12 }, () => BACK).flat());
});

test("RTN15h3: DISCONNECTED with an error other than a token error resumes at once", async () => {
  for (
    const error of [undefined, { code: 80003, statusCode: 400 }, { code: 40142, statusCode: 400 }]
  ) {
    await using parts = await connected();
    parts.line.disconnect(error);
    assertEquals(parts.loss().reason!.code, error?.code ?? 80003);
    assertEquals(parts.client.connection.errorReason?.code, error?.code ?? 80003);
    assertEquals((await parts.accept()).params.resume, "key-1");
    assertEquals(parts.client.connection.errorReason, null);
  }
});

test("RTN4f: an unrequested Action.Closed is a loss, with its error as the reason", async () => {
  const error = { code: 80099, statusCode: 400, message: "Moved on" };
  await using parts = scripted();
  parts.client.connect();
  (await parts.network.next()).send({ action: Action.Closed, error });
  await parts.settle();
  assertEquals([parts.changes.at(-1)!.event, parts.changes.at(-1)!.reason!.code] as unknown, [
    "disconnected",
    80099,
  ]);
  parts.client.connect();
  const line = await parts.accept();
  line.send({ action: Action.Closed, error });
  assertEquals([parts.events().slice(-2), parts.loss().reason!.message], [
    ["disconnected", "connecting"],
    "Moved on",
  ]);
  (await parts.accept()).send({ action: Action.Closed });
  assertEquals(parts.loss().reason!.code, 80003);
  await parts.accept();
});

test("RTN15b1, RTN15e: it is the newest key that resumes", async () => {
  await using parts = await connected();
  parts.line.connect({ key: "key-2" });
  parts.line.close();
  const second = await parts.accept({ key: "key-3" });
  second.close();
  const third = await parts.accept({ key: "key-4" });
  assertEquals([second.params.resume, third.params.resume], ["key-2", "key-3"]);
  assertEquals(parts.client.connection.key, "key-4");
});

test("RTN14h, RTN27d: resume is tried however long it has been, also from SUSPENDED", async () => {
  await using parts = await connected();
  parts.network.onOpen = (line) => line.close();
  parts.line.close();
  await parts.clock.advance(3_600_000);
  parts.network.onOpen = () => {};
  assertEquals(parts.client.connection.state, "suspended");
  assert(parts.network.lines.length > 100);
  assert(parts.network.lines.slice(1).every(({ params }) => params.resume === "key-1"));
});

test("RTN15c4: a fatal ERROR in answer to a resume makes the connection FAILED", async () => {
  await using parts = await connected();
  const channel = parts.client.channels.get("c");
  const attached = channel.attach();
  parts.line.send({ action: Action.Attached, channel: "c", flags: 0 });
  await attached;
  parts.line.close();
  (await parts.network.next()).refuse({ code: 40400, statusCode: 404, message: "No app" });
  await parts.settle();
  assertEquals([parts.client.connection.state, channel.state], ["failed", "failed"]);
  assertEquals([parts.client.connection.errorReason?.code, channel.errorReason?.code], [
    40400,
    40400,
  ]);
});

test("RTN15c5: a token error in answer to a resume renews the token and resumes again", async () => {
  let tokens = 0;
  await using parts = await connected({ authCallback: () => `token-${++tokens}` });
  parts.line.close();
  (await parts.network.next()).refuse(TOKEN_EXPIRED);
  const line = await parts.accept();
  assertEquals([line.params.resume, line.params.accessToken], ["key-1", "token-2"]);
});

test("RTN15j: an ERROR on a connection makes it FAILED, with all channels that are attached", async () => {
  await using parts = await connected();
  const channel = parts.client.channels.get("c");
  const attached = channel.attach();
  parts.line.send({ action: Action.Attached, channel: "c", flags: 0 });
  await attached;
  parts.line.refuse({ code: 50000, statusCode: 500, message: "Broken" });
  await parts.settle();
  assertEquals([parts.client.connection.state, channel.state], ["failed", "failed"]);
  const change = parts.changes.at(-1)!;
  assertEquals([change.event, change.previous, change.reason!.code], [
    "failed",
    "connected",
    50000,
  ]);
  assertStrictEquals(parts.client.connection.errorReason, change.reason!);
  await parts.clock.advance(3_600_000);
  assertEquals(parts.network.lines.length, 1);
});

test("RTN15h1: DISCONNECTED for a token without means to renew makes the connection FAILED", async () => {
  await using parts = await connected({ token: "t" });
  parts.line.disconnect(TOKEN_EXPIRED);
  assertEquals([parts.client.connection.state, parts.client.connection.errorReason?.code], [
    "failed",
    40171,
  ]);
});

test("RTN15h2, RTN22a: DISCONNECTED for a token renews it and resumes at once", async () => {
  let tokens = 0;
  await using parts = await connected({ authCallback: () => `token-${++tokens}` });
  parts.line.disconnect(TOKEN_EXPIRED);
  const line = await parts.accept();
  assertEquals([line.params.accessToken, line.params.resume], ["token-2", "key-1"]);
  assertEquals(parts.events(), ["connecting", "connected", ...BACK]);
});

test("RTN15h2: it is renewed once; another token error leads to DISCONNECTED", async () => {
  let tokens = 0;
  await using parts = await connected({ authCallback: () => `token-${++tokens}` });
  parts.line.disconnect(TOKEN_EXPIRED);
  (await parts.network.next()).refuse(TOKEN_EXPIRED);
  await parts.settle();
  assertEquals(parts.events().slice(2), ["disconnected", "connecting", "disconnected"]);
  assertEquals([tokens, parts.client.connection.errorReason?.code], [2, 40142]);
});

test("RTN15h2: if the renewal fails, the connection is DISCONNECTED with 80019", async () => {
  let tokens = 0;
  await using parts = await connected({
    authCallback: () => ++tokens === 1 ? "t" : Promise.reject(new Error("No session")),
  });
  parts.line.disconnect(TOKEN_EXPIRED);
  await parts.settle();
  assertEquals(parts.events().slice(2), ["disconnected", "connecting", "disconnected"]);
  assertEquals(parts.client.connection.errorReason?.code, 80019);
});

test("RTN15h2: the token that is refused is the one that was shown last, be it in band", async () => {
  let tokens = 0;
  await using parts = await connected({ authCallback: () => `token-${++tokens}` });
  const authorized = parts.client.auth.authorize();
  await parts.settle();
  parts.line.connect();
  await authorized;
  parts.line.disconnect(TOKEN_EXPIRED);
  assertEquals((await parts.accept()).params.accessToken, "token-3");
});

test("RTN15h2: a token that was renewed meanwhile is not renewed again", async () => {
  let tokens = 0;
  await using parts = await connected({
    authCallback: () => `token-${++tokens}`,
    answer: ({ headers }) =>
      atob(headers.get("authorization")!.slice(7)) === "token-1"
        ? new Response('{"error":{"code":40142,"statusCode":401}}', {
          status: 401,
          headers: { "content-type": "application/json" },
        })
        : new Response("[]", { headers: { "content-type": "application/json" } }),
  });
  await parts.client.request("GET", "/x", 6);
  parts.line.disconnect(TOKEN_EXPIRED);
  assertEquals((await parts.accept()).params.accessToken, "token-2");
  assertEquals(tokens, 2);
});

/** Publishes n messages, without waiting. */
function publish({ client }: Awaited<ReturnType<typeof connected>>, names: readonly string[]) {
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
  await using parts = await connected();
  const results = publish(parts, ["a", "b", "c", "d"]);
  await parts.settle();
  parts.line.ack(0);
  parts.line.close();
  const later = publish(parts, ["e"]);
  const line = await parts.accept();
  assertEquals(messagesOf(line), ["1 b", "2 c", "3 d", "4 e"]);
  line.ack(1, 4);
  assertEquals(await Promise.all([...results, ...later]), ["a ok", "b ok", "c ok", "d ok", "e ok"]);
});

test("RTN15c7, RTN19a2: after a failed resume it is sent with new serials, before anything newer", async () => {
  await using parts = await connected();
  const results = publish(parts, ["a", "b", "c"]);
  await parts.settle();
  parts.line.ack(0);
  parts.line.close();
  const later = publish(parts, ["d"]);
  const line = await parts.accept({ id: "id-2", error: FAILED_RESUME });
  const { event, reason } = parts.changes.at(-1)!;
  assertEquals([event, reason!.code], ["connected", 80018]);
  assertStrictEquals(parts.client.connection.errorReason, reason!);
  assertEquals(parts.client.connection.id, "id-2");
  const newest = publish(parts, ["e"]);
  await parts.settle();
  assertEquals(messagesOf(line), ["0 b", "1 c", "2 d", "3 e"]);
  line.ack(0, 4);
  assertEquals(
    (await Promise.all([...results, ...later, ...newest])).join(),
    "a ok,b ok,c ok,d ok,e ok",
  );
});

test("RTN19a2: a loss before the answers to what was sent again changes nothing", async () => {
  await using parts = await connected();
  const results = publish(parts, ["a", "b"]);
  await parts.settle();
  parts.line.close();
  (await parts.accept({ id: "id-2", error: FAILED_RESUME })).close();
  (await parts.accept({ id: "id-2" })).close();
  const line = await parts.accept({ id: "id-3", error: FAILED_RESUME });
  assertEquals(messagesOf(line), ["0 a", "1 b"]);
  line.ack(0, 2);
  assertEquals(await Promise.all(results), ["a ok", "b ok"]);
});

test("RTN19a2: an error beside the same connection id leaves the serials alone", async () => {
  await using parts = await connected();
  const results = publish(parts, ["a", "b"]);
  await parts.settle();
  parts.line.ack(0);
  parts.line.close();
  const line = await parts.accept({ error: { code: 40000, statusCode: 400, message: "Note" } });
  assertEquals(messagesOf(line), ["1 b"]);
  line.ack(1);
  await Promise.all(results);
});

test("RTN19b, RTL3d, RTL3d1: channels send Action.Attach before listeners receive CONNECTED", async () => {
  await using parts = await connected();
  const { channels, connection } = parts.client;
  const attached = channels.get("attached").attach();
  parts.line.send({
    action: Action.Attached,
    channel: "attached",
    flags: 0,
    channelSerial: "serial-1",
  });
  await attached;
  void channels.get("attaching").attach();
  const results = publish(parts, ["a"]);
  await parts.settle();
  parts.line.close();
  const states: string[] = [];
  connection.once("connected", () => {
    states.push(channels.get("attached").state, channels.get("attaching").state);
  });
  const line = await parts.accept();
  assertEquals(states, ["attaching", "attaching"]);
  assertEquals(
    line.sent(10).map(({ channel, channelSerial }) => [channel, channelSerial]),
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
  await using parts = await connected();
  const results = publish(parts, ["a"]);
  await parts.settle();
  parts.line.close();
  const line = await parts.accept({ key: "key-2" });
  const before = parts.changes.length;
  parts.line.ack(0);
  parts.line.connect({ id: "id-9", key: "key-9" });
  parts.line.disconnect({ code: 80003, statusCode: 400 });
  parts.line.refuse({ code: 40000, statusCode: 400 });
  parts.line.socket.fail();
  await parts.settle();
  assertEquals([parts.changes.length, parts.client.connection.key], [before, "key-2"]);
  line.ack(0);
  assertEquals(await Promise.all(results), ["a ok"]);
});

test("RTN14: the late answer of an attempt that was given up is of no effect", async () => {
  await using parts = scripted({ realtimeRequestTimeout: 100 });
  parts.client.connect();
  const late = await parts.network.next();
  await parts.clock.advance(100);
  late.connect({ id: "late" });
  assertEquals(parts.client.connection.state, "disconnected");
  parts.client.connect();
  await parts.accept({ id: "id-1" });
  late.close();
  assertEquals([parts.client.connection.state, parts.client.connection.id], ["connected", "id-1"]);
});

const KEY_OF_OLD = JSON.stringify({
  connectionKey: "key-0",
  msgSerial: 5,
  channelSerials: { "ünïcode 🦄": "serial-1", plain: "serial-2" },
});

test("RTN16f, RTN16i, RTN16j, RTN16k: recover goes on with serials and channels of the key", async () => {
  await using parts = await connected({ recover: KEY_OF_OLD });
  assertEquals([parts.line.params.recover, parts.line.params.resume], ["key-0", undefined]);
  const names = [...parts.client.channels].map(({ name, state }) => [name, state]);
  assertEquals(names, [["ünïcode 🦄", "initialized"], ["plain", "initialized"]]);
  assertEquals(parts.line.sent(10), []);
  const attached = parts.client.channels.get("ünïcode 🦄").attach();
  assertEquals(parts.line.sent(10)[0]!.channelSerial, "serial-1");
  parts.line.send({
    action: Action.Attached,
    channel: "ünïcode 🦄",
    flags: 4,
    channelSerial: "serial-3",
  });
  await attached;
  const results = publish(parts, ["a"]);
  await parts.settle();
  assertEquals(messagesOf(parts.line), ["5 a"]);
  parts.line.ack(5);
  await Promise.all(results);
  // RTN16k: never again
  parts.line.close();
  const next = await parts.accept();
  assertEquals([next.params.recover, next.params.resume], [undefined, "key-1"]);
  parts.client.channels.get("ünïcode 🦄");
});

test("RTN16k: recover is asked for until a connection comes about", async () => {
  await using parts = scripted({ recover: KEY_OF_OLD });
  parts.client.connect();
  (await parts.network.next()).close();
  await parts.settle();
  parts.client.connect();
  assertEquals((await parts.accept()).params.recover, "key-0");
});

test("RTN11d, RTN16j: after FAILED nothing is recovered any more, the channels' positions neither", async () => {
  await using parts = scripted({ recover: KEY_OF_OLD });
  const channels = [...parts.client.channels];
  assert(channels.length > 0 && channels.every(({ properties }) => properties.channelSerial));
  parts.client.connect();
  (await parts.network.next()).refuse({ code: 40400, statusCode: 404, message: "No app" });
  await parts.settle();
  parts.client.connect();
  const line = await parts.accept();
  assertEquals(line.params.recover, undefined);
  for (const channel of channels) void channel.attach();
  await parts.settle();
  const attaches = line.sent(Action.Attach);
  assertEquals(attaches.length, channels.length);
  assert(attaches.every((frame) => !("channelSerial" in frame)));
  for (const { channel } of attaches) line.send({ action: Action.Attach + 1, channel, flags: 0 });
});

test("RTN16f, RTN16l: after a failed recovery serials start at 0, and the error is the reason", async () => {
  await using parts = scripted({ recover: KEY_OF_OLD });
  parts.client.connect();
  const early = publish(parts as Awaited<ReturnType<typeof connected>>, ["a"]);
  const line = await parts.accept({ error: FAILED_RESUME });
  assertEquals(parts.client.connection.errorReason?.code, 80018);
  await parts.settle();
  assertEquals(messagesOf(line), ["0 a"]);
  line.ack(0);
  await Promise.all(early);
});

test("RTN11d, RTN16k: after Action.Closed nothing is recovered any more", async () => {
  await using parts = scripted({ recover: KEY_OF_OLD });
  parts.client.connect();
  (await parts.network.next()).close();
  await parts.settle();
  await parts.client.close();
  parts.client.connect();
  const line = await parts.accept();
  assertEquals(line.params.recover, undefined);
  const results = publish({ ...parts, line }, ["a"]);
  await parts.settle();
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
    await using parts = await connected({ recover });
    assertEquals("recover" in parts.line.params, false, recover);
    assertEquals(parts.client.connection.state, "connected");
    assertEquals(parts.logged.filter((line) => line.startsWith("error: ")).length, 1, recover);
  }
});

test("RTN16g, RTN16g1: the recovery key has the connection key, the next serial and attached channels", async () => {
  const parts = await connected();
  const { channels, connection } = parts.client;
  for (const name of ["ünïcode 🦄", "__proto__", "detached"]) {
    const attached = channels.get(name).attach();
    parts.line.send({
      action: Action.Attached,
      channel: name,
      flags: 0,
      channelSerial: `serial of ${name}`,
    });
    await attached;
  }
  const detached = channels.get("detached").detach();
  parts.line.send({ action: Action.Detached, channel: "detached" });
  await detached;
  channels.get("never attached");
  const results = publish(parts, ["a", "b"]);
  await parts.settle();
  parts.line.ack(0, 2);
  await Promise.all(results);
  const key = connection.createRecoveryKey()!;
  assertEquals(connection.recoveryKey, key);
  const next = await connected({ recover: key });
  assertEquals(next.line.params.recover, "key-1");
  assertEquals([...next.client.channels].map(({ name }) => name), ["ünïcode 🦄", "__proto__"]);
  const published = publish(next, ["c"]);
  await next.settle();
  assertEquals(messagesOf(next.line), ["2 c"]);
  next.line.ack(2);
  await Promise.all(published);
  await end(next);
  await end(parts);
});

test("RTN16g2: there is no recovery key without a connection to go on from", async () => {
  const seen: Record<string, boolean> = {};
  await using parts = scripted();
  const { connection } = parts.client;
  const note = () => seen[connection.state] = connection.createRecoveryKey() !== null;
  note();
  connection.connect();
  note();
  const line = await parts.accept({ details: { ...DETAILS, connectionStateTtl: 1_000 } });
  note();
  line.close();
  assertEquals([connection.state, connection.createRecoveryKey() !== null], ["connecting", true]);
  (await parts.network.next()).close();
  await parts.settle();
  note();
  await parts.clock.advance(1_000);
  note();
  connection.connect();
  await parts.accept();
  const closed = connection.close();
  note();
  parts.network.lines.at(-1)!.send({ action: 8 });
  await closed;
  note();
  connection.connect();
  (await parts.network.next()).refuse({ code: 40400, statusCode: 404 });
  await parts.settle();
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
  await using parts = await connected({ recover: KEY_OF_OLD }, { id: "id-of-old", key: "key-new" });
  const { id, key } = parts.client.connection;
  assertEquals([id, key], ["id-of-old", "key-new"]);
});
