import { assert, assertEquals, assertThrows, test } from "../harness.ts";
import {
  ErrorInfo,
  type RequestedToken,
  tokenEndpoint,
  type TokenEndpointOptions,
  type TokenGrant,
} from "../../src/token/mod.ts";
import { fromBase64Lenient, fromUtf8 } from "../../src/util/bytes.ts";

const SECRET = "endpoint-secret";
const KEY = `app.key:${SECRET}`;
const URL_ = "https://example.com/token";
const ORIGIN = "https://app.example.org";
const GRANT: TokenGrant = { clientId: "jim", capability: { a: ["subscribe"] }, ttl: 60_000 };

function endpoint(options: Partial<TokenEndpointOptions> = {}) {
  return tokenEndpoint({ key: KEY, authorize: () => GRANT, ...options });
}

function post(body: BodyInit, type?: string, headers: Record<string, string> = {}): Request {
  const all = { ...(type !== undefined && { "content-type": type }), ...headers };
  return new Request(URL_, { method: "POST", body, headers: all });
}

function get(query = "", headers: Record<string, string> = {}): Request {
  return new Request(URL_ + query, { headers });
}

/** The body as text, regardless of its type: workerd warns if `text()` is called on other types. */
async function textOf(response: Response): Promise<string> {
  return fromUtf8(await response.arrayBuffer());
}

function payload(jwt: string): Record<string, unknown> {
  return JSON.parse(fromUtf8(fromBase64Lenient(jwt.split(".")[1]!)));
}

async function errorOf(response: Response): Promise<{ code: number; message: string }> {
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("cache-control"), "no-store");
  const text = await response.text();
  assert(!text.includes(SECRET));
  return JSON.parse(text).error;
}

test("tokenEndpoint: answers with a JWT", async () => {
  const response = await endpoint()(get());
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "application/jwt");
  assertEquals(response.headers.get("cache-control"), "no-store");
  const { iat, exp, ...rest } = payload(await textOf(response));
  assertEquals(Number(exp) - Number(iat), 60);
  assertEquals(rest, { "x-ably-clientId": "jim", "x-ably-capability": '{"a":["subscribe"]}' });
});

test("tokenEndpoint: answers with a token request", async () => {
  const response = await endpoint({ format: "tokenRequest" })(get());
  assertEquals(response.headers.get("content-type"), "application/json");
  const { mac, nonce, timestamp, ...rest } = await response.json();
  assertEquals([mac.length, nonce.length >= 16, typeof timestamp], [44, true, "number"]);
  assertEquals(rest, {
    keyName: "app.key",
    ttl: 60_000,
    capability: '{"a":["subscribe"]}',
    clientId: "jim",
  });
});

test("tokenEndpoint: never grants more than authorize returned", async () => {
  const greedy = {
    clientId: "admin",
    ttl: "86400000",
    capability: '{"*":["*"]}',
    nonce: "0123456789abcdef",
    timestamp: "1",
    key: "other.key:secret",
    keyName: "other.key",
    claims: "x",
    format: "tokenRequest",
  };
  const least: TokenGrant = { capability: { a: ["subscribe"] } };
  const form = new URLSearchParams(greedy);
  for (
    const request of [
      get(`?${form}`),
      post(form),
      post(JSON.stringify(greedy), "application/json"),
    ].flatMap((request) => [request, request.clone()])
  ) {
    const jwt = payload(await textOf(await endpoint({ authorize: () => least })(request.clone())));
    assertEquals(Object.keys(jwt).sort(), ["exp", "iat", "x-ably-capability"]);
    assertEquals(jwt["x-ably-capability"], '{"a":["subscribe"]}');
    assertEquals(Number(jwt.exp) - Number(jwt.iat), 3_600);
    const options = { authorize: () => least, format: "tokenRequest" as const };
    const signed = await (await endpoint(options)(request)).json();
    assertEquals(Object.keys(signed).sort(), [
      "capability",
      "keyName",
      "mac",
      "nonce",
      "timestamp",
    ]);
    assertEquals([signed.keyName, signed.nonce === greedy.nonce], ["app.key", false]);
    assert(signed.timestamp > 1);
  }
});

