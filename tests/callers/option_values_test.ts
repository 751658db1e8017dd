import { ErrorInfo, Realtime, Rest } from "../../mod.ts";
import { LiveObjects } from "../../src/liveobjects/mod.ts";
import { eventStream, streamMessages } from "../../src/sse/mod.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { createTokenRequest, signJwt, tokenEndpoint } from "../../src/token/mod.ts";
import { readWebhook, verifyWebhook, webhookHandler } from "../../src/webhooks/mod.ts";
import { assert, assertEquals, assertInstanceOf, test } from "../harness.ts";

const KEY = "appId.keyId:secret";

/** Values of wrong types and out of range, by the kind of option. */
const WRONG = {
  boolean: ["no", 1, {}, []],
  number: ["5", -1, NaN, {}, true, []],
  string: [5, {}, [], true],
  function: [5, "x", {}, true],
  object: [5, "x", true, [], () => {}],
  word: ["nope", "", 5, {}, true],
  texts: [5, "x", true, [], () => {}, { a: {} }, { a: () => {} }, { a: Symbol("s") }],
  clock: [5, "x", true, [], () => {}, {}, { now: () => 0 }],
  signal: [5, "x", {}, []],
};

/** The wrong values of each option. */
type Table = Readonly<Record<string, readonly unknown[]>>;

/** Checks that each wrong value of each option is refused with an error that names the option. */
function testOptions(name: string, table: Table, call: (options: object) => unknown): void {
  test(`${name}: a wrong value of an option is refused, with the wanted one`, async () => {
    for (const [option, values] of Object.entries(table)) {
      for (const value of values) {
        const error = await errorOf(() => call({ [option]: value }));
        const what = `${option}: ${typeof value === "symbol" ? "" : JSON.stringify(value)}`;
        assertInstanceOf(error, ErrorInfo, `${what} gave ${error}`);
        const { code, message, remediation } = error;
        assert(code >= 40000 && code < 40020, `${what} gave ${code}: ${message}`);
        assert(new RegExp(option.replace(/s$/, ""), "i").test(message), `${what} gave ${message}`);
        assert(remediation !== "", message);
      }
    }
  });
}

async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

const fetch = () => Promise.resolve(Response.json([]));

const CLIENT: Table = {
  clientId: [...WRONG.string, "", "*"],
  endpoint: WRONG.string,
  fallbackHosts: [5, "x", {}, [5]],
  port: [...WRONG.number, 0, 70_000, 1.5],
  tlsPort: [...WRONG.number, 0, 70_000, 1.5],
  tls: WRONG.boolean,
  connectivityCheckUrl: WRONG.string,
  useBinaryProtocol: WRONG.boolean,
  idempotentRestPublishing: WRONG.boolean,
  addRequestIds: WRONG.boolean,
  strictMode: WRONG.boolean,
  autoConnect: WRONG.boolean,
  echoMessages: WRONG.boolean,
  queueMessages: WRONG.boolean,
  httpOpenTimeout: WRONG.number,
  httpRequestTimeout: WRONG.number,
  httpMaxRetryCount: WRONG.number,
  httpMaxRetryDuration: WRONG.number,
  fallbackRetryTimeout: WRONG.number,
  maxMessageSize: WRONG.number,
  maxFrameSize: WRONG.number,
  realtimeRequestTimeout: WRONG.number,
  disconnectedRetryTimeout: WRONG.number,
  suspendedRetryTimeout: WRONG.number,
  channelRetryTimeout: WRONG.number,
  connectionStateTtl: WRONG.number,
  recover: WRONG.string,
  transportParams: WRONG.texts,
  logLevel: ["loud", -1, 99, NaN, true, { nope: "warn" }, { connection: "loud" }, []],
  logHandler: WRONG.function,
  telemetry: WRONG.function,
  clientType: WRONG.word,
  agents: [...WRONG.object, { a: {} }],
  plugins: [...WRONG.object],
  fetch: WRONG.function,
  WebSocket: WRONG.function,
  clock: WRONG.clock,
  random: WRONG.clock,
  tokenDetails: [5, "x", true, () => {}],
  authCallback: WRONG.function,
  authUrl: WRONG.string,
  authMethod: ["PUT", 5, {}],
  authHeaders: [5, "x", [], { a: {} }],
  authParams: [5, "x", [], { a: {} }],
  queryTime: WRONG.boolean,
  useTokenAuth: WRONG.boolean,
  environment: WRONG.string,
  restHost: WRONG.string,
  realtimeHost: WRONG.string,
  fallbackHostsUseDefault: WRONG.boolean,
};

