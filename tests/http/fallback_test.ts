import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { ErrorInfo } from "../../src/errors.ts";
import {
  type Answer,
  client,
  json,
  KEY,
  never,
  type Parts,
  type SeenRequest,
} from "../support/fake_service.ts";
import type { ClientOptions } from "../../src/client/client_options.ts";

const PRIMARY = "main.realtime.ably.net";

function hostsOf(parts: Parts): string[] {
  return parts.network.seen.map(({ url }) => url.hostname);
}

function make(answer: Answer, options: ClientOptions = {}): Parts {
  return client({ key: KEY, ...options }, answer);
}

const unreachable = () => {
  throw new TypeError("fetch failed");
};

for (const status of [500, 501, 502, 503, 504]) {
  test(`RSC15l3: a status of ${status} makes the request go to a fallback host`, async () => {
    const parts = make((_, i) => i === 0 ? json({}, status) : json(["ok"]));
    assertEquals((await parts.get()).body, ["ok"]);
    assertEquals(hostsOf(parts)[0], PRIMARY);
    assert(/^main\.[a-e]\.fallback\.ably-realtime\.com$/.test(hostsOf(parts)[1]!));
    assertEquals(parts.network.open(), 0);
  });
}

test("RSC15l: other errors are the caller's, and no other host is asked", async () => {
  for (const status of [400, 401, 404, 429, 505, 507]) {
    const parts = make(() => json({ error: { code: status * 100, message: "No" } }, status));
    const { error } = await parts.get();
    assertEquals([error?.statusCode, error?.code], [status, status * 100]);
    assertEquals(parts.network.seen.length, 1);
  }
});

test("RSC15l4: an error of CloudFront makes the request go to a fallback host", async () => {
  const parts = make((_, i) =>
    i === 0 ? new Response("<html>", { status: 403, headers: { server: "CloudFront" } }) : json([])
  );
  assertEquals((await parts.get()).statusCode, 200);
  assertEquals(parts.network.seen.length, 2);
  assertEquals(parts.network.open(), 0);
});

test("RSC15l4: a good answer by way of CloudFront is one", async () => {
  const parts = make(() => json(["ok"], 200, { server: "CloudFront" }));
  assertEquals((await parts.get()).body, ["ok"]);
  assertEquals(parts.network.seen.length, 1);
});

test("RSC15l1: an unreachable host makes the request go to a fallback host", async () => {
  const parts = make((_, i) => i === 0 ? unreachable() : json(["ok"]));
  assertEquals((await parts.get()).body, ["ok"]);
});

test("RSC15l2: a host that is too slow makes the request go to a fallback host", async () => {
  const parts = make((request, i) => i === 0 ? never(request) : json(["ok"]));
  const answer = parts.get();
  await parts.clock.advance(9_999);
  assertEquals(parts.network.seen.length, 1);
  await parts.clock.advance(1);
  assertEquals((await answer).body, ["ok"]);
  assertEquals(parts.network.seen[0]!.signal!.aborted, true);
  assertEquals(parts.clock.pending, 0);
});

test("RSC15l2: a host that begins to answer and then stalls counts as too slow", async () => {
  const stalled = () =>
    new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array([91])) }), {
      headers: { "content-type": "application/json" },
    });
  const parts = make((_, i) => i === 0 ? stalled() : json(["ok"]));
  const answer = parts.get();
  await parts.clock.advance(10_000);
  assertEquals((await answer).body, ["ok"]);
});

test("RSC15a: fallback hosts are tried in random order, each once, up to httpMaxRetryCount", async () => {
  const orders = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const parts = make(unreachable);
    await assertRejects(() => parts.get(), ErrorInfo);
    const hosts = hostsOf(parts);
    assertEquals([hosts.length, new Set(hosts).size, hosts[0]], [4, 4, PRIMARY]);
    orders.add(hosts.join());
  }
  assert(orders.size > 10);
});

test("TO3l5: httpMaxRetryCount limits the fallback hosts, and 0 means none", async () => {
  for (const httpMaxRetryCount of [0, 1, 5, 9]) {
    const parts = make(unreachable, { httpMaxRetryCount });
    await assertRejects(() => parts.get(), ErrorInfo);
    assertEquals(parts.network.seen.length, 1 + Math.min(httpMaxRetryCount, 5));
  }
});

