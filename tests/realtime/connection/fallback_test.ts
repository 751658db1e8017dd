import { Action } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, assertMatch, test } from "../../harness.ts";
import { json, never } from "../../support/fake_service.ts";
import { Rig, TOKEN_EXPIRED } from "../../support/realtime_rig.ts";

const PRIMARY = "main.realtime.ably.net";
const FALLBACKS = ["a", "b", "c", "d", "e"].map((x) => `main.${x}.fallback.ably-realtime.com`);
const GONE = { code: 80003, statusCode: 503, message: "Going down" };
const ABLY = { endpoint: "main" };

test("RTN17i, RTN17j: the primary host comes first; then, if there is a network, all fallbacks", async () => {
  await using rig = new Rig(ABLY);
  rig.network.onOpen = (line) => line.close();
  rig.client.connect();
  await rig.client.connection.whenState("disconnected");
  const hosts = rig.network.lines.map(({ host }) => host);
  assertEquals(hosts[0], PRIMARY);
  assertEquals(hosts.slice(1).toSorted(), FALLBACKS); // RTN17h
  assertEquals(rig.http.seen.map(({ method, url }) => `${method} ${url.href}`), [
    "GET https://internet-up.ably-realtime.com/is-the-internet-up.txt", // REC3a
  ]);
  assertEquals(rig.events(), ["connecting", "disconnected"]);
});

test("RTN17j: the order of the fallbacks is drawn anew for every attempt", async () => {
  const seen = new Set<string>();
  for (const chance of [0, 0.3, 0.6, 0.9]) {
    const random = { bytes: (length: number) => new Uint8Array(length), number: () => chance };
    await using rig = new Rig({ ...ABLY, random });
    rig.network.onOpen = (line) => line.close();
    rig.client.connect();
    await rig.client.connection.whenState("disconnected");
    const fallbacks = rig.network.lines.slice(1).map(({ host }) => host);
    assertEquals(fallbacks.toSorted(), FALLBACKS);
    seen.add(fallbacks.join());
  }
  assert(seen.size > 2, `${seen.size} orders`);
});

test("RTN17f: an attempt that gets no answer in time goes on at a fallback", async () => {
  await using rig = new Rig({ ...ABLY, realtimeRequestTimeout: 500 });
  rig.client.connect();
  const primary = await rig.network.next();
  await rig.clock.advance(500);
  const fallback = await rig.accept();
  assertEquals([primary.host, FALLBACKS.includes(fallback.host)], [PRIMARY, true]);
  assert(primary.isClosed);
  assertEquals(rig.events(), ["connecting", "connected"]);
});

/** Refuses all connections but the first ones, as Deno does without a permission for the host. */
function permitOnly(rig: Rig, count: number): void {
  let opened = 0;
  rig.network.beforeOpen = () => {
    if (++opened <= count) return;
    throw Object.assign(new Error("Requires net access"), { name: "NotCapable" });
  };
}

test("RTN17f: a fallback that the runtime does not permit leaves the failure of the primary host", async () => {
  await using rig = new Rig(ABLY);
  permitOnly(rig, 1);
  rig.client.connect();
  (await rig.network.next()).close(4004, "under repair");
  await rig.client.connection.whenState("disconnected");
  const { current, reason } = rig.lastChange;
  assertEquals([current, reason?.code], ["disconnected", 80003]);
  assertMatch(reason!.message, /main\.realtime\.ably\.net.*4004: under repair/);
  assertMatch(reason!.remediation, /fallback.*Requires net access/);
});

test("RTN17f1: a client that is sent away goes back to the primary host if no other is permitted", async () => {
  await using rig = await Rig.connected(ABLY);
  let opened = 0;
  rig.network.beforeOpen = () => {
    if (opened++ === 0) throw Object.assign(new Error("No access"), { name: "NotCapable" });
  };
  rig.line.send({ action: Action.Disconnected, error: GONE });
  const line = await rig.accept();
  assertEquals([line.host, rig.client.connection.state], [PRIMARY, "connected"]);
});

test("RTN17j: without a network no fallback is tried", async () => {
  const answers = {
    "no answer": () => Promise.reject(new TypeError("unreachable")),
    "a captive portal": () => new Response("<html>Log in</html>"),
    "a refusal": () => new Response("yes", { status: 404 }),
  };
  for (const [what, answer] of Object.entries(answers)) {
    await using rig = new Rig({ ...ABLY, answer });
    rig.client.connect();
    (await rig.network.next()).close();
    await rig.client.connection.whenState("disconnected");
    assertEquals(
      [rig.network.lines.length, rig.client.connection.state],
      [1, "disconnected"],
      what,
    );
    assertEquals(rig.http.open(), 0, what);
  }
});