test("tokenEndpoint: the time of a token is that of its issue, not one in the grant", async () => {
  const authorize = (_request: Request, { params }: RequestedToken) => ({ ...params, ...GRANT });
  const response = await endpoint({ authorize })(get("?timestamp=5000&nonce=x"));
  const { iat } = payload(await textOf(response));
  assert(Number(iat) > 1_700_000_000);
});

test("tokenEndpoint: authorize learns what is asked for, from the query, a form or JSON", async () => {
  const seen: RequestedToken[] = [];
  const authorize = (_request: Request, requested: RequestedToken) => {
    seen.push({ ...requested, params: { ...requested.params } });
    return GRANT;
  };
  const handle = endpoint({ authorize });
  const values = { clientId: "jim", ttl: "5000", capability: '{"a":["publish"]}', room: "1" };
  const wanted = {
    clientId: "jim",
    ttl: 5_000,
    capability: { a: ["publish"] as const },
    params: { ...values },
  };
  await handle(get(`?${new URLSearchParams(values)}`));
  await handle(post(new URLSearchParams(values)));
  const json = { clientId: "jim", ttl: 5_000, capability: { a: ["publish"] }, room: 1, none: null };
  await handle(post(JSON.stringify(json), "application/json; charset=utf-8"));
  assertEquals(seen, [wanted, wanted, wanted]);
  seen.length = 0;
  await handle(get());
  await handle(
    new Request(`${URL_}?a=1&b=1`, { method: "POST", body: new URLSearchParams("b=2") }),
  );
  assertEquals(seen as unknown[], [{ params: {} }, { params: { a: "1", b: "2" } }]);
});

test("tokenEndpoint: a session can be read from the request", async () => {
  const authorize = (request: Request) =>
    request.headers.get("cookie") === "session=1" ? GRANT : null;
  assertEquals((await endpoint({ authorize })(get("", { cookie: "session=1" }))).status, 200);
  const refused = await endpoint({ authorize })(get());
  assertEquals([refused.status, (await errorOf(refused)).code], [403, 40300]);
});

test("tokenEndpoint: authorize receives the second argument of the endpoint", async () => {
  const issue = tokenEndpoint({
    key: KEY,
    authorize: (_request, _requested, context: { user?: string }) =>
      context.user === undefined ? null : { ...GRANT, clientId: context.user },
  });
  const { status } = await issue(get(), {});
  const signedIn = await issue(get(), { user: "jim" });
  assertEquals([status, payload(await textOf(signedIn))["x-ably-clientId"]], [403, "jim"]);
});

test("tokenEndpoint: authorize may refuse with a response or an error of its own", async () => {
  const own = () => new Response("Sign in", { status: 401, headers: { "www-authenticate": "X" } });
  for (
    const authorize of [own, () => {
      throw own();
    }, () => Promise.reject(own())]
  ) {
    const response = await endpoint({ authorize })(get());
    assertEquals([response.status, await response.text()], [401, "Sign in"]);
    assertEquals(response.headers.get("www-authenticate"), "X");
    assertEquals(response.headers.get("cache-control"), "no-store");
  }
  const authorize = () => {
    throw refusal429();
  };
  const response = await endpoint({ authorize, onError: () => {} })(get());
  assertEquals(response.status, 429);
  const { code, message } = await errorOf(response);
  assertEquals([code, message], [42900, "Too many"]);
});

test("tokenEndpoint: of an error that authorize throws, the client gets no more than message and code", async () => {
  const thrown = new ErrorInfo({
    message: "Too many",
    code: 42900,
    statusCode: 429,
    href: "https://wiki.example/limits",
    remediation: `Look at ${SECRET}`,
    requestId: "r-1",
    detail: { database: SECRET },
    cause: new Error(SECRET),
  });
  const reported: unknown[] = [];
  const onError = (error: unknown) => void reported.push(error);
  const response = await endpoint({ authorize: () => Promise.reject(thrown), onError })(get());
  const error = await errorOf(response);
  assertEquals([response.status, error as object], [429, {
    message: "Too many",
    code: 42900,
    statusCode: 429,
    href: "https://help.ably.io/error/42900",
  }]);
  assertEquals(reported, [thrown]);
});