test("TO3l6: after httpMaxRetryDuration no further host is tried", async () => {
  const parts = make(never);
  const failure = assertRejects(() => parts.get(), ErrorInfo);
  await parts.clock.advance(10_000);
  assertEquals(parts.network.seen.length, 2);
  await parts.clock.advance(10_000);
  const error = await failure;
  assertEquals([error.code, error.statusCode], [50003, 408]);
  assertEquals(parts.network.seen.length, 2);
  assertEquals(parts.clock.pending, 0);
});

test("RSC15m: without fallback hosts the error comes at once", async () => {
  for (const options of [{ endpoint: "h.example.com" }, { fallbackHosts: [] }]) {
    const parts = make(() => json({ error: { code: 50000, message: "Broken" } }, 500), options);
    const { error } = await parts.get();
    assertEquals([error?.code, error?.statusCode, error?.message], [50000, 500, "Broken"]);
    assertEquals(parts.network.seen.length, 1);
  }
});

test("RSC15a: when every host fails, the last failure is the caller's", async () => {
  const parts = make((_, i) => json({ error: { code: 50000 + i, message: `${i}` } }, 503));
  assertEquals((await parts.get()).error?.code, 50003);
  assertEquals(parts.network.open(), 0);
});

test("REC2: a port of its own does not take the fallback hosts away", async () => {
  const parts = make((_, i) => i === 0 ? json({}, 500) : json([]), { tlsPort: 8443 });
  await parts.get();
  assertEquals(parts.network.seen.map(({ url }) => url.port), ["8443", "8443"]);
});

test("RSC15f: a fallback host that worked is used for ten minutes, then the primary one again", async () => {
  const parts = make((_, i) => i === 0 ? json({}, 500) : json([]));
  await parts.get();
  const [, fallback] = hostsOf(parts);
  await parts.clock.advance(599_999);
  await parts.get();
  assertEquals(hostsOf(parts)[2], fallback);
  await parts.clock.advance(1);
  await parts.get();
  assertEquals(hostsOf(parts)[3], PRIMARY);
});

test("TO3l10: fallbackRetryTimeout says for how long", async () => {
  const options = { fallbackRetryTimeout: 1_000 };
  const parts = make((_, i) => i === 0 ? json({}, 500) : json([]), options);
  await parts.get();
  await parts.clock.advance(1_000);
  await parts.get();
  assertEquals(hostsOf(parts)[2], PRIMARY);
});

test("RSC15f: use does not prolong the time", async () => {
  const parts = make((_, i) => i === 0 ? json({}, 500) : json([]));
  await parts.get();
  await parts.clock.advance(400_000);
  await parts.get();
  await parts.clock.advance(200_000);
  await parts.get();
  assertEquals(hostsOf(parts)[3], PRIMARY);
});

test("RSC15f: when the remembered host fails, it begins again with the primary one", async () => {
  const parts = make((_, i) => i === 0 || i === 2 ? json({}, 500) : json([]));
  await parts.get();
  await parts.get();
  const [, fallback, again, then] = hostsOf(parts);
  assertEquals([again, then], [fallback, PRIMARY]);
  await parts.get();
  assertEquals(hostsOf(parts)[4], PRIMARY);
});

test("RSC15f: a remembered host is not tried a second time, and the others are after the primary", async () => {
  const parts = make((_, i) => i === 1 ? json([]) : unreachable());
  await parts.get();
  await assertRejects(() => parts.get(), ErrorInfo);
  const hosts = hostsOf(parts).slice(2);
  assertEquals([hosts.length, new Set(hosts).size, hosts[1]], [5, 5, PRIMARY]);
});

test("RSC15f: a fallback host that failed too is not remembered", async () => {
  const parts = make((_, i) => i < 4 ? json({}, 503) : json([]));
  await parts.get();
  await parts.get();
  assertEquals(hostsOf(parts)[4], PRIMARY);
});

test("RSC15f: a fallback host that answered with another 5xx is not remembered", async () => {
  const parts = make((_, i) => i === 0 ? json({}, 500) : json({}, 505));
  assertEquals((await parts.get()).statusCode, 505);
  await parts.get();
  assertEquals(hostsOf(parts)[2], PRIMARY);
});