for (const Client of [Rest, Realtime]) {
  testOptions(
    Client.name,
    CLIENT,
    (options) => new Client({ key: KEY, autoConnect: false, logLevel: "none", ...options }),
  );
  testOptions(`${Client.name}, plugins`, {
    msgpack: [5, {}, { decode: () => {} }],
    vcdiff: [5, {}],
    LiveObjects: [5, {}],
  }, (plugins) => new Client({ key: KEY, autoConnect: false, logLevel: "none", plugins }));
  testOptions(
    `${Client.name}, defaultTokenParams`,
    {
      ttl: ["x", -1, NaN, 1.5, {}, true],
      timestamp: ["x", -1, NaN, 1.5],
      clientId: [5, "", {}],
      capability: [5, "{", [], { a: 5 }],
    },
    (defaultTokenParams) =>
      new Client({ key: KEY, autoConnect: false, logLevel: "none", defaultTokenParams }),
  );
}

/** A client that never connects. */
function realtime(): Realtime {
  return new Realtime({
    key: KEY,
    autoConnect: false,
    logLevel: "none",
    fetch,
    plugins: { LiveObjects },
  });
}

/** A client whose requests are all answered with an empty list. */
function rest(): Rest {
  return new Rest({ key: KEY, logLevel: "none", fetch, plugins: { LiveObjects } });
}

const CIPHER: Table = {
  key: [5, {}, [], true],
  algorithm: ["des", 5, Object.create(null)],
  mode: ["ecb", 5, Object.create(null)],
  keyLength: [99, "x", NaN, -1, Object.create(null)],
};

testOptions("a realtime channel", {
  params: WRONG.texts,
  modes: [5, "subscribe", {}, ["nope"], [5], [null]],
  attachOnSubscribe: WRONG.boolean,
  schemas: [...WRONG.object, { schemas: 5 }, { schemas: {} }],
}, (options) => realtime().channels.get("c", options));

testOptions("a REST channel", {
  attachOnSubscribe: WRONG.boolean,
  schemas: [...WRONG.object, { schemas: 5 }, { schemas: {} }],
}, (options) => rest().channels.get("c", options));

testOptions(
  "a cipher",
  CIPHER,
  (options) => rest().channels.get("c", { cipher: { key: new Uint8Array(16), ...options } }),
);

const LIVE: Table = {
  bufferLimit: [...WRONG.number, 0, 1.5],
  onOverflow: WRONG.word,
  signal: WRONG.signal,
};

testOptions("messages()", LIVE, (options) => channel().messages("a", options));
testOptions("presence.events()", LIVE, (options) => channel().presence.events("enter", options));
testOptions("annotations.events()", LIVE, (options) => channel().annotations.events("a", options));

function channel() {
  return realtime().channels.get("c", { attachOnSubscribe: false });
}

testOptions("presence.get()", {
  waitForSync: WRONG.boolean,
  clientId: WRONG.string,
  connectionId: WRONG.string,
  signal: WRONG.signal,
}, (options) => channel().presence.get(options));

testOptions("history()", {
  untilAttach: WRONG.boolean,
  start: ["x", NaN, {}, true],
  limit: [0, -1, 1.5, NaN, "x", 1001, {}],
  direction: WRONG.word,
}, (options) => channel().history(options));

testOptions("revokeTokens()", {
  issuedBefore: ["x", NaN, {}, Infinity],
  allowReauthMargin: WRONG.boolean,
}, (options) => rest().auth.revokeTokens([{ type: "clientId", value: "a" }], options));