test("tokenEndpoint: onError is not told what is the visitor's doing", async () => {
  const options = {
    origins: [ORIGIN],
    onError: (error: unknown) => {
      throw error;
    },
  };
  const authorizers = [() => null, () => new Response(null, { status: 401 })];
  for (const authorize of authorizers) {
    assert((await endpoint({ ...options, authorize })(get())).status < 404);
  }
  for (
    const request of [
      get("?ttl=x"),
      get("", { origin: "https://evil.example" }),
      new Request(URL_, { method: "PUT" }),
      post("{", "application/json"),
      post(new Uint8Array([0xff]), "application/json"),
    ]
  ) {
    const response = await endpoint(options)(request);
    assertEquals([response.status < 500, (await errorOf(response)).code < 50000], [true, true]);
  }
});

test("tokenEndpoint: an onError that fails changes no answer", async () => {
  const failing: TokenEndpointOptions["onError"][] = [
    () => {
      throw new Error("The log is full");
    },
    () => Promise.reject(new Error("The log is full")),
  ];
  for (const onError of failing) {
    for (const [thrown, status] of [[new Error("x"), 500], [refusal429(), 429]] as const) {
      const lines = await withConsole(async () => {
        const authorize = () => Promise.reject(thrown);
        const response = await endpoint({ authorize, onError })(get());
        assertEquals([response.status, (await errorOf(response)).code], [status, status * 100]);
      });
      assertEquals(lines.map(String), [`${thrown},Error: The log is full`]);
    }
  }
});

function refusal429(): ErrorInfo {
  return new ErrorInfo("Too many", 42900, 429);
}

/** The errors written to the console meanwhile. */
async function withConsole(run: () => Promise<void>): Promise<unknown[][]> {
  const lines: unknown[][] = [];
  const { error } = console;
  console.error = (...line) => void lines.push(line);
  try {
    await run();
    await Promise.resolve();
  } finally {
    console.error = error;
  }
  return lines;
}

test("tokenEndpoint: a body that something else has read is a mistake of this side", async () => {
  const reported: unknown[] = [];
  const request = post("{}", "application/json");
  await request.text();
  const response = await endpoint({ onError: (error) => void reported.push(error) })(request);
  assertEquals([response.status, (await errorOf(response)).code], [500, 50000]);
  assert(reported.length === 1 && /already been read/.test(String(reported[0])));
});

test("tokenEndpoint: what goes wrong on this side is a 500 that tells nothing, and is reported", async () => {
  const cases: Partial<TokenEndpointOptions>[] = [
    { authorize: () => Promise.reject(new Error(`database at ${SECRET}`)) },
    { authorize: () => Promise.reject("text") },
    { authorize: () => ({ clientId: "jim" }) as unknown as TokenGrant },
    { authorize: () => ({ ...GRANT, capability: "" }) },
    { authorize: () => ({ ...GRANT, capability: "{" }) },
    { authorize: () => ({ ...GRANT, ttl: -1 }) },
    { authorize: () => ({ ...GRANT, ttl: -1 }), format: "tokenRequest" },
    { authorize: () => undefined as unknown as TokenGrant },
    { authorize: () => true as unknown as TokenGrant },
    {
      authorize: () => {
        throw new ErrorInfo("Down", 50000, 500);
      },
    },
  ];
  for (const options of cases) {
    const reported: unknown[] = [];
    const response = await endpoint({ ...options, onError: (e) => void reported.push(e) })(get());
    const { code, message } = await errorOf(response);
    assertEquals([response.status, code], [500, 50000]);
    assertEquals(message, "No token could be issued");
    assertEquals(reported.length, 1);
  }
});