test("RSC15f: a fallback host whose answer can't be read is not remembered", async () => {
  const answers = [json({}, 500), new Response("<html>"), json([])];
  const parts = make((_, i) => answers[i]!);
  await assertRejects(() => parts.get());
  await parts.get();
  assertEquals(hostsOf(parts)[2], PRIMARY);
});

test("RSC15f: a fallback host that refused the request has answered for itself", async () => {
  const parts = make((_, i) => i === 0 ? json({}, 500) : json({}, 404));
  await parts.get();
  await parts.get();
  assertEquals(hostsOf(parts)[2], hostsOf(parts)[1]);
});

test("RSC15f: a late success does not bring a forgotten host back", async () => {
  const slow = Promise.withResolvers<Response>();
  // 0: the primary fails; 1: a slow fallback; 2: the primary fails; 3: the same fallback answers.
  const options = { fallbackHosts: ["f.example.com"] };
  const parts = make(
    (_, i) => i === 1 ? slow.promise : i % 2 === 0 ? json({}, 500) : json([]),
    options,
  );
  const late = parts.get();
  await parts.clock.advance(0);
  await parts.get();
  assertEquals(hostsOf(parts), [PRIMARY, "f.example.com", PRIMARY, "f.example.com"]);
  // 4: the remembered fallback fails, 5: so it is the primary's turn.
  await parts.get();
  assertEquals(hostsOf(parts).slice(4), ["f.example.com", PRIMARY]);
  slow.resolve(json([]));
  await late;
  await parts.get();
  assertEquals(hostsOf(parts)[6], PRIMARY);
});

test("RTN17e: requests start at the host of the realtime connection while it is there", async () => {
  const parts = make(() => json([]));
  parts.http.hosts.prefer("main.c.fallback.ably-realtime.com");
  await parts.get();
  parts.http.hosts.prefer(null);
  await parts.get();
  parts.http.hosts.prefer(PRIMARY);
  await parts.get();
  assertEquals(hostsOf(parts), ["main.c.fallback.ably-realtime.com", PRIMARY, PRIMARY]);
});

test("RTN17e, RSC15f: when the connection's host fails for a request, another fallback is tried", async () => {
  const parts = make((_, i) => i === 0 ? json({}, 500) : json([]));
  parts.http.hosts.prefer("main.c.fallback.ably-realtime.com");
  await parts.get();
  const [first, second] = hostsOf(parts);
  assertEquals(first, "main.c.fallback.ably-realtime.com");
  assert(second !== first && second !== PRIMARY);
  await parts.get();
  assertEquals(hostsOf(parts)[2], second);
});

test("RSC15j, RSC7c: every try has the same body and request_id, and the host of its own URL", async () => {
  const parts = make((_, i) => i < 2 ? json({}, 500) : json([]), { addRequestIds: true });
  await parts.authenticated.send({ method: "POST", path: "/x", body: { id: "same" } });
  const what = ({ url, body }: SeenRequest) => [body, url.searchParams.get("request_id")];
  const [first, ...others] = parts.network.seen.map(what);
  assertEquals(others, [first, first]);
  assertEquals(parts.network.seen.some(({ headers }) => headers.has("host")), false);
});

test("RSC15: a caller who gives up is not a failure of the host", async () => {
  const parts = make(never);
  const controller = new AbortController();
  const answer = parts.get("/x", { signal: controller.signal });
  await parts.clock.advance(0);
  const reason = new Error("No longer needed");
  controller.abort(reason);
  assertEquals(await assertRejects(() => answer), reason);
  assertEquals(parts.network.seen.length, 1);
  assertEquals(parts.clock.pending, 0);
});

test("RSC15: a request of a caller who gave up before is not sent", async () => {
  const parts = make(() => json([]));
  await assertRejects(() => parts.get("/x", { signal: AbortSignal.abort() }), DOMException);
  assertEquals(parts.network.seen.length, 0);
});

test("RSC15f: a fallback host that worked after the remembered one failed is remembered in its place", async () => {
  const down = new Set([PRIMARY]);
  const parts = make(({ url }) => down.has(url.hostname) ? unreachable() : json([]));
  await parts.get();
  const first = hostsOf(parts).at(-1)!;
  down.add(first);
  await parts.get();
  const second = hostsOf(parts).at(-1)!;
  assert(second !== first && second !== PRIMARY);
  const before = hostsOf(parts).length;
  await parts.get();
  assertEquals(hostsOf(parts).slice(before), [second]);
});
