import { assert, assertEquals, test } from "../../harness.ts";
import { json, never } from "../../support/fake_service.ts";
import { connected, scripted, TOKEN_EXPIRED } from "../../support/scripted_realtime.ts";

const PRIMARY = "main.realtime.ably.net";
const FALLBACKS = ["a", "b", "c", "d", "e"].map((x) => `main.${x}.fallback.ably-realtime.com`);
const GONE = { code: 80003, statusCode: 503, message: "Going down" };
const ABLY = { endpoint: "main" };

test("RTN17i, RTN17j: the primary host comes first; then, if there is a network, all fallbacks", async () => {
  await using parts = scripted(ABLY);
  parts.network.onOpen = (line) => line.close();
  parts.client.connect();
  await parts.client.connection.whenState("disconnected");
  const hosts = parts.network.lines.map(({ host }) => host);
  assertEquals(hosts[0], PRIMARY);
  assertEquals(hosts.slice(1).toSorted(), FALLBACKS); // RTN17h
  assertEquals(parts.http.seen.map(({ method, url }) => `${method} ${url.href}`), [
    "GET https://internet-up.ably-realtime.com/is-the-internet-up.txt", // REC3a
  ]);
  assertEquals(parts.events(), ["connecting", "disconnected"]);
});

test("RTN17j: the order of the fallbacks is drawn anew for every attempt", async () => {
  const seen = new Set<string>();
  for (const chance of [0, 0.3, 0.6, 0.9]) {
    const random = { bytes: (length: number) => new Uint8Array(length), number: () => chance };
    await using parts = scripted({ ...ABLY, random });
    parts.network.onOpen = (line) => line.close();
    parts.client.connect();
    await parts.client.connection.whenState("disconnected");
    const fallbacks = parts.network.lines.slice(1).map(({ host }) => host);
    assertEquals(fallbacks.toSorted(), FALLBACKS);
    seen.add(fallbacks.join());
  }
  assert(seen.size > 2, `${seen.size} orders`);
});

test("RTN17f: an attempt that gets no answer in time goes on at a fallback", async () => {
  await using parts = scripted({ ...ABLY, realtimeRequestTimeout: 500 });
  parts.client.connect();
  const primary = await parts.network.next();
  await parts.clock.advance(500);
  const fallback = await parts.accept();
  assertEquals([primary.host, FALLBACKS.includes(fallback.host)], [PRIMARY, true]);
  assert(primary.socket.closed);
  assertEquals(parts.events(), ["connecting", "connected"]);
});

test("RTN17j: without a network no fallback is tried", async () => {
  const answers = {
    "no answer": () => Promise.reject(new TypeError("unreachable")),
    "a captive portal": () => new Response("<html>Log in</html>"),
    "a refusal": () => new Response("yes", { status: 404 }),
  };
  for (const [what, answer] of Object.entries(answers)) {
    await using parts = scripted({ ...ABLY, answer });
    parts.client.connect();
    (await parts.network.next()).close();
    await parts.client.connection.whenState("disconnected");
    assertEquals(
      [parts.network.lines.length, parts.client.connection.state],
      [1, "disconnected"],
      what,
    );
    assertEquals(parts.http.open(), 0, what);
  }
});

test("RTN17j: a connectivity check that hangs means that there is no network", async () => {
  await using parts = scripted({ ...ABLY, answer: never, realtimeRequestTimeout: 500 });
  parts.client.connect();
  (await parts.network.next()).close();
  await parts.clock.advance(499);
  assertEquals(parts.client.connection.state, "connecting");
  await parts.clock.advance(1);
  assertEquals(parts.client.connection.state, "disconnected");
  assert(parts.http.seen[0]!.signal!.aborted);
});

test("RTN12f: close() while there is a connectivity check ends in CLOSED, with no timer left", async () => {
  const parts = scripted({ ...ABLY, answer: never });
  parts.client.connect();
  (await parts.network.next()).close();
  await parts.settle();
  const closed = parts.client.close();
  await parts.clock.advance(10_000);
  await closed;
  assertEquals([parts.network.lines.length, parts.clock.pending], [1, 0]);
});