test("tokenEndpoint: a grant of nothing is a mistake, not all that the key permits", async () => {
  for (const capability of [{}, "{}", " { } "]) {
    for (const format of ["jwt", "tokenRequest"] as const) {
      const authorize = () => ({ ...GRANT, capability });
      const response = await endpoint({ authorize, format, onError: () => {} })(get());
      assertEquals([response.status, (await errorOf(response)).code], [500, 50000]);
    }
  }
});

test("tokenEndpoint: a token request in which a limit of the grant would be lost is not signed", async () => {
  const limits = [
    { publishRates: { "*": 1 } },
    { revocationKey: "x" },
    { clientType: "device" as const },
  ];
  for (const limit of limits) {
    const reported: unknown[] = [];
    const onError = (error: unknown) => void reported.push(error);
    const options = { authorize: () => ({ ...GRANT, ...limit }), onError };
    const response = await endpoint({ ...options, format: "tokenRequest" })(get());
    assertEquals([response.status, (await errorOf(response)).code], [500, 50000]);
    assertEquals((reported[0] as ErrorInfo).code, 40003);
    const jwt = await endpoint(options)(get());
    assertEquals(jwt.status, 200);
    await jwt.body?.cancel();
  }
});

class UserGrant {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }
  get clientId() {
    return this.#name;
  }
  get capability(): TokenGrant["capability"] {
    return { [`orders:${this.#name}`]: ["subscribe"] };
  }
  get ttl() {
    return 60_000;
  }
  plain(): TokenGrant {
    const { clientId, capability, ttl } = this;
    return { clientId, capability, ttl };
  }
}

const oddGrants: [string, () => TokenGrant][] = [
  ["an object with accessors", () => new UserGrant("jim")],
  ["an object with inherited members", () => Object.create(new UserGrant("jim").plain())],
  ["a subclass", () => new (class extends UserGrant {})("jim")],
  ["a proxy", () => new Proxy(new UserGrant("jim").plain(), {})],
  ["a frozen object", () => Object.freeze(new UserGrant("jim").plain())],
  [
    "an object without prototype",
    () => Object.assign(Object.create(null), new UserGrant("jim").plain()),
  ],
  ["an object that gives each member only once", () => once(new UserGrant("jim").plain())],
];

/** Gives each member once, then nothing. */
function once<T extends object>(values: T): T {
  const given = new Set<PropertyKey>();
  return new Proxy(values, {
    get(target, name) {
      if (given.has(name)) return undefined;
      given.add(name);
      return Reflect.get(target, name);
    },
  });
}

for (const [what, grant] of oddGrants) {
  test(`tokenEndpoint: signs what ${what} grants`, async () => {
    const jwt = await endpoint({ authorize: grant })(get());
    const { iat, exp, ...rest } = payload(await textOf(jwt));
    assertEquals(Number(exp) - Number(iat), 60);
    const capability = '{"orders:jim":["subscribe"]}';
    assertEquals(rest, { "x-ably-clientId": "jim", "x-ably-capability": capability });
    const signed = await endpoint({ authorize: grant, format: "tokenRequest" })(get());
    const { mac: _mac, nonce: _nonce, timestamp: _timestamp, ...request } = await signed.json();
    assertEquals(request, { keyName: "app.key", clientId: "jim", capability, ttl: 60_000 });
  });
}

test("tokenEndpoint: a limit that a grant has by an accessor is signed, or the grant refused", async () => {
  class Limited extends UserGrant {
    get publishRates() {
      return { "*": 1 };
    }
  }
  const authorize = () => new Limited("jim");
  const jwt = payload(await textOf(await endpoint({ authorize })(get())));
  assertEquals(jwt["ably.limits.publish.perAttachment.maxRate.*"], 1);
  const options = { authorize, format: "tokenRequest" as const, onError: () => {} };
  assertEquals((await errorOf(await endpoint(options)(get()))).code, 50000);
});

