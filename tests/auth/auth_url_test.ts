import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { authFailure } from "../../src/auth/auth_failure.ts";
import type { ClientOptions } from "../../src/client/client_options.ts";
import { ErrorInfo } from "../../src/errors.ts";
import {
  type Answer,
  client,
  json,
  KEY,
  never,
  type SeenRequest,
} from "../support/fake_service.ts";

const authUrl = "https://auth.example/token?own=1&both=url";

function text(body: string, type = "text/plain"): Response {
  return new Response(body, { headers: { "content-type": type } });
}

async function asked(options: ClientOptions): Promise<SeenRequest> {
  const parts = client({ authUrl, ...options }, () => text("t"));
  await parts.auth.authorize();
  return parts.network.seen[0]!;
}

async function failure(answer: Answer, options: ClientOptions = {}): Promise<ErrorInfo> {
  const parts = client({ authUrl, ...options }, answer);
  const error = await assertRejects(() => parts.get(), ErrorInfo);
  assertEquals([error.code, error.statusCode], [40170, 401]);
  assertEquals([parts.clock.pending, parts.network.open()], [0, 0]);
  return error;
}

test("RSA8c1a, RSA8c1c, RSA8c2: GET puts everything into the query; the token parameters win, then authParams", async () => {
  const { method, url, headers, body } = await asked({
    authParams: { both: "params", ttl: "9", only: "ä b" },
    authHeaders: { "X-Session": "s" },
    defaultTokenParams: { ttl: 60_000, capability: { b: ["subscribe"], a: ["publish"] } },
    clientId: "jim",
  });
  assertEquals(method, "GET");
  assertEquals(Object.fromEntries(url.searchParams), {
    own: "1",
    both: "params",
    only: "ä b",
    ttl: "60000",
    capability: '{"a":["publish"],"b":["subscribe"]}',
    clientId: "jim",
  });
  assertEquals([headers.get("x-session"), body], ["s", undefined]);
});

test("RSA8c1b, RSA8c1c: POST puts everything into a form, and leaves the URL as it is", async () => {
  const { method, url, headers, body } = await asked({
    authMethod: "POST",
    authParams: { both: "params", ttl: "9" },
    authHeaders: { "X-Session": "s" },
    defaultTokenParams: { ttl: 60_000 },
  });
  assertEquals([method, url.search], ["POST", "?own=1&both=url"]);
  assertEquals(headers.get("content-type"), "application/x-www-form-urlencoded");
  assertEquals(headers.get("x-session"), "s");
  assertEquals(Object.fromEntries(new URLSearchParams(body as string)), {
    both: "params",
    ttl: "60000",
  });
});

test("RSA8c: what is absent is not sent, and nothing of Ably's goes to the authUrl", async () => {
  const { url, headers } = await asked({ defaultTokenParams: { ttl: null, clientId: null } });
  assertEquals(url.search, "?own=1&both=url");
  for (const name of ["authorization", "x-ably-version", "ably-agent", "x-ably-clientid"]) {
    assertEquals(headers.has(name), false);
  }
});

test("RSA8c: authHeaders and authParams stay with the authUrl", async () => {
  const parts = client(
    { authUrl, authHeaders: { "x-session": "s" }, authParams: { p: "1" } },
    ({ url }) => url.host === "auth.example" ? text("t") : json([]),
  );
  await parts.get();
  const { url, headers } = parts.network.seen[1]!;
  assertEquals([url.search, headers.has("x-session")], ["", false]);
});

test("RSA8c: options are not changed by a request", async () => {
  const authParams = { p: "1" };
  const authHeaders = { h: "1" };
  const options = { authUrl, authParams, authHeaders, defaultTokenParams: { ttl: 1 } };
  await asked(options);
  assertEquals(options, {
    authUrl,
    authParams: { p: "1" },
    authHeaders: { h: "1" },
    defaultTokenParams: { ttl: 1 },
  });
});

test("RSA8c, RSA8g: text and JWT are tokens", async () => {
  for (const type of ["text/plain", "text/plain; charset=utf-8", "application/jwt"]) {
    const parts = client({ authUrl }, () => text("a.b-c_d\n", type));
    assertEquals(await parts.auth.authorize(), { token: "a.b-c_d" });
  }
});

test("RSA8c: JSON is token details, a token request, or a token in quotes", async () => {
  const details = { token: "t", expires: 5 }; // without "issued"
  const parts = client({ authUrl }, () => json(details));
  assertEquals(await parts.auth.authorize(), details);
  const request = await client({ key: KEY }).auth.createTokenRequest();
  const exchanging = client(
    { authUrl },
    ({ url }) => url.host === "auth.example" ? json(request) : json({ token: "exchanged" }),
  );
  assertEquals(await exchanging.auth.authorize(), { token: "exchanged" });
  assertEquals(await client({ authUrl }, () => json("quoted")).auth.authorize(), {
    token: "quoted",
  });
});

test("RSA4f: another content type is no token: 40170", async () => {
  for (const type of ["text/html", "application/octet-stream", ""]) {
    const error = await failure(() => new Response("t", { headers: { "content-type": type } }));
    assert(error.message.includes(`"${type}"`));
  }
});

test("RSA4f: what is not JSON although it says so is no token: 40170", async () => {
  await failure(() => text("{", "application/json"));
  await failure(() => text("", "application/json"));
  await failure(() => text("[]", "application/json"));
  await failure(() => text("null", "application/json"));
  await failure(() => text(""));
});