test("REC3b: the URL of the check is an option", async () => {
  await using parts = scripted({ ...ABLY, connectivityCheckUrl: "https://example.com/up" });
  parts.client.connect();
  (await parts.network.next()).close();
  await parts.accept();
  assertEquals(parts.http.seen[0]!.url.href, "https://example.com/up");
});

test("RTN17g: with no fallbacks there is no check, and no other host", async () => {
  for (const options of [{ endpoint: "ably.test" }, { ...ABLY, fallbackHosts: [] }]) {
    await using parts = scripted(options);
    parts.client.connect();
    (await parts.network.next()).close();
    await parts.settle();
    assertEquals(parts.client.connection.state, "disconnected");
    assertEquals([parts.network.lines.length, parts.http.seen.length], [1, 0]);
  }
});

test("RTN17f1: DISCONNECTED with a status from 500 to 504 on opening goes on at a fallback", async () => {
  for (const statusCode of [499, 500, 501, 502, 503, 504, 505]) {
    await using parts = scripted(ABLY);
    parts.client.connect();
    (await parts.network.next()).disconnect({ code: 80003, statusCode });
    const goesOn = statusCode >= 500 && statusCode <= 504;
    if (goesOn) await parts.accept();
    else await parts.settle();
    assertEquals(
      parts.client.connection.state,
      goesOn ? "connected" : "disconnected",
      `${statusCode}`,
    );
  }
});

test("RTN17f: an ERROR or a token at fault is not the host's fault", async () => {
  let tokens = 0;
  await using parts = scripted({ ...ABLY, authCallback: () => `token-${++tokens}` });
  parts.client.connect();
  (await parts.network.next()).refuse(TOKEN_EXPIRED);
  const again = await parts.network.next();
  assertEquals(again.host, PRIMARY);
  again.refuse({ code: 40000, statusCode: 500 });
  await parts.settle();
  assertEquals([parts.client.connection.state, parts.network.lines.length], ["failed", 2]);
});

test("RTN17f: a fallback that refuses for good ends the search", async () => {
  await using parts = scripted(ABLY);
  parts.client.connect();
  (await parts.network.next()).close();
  (await parts.network.next()).refuse({ code: 40400, statusCode: 404 });
  await parts.settle();
  assertEquals([parts.client.connection.state, parts.network.lines.length], ["failed", 2]);
});

test("RTN17f1: a connection that the primary host sends away goes to a fallback at once, and resumes", async () => {
  await using parts = await connected(ABLY);
  parts.line.disconnect(GONE);
  const fallback = await parts.accept({ key: "key-2" });
  assert(FALLBACKS.includes(fallback.host));
  assertEquals(fallback.params.resume, "key-1");
  assertEquals(parts.events().slice(2), ["disconnected", "connecting", "connected"]);
  assertEquals(parts.http.seen.length, 1); // RTN17j
  // RTN17i: the next attempt is at the primary host again.
  fallback.close();
  assertEquals((await parts.accept()).host, PRIMARY);
});

test("RTN17f1: … to the primary host all the same if there is no other, or no network", async () => {
  for (
    const options of [
      { endpoint: "ably.test" },
      { ...ABLY, answer: () => Promise.reject(new TypeError("unreachable")) },
    ]
  ) {
    await using parts = await connected(options);
    const { host } = parts.line;
    parts.line.disconnect(GONE);
    assertEquals((await parts.accept()).host, host); // RTN15h3
    assertEquals(parts.events().slice(2), ["disconnected", "connecting", "connected"]);
  }
});

test("RTN17i: sent away by a fallback, the client goes to the primary host", async () => {
  await using parts = scripted(ABLY);
  parts.client.connect();
  (await parts.network.next()).close();
  const fallback = await parts.accept();
  fallback.disconnect(GONE);
  assertEquals((await parts.accept()).host, PRIMARY);
});