test("tokenEndpoint: a grant that is a Map, or a list, is refused", async () => {
  const grants = [new Map(Object.entries(GRANT)), [GRANT], JSON.stringify(GRANT), () => GRANT];
  for (const grant of grants) {
    const authorize = () => grant as unknown as TokenGrant;
    assertEquals((await endpoint({ authorize, onError: () => {} })(get())).status, 500);
  }
});

test("tokenEndpoint: options are read once, and may be an object with methods", async () => {
  class Issuer {
    key = KEY;
    names = { jim: true };
    authorize({ url }: Request): TokenGrant | null {
      return url.includes("jim") && this.names.jim ? GRANT : null;
    }
  }
  const issuer = new Issuer();
  const handle = tokenEndpoint(issuer);
  issuer.key = "other.key:secret";
  const response = await handle(get("?name=jim"));
  const header = (await textOf(response)).split(".")[0]!;
  assertEquals(JSON.parse(fromUtf8(fromBase64Lenient(header))).kid, "app.key");
});

test("tokenEndpoint: a response that can't be sent is a mistake of this side", async () => {
  const used = new Response("Sign in first", { status: 401 });
  await used.text();
  const authorize = () => used;
  const response = await endpoint({ authorize, onError: () => {} })(get());
  assertEquals([response.status, (await errorOf(response)).code], [500, 50000]);
});

test("tokenEndpoint: a request with a host that makes no URL is refused", async () => {
  // As servers hand it over where the Host header is nonsense.
  const request = get("", { origin: "https://evil.example" });
  Object.defineProperty(request, "url", { value: "http://a b;;/token" });
  for (const origins of [[], [ORIGIN]]) {
    const response = await endpoint({ origins })(request);
    assertEquals([response.status, (await errorOf(response)).code], [400, 40000]);
  }
});

test("tokenEndpoint: null in JSON is what is left out", async () => {
  const body = JSON.stringify({ clientId: null, capability: null, ttl: null, room: null });
  const seen: RequestedToken[] = [];
  const authorize = (_request: Request, requested: RequestedToken) => (seen.push(requested), null);
  await (await endpoint({ authorize })(post(body, "application/json"))).body?.cancel();
  assertEquals(Object.keys(seen[0]!), ["params"]);
  assertEquals(Object.keys(seen[0]!.params), []);
});

test("tokenEndpoint: other methods are refused with 405 and Allow", async () => {
  for (const method of ["PUT", "PATCH", "DELETE", "HEAD", "PROPFIND"]) {
    const response = await endpoint()(new Request(URL_, { method }));
    assertEquals(response.status, 405);
    assertEquals(response.headers.get("allow"), "GET, POST, OPTIONS");
    if (method === "HEAD") assertEquals(response.body, null);
    else assertEquals((await errorOf(response)).code, 40500);
  }
});

test("tokenEndpoint: bodies that can't be a request for a token are refused", async () => {
  const cases: [BodyInit, string | undefined, number][] = [
    ["{", "application/json", 400],
    ["[]", "application/json", 400],
    ["null", "application/json", 400],
    ['"x"', "application/json", 400],
    ['{"a":{}}', "application/json", 400],
    ['{"ttl":-1}', "application/json", 400],
    ['{"ttl":"1e3"}', "application/json", 400],
    ['{"clientId":""}', "application/json", 400],
    ['{"capability":{"a":"publish"}}', "application/json", 400],
    ['{"capability":[]}', "application/json", 400],
    ["capability=%7B", "application/x-www-form-urlencoded", 400],
    ["capability=", "application/x-www-form-urlencoded", 400],
    ['{"capability":""}', "application/json", 400],
    ["ttl=x", "application/x-www-form-urlencoded", 400],
    [new Uint8Array([0xff, 0xfe]), "application/json", 400],
    [new Uint8Array([0xc3]), "application/json", 400],
    ["x", "text/plain", 415],
    ["x", "multipart/form-data", 415],
    [new Uint8Array([1]), undefined, 415],
    ["x".repeat(65_537), "application/json", 413],
    ["[".repeat(60_000), "application/json", 400],
    ['{"a":'.repeat(12_000), "application/json", 400],
    [`{"capability":${"[".repeat(5_000)}${"]".repeat(5_000)}}`, "application/json", 400],
  ];
  for (const [body, type, status] of cases) {
    const response = await endpoint()(post(body, type));
    assertEquals([body, response.status], [body, status]);
    assert((await errorOf(response)).code >= 40_000);
  }
  const zipped = post("{}", "application/json", { "content-encoding": "gzip" });
  assertEquals((await endpoint()(zipped)).status, 415);
});

