import { assert, assertEquals, assertStrictEquals, test } from "../harness.ts";
import { json, refusal } from "../support/fake_service.ts";
import { failureOf, fakeRest, testInBothFormats } from "../support/rest_clients.ts";

test("RSC19f, RSC19f1: method, path, version, params, body and headers", async () => {
  const { rest, last, lastBody } = fakeRest(() => json({ ok: 1 }, 201));
  const headers = { "X-Custom": "value" };
  const response = await rest.request("put", "/a/b%2Fc", 3, { p: 1, q: "ü" }, { x: [1] }, headers);
  assertEquals([last().method, last().url.pathname + last().url.search], [
    "PUT",
    "/a/b%2Fc?p=1&q=%C3%BC",
  ]);
  assertEquals(last().headers.get("x-ably-version"), "3");
  assertEquals(last().headers.get("x-custom"), "value");
  assert(last().headers.get("authorization")!.startsWith("Basic ")); // RSC19b
  assertEquals(lastBody(), { x: [1] });
  assertEquals([response.items, response.statusCode, response.success], [[{ ok: 1 }], 201, true]);
});

test("RSC19f: every verb", async () => {
  const { rest, network } = fakeRest(() => json([]));
  for (const verb of ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]) {
    await rest.request(verb, "/path", 2);
  }
  assertEquals(network.seen.map(({ method }) => method), [
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "HEAD",
  ]);
});

test("HP3: items of an array, of an object, of nothing", async () => {
  for (
    const [answer, items] of [
      [() => json([1, 2]), [1, 2]],
      [() => json({ a: 1 }), [{ a: 1 }]],
      [() => new Response(null, { status: 204 }), []],
      [() => json([]), []],
    ] as const
  ) {
    const { rest } = fakeRest(answer);
    const response = await rest.request("GET", "/path", 3);
    assertEquals<unknown>(response.items, items);
    assertEquals([response.success, response.errorCode, response.errorMessage], [true, null, null]);
  }
});

test("HP4-HP7, RSC19: an error status does not reject", async () => {
  const { rest } = fakeRest(() =>
    json({ error: { code: 40400, message: "In the body", detail: { a: "b" } } }, 404, {
      "x-ably-errorcode": "40499",
      "x-ably-errormessage": "In the header",
    })
  );
  const response = await rest.request("GET", "/nowhere", 3);
  assertEquals([response.statusCode, response.success], [404, false]);
  assertEquals([response.errorCode, response.errorMessage], [40499, "In the header"]);
  assertEquals(response.errorDetail, { a: "b" });
  const bare = fakeRest(() => refusal(40160, 401, "No"));
  const other = await bare.rest.request("GET", "/x", 3);
  assertEquals([other.errorCode, other.errorMessage, other.errorDetail], [40160, "No", null]);
});

test("HP8: headers by name", async () => {
  const { rest } = fakeRest(() => json([], 200, { "X-Thing": "value" }));
  const { headers } = await rest.request("GET", "/path", 3);
  assertEquals([headers["x-thing"], headers["content-type"]], ["value", "application/json"]);
});

test("HP2, TG: pages", async () => {
  const { rest, network } = fakeRest((_, i) =>
    json([i], 200, {
      link: `<./things?p=${i + 1}>; rel="next", <./things?p=0>; rel="first"`.slice(i > 1 ? 27 : 0),
    })
  );
  const first = await rest.request<number>("GET", "/my/things", 4, { limit: 1 });
  const second = await first.next();
  assertEquals([second!.items, second!.statusCode, second!.success], [[1], 200, true]);
  const third = await second!.next();
  assertEquals([third!.isLast(), third!.hasNext()], [true, false]);
  assertStrictEquals(await third!.next(), null);
  assertEquals((await third!.first()).statusCode, 200);
  assertEquals(network.seen.map(({ url }) => url.pathname + url.search), [
    "/my/things?limit=1",
    "/my/things?p=1",
    "/my/things?p=2",
    "/my/things?p=0",
  ]);
  assert(network.seen.every(({ headers }) => headers.get("x-ably-version") === "4"));
});

test("HP2: iterates over the items of all pages", async () => {
  const { rest } = fakeRest((_, i) =>
    json([`${i}a`, `${i}b`], 200, i < 2 ? { link: '<?p>; rel="next"' } : {})
  );
  const items: unknown[] = [];
  for await (const item of await rest.request("GET", "/x", 3)) items.push(item);
  assertEquals(items, ["0a", "0b", "1a", "1b", "2a", "2b"]);
});

test("RSC19e: rejects if no host answers", async () => {
  const { rest } = fakeRest(() => {
    throw new TypeError("fetch failed");
  });
  const error = await failureOf(() => rest.request("GET", "/path", 3));
  assertEquals(typeof error.code, "number");
  assert(error.remediation !== "");
});

test("RSC10: a token error is renewed for request() too", async () => {
  let tokens = 0;
  const { rest, network } = fakeRest(
    (_, i) => i === 0 ? refusal(40142, 401) : json(["fine"]),
    { key: null, authCallback: () => `token-${++tokens}` },
  );
  assertEquals((await rest.request("GET", "/x", 3)).items, ["fine"]);
  assertEquals([tokens, network.seen.length], [2, 2]);
});

testInBothFormats("RSC19: publishes and reads by hand", async ({ client }) => {
  const rest = client();
  const path = "/channels/by%20hand/messages";
  const published = await rest.request<{ channel: string }>("POST", path, 3, null, {
    name: "n",
    data: "d",
  });
  assertEquals([published.statusCode, published.items.length], [201, 1]);
  assertEquals(published.items[0]!.channel, "by hand");
  const history = await rest.request<{ data: string }>("GET", path, 3);
  assertEquals(history.items.map(({ data }) => data), ["d"]);
  const missing = await rest.request("GET", "/no/such/path", 3);
  assertEquals([missing.statusCode, missing.success, missing.errorCode], [404, false, 40400]);
  assert(missing.errorMessage !== null);
});

test("RSC19f: headers may be Headers, and null leaves one out", async () => {
  const { rest, last } = fakeRest();
  await rest.request("GET", "/x", 3, null, null, { "X-A": "1", "x-b": null } as never);
  assertEquals([last().headers.get("x-a"), last().headers.get("x-b")], ["1", null]);
  await rest.request("GET", "/x", 3, null, null, new Headers({ "X-A": "2" }) as never);
  assertEquals(last().headers.get("x-a"), "2");
});

test("HP2: the pages of an answer to a POST are read, not posted", async () => {
  const link = '<./search?cursor=1>; rel="next"';
  const { rest, network } = fakeRest((_, i) => json([i], 200, i === 0 ? { link } : {}));
  const first = await rest.request<number>("POST", "/search", 3, { q: "x" }, { filter: 1 });
  const second = await first.next();
  assertEquals(second!.items, [1]);
  const { method, url, body } = network.seen[1]!;
  assertEquals([method, url.pathname + url.search, body], ["GET", "/search?cursor=1", undefined]);
});

test("HP2: without a link, an answer to a POST has no first page to go back to", async () => {
  const { rest, network } = fakeRest(() => json([]));
  const page = await rest.request("POST", "/search", 3, null, { filter: 1 });
  assertEquals((await failureOf(() => page.first())).code, 40400);
  assertEquals(network.seen.length, 1);
});