test("RTN17i: being sent away counts for one attempt, also when the client is closing meanwhile", async () => {
  await using parts = await connected(ABLY);
  const closed = parts.client.close();
  parts.line.disconnect(GONE);
  await closed;
  parts.client.connect();
  assertEquals((await parts.accept()).host, PRIMARY);
});

test("RTN17i: a fallback that worked for REST is of no account", async () => {
  await using parts = scripted({
    ...ABLY,
    answer: ({ url }) => url.hostname === PRIMARY ? new Response("", { status: 503 }) : json([1]),
  });
  assertEquals(await parts.client.time(), 1);
  parts.client.connect();
  assertEquals((await parts.accept()).host, PRIMARY);
});

test("RTN17e: while connected to a fallback, HTTP requests go to that host first, and no longer", async () => {
  let down = "";
  await using parts = scripted({
    ...ABLY,
    answer: ({ url }) =>
      url.pathname.startsWith("/is-the")
        ? new Response("yes")
        : url.hostname === down
        ? new Response("", { status: 503 })
        : json([1]),
  });
  parts.client.connect();
  (await parts.network.next()).close();
  const { host, ...line } = await parts.accept().then((line) => ({ host: line.host, line }));
  const hostsOf = async () => {
    const before = parts.http.seen.length;
    await parts.client.time();
    return parts.http.seen.slice(before).map(({ url }) => url.hostname);
  };
  assertEquals(await hostsOf(), [host]);
  down = host; // … with fallback as usual
  const [first, second, ...more] = await hostsOf();
  assertEquals([first, more.length], [host, 0]);
  assert(second !== host && FALLBACKS.includes(second!));
  down = "";
  line.line.close();
  assertEquals(parts.client.connection.state, "connecting");
  assertEquals((await hostsOf()).includes(host), false);
  await parts.accept();
  assertEquals((await hostsOf()).includes(host), false);
});

test("RTN17e: as soon as that connection is lost, HTTP requests begin at the primary host again", async () => {
  await using parts = scripted({
    ...ABLY,
    answer: ({ url }) => url.pathname === "/time" ? json([1]) : new Response("yes"),
  });
  parts.client.connect();
  (await parts.network.next()).close();
  const line = await parts.accept();
  await parts.client.time();
  line.close();
  await parts.client.time();
  assertEquals(
    parts.http.seen.filter(({ url }) => url.pathname === "/time").map(({ url }) => url.hostname),
    [line.host, PRIMARY],
  );
  await parts.accept();
});

test("RTN17: a fallback is connected to with the token that is valid by then", async () => {
  const tokens = ["token-1", "token-2"];
  await using parts = scripted({ ...ABLY, authCallback: () => tokens.shift()! });
  parts.client.connect();
  (await parts.network.next()).close();
  const line = await parts.network.next();
  line.refuse(TOKEN_EXPIRED);
  const again = await parts.accept();
  assertEquals([line.params.accessToken, again.params.accessToken], ["token-1", "token-2"]);
});

test("RTN17: an attempt that is given up opens no further socket", async () => {
  const check = Promise.withResolvers<Response>();
  await using parts = scripted({ ...ABLY, answer: () => check.promise, authCallback: () => "t" });
  parts.client.connect();
  (await parts.network.next()).close();
  await parts.settle();
  const authorized = parts.client.auth.authorize(null, { authCallback: () => "t2" });
  await parts.accept();
  await authorized;
  check.resolve(new Response("yes"));
  await parts.settle();
  assertEquals(parts.network.lines.map(({ params }) => params.accessToken), ["t", "t2"]);
});

test("RTN12f: an attempt that fails while closing goes to no other host", async () => {
  const parts = scripted(ABLY);
  parts.client.connect();
  const line = await parts.network.next();
  const closed = parts.client.close();
  await parts.settle();
  line.close();
  await closed;
  assertEquals([parts.network.lines.length, parts.http.seen.length], [1, 0]);
  assertEquals(parts.events(), ["connecting", "closing", "closed"]);
  assertEquals(parts.clock.pending, 0);
});
