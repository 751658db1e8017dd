import { assert, assertEquals, assertMatch, assertRejects, runtime, test } from "../harness.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { fromBase64Lenient, utf8 } from "../../src/util/bytes.ts";
import { LIBRARY_VERSION } from "../../src/version.ts";
import { bearer, client, json, KEY, never, refusal } from "../support/fake_service.ts";

const plugins = { msgpack: msgpackCodec };

function only<T>(items: T[]): T {
  assertEquals(items.length, 1);
  return items[0]!;
}

function packed(value: unknown, status = 200): Response {
  return new Response(msgpackCodec.encode(value), {
    status,
    headers: { "content-type": "application/x-msgpack" },
  });
}

test("RSC7, RSC18: requests go over HTTPS to the default port, with path and query", async () => {
  const parts = client({ key: KEY });
  await parts.get("/channels/a%2Fb/messages", { params: { limit: "2", q: "ä &" } });
  const { url, method } = only(parts.network.seen);
  assertEquals(
    url.href,
    "https://main.realtime.ably.net/channels/a%2Fb/messages?limit=2&q=%C3%A4+%26",
  );
  assertEquals(method, "GET");
});

test("RSC18, TO3k4, TO3k5: tls and ports decide on the origin", async () => {
  const origin = async (options: object) => {
    const parts = client({ token: "t", ...options });
    await parts.get();
    return only(parts.network.seen).url.origin;
  };
  assertEquals(await origin({ tls: false }), "http://main.realtime.ably.net");
  assertEquals(await origin({ tls: false, port: 8080 }), "http://main.realtime.ably.net:8080");
  assertEquals(await origin({ tlsPort: 8443, port: 1 }), "https://main.realtime.ably.net:8443");
  assertEquals(await origin({ endpoint: "::1", tls: false, port: 9 }), "http://[::1]:9");
});

test("RSC7e: the protocol version goes along", async () => {
  const parts = client({ key: KEY });
  await parts.get();
  assertEquals(only(parts.network.seen).headers.get("x-ably-version"), "6");
});

test("RSC19f1: a request may ask for another version", async () => {
  const parts = client({ key: KEY });
  await parts.get("/x", { version: 3 });
  assertEquals(only(parts.network.seen).headers.get("x-ably-version"), "3");
});

test("RSC7d: the agent names this library and the runtime", async () => {
  const parts = client({ token: "t" });
  await parts.get();
  const agent = only(parts.network.seen).headers.get("ably-agent")!;
  const [library, platform, ...rest] = agent.split(" ");
  assertEquals([library, rest.length], [`ably-edge/${LIBRARY_VERSION}`, 0]);
  const wanted = { deno: /^deno\/\d/, bun: /^bun\/\d/, workerd: /^cloudflare-workers$/ };
  assertMatch(platform!, wanted[runtime]);
});

test("RSC7d: with a key a server says that it is one, unless it is not", async () => {
  const agent = async (options: object) => {
    const parts = client(options);
    await parts.get();
    return only(parts.network.seen).headers.get("ably-agent")!.split(" ")[0];
  };
  assertEquals(await agent({ key: KEY }), `ably-edge-server/${LIBRARY_VERSION}`);
  assertEquals(await agent({ key: KEY, clientType: "device" }), `ably-edge/${LIBRARY_VERSION}`);
  assertEquals(await agent({ token: "t", clientType: "server" }), `ably-edge/${LIBRARY_VERSION}`);
});

test("RSC7d6, RSC7d7: products of wrapper SDKs are added to the agent", async () => {
  for (const options of [{ key: KEY }, { token: "t" }]) {
    const parts = client({ ...options, agents: { chat: "1.2.3", bare: undefined } });
    await parts.get("/x", { agents: { wrapper: "4.5.6" } });
    await parts.get("/x");
    const [first, second] = parts.network.seen.map(({ headers }) => headers.get("ably-agent")!);
    assertEquals(first!.split(" ").slice(2), ["chat/1.2.3", "bare", "wrapper/4.5.6"]);
    assertEquals(second!.split(" ").slice(2), ["chat/1.2.3", "bare"]);
  }
});

test("WP6a, WP6b: requests for tokens and for the time are not a wrapper's", async () => {
  const parts = client(
    { key: KEY, useTokenAuth: true, queryTime: true },
    ({ url }) => json(url.pathname === "/time" ? [1] : { token: "t", issued: 1 }),
  );
  await parts.get("/x", { agents: { wrapper: "4.5.6" } });
  const isWrapped = parts.network.seen.map(({ url, headers }) => [
    url.pathname,
    headers.get("ably-agent")!.includes("wrapper"),
  ]);
  assertEquals(isWrapped, [
    ["/time", false],
    ["/keys/app.key/requestToken", false],
    ["/x", true],
  ]);
});