test("RSA4f: more than 128 KiB is not read to the end: 40170", async () => {
  let sent = 0;
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += 65_536;
          controller.enqueue(new Uint8Array(65_536));
        },
      }),
      { headers: { "content-type": "text/plain" } },
    );
  const error = await failure(endless);
  assert(error.message.includes("128 KiB"));
  assert(sent < 1 << 20);
});

test("RSA4e: an answer that is not one of success ends in 40170 and names the status", async () => {
  for (const status of [400, 401, 404, 500, 503]) {
    const error = await failure(() => new Response("No", { status }));
    assert(error.message.includes(String(status)));
    assertEquals(authFailure(error), "retriable");
  }
});

test("RSA4d: status 403 differs from other failures", async () => {
  assertEquals(authFailure(await failure(() => new Response("No", { status: 403 }))), "forbidden");
});

test("RSA4e: an authUrl that is not to be reached ends in 40170, and its query is not told", async () => {
  const secret = "authUrl-secret";
  const error = await failure(
    ({ url }) => Promise.reject(new TypeError(`error sending request for url (${url})`)),
    { authParams: { session: secret } },
  );
  assert((error.cause as Error).message.includes("https://auth.example/token"));
  assertEquals((error.cause as Error).message.includes(secret), false);
});

test("RSA4c: an authUrl that hangs ends in 40170 after realtimeRequestTimeout", async () => {
  const stalls = () =>
    new Response(new ReadableStream(), { headers: { "content-type": "text/plain" } });
  for (const answer of [never, stalls]) {
    const parts = client({ authUrl, realtimeRequestTimeout: 500 }, answer);
    const error = assertRejects(() => parts.get(), ErrorInfo, "500 ms");
    await parts.clock.advance(500);
    assertEquals((await error).code, 40170);
    assertEquals(parts.network.seen[0]!.signal!.aborted, true);
  }
});

test("RSA4d, RSA4e: what the body of a refusal says is the cause", async () => {
  const refused = (error: object, status: number) => () => json({ error }, status);
  const forbidden = { code: 40300, statusCode: 403, message: "Not you" };
  const said = await failure(refused(forbidden, 401));
  assertEquals((said.cause as ErrorInfo).message, "Not you");
  assertEquals(authFailure(said), "forbidden");
  const both = await failure(refused({ code: 40100, statusCode: 401, message: "No" }, 403));
  assertEquals(authFailure(both), "forbidden");
});

test("RSA4d, RSA4e: the error of a refusal is that of its body, or else that of its headers", async () => {
  const headers = { "x-ably-errorcode": "40160", "x-ably-errormessage": "Not permitted" };
  const rows: [body: string, type: string, headers: HeadersInit, code: number, message: string][] =
    [
      ["Sorry", "text/plain", headers, 40160, "Not permitted"],
      ["<p>Sorry</p>", "text/html", headers, 40160, "Not permitted"],
      ["", "image/png", headers, 40160, "Not permitted"],
      ["{}", "application/json", headers, 40160, "Not permitted"],
      ['{"message":"Sorry"}', "application/json", headers, 40160, "Not permitted"],
      ['{"error":{"message":"Sorry"}}', "application/json", headers, 40160, "Sorry"],
      ['{"error":{"code":40100,"message":"Sorry"}}', "application/json", headers, 40100, "Sorry"],
      ["Sorry", "text/plain", { "x-ably-errorcode": "40160" }, 40160, "Sorry"],
      ["Sorry", "text/plain", { "x-ably-errorcode": "junk" }, 40300, "Sorry"],
      ["Sorry", "text/plain", { "x-ably-errorcode": "-1" }, 40300, "Sorry"],
    ];
  for (const [body, type, more, code, message] of rows) {
    const answer = () =>
      new Response(body, { status: 403, headers: { ...more, "content-type": type } });
    const error = await failure(answer);
    const cause = error.cause as ErrorInfo;
    assertEquals([error.code, cause.code, cause.statusCode, cause.message], [
      40170,
      code,
      403,
      message,
    ]);
    assertEquals(authFailure(error), "forbidden");
  }
});

test("RSA4e: the headers of a refusal show no secrets, and no more than an excerpt", async () => {
  const secret = "authUrl-secret";
  const headers = { "x-ably-errormessage": `No ${secret} ${"x".repeat(2_000)}` };
  const answer = () => new Response(null, { status: 401, headers });
  const error = await failure(answer, { authParams: { session: secret } });
  const text = `${error.message} ${(error.cause as ErrorInfo).message}`;
  assertEquals([text.includes(secret), text.length < 1_500], [false, true]);
});

test("TO3l4: a request to the authUrl takes no longer than httpRequestTimeout", async () => {
  const parts = client({ authUrl, httpRequestTimeout: 50 }, never);
  const refused = assertRejects(() => parts.get(), ErrorInfo, "50 ms");
  await parts.clock.advance(50);
  assertEquals((await refused).code, 40170);
});

test("RSA4d: status 403 counts as a refusal even if the body cannot be read", async () => {
  const broken = () => new ReadableStream({ start: (c) => c.error(new Error("Broken")) });
  const endless = () => new ReadableStream();
  for (const body of [broken, endless]) {
    for (const type of ["application/json", "text/html", "text/plain", "image/png"]) {
      const headers = { "content-type": type };
      const refused = client({ authUrl }, () => new Response(body(), { status: 403, headers }));
      const error = assertRejects(() => refused.get(), ErrorInfo);
      await refused.clock.advance(1_000);
      assertEquals(authFailure(await error), "forbidden");
      assertEquals(refused.clock.pending, 0);
      if (body === endless) assertEquals(refused.network.open(), 0); // A broken one is as good as closed.
    }
  }
});
