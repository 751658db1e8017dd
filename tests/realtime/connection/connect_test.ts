import { type ClientOptions, ErrorInfo, Realtime } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { Realtime as JsonRealtime } from "../../../src/realtime/mod.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
  test,
} from "../../harness.ts";
import { createService } from "../../../src/testing/mod.ts";
import { until } from "../../support/outcomes.ts";
import { HOST, Rig } from "../../support/realtime_rig.ts";
import { KEY } from "../../support/fake_service.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

/** The query of the first connection request. */
async function paramsOf(options: ClientOptions): Promise<Readonly<Record<string, string>>> {
  await using rig = await Rig.connected(options);
  await rig.close();
  return rig.line.params;
}

test("RTN2: the connection request says who, what and how", async () => {
  const { agent, lib, ...params } = await paramsOf({});
  assertEquals(params, { v: "6", format: "json", echo: "true", heartbeats: "true", key: KEY });
  assertMatch(agent!, /^ably-edge-server\/\d+\.\d+\.\d+ (deno|bun|workerd|cloudflare)/i); // RSC7d3
  assertMatch(lib!, /^ably-edge-\d+\.\d+\.\d+$/); // RTN2g
});

test("RTN2, REC1: the primary domain is the host, with TLS and the standard port", async () => {
  await using rig = await Rig.connected({ endpoint: undefined });
  assertEquals(rig.line.url.origin, "wss://main.realtime.ably.net");
  assertEquals(rig.line.url.pathname, "/");
});

test("TO3k4, TO3k5: the port and TLS of the options are used", async () => {
  const cases = [
    [{ tlsPort: 8443 }, `wss://${HOST}:8443`],
    [{ tls: false, port: 8080, token: "t" }, `ws://${HOST}:8080`],
    [{ tls: false, token: "t" }, `ws://${HOST}`],
    [{ endpoint: "::1" }, "wss://[::1]"],
  ] as const;
  for (const [options, origin] of cases) {
    await using rig = await Rig.connected(options);
    const { protocol, host } = rig.line.url;
    assertEquals(`${protocol}//${host}`, origin);
  }
});

test("RTN2a: format is msgpack or json, as the client speaks", async () => {
  assertEquals((await paramsOf({ useBinaryProtocol: true })).format, "msgpack");
  assertEquals((await paramsOf({ useBinaryProtocol: null })).format, "msgpack"); // TO3f
  assertEquals((await paramsOf({ useBinaryProtocol: false })).format, "json");
});

test("RTN2b, RTC1a: echo is sent in either case", async () => {
  assertEquals((await paramsOf({ echoMessages: true })).echo, "true");
  assertEquals((await paramsOf({ echoMessages: false })).echo, "false");
});

test("RTN2d, RSA7e1: clientId is sent if there is one", async () => {
  assertEquals((await paramsOf({ clientId: "Jürgen & co" })).clientId, "Jürgen & co");
  assertEquals("clientId" in await paramsOf({ clientId: null }), false);
});

test("RTN2e, RSA3c: the key, or the token as accessToken, never both", async () => {
  const withToken = await paramsOf({ key: KEY, token: "a.b/c+d=" });
  assertEquals([withToken.accessToken, withToken.key], ["a.b/c+d=", undefined]);
  assertEquals(
    (await paramsOf({ authCallback: () => "from-callback" })).accessToken,
    "from-callback",
  );
  assertEquals("access_token" in withToken, false);
});