test("RTN17j: a connectivity check that hangs means that there is no network", async () => {
  await using rig = new Rig({ ...ABLY, answer: never, realtimeRequestTimeout: 500 });
  rig.client.connect();
  (await rig.network.next()).close();
  await rig.clock.advance(499);
  assertEquals(rig.client.connection.state, "connecting");
  await rig.clock.advance(1);
  assertEquals(rig.client.connection.state, "disconnected");
  assert(rig.http.seen[0]!.signal!.aborted);
});

test("RTN12f: close() while there is a connectivity check ends in CLOSED, with no timer left", async () => {
  await using rig = new Rig({ ...ABLY, answer: never });
  rig.client.connect();
  (await rig.network.next()).close();
  await rig.settle();
  const closed = rig.client.close();
  await rig.clock.advance(10_000);
  await closed;
  assertEquals([rig.network.lines.length, rig.clock.pending], [1, 0]);
});

test("REC3b: the URL of the check is an option", async () => {
  await using rig = new Rig({ ...ABLY, connectivityCheckUrl: "https://example.com/up" });
  rig.client.connect();
  (await rig.network.next()).close();
  await rig.accept();
  assertEquals(rig.http.seen[0]!.url.href, "https://example.com/up");
});

test("RTN17g: with no fallbacks there is no check, and no other host", async () => {
  for (const options of [{ endpoint: "ably.test" }, { ...ABLY, fallbackHosts: [] }]) {
    await using rig = new Rig(options);
    rig.client.connect();
    (await rig.network.next()).close();
    await rig.settle();
    assertEquals(rig.client.connection.state, "disconnected");
    assertEquals([rig.network.lines.length, rig.http.seen.length], [1, 0]);
  }
});

test("RTN17f1: DISCONNECTED with a status from 500 to 504 on opening goes on at a fallback", async () => {
  for (const statusCode of [499, 500, 501, 502, 503, 504, 505]) {
    await using rig = new Rig(ABLY);
    rig.client.connect();
    (await rig.network.next()).disconnect({ code: 80003, statusCode });
    const goesOn = statusCode >= 500 && statusCode <= 504;
    if (goesOn) await rig.accept();
    else await rig.settle();
    assertEquals(
      rig.client.connection.state,
      goesOn ? "connected" : "disconnected",
      `${statusCode}`,
    );
  }
});

test("RTN17f: an ERROR or a token at fault is not the host's fault", async () => {
  let tokens = 0;
  await using rig = new Rig({ ...ABLY, authCallback: () => `token-${++tokens}` });
  rig.client.connect();
  (await rig.network.next()).refuse(TOKEN_EXPIRED);
  const again = await rig.network.next();
  assertEquals(again.host, PRIMARY);
  again.refuse({ code: 40000, statusCode: 500 });
  await rig.settle();
  assertEquals([rig.client.connection.state, rig.network.lines.length], ["failed", 2]);
});

test("RTN17f: a fallback that refuses for good ends the search", async () => {
  await using rig = new Rig(ABLY);
  rig.client.connect();
  (await rig.network.next()).close();
  (await rig.network.next()).refuse({ code: 40400, statusCode: 404 });
  await rig.settle();
  assertEquals([rig.client.connection.state, rig.network.lines.length], ["failed", 2]);
});

test("RTN17f1: a connection that the primary host sends away goes to a fallback at once, and resumes", async () => {
  await using rig = await Rig.connected(ABLY);
  rig.line.disconnect(GONE);
  const fallback = await rig.accept({ key: "key-2" });
  assert(FALLBACKS.includes(fallback.host));
  assertEquals(fallback.params.resume, "key-1");
  assertEquals(rig.events().slice(2), ["disconnected", "connecting", "connected"]);
  assertEquals(rig.http.seen.length, 1); // RTN17j
  // RTN17i: the next attempt is at the primary host again.
  fallback.close();
  assertEquals((await rig.accept()).host, PRIMARY);
});

test("RTN17f1: … to the primary host all the same if there is no other, or no network", async () => {
  for (
    const options of [
      { endpoint: "ably.test" },
      { ...ABLY, answer: () => Promise.reject(new TypeError("unreachable")) },
    ]
  ) {
    await using rig = await Rig.connected(options);
    const { host } = rig.line;
    rig.line.disconnect(GONE);
    assertEquals((await rig.accept()).host, host); // RTN15h3
    assertEquals(rig.events().slice(2), ["disconnected", "connecting", "connected"]);
  }
});