test("tokenEndpoint: a body is read only up to the limit", async () => {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1_024;
      controller.enqueue(new Uint8Array(1_024).fill(32));
    },
  });
  const init = { method: "POST", body, duplex: "half", headers: { "content-type": "text/json" } };
  const response = await endpoint({ maxBodySize: 10_000 })(new Request(URL_, init as RequestInit));
  assertEquals(response.status, 413);
  assert(sent <= 12 * 1_024);
});

/** A body that ends only when it is cancelled; it may send bytes now and then, or ignore the cancel. */
function endless({ chunk, holdsOn }: { chunk?: Uint8Array; holdsOn?: boolean } = {}) {
  const state = { cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (chunk === undefined) return new Promise(() => {});
      controller.enqueue(chunk);
      return new Promise((resolve) => setTimeout(resolve, 1));
    },
    cancel() {
      state.cancelled = true;
      return holdsOn ? new Promise<void>(() => {}) : undefined;
    },
  });
  return { body, state };
}

test("tokenEndpoint: a body that takes too long is refused and given up", async () => {
  const bodies = [endless(), endless({ chunk: new Uint8Array([32]) }), endless({ holdsOn: true })];
  for (const { body, state } of bodies) {
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": "text/json" } };
    let asked = 0;
    const handle = endpoint({ bodyTimeout: 20, authorize: () => (asked++, GRANT) });
    const response = await handle(new Request(URL_, init as RequestInit));
    assertEquals([response.status, (await errorOf(response)).code, asked], [408, 40800, 0]);
    assertEquals(state.cancelled, true);
  }
});

test("tokenEndpoint: a body of nothing but empty pieces is refused", async () => {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(0)),
  });
  const init = { method: "POST", body, duplex: "half" };
  const response = await endpoint()(new Request(URL_, init as RequestInit));
  assertEquals(response.status, 413);
  await response.body?.cancel();
});

test("tokenEndpoint: every answer says what it is, that it is not kept, and on what it depends", async () => {
  const never = () => {
    throw new Error("out of order");
  };
  const own = () => new Response("Sign in first", { status: 401, headers: { vary: "Cookie" } });
  const requests: [Partial<TokenEndpointOptions>, Request, number][] = [
    [{}, get(), 200],
    [{ format: "tokenRequest" }, get(), 200],
    [{ authorize: () => null }, get(), 403],
    [{ authorize: own }, get(), 401],
    [{ authorize: never, onError: () => {} }, get(), 500],
    [{}, new Request(URL_, { method: "PUT" }), 405],
    [{}, new Request(URL_, { method: "HEAD" }), 405],
    [{}, new Request(URL_, { method: "OPTIONS" }), 204],
    [{ origins: ORIGIN }, new Request(URL_, { method: "OPTIONS" }), 204],
    [{ origins: ORIGIN }, get("", { origin: "https://evil.example" }), 403],
    [{ origins: ORIGIN }, get("", { origin: ORIGIN }), 200],
    [{}, post("x", "text/html"), 415],
    [{ maxBodySize: 1 }, post("{}", "application/json"), 413],
  ];
  for (const [options, request, status] of requests) {
    const response = await endpoint(options)(request);
    const { headers } = response;
    assertEquals([request.method, response.status], [request.method, status]);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("cache-control"), "no-store");
    const vary = headers.get("vary")?.split(", ") ?? [];
    assert(vary.includes("Origin"));
    assertEquals(vary.includes("Access-Control-Request-Headers"), status === 204);
    assertEquals(vary.includes("Cookie"), status === 401);
    await response.body?.cancel();
  }
});