test("RSC7d3: a client with a token does not call itself a server", async () => {
  assertMatch((await paramsOf({ token: "t" })).agent!, /^ably-edge\//);
  assertMatch((await paramsOf({ clientType: "device" })).agent!, /^ably-edge\//);
});

test("RTC1f, RTC1f1: transportParams are added, and take precedence", async () => {
  const { heartbeats, v, extra, flag, n } = await paramsOf({
    transportParams: { heartbeats: false, v: 9, extra: "ä b", flag: true, n: 1.5 },
  });
  assertEquals({ heartbeats, v, extra, flag, n }, {
    heartbeats: "false",
    v: "9",
    extra: "ä b",
    flag: "true",
    n: "1.5",
  });
});

test("RTC1f1: with another format in transportParams the client speaks that one", async () => {
  for (const [format, useBinaryProtocol] of [["json", true], ["msgpack", false]] as const) {
    await using rig = await Rig.connected({ useBinaryProtocol, transportParams: { format } });
    assertEquals(rig.client.connection.state, "connected");
    const ping = rig.client.connection.ping();
    await rig.settle();
    assertEquals(typeof rig.line.raw[0], format === "json" ? "string" : "object");
    rig.line.send({ action: Action.Heartbeat, id: rig.line.sent(Action.Heartbeat)[0]!.id });
    await ping;
  }
});

test("RTC1f1, RSL4d: payloads are encoded for the format that transportParams ask for", async () => {
  const given = bytes(1, 2, 3);
  const cases = [["json", true, "AQID", "/base64"], ["msgpack", false, given, ""]] as const;
  for (const [format, useBinaryProtocol, data, encoding] of cases) {
    await using rig = await Rig.connected({
      useBinaryProtocol,
      transportParams: { format },
      clientId: "me",
    });
    const { channels } = rig.client;
    const channel = channels.get("plain");
    const sent = [
      channel.publish("n", given),
      channel.annotations.publish("serial", { type: "a:total.v1", data: given }),
      channels.get("secret", { cipher: { key: new Uint8Array(16) } }).publish("n", "text"),
      channel.presence.enter(given),
    ];
    await rig.settle();
    rig.line.send({ action: Action.Attached, channel: "plain", flags: 0xffffffff });
    const frames = rig.line.frames;
    await until(() => frames.filter(({ msgSerial }) => msgSerial !== undefined).length === 4);
    const payloads = frames.flatMap(({ messages, annotations, presence }) =>
      messages ?? annotations ?? presence ?? []
    );
    const encrypted = payloads.find(({ encoding }) => encoding?.includes("cipher"))!;
    const plain = payloads.filter((payload) => payload !== encrypted);
    const wanted = { data, encoding: encoding.slice(1) || undefined };
    assertEquals(
      plain.map(({ data, encoding }) => ({ data, encoding })),
      [wanted, wanted, wanted],
    );
    assertEquals(encrypted.encoding, `utf-8/cipher+aes-128-cbc${encoding}`);
    assertEquals(typeof encrypted.data, format === "json" ? "string" : "object");
    for (const { msgSerial } of frames) if (msgSerial !== undefined) rig.line.ack(msgSerial);
    await Promise.all(sent);
  }
});

test("RTC1f1: a format in transportParams whose codec is not there is refused", () => {
  for (const format of ["msgpack", "xml"]) {
    const options = { key: KEY, autoConnect: false, transportParams: { format } };
    const error = assertThrows(() => new JsonRealtime(options), ErrorInfo);
    assertEquals([error.code, error.statusCode], [40019, 400]);
    assertMatch(error.message, new RegExp(`"${format}"`));
  }
});

test("RTN3, RTC1b: with autoConnect, which is the default, it connects when it is made", async () => {
  for (const autoConnect of [true, undefined]) {
    await using rig = new Rig({ autoConnect });
    assertEquals(rig.client.connection.state, "connecting");
    await rig.accept();
    assertEquals(rig.client.connection.state, "connected");
  }
});

test("RTN3, RTC1b: without autoConnect it waits for connect()", async () => {
  await using rig = new Rig({ autoConnect: false });
  await rig.clock.advance(3_600_000);
  assertEquals([rig.network.lines.length, rig.client.connection.state], [0, "initialized"]);
  rig.client.connect(); // RTC15a
  assertEquals(rig.client.connection.state, "connecting");
  await rig.accept();
});

test("RTC12: takes a key or a token instead of options", async () => {
  for (const Client of [Realtime, JsonRealtime]) {
    const client = new Client({ key: KEY, autoConnect: false });
    assertEquals([client.connection.state, client.auth.clientId], ["initialized", undefined]);
    await client.close();
  }
  const error = assertThrows(() => new Realtime(""), ErrorInfo);
  assertEquals(error.code, 40106);
  assertEquals(assertThrows(() => new Realtime("no.colon:"), ErrorInfo).code, 40005);
});

test("RTN4b, RTN6: CONNECTING, then CONNECTED once the service has said so", async () => {
  await using rig = new Rig();
  rig.client.connect();
  const line = await rig.network.next();
  assertEquals(rig.events(), ["connecting"]);
  line.connect();
  assertEquals(rig.events(), ["connecting", "connected"]);
  assertEquals(rig.client.connection.state, "connected"); // RTN4d
  await rig.close();
  assertEquals(rig.events().slice(2), ["closing", "closed"]); // RTN4c
});

test("RTN4a, RTN4e, TA1, TA2, TA5: listeners get a change with current, previous and event", async () => {
  await using rig = await Rig.connected();
  assertEquals(rig.changes, [
    { current: "connecting", previous: "initialized", event: "connecting" },
    { current: "connected", previous: "connecting", event: "connected" },
  ]);
});

test("RTN4f, TA3: an error that comes with CONNECTED is the reason and the errorReason", async () => {
  await using rig = await Rig.connected({}, {
    error: { code: 80008, statusCode: 400, message: "Lost" },
  });
  const { reason } = rig.changes[1]!;
  assert(reason instanceof ErrorInfo);
  assertEquals([reason.code, reason.statusCode, reason.message], [80008, 400, "Lost"]);
  assert(rig.client.connection.errorReason === reason);
});

test("protocol.md: empty fields may come as null", async () => {
  await using rig = new Rig();
  rig.client.connect();
  const line = await rig.network.next();
  line.send({
    action: Action.Connected,
    connectionId: "id-1",
    connectionKey: null,
    error: null,
    channel: null,
    connectionDetails: { connectionKey: "key-1", clientId: null, serverId: null },
  });
  assertEquals([rig.changes[1]!.event, rig.changes[1]!.reason], ["connected", undefined]);
  assertEquals(rig.client.connection.errorReason, null);
  line.send({
    action: Action.Error,
    channel: null,
    error: { code: 40000, statusCode: 400, message: "Bad" },
  });
  await rig.settle();
  assertEquals(rig.client.connection.state, "failed");
});

test("RTN8a, RTN8d, RTN9a, RTN9d: id and key are there while there is something to resume", async () => {
  await using rig = new Rig();
  const { connection } = rig.client;
  const idAndKey = () => [connection.id, connection.key];
  assertEquals(idAndKey(), [undefined, undefined]);
  connection.connect();
  assertEquals(idAndKey(), [undefined, undefined]);
  const line = await rig.accept({ id: "id-7", key: "key-7" });
  assertEquals(idAndKey(), ["id-7", "key-7"]);
  line.close();
  assertEquals([connection.state, ...idAndKey()], ["connecting", "id-7", "key-7"]);
  (await rig.network.next()).close();
  await rig.settle();
  assertEquals([connection.state, ...idAndKey()], ["disconnected", "id-7", "key-7"]);
  await rig.clock.advance(13_500);
  await rig.accept({ id: "id-7", key: "key-8" });
  assertEquals(idAndKey(), ["id-7", "key-8"]); // RTN15e
  const closing = connection.close();
  assertEquals([connection.state, ...idAndKey()], ["closing", undefined, undefined]);
  await rig.close();
  await closing;
  assertEquals([connection.state, ...idAndKey()], ["closed", undefined, undefined]);
});

test("RTN8d, RTN9d: SUSPENDED keeps id and key, FAILED does not", async () => {
  await using rig = await Rig.connected({}, { details: { connectionStateTtl: 1_000 } });
  const { connection } = rig.client;
  rig.network.onOpen = (line) => line.close();
  rig.line.close();
  await rig.clock.advance(1_001);
  assertEquals([connection.state, connection.id, connection.key], ["suspended", "id-1", "key-1"]);
  rig.network.onOpen = (line) => line.refuse({ code: 40400, statusCode: 404 });
  connection.connect();
  await rig.settle();
  assertEquals([connection.state, connection.id, connection.key], ["failed", undefined, undefined]);
});

test("RTC4a, RSA7b3, RTC17: who the client is becomes known with CONNECTED", async () => {
  for (const clientId of ["someone", "*"]) { // RSA7b4
    await using rig = new Rig();
    assertEquals(rig.client.auth.clientId, undefined); // RSA12b
    rig.client.connect();
    await rig.accept({ details: { clientId } });
    assertEquals([rig.client.auth.clientId, rig.client.clientId], [clientId, clientId]);
  }
});

test("RSA15a, RSA15c: a CONNECTED for someone else makes the connection FAILED", async () => {
  await using rig = await Rig.connected({ clientId: "me" }, {
    details: { clientId: "you" },
  });
  assertEquals(rig.events(), ["connecting", "failed"]);
  assertEquals(rig.client.connection.errorReason?.code, 40102);
  assertEquals(rig.network.live, 0);
});

test("RSA15b: a wildcard CONNECTED leaves the clientId of the options", async () => {
  await using rig = await Rig.connected({ clientId: "me" }, {
    details: { clientId: "*" },
  });
  assertEquals([rig.client.connection.state, rig.client.clientId], ["connected", "me"]);
});

test("RTN21, CD2c: what CONNECTED says overrides the options, and is overridden by the next", async () => {
  const details = { maxMessageSize: 100 };
  await using rig = await Rig.connected({ maxMessageSize: 1_000 }, { details });
  const channel = rig.client.channels.get("c");
  const codeOf = (size: number) =>
    channel.publish("n", "x".repeat(size)).then(() => 0, (error: ErrorInfo) => error.code);
  assertEquals(await codeOf(200), 40009);
  rig.line.connect({ details: { maxMessageSize: 300 } });
  const fits = codeOf(200);
  await rig.settle();
  rig.line.ack(0);
  assertEquals(await fits, 0);
  // RTN24: a CONNECTED without details takes nothing away.
  rig.line.connect({ details: null });
  assertEquals(await codeOf(400), 40009);
  assertEquals(rig.client.connection.key, "key-1");
});

test("RTN21, CD2c, CD2d: the limits of the service hold for requests too, until the connection has ended", async () => {
  const details = { maxFrameSize: 200, maxMessageSize: 20 };
  await using rig = await Rig.connected({ answer: () => Response.json([]) }, { details });
  const { client } = rig;
  const limits = async () => {
    const outcomes = [
      client.request("POST", "/x", 6, null, { a: "x".repeat(300) }),
      client.batchPublish({ channels: ["c"], messages: [{ data: "x".repeat(30) }] }),
    ].map((call) => call.then(() => "sent", ({ code }: ErrorInfo) => code));
    return await Promise.all<string | number>(outcomes);
  };
  assertEquals(await limits(), [40009, 40009]);
  assertEquals(rig.http.seen.length, 0);
  rig.line.connect();
  assertEquals(await limits(), ["sent", "sent"]);
  rig.line.connect({ details });
  await rig.settle();
  assertEquals(await limits(), [40009, 40009]);
  await rig.close();
  client.connect(); // RTN11d
  assertEquals(await limits(), ["sent", "sent"]);
  await rig.accept();
});

test("TO3l9, CD2d: a publish whose frame would be too large fails alone, and takes no serial", async () => {
  for (const useBinaryProtocol of [false, true]) {
    await using rig = await Rig.connected({ useBinaryProtocol, maxFrameSize: 1 }, {
      details: { maxFrameSize: 300 },
    });
    const channel = rig.client.channels.get("c");
    const many = Array.from({ length: 100 }, () => ({ name: "n" }));
    const error = await assertRejects(() => channel.publish(many), ErrorInfo);
    assertEquals(error.code, 40009);
    assertMatch(error.message, /^The frame has \d+ bytes, more than the limit of 300$/);
    const sent = channel.publish("n", "ü".repeat(100));
    await rig.settle();
    assertEquals(rig.line.sent(Action.Message).map(({ msgSerial }) => msgSerial), [0]);
    rig.line.ack(0);
    await sent;
  }
});

test("RTN24, RTN4h: another CONNECTED is an UPDATE and nothing else", async () => {
  await using rig = await Rig.connected();
  rig.line.connect({ key: "key-2" });
  rig.line.connect({ key: "key-3", error: { code: 40000, statusCode: 400, message: "Note" } });
  await rig.settle();
  assertEquals(
    rig.changes.slice(2).map(({ event, current, previous, reason }) => ({
      event,
      current,
      previous,
      code: reason?.code,
    })),
    [
      { event: "update", current: "connected", previous: "connected", code: undefined },
      { event: "update", current: "connected", previous: "connected", code: 40000 },
    ],
  );
  assertEquals(rig.client.connection.key, "key-3"); // RTN15e
  assertEquals(rig.client.connection.errorReason?.code, 40000);
});

test("RTN21, RTN24: an UPDATE with some details leaves the others as they are", async () => {
  const details = { maxMessageSize: 50, maxIdleInterval: 1_000, connectionStateTtl: 5_000 };
  for (const absent of [undefined, null]) {
    await using rig = await Rig.connected({}, { details });
    const { connection, channels } = rig.client;
    const rest = { maxMessageSize: absent, maxIdleInterval: absent, connectionStateTtl: absent };
    rig.line.send({
      action: Action.Connected,
      connectionDetails: { connectionKey: "key-2", ...rest },
    });
    assertEquals([connection.id, connection.key], ["id-1", "key-2"]);
    const publish = () => channels.get("c").publish("n", "x".repeat(60));
    assertEquals((await assertRejects(publish, ErrorInfo)).code, 40009); // CD2c
    rig.network.onOpen = (line) => line.close();
    await rig.clock.advance(11_000); // CD2h, RTN23a
    assertEquals(rig.events().slice(2), ["update", "disconnected", "connecting", "disconnected"]);
    await rig.clock.advance(5_000); // CD2f
    assertEquals(connection.state, "suspended");
  }
});

test("RTN24, RTC4a: an UPDATE may say who the client is", async () => {
  await using rig = await Rig.connected();
  rig.line.connect({ details: { clientId: "someone" } });
  assertEquals(rig.client.clientId, "someone");
});

test("RTF1, RSF1: unknown actions and members are passed over", async () => {
  await using rig = await Rig.connected();
  rig.line.send({ action: 4711, surprise: { deep: [1] } });
  rig.line.send({ action: 4711, channel: "c", surprise: 1 });
  rig.line.connect({ details: { novelty: true } as object });
  assertEquals(rig.client.connection.state, "connected");
});

test("RTC5, RTC6, RTC9, RTC13: the operations of a REST client are there", async () => {
  await using rig = await Rig.connected({
    answer: () =>
      new Response("[1700000000000]", { headers: { "content-type": "application/json" } }),
  });
  assertEquals(await rig.client.time(), 1_700_000_000_000);
  assertEquals((await rig.client.request("GET", "/x", 6)).items, [1_700_000_000_000]);
  assertEquals(typeof rig.client.stats, "function");
  assert(rig.client.push.admin);
});

test("E3 44: no runtime is refused for its name", async () => {
  Object.assign(globalThis, { EdgeRuntime: "edge-runtime" });
  try {
    await using rig = await Rig.connected();
    assertEquals(rig.client.connection.state, "connected");
  } finally {
    delete (globalThis as { EdgeRuntime?: string }).EdgeRuntime;
  }
});

test("RTN4a, RTN4b: the creator of a client with autoConnect receives CONNECTING", async () => {
  await using service = createService();
  await using client = new Realtime(service.options());
  assertEquals(client.connection.state, "connecting");
  const events: string[] = [];
  client.connection.on(({ previous, event }) => void events.push(`${previous} ${event}`));
  const once = client.connection.once("connecting");
  await client.connection.whenState("connected");
  assertEquals(events, ["initialized connecting", "connecting connected"]);
  assertEquals((await once).current, "connecting");
});

test("RTN4a: events during the construction of a client are emitted in order", async () => {
  await using service = createService();
  const client = new Realtime(service.options());
  const closed = client.close();
  const events: string[] = [];
  client.connection.on(({ event }) => void events.push(event));
  await closed;
  assertEquals(events, ["connecting", "closing", "closed"]);
});

test("RTN8a, RTN9a, RTN16g2: a CONNECTED that gives neither id nor key leaves none", async () => {
  await using rig = new Rig();
  rig.client.connect();
  const line = await rig.network.next();
  line.send({ action: Action.Connected });
  const { connection } = rig.client;
  assertEquals([connection.state, connection.id, connection.key], [
    "connected",
    undefined,
    undefined,
  ]);
  assertEquals(connection.createRecoveryKey(), null);
  line.close();
  const next = await rig.network.next();
  assertEquals("resume" in next.params, false);
});