testOptions("a target of revokeTokens()", {
  type: ["", 5, {}],
  value: ["", 5, {}],
}, (target) => rest().auth.revokeTokens([{ type: "clientId", value: "a", ...target }]));

testOptions("streamMessages()", {
  rewind: ["x", -1, NaN, 1.5, {}, true],
  lastEvent: WRONG.string,
  enveloped: WRONG.boolean,
  idleTimeout: [...WRONG.number, 0],
  onGap: WRONG.function,
  params: WRONG.texts,
  signal: WRONG.signal,
}, (options) => streamMessages(rest().channels.get("c"), options));

testOptions("eventStream()", {
  data: WRONG.function,
  event: WRONG.function,
  id: WRONG.function,
  retry: WRONG.number,
  heartbeat: WRONG.number,
  headers: [...WRONG.texts, { "a b": "1" }, { a: "1\n2" }],
  signal: WRONG.signal,
  clock: WRONG.clock,
}, (options) => eventStream((async function* () {})(), options));

testOptions("tokenEndpoint()", {
  authorize: WRONG.function,
  format: WRONG.word,
  origins: [5, {}, ["x"], [5], true],
  maxBodySize: WRONG.number,
  bodyTimeout: [...WRONG.number, 0],
  onError: WRONG.function,
}, (options) => tokenEndpoint({ key: KEY, authorize: () => null, ...options }));

testOptions(
  "createTokenRequest(), its sources",
  { now: WRONG.function },
  (sources) => createTokenRequest(KEY, {}, sources),
);

testOptions(
  "signJwt(), its sources",
  { now: WRONG.function },
  (sources) => signJwt(KEY, { capability: { a: ["subscribe"] } }, sources),
);

const LIMITS: Table = { maxBodySize: WRONG.number, bodyTimeout: WRONG.number };
const DELIVERY = { headers: {}, body: "{}" };

testOptions("webhookHandler()", {
  ...LIMITS,
  allowUnsigned: WRONG.boolean,
  onError: WRONG.function,
  plugins: WRONG.object,
}, (options) => webhookHandler({ key: KEY, ...options }, () => {}));

testOptions("readWebhook()", LIMITS, (options) => readWebhook(DELIVERY, { key: KEY, ...options }));
testOptions("verifyWebhook()", LIMITS, (options) => verifyWebhook(DELIVERY, KEY, options));

testOptions("webhookHandler(), its function", { handler: WRONG.function }, ({ handler }: {
  handler?: unknown;
}) => webhookHandler({ key: KEY }, handler as () => void));

testOptions("createService()", {
  namespaces: [5, "x", {}],
  snapshot: [5, "x", {}],
  clock: WRONG.clock,
  random: WRONG.clock,
  limits: WRONG.object,
  logLimit: WRONG.number,
}, (options) => createService(options));

testOptions("createService(), a namespace", {
  id: [5, {}],
  persisted: WRONG.boolean,
  mutableMessages: WRONG.boolean,
}, (namespace) => createService({ namespaces: [{ id: "a", ...namespace }] }));

testOptions("createService(), objects", {
  echoFirst: WRONG.boolean,
  announceNone: WRONG.boolean,
  syncInterval: WRONG.number,
}, (objects) => createService({ objects }));

testOptions(
  "published()",
  { timeout: WRONG.number },
  (options) => createService().published("c", null, options),
);

testOptions("service.options()", { clientId: [5, {}], capability: [5, true], ttl: WRONG.number }, (
  rights,
) => createService().options(rights));

testOptions(
  "a fault",
  { times: WRONG.number, skip: WRONG.number },
  (times) => createService().faults.http({}, { refuse: true }, times),
);

testOptions("FakeClock", { settle: WRONG.function }, (options) => new FakeClock(0, options));