test("tokenEndpoint: what is no grant is a mistake of this side that says what it got", async () => {
  const returned: [unknown, RegExp][] = [
    [undefined, /undefined/],
    ["jim", /string/],
    [7, /number/],
    [true, /boolean/],
    [() => GRANT, /function/],
    [Symbol("x"), /symbol/],
  ];
  for (const [value, what] of returned) {
    for (const authorize of [() => value, async () => value]) {
      const reported: unknown[] = [];
      const onError = (error: unknown) => void reported.push(error);
      const options = { authorize: authorize as TokenEndpointOptions["authorize"], onError };
      const response = await endpoint(options)(get());
      assertEquals([response.status, (await errorOf(response)).code], [500, 50000]);
      const [error] = reported;
      assert(error instanceof ErrorInfo && what.test(error.message) && error.remediation !== "");
      assertEquals([reported.length, error.code], [1, 40003]);
    }
  }
});

test("tokenEndpoint: an operation that there is not is named, with those that there are", async () => {
  for (const op of ["read", "Subscribe", "publish_", "constructor", "__proto__", "", "write all"]) {
    const capability = { a: ["subscribe", op] } as TokenGrant["capability"];
    for (const each of [capability, JSON.stringify(capability)]) {
      const reported: ErrorInfo[] = [];
      const onError = (error: unknown) => void reported.push(error as ErrorInfo);
      const response = await endpoint({ authorize: () => ({ capability: each }), onError })(get());
      assertEquals(response.status, 500);
      await response.body?.cancel();
      assertEquals([reported.length, reported[0]?.code], [1, 40000]);
      assert(reported[0]!.message.includes(JSON.stringify(op)));
      assert(/subscribe.*history.*message-delete-own/.test(reported[0]!.remediation!));
    }
    const asked = get(`?capability=${encodeURIComponent(JSON.stringify(capability))}`);
    const refused = await endpoint()(asked);
    assertEquals([refused.status, (await errorOf(refused)).code], [400, 40000]);
  }
});

test("tokenEndpoint: headers of proxies make no page one of the endpoint's own", async () => {
  const handle = endpoint({ origins: [ORIGIN] });
  const evil = "https://evil.example";
  const tricks: Record<string, string>[] = [
    { "origin": evil, "x-forwarded-host": "evil.example" },
    { "origin": evil, "forwarded": "host=evil.example" },
    { "origin": evil, "x-original-host": "evil.example" },
    { "origin": `${ORIGIN}, ${evil}` },
    { "origin": `${ORIGIN} ${evil}` },
    { "origin": "" },
    { "origin": "https://example.com.evil.example" },
    { "origin": "https://example.com@evil.example" },
    { "origin": "https://example.com:8443" },
    { "origin": "file://" },
  ];
  for (const headers of tricks) {
    const response = await handle(get("", headers));
    assertEquals([headers.origin, response.status], [headers.origin, 403]);
    assertEquals(response.headers.has("access-control-allow-origin"), false);
    await response.body?.cancel();
  }
});

test("tokenEndpoint: an empty body is no body", async () => {
  assertEquals((await endpoint()(new Request(URL_, { method: "POST" }))).status, 200);
  assertEquals((await endpoint()(post("", "text/plain"))).status, 200);
});

test("tokenEndpoint: a preflight of a listed origin is admitted, with credentials", async () => {
  const request = new Request(URL_, {
    method: "OPTIONS",
    headers: {
      "origin": ORIGIN,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type, x-session",
    },
  });
  const handle = endpoint({
    origins: [ORIGIN],
    authorize: () => {
      throw new Error("Not yet");
    },
  });
  const response = await handle(request);
  assertEquals([response.status, await response.text()], [204, ""]);
  const header = (name: string) => response.headers.get(`access-control-${name}`);
  assertEquals(header("allow-origin"), ORIGIN);
  assertEquals(header("allow-credentials"), "true");
  assertEquals(header("allow-methods"), "GET, POST");
  assertEquals(header("allow-headers"), "content-type, x-session");
  assertEquals(response.headers.get("vary"), "Access-Control-Request-Headers, Origin");
});