test("RSC8b, RSC8c: JSON is sent and asked for", async () => {
  const parts = client({ key: KEY });
  await parts.authenticated.send({ method: "POST", path: "/x", body: { a: [1, undefined, "ü"] } });
  const { headers, body } = only(parts.network.seen);
  assertEquals(headers.get("accept"), "application/json");
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(body, '{"a":[1,null,"ü"]}');
});

test("RSC8a, RSC8c, TO3f: MessagePack is sent and asked for where its codec is there", async () => {
  const parts = client({ key: KEY, plugins }, () => packed({ ok: true }));
  const answer = await parts.authenticated.send({ method: "POST", path: "/x", body: { a: 1 } });
  const { headers, body } = only(parts.network.seen);
  assertEquals(headers.get("accept"), "application/x-msgpack");
  assertEquals(headers.get("content-type"), "application/x-msgpack");
  assertEquals(msgpackCodec.decode(body as Uint8Array<ArrayBuffer>), { a: 1 });
  assertEquals(answer.body, { ok: true });
});

test("RSC8: without a body there is no content type", async () => {
  const parts = client({ key: KEY });
  await parts.get();
  assertEquals(only(parts.network.seen).headers.has("content-type"), false);
  assertEquals(only(parts.network.seen).body, undefined);
});

test("RSC8d: the answer's own content type decides", async () => {
  const binary = client(
    { key: KEY, plugins },
    () =>
      new Response('{"a":1}', { headers: { "content-type": "Application/JSON; charset=utf-8" } }),
  );
  assertEquals((await binary.get()).body, { a: 1 });
  const text = client(
    { key: KEY, plugins, useBinaryProtocol: false },
    () => packed({ a: 1 }),
  );
  assertEquals((await text.get()).body, { a: 1 });
});

const html = (status: number) =>
  new Response("<html>" + "x".repeat(2_000), { status, headers: { "content-type": "text/html" } });

test("RSC8e1: an error in a foreign format keeps its status and shows how it begins", async () => {
  for (const status of [404, 503]) {
    const parts = client({ key: KEY, fallbackHosts: [] }, () => html(status));
    const { error, statusCode } = await parts.get();
    assertEquals([statusCode, error?.statusCode, error?.code], [status, status, status * 100]);
    const excerpt = error!.message.split(" ").at(-1)!;
    assertEquals(fromBase64Lenient(excerpt), utf8("<html>" + "x".repeat(506)));
    assertMatch(error!.message, /"text\/html" is not supported/);
    assertEquals(parts.network.open(), 0);
  }
});

test("RSC8e2: a good answer in a foreign format is an error 40013", async () => {
  const parts = client({ key: KEY }, () => html(200));
  const error = await assertRejects(() => parts.get(), ErrorInfo, "status 200");
  assertEquals([error.code, error.statusCode], [40013, 400]);
  assertEquals(fromBase64Lenient(error.message.split(" ").at(-1)!).length, 512);
  assertEquals([parts.network.seen.length, parts.network.open()], [1, 0]);
});

test("RSC8e: the error shows how an unreadable body begins, read in one step or in parts", async () => {
  const text = `{"ä":${"x".repeat(600)}`;
  const length = String(utf8(text).length);
  for (const type of ["application/json", "application/x-msgpack", "text/html"]) {
    for (const more of [{}, { "content-length": length }] as Record<string, string>[]) {
      const parts = client(
        { key: KEY },
        () => new Response(text, { headers: { "content-type": type, ...more } }),
      );
      const error = await assertRejects(() => parts.get(), ErrorInfo);
      const excerpt = fromBase64Lenient(error.message.split(" ").at(-1)!);
      assertEquals(excerpt, utf8(text).subarray(0, 512));
    }
  }
});
test("RSC8e: what is not what its content type says is an error, not an exception of the parser", async () => {
  const broken = (status: number) => () =>
    new Response('{"a":', { status, headers: { "content-type": "application/json" } });
  const error = await assertRejects(() => client({ key: KEY }, broken(200)).get(), ErrorInfo);
  assertEquals([error.code, error.statusCode], [40013, 400]);
  const answer = await client({ key: KEY }, broken(400)).get();
  assertEquals([answer.error?.code, answer.error?.statusCode], [40000, 400]);
  const unsupported = client({ key: KEY }, () => packed([]));
  assertEquals((await assertRejects(() => unsupported.get(), ErrorInfo)).code, 40013);
});