test("A fault that is misspelt is refused", async () => {
  await using service = createService();
  const { faults } = service as unknown as { faults: Record<string, (...args: unknown[]) => void> };
  const wrong: [method: string, match: unknown, effect: unknown][] = [
    ["http", {}, {}],
    ["http", {}, { refused: true }],
    ["http", {}, { refuse: 1 }],
    ["http", {}, { delay: -1 }],
    ["http", {}, { respond: { status: "200" } }],
    ["http", {}, { error: {} }],
    ["http", { verb: "GET" }, { refuse: true }],
    ["http", { path: 5 }, { refuse: true }],
    ["connect", { params: 5 }, { refuse: true }],
    ["toClient", { action: "NOPE" }, { swallow: true }],
    ["toClient", { channel: 5 }, { swallow: true }],
    ["toClient", {}, { replace: 5 }],
    ["fromClient", 5, { swallow: true }],
    ["fromClient", {}, undefined],
    ["toClient", {}, { delay: 10n }],
    ["toClient", {}, { close: 999 }],
  ];
  for (const [method, match, effect] of wrong) {
    const error = await errorOf(() => faults[method]!(match, effect));
    assertInstanceOf(error, ErrorInfo, method);
    assertEquals(error.code, 40003);
  }
});

test("FakeClock: a time that is not a number from 0 is refused", async () => {
  for (const ms of [NaN, -1, Infinity, "5"] as number[]) {
    for (const call of [() => new FakeClock(ms), () => new FakeClock().advance(ms)]) {
      assertInstanceOf(await errorOf(call), ErrorInfo);
    }
  }
});

test("RSC1b: options for authentication that are empty text count as absent", async () => {
  for (const option of ["authHeaders", "authParams", "queryTime", "useTokenAuth", "authCallback"]) {
    const error = await errorOf(() => {
      new Rest({ key: KEY, [option]: "" });
    });
    assertEquals(error, undefined, option);
  }
});

test("RTL10b: untilAttach is a boolean, or the text of one in URLSearchParams", async () => {
  const { channels } = realtime();
  for (const [text, code] of [["true", 40000], ["false", undefined], ["yes", 40003]] as const) {
    const params = new URLSearchParams({ untilAttach: text }) as object;
    const error = await errorOf(() => channels.get("c").history(params));
    assertEquals((error as ErrorInfo).code, code, text);
  }
});

test("PCS5: the channel of a push subscription is checked as elsewhere", async () => {
  const { channelSubscriptions } = rest().push.admin;
  for (const channel of ["", 5] as string[]) {
    const error = await errorOf(() => channelSubscriptions.save({ channel, clientId: "a" }));
    assertEquals((error as ErrorInfo).code, 40010);
  }
});

test("An array is no object with members, and webhook options are not Ably's mistake", async () => {
  const device = await errorOf(() => rest().push.admin.deviceRegistrations.save([] as never));
  assertEquals((device as ErrorInfo).message, "The device must be a plain object, got array");
  const webhook = await errorOf(() => verifyWebhook(DELIVERY, KEY, 5 as never)) as ErrorInfo;
  assertEquals([webhook.code, webhook.statusCode], [40003, 500]);
});

test("The remedy for a value that is required does not say to leave it out", async () => {
  const calls: Record<string, (value: unknown) => unknown> = {
    "type": (type) => rest().auth.revokeTokens({ type, value: "a" } as never),
    "value": (value) => rest().auth.revokeTokens({ type: "clientId", value } as never),
    "authorize": (authorize) => tokenEndpoint({ key: KEY, authorize } as never),
    "id": (id) => createService({ namespaces: [{ id } as never] }),
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await errorOf(() => call(5)) as ErrorInfo;
    assert(/^Give|^See/.test(error.remediation), name);
    assert(!error.remediation.includes("leave it out"), `${name}: ${error.remediation}`);
  }
});

test("The error for a number below 0, or for empty text, says what was wrong with it", async () => {
  const negative = await errorOf(() => new Rest({ key: KEY, httpRequestTimeout: -1 }));
  assertEquals(
    (negative as ErrorInfo).message,
    'The client options: "httpRequestTimeout" must be a number from 0, got -1',
  );
  const empty = await errorOf(() => signJwt(KEY, { revocationKey: "" }));
  assertEquals(
    (empty as ErrorInfo).message,
    'The JWT params: "revocationKey" must be a non-empty string, got ""',
  );
});