test("RTN17i: sent away by a fallback, the client goes to the primary host", async () => {
  await using rig = new Rig(ABLY);
  rig.client.connect();
  (await rig.network.next()).close();
  const fallback = await rig.accept();
  fallback.disconnect(GONE);
  assertEquals((await rig.accept()).host, PRIMARY);
});

test("RTN17i: being sent away counts for one attempt, also when the client is closing meanwhile", async () => {
  await using rig = await Rig.connected(ABLY);
  const closed = rig.client.close();
  rig.line.disconnect(GONE);
  await closed;
  rig.client.connect();
  assertEquals((await rig.accept()).host, PRIMARY);
});

test("RTN17i: a fallback that worked for REST is of no account", async () => {
  await using rig = new Rig({
    ...ABLY,
    answer: ({ url }) => url.hostname === PRIMARY ? new Response("", { status: 503 }) : json([1]),
  });
  assertEquals(await rig.client.time(), 1);
  rig.client.connect();
  assertEquals((await rig.accept()).host, PRIMARY);
});

test("RTN17e: while connected to a fallback, HTTP requests go to that host first, and no longer", async () => {
  let down = "";
  await using rig = new Rig({
    ...ABLY,
    answer: ({ url }) =>
      url.pathname.startsWith("/is-the")
        ? new Response("yes")
        : url.hostname === down
        ? new Response("", { status: 503 })
        : json([1]),
  });
  rig.client.connect();
  (await rig.network.next()).close();
  const { host, ...line } = await rig.accept().then((line) => ({ host: line.host, line }));
  const hostsOf = async () => {
    const before = rig.http.seen.length;
    await rig.client.time();
    return rig.http.seen.slice(before).map(({ url }) => url.hostname);
  };
  assertEquals(await hostsOf(), [host]);
  down = host; // … with fallback as usual
  const [first, second, ...more] = await hostsOf();
  assertEquals([first, more.length], [host, 0]);
  assert(second !== host && FALLBACKS.includes(second!));
  down = "";
  line.line.close();
  assertEquals(rig.client.connection.state, "connecting");
  assertEquals((await hostsOf()).includes(host), false);
  await rig.accept();
  assertEquals((await hostsOf()).includes(host), false);
});

test("RTN17e: as soon as that connection is lost, HTTP requests begin at the primary host again", async () => {
  await using rig = new Rig({
    ...ABLY,
    answer: ({ url }) => url.pathname === "/time" ? json([1]) : new Response("yes"),
  });
  rig.client.connect();
  (await rig.network.next()).close();
  const line = await rig.accept();
  await rig.client.time();
  line.close();
  await rig.client.time();
  assertEquals(
    rig.http.seen.filter(({ url }) => url.pathname === "/time").map(({ url }) => url.hostname),
    [line.host, PRIMARY],
  );
  await rig.accept();
});

test("RTN17: a fallback is connected to with the token that is valid by then", async () => {
  const tokens = ["token-1", "token-2"];
  await using rig = new Rig({ ...ABLY, authCallback: () => tokens.shift()! });
  rig.client.connect();
  (await rig.network.next()).close();
  const line = await rig.network.next();
  line.refuse(TOKEN_EXPIRED);
  const again = await rig.accept();
  assertEquals([line.params.accessToken, again.params.accessToken], ["token-1", "token-2"]);
});

test("RTN17: an attempt that is given up opens no further socket", async () => {
  const check = Promise.withResolvers<Response>();
  await using rig = new Rig({ ...ABLY, answer: () => check.promise, authCallback: () => "t" });
  rig.client.connect();
  (await rig.network.next()).close();
  await rig.settle();
  const authorized = rig.client.auth.authorize(null, { authCallback: () => "t2" });
  await rig.accept();
  await authorized;
  check.resolve(new Response("yes"));
  await rig.settle();
  assertEquals(rig.network.lines.map(({ params }) => params.accessToken), ["t", "t2"]);
});

test("RTN12f: an attempt that fails while closing goes to no other host", async () => {
  await using rig = new Rig(ABLY);
  rig.client.connect();
  const line = await rig.network.next();
  const closed = rig.client.close();
  await rig.settle();
  line.close();
  await closed;
  assertEquals([rig.network.lines.length, rig.http.seen.length], [1, 0]);
  assertEquals(rig.events(), ["connecting", "closing", "closed"]);
  assertEquals(rig.clock.pending, 0);
});