test("RSC8: an empty body is no body", async () => {
  for (
    const response of [
      () => new Response(null, { status: 204 }),
      () => new Response("", { status: 201, headers: { "content-type": "application/json" } }),
      () => new Response("", { status: 200, headers: { "content-type": "text/html" } }),
    ]
  ) {
    const { body, error } = await client({ key: KEY }, response).get();
    assertEquals([body, error], [undefined, undefined]);
  }
});

test("TI1: an error of the service comes with everything that it says", async () => {
  const error = {
    code: 40160,
    statusCode: 401,
    message: "Denied",
    href: "https://example.com/40160",
    detail: { channel: "x" },
    cause: { code: 1, message: "Behind it" },
  };
  const parts = client({ key: KEY }, () => json({ error }, 401));
  const got = (await parts.get()).error!;
  assertEquals([got.code, got.statusCode, got.message, got.href], [
    40160,
    401,
    "Denied",
    error.href,
  ]);
  assertEquals(got.detail, { channel: "x" });
  assertEquals((got.cause as ErrorInfo).message, "Behind it");
});

test("HP6, HP7: an error without a body is read from the headers", async () => {
  const parts = client({ key: KEY }, () =>
    new Response(null, {
      status: 400,
      headers: { "x-ably-errorcode": "40099", "x-ably-errormessage": "Says the header" },
    }));
  const { error } = await parts.get();
  assertEquals([error?.code, error?.statusCode, error?.message], [40099, 400, "Says the header"]);
});

test("TI1: an error of which nothing is known has the code of its status", async () => {
  const parts = client({ key: KEY }, () => new Response(null, { status: 418 }));
  const { error } = await parts.get("/tea?key=secret");
  assertEquals([error?.code, error?.statusCode], [41800, 418]);
  assertEquals(error?.message, "Ably answered GET /tea with status 418");
});

test("RSC15l1: an unreachable host is an ErrorInfo with code, status, advice and cause", async () => {
  const cause = new TypeError("fetch failed");
  const parts = client({ key: KEY, fallbackHosts: [] }, () => Promise.reject(cause));
  const error = await assertRejects(() => parts.get(), ErrorInfo);
  assertEquals([error.code, error.statusCode, error.cause], [80003, 503, cause]);
  assert(error.remediation !== "");
  assertEquals(parts.clock.pending, 0);
});

test("RSC13, TO3l4: httpRequestTimeout ends a request, 0 at once", async () => {
  for (const httpRequestTimeout of [0, 250]) {
    const parts = client({ key: KEY, fallbackHosts: [], httpRequestTimeout }, never);
    const failure = assertRejects(() => parts.get(), ErrorInfo, `${httpRequestTimeout} ms`);
    await parts.clock.advance(httpRequestTimeout);
    const error = await failure;
    assertEquals([error.code, error.statusCode], [50003, 408]);
    assertEquals(parts.clock.pending, 0);
  }
});

test("RSC7c: with addRequestIds every request has an id of its own, in its errors and in the log", async () => {
  const parts = client({ key: KEY, addRequestIds: true }, () => refusal(40400, 404));
  const errors = [(await parts.get()).error!, (await parts.get()).error!];
  const ids = parts.network.seen.map(({ url }) => url.searchParams.get("request_id")!);
  assertEquals(errors.map(({ requestId }) => requestId), ids);
  assert(ids[0] !== ids[1]);
  for (const id of ids) {
    assert(fromBase64Lenient(id).length >= 9 && /^[\w-]+$/.test(id));
    assert(parts.logged.some((line) => line.includes(id)));
  }
});

test("RSC7c: errors without an answer have the request id too", async () => {
  const id = (error: ErrorInfo) => error.requestId?.length;
  const options = { key: KEY, addRequestIds: true, fallbackHosts: [] };
  const lost = client(options, () => Promise.reject(new TypeError("x")));
  assertEquals(id(await assertRejects(() => lost.get(), ErrorInfo)), 12);
  const foreign = client(options, () => html(200));
  assertEquals(id(await assertRejects(() => foreign.get(), ErrorInfo)), 12);
  const slow = client({ ...options, httpRequestTimeout: 5 }, never);
  const failure = assertRejects(() => slow.get(), ErrorInfo);
  await slow.clock.advance(5);
  assertEquals(id(await failure), 12);
});

test("RSC7c: without addRequestIds there is no request id", async () => {
  const parts = client({ key: KEY }, () => refusal(40400, 404));
  assertEquals((await parts.get()).error!.requestId, undefined);
  assertEquals(only(parts.network.seen).url.search, "");
});