test("tokenEndpoint: a page of a listed origin may read the answer, refusals included", async () => {
  for (const authorize of [() => GRANT, () => null]) {
    const response = await endpoint({ origins: [ORIGIN], authorize })(get("", { origin: ORIGIN }));
    assertEquals(response.headers.get("access-control-allow-origin"), ORIGIN);
    assertEquals(response.headers.get("vary"), "Origin");
    await response.body?.cancel();
  }
});

test("tokenEndpoint: a page of another origin gets no token", async () => {
  let asked = 0;
  const handle = endpoint({ origins: [ORIGIN], authorize: () => (asked++, GRANT) });
  for (
    const origin of [
      "https://evil.example",
      "null",
      `${ORIGIN}.evil.example`,
      "http://app.example.org",
    ]
  ) {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const response = await handle(new Request(URL_, { method, headers: { origin } }));
      assertEquals([response.status, (await errorOf(response)).code], [403, 40300]);
      assertEquals(response.headers.has("access-control-allow-origin"), false);
    }
  }
  assertEquals(asked, 0);
});

test("tokenEndpoint: pages of its own host, and programs, need not be listed", async () => {
  const handle = endpoint({ origins: [ORIGIN] });
  const own = ["https://example.com", "http://example.com"].map((origin) => ({ origin }));
  for (const headers of [...own, undefined]) {
    const response = await handle(get("", headers));
    assertEquals(response.status, 200);
    assertEquals(response.headers.has("access-control-allow-origin"), false);
  }
});

test("tokenEndpoint: without a list no answer is for other origins", async () => {
  const response = await endpoint()(get("", { origin: ORIGIN }));
  assertEquals(response.headers.has("access-control-allow-origin"), false);
});

test("tokenEndpoint: a single origin need not be in a list", async () => {
  const handle = endpoint({ origins: ORIGIN });
  const response = await handle(get("", { origin: ORIGIN }));
  assertEquals(response.headers.get("access-control-allow-origin"), ORIGIN);
  assertEquals((await handle(get("", { origin: "https://evil.example" }))).status, 403);
});

test("tokenEndpoint: what can't work is refused when it is made", () => {
  for (
    const options of [
      { maxBodySize: NaN },
      { maxBodySize: -1 },
      { maxBodySize: "64 kB" },
      { authorize: undefined },
      { authorize: null },
      { authorize: GRANT },
      { format: "jtw" },
      { format: "toString" },
      { format: "" },
      { origins: "app.example.org" },
      { origins: [[ORIGIN]] },
      { origins: [undefined] },
      { origins: 5 },
      { origins: {} },
      { bodyTimeout: 0 },
      { bodyTimeout: NaN },
      { bodyTimeout: "soon" },
    ]
  ) {
    const error = assertThrows(() => endpoint(options as object), ErrorInfo);
    assertEquals([error.code, error.remediation !== ""], [40003, true]);
  }
  endpoint({ format: null, origins: null, maxBodySize: null, onError: null });
  assertEquals(assertThrows(() => endpoint({ key: "nonsense" }), ErrorInfo).code, 40005);
  for (
    const origin of [
      "*",
      "null",
      "app.example.org",
      "https://app.example.org/",
      "https://*.example.org",
      // A browser would write these otherwise, so that they would never be admitted.
      "https://App.example.org",
      "https://app.example.org:443",
      "https://jim@app.example.org",
      "https://app.example.org?x",
    ]
  ) {
    assertEquals(assertThrows(() => endpoint({ origins: [origin] }), ErrorInfo).code, 40003);
  }
});