test("RSC19f: headers of a request are sent, and may ask for another format", async () => {
  const parts = client({ key: KEY });
  await parts.get("/x", { headers: { Accept: "text/plain", "X-Own": "1" } });
  const { headers } = only(parts.network.seen);
  assertEquals([headers.get("accept"), headers.get("x-own")], ["text/plain", "1"]);
});

test("RSC19b, RSC19f1: headers of a request change neither authentication nor version nor format", async () => {
  const parts = client({ key: KEY, clientId: "me" });
  const names = [
    "Authorization",
    "X-Ably-Version",
    "Content-Type",
    "X-Ably-ClientId",
    "Ably-Agent",
  ];
  const given = Object.fromEntries(names.map((name) => [name, "given"]));
  await parts.authenticated.send({ method: "POST", path: "/x", body: {}, headers: given });
  const { headers } = only(parts.network.seen);
  assert(headers.get("authorization")!.startsWith("Basic "));
  assertEquals(headers.get("x-ably-version"), "6");
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(headers.get("x-ably-clientid"), btoa("me"));
  assert(headers.get("ably-agent")!.startsWith("ably-edge"));
});

test("RSA7e2: requests without credentials say whom the client is too", async () => {
  const parts = client({ key: KEY, clientId: "me" });
  await parts.http.send({ method: "GET", path: "/time" });
  assertEquals(only(parts.network.seen).headers.get("x-ably-clientid"), btoa("me"));
});

test("TO3l9: a body beyond maxFrameSize is refused before it is sent", async () => {
  const parts = client({ key: KEY, maxFrameSize: 20 });
  const send = (body: string) => parts.authenticated.send({ method: "POST", path: "/x", body });
  await send("x".repeat(18));
  await send("é".repeat(9));
  for (const body of ["x".repeat(19), "é".repeat(10)]) {
    const error = await assertRejects(() => send(body), ErrorInfo, "20");
    assertEquals([error.code, error.statusCode], [40009, 400]);
  }
  assertEquals(parts.network.seen.length, 2);
});

test("RSC7: fetch is looked up when it is called, not before", async () => {
  const original = globalThis.fetch;
  const parts = client({ token: "t", fetch: null });
  try {
    let self: unknown = null;
    globalThis.fetch = function (this: unknown) {
      self = [this][0];
      return Promise.resolve(json(["later"]));
    } as typeof fetch;
    assertEquals((await parts.get()).body, ["later"]);
    assert(self === globalThis || self === undefined);
  } finally {
    globalThis.fetch = original;
  }
});

test("RSC7: a fetch that is given is called as a plain function", async () => {
  const options = {
    token: "t",
    fetch(this: unknown): Promise<Response> {
      return Promise.resolve(json([this === undefined]));
    },
  };
  assertEquals((await client(options).get()).body, [true]);
});

test("RSC7: a request asks nothing of fetch that Workers refuse", async () => {
  const inits: RequestInit[] = [];
  const parts = client({
    token: "t",
    fetch: (_url, init) => {
      inits.push(init!);
      return Promise.resolve(json([]));
    },
  });
  await parts.authenticated.send({ method: "POST", path: "/x", body: {} });
  const names = ["body", "headers", "method", "redirect", "signal"];
  assertEquals(Object.keys(only(inits)).sort(), names);
});

test("RSC7: a redirect is not followed, because it makes another request of a POST", async () => {
  const parts = client(
    { token: "t" },
    () => new Response(null, { status: 301, headers: { location: "https://proxy.example/" } }),
  );
  const { error } = await parts.authenticated.send({ method: "POST", path: "/x", body: {} });
  assertEquals([error?.statusCode, error?.code, error?.remediation !== ""], [301, 30100, true]);
  assertEquals(parts.network.seen.length, 1);
});

test("RSA3b: a token goes along in base64", async () => {
  const parts = client({ token: "tökén" });
  await parts.get();
  assertEquals(
    utf8("tökén"),
    Uint8Array.from(bearer(only(parts.network.seen)), (c) => c.charCodeAt(0)),
  );
});

test("RSF1: an answer that does not say what it is, is taken for what was asked for", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const parts = client({ key: KEY }, () => new Response(bytes("[1]")));
  assertEquals((await parts.get()).body, [1]);
  const refused = client(
    { key: KEY },
    () => new Response(bytes('{"error":{"code":40160,"message":"No"}}'), { status: 401 }),
  );
  assertEquals((await refused.get()).error?.code, 40160);
});

test("RSC10: the code in the header of an answer counts where its body can't be read", async () => {
  const headers = { "content-type": "text/html", "x-ably-errorcode": "40160" };
  const parts = client({ key: KEY }, () => new Response("<html>", { status: 401, headers }));
  const { error } = await parts.get();
  assertEquals([error?.code, error?.statusCode], [40160, 401]);
});
