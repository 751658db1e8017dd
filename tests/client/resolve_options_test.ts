import { assert, assertEquals, assertStrictEquals, assertThrows, test } from "../harness.ts";
import type { ClientOptions } from "../../src/client/client_options.ts";
import { resolveOptions } from "../../src/client/resolve_options.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";

const key = "app.key:secret";

function refused(options: unknown, code: number, mentions = ""): ErrorInfo {
  const error = assertThrows(() => resolveOptions(options as ClientOptions), ErrorInfo, mentions);
  assertEquals(error.code, code);
  assert(error.remediation !== "");
  return error;
}

test("RSC1a, RSC1c: a string with a colon is a key, any other a token", () => {
  assertEquals(resolveOptions(key).authOptions(), { key });
  for (const token of ["opaque", "app.Token-1_2", "eyJh.eyJp.c2ln"]) {
    assertEquals(resolveOptions(token).authOptions(), { token });
  }
});

test("RSC1b: without a way to authenticate there is no client", () => {
  for (const options of [{}, undefined, null, "", { key: null }, { clientId: "x" }]) {
    if (options === "") continue;
    assertEquals(refused(options, 40106).statusCode, 401);
  }
});

test("RSA14: useTokenAuth needs a token or a way to get one", () => {
  refused({ useTokenAuth: true }, 40106, "useTokenAuth");
  refused({ useTokenAuth: false, token: "t" }, 40106, "useTokenAuth");
  for (const means of [{ key }, { token: "t" }, { authUrl: "/a" }, { authCallback: () => "t" }]) {
    resolveOptions({ useTokenAuth: true, ...means });
  }
});

test("TO3: every option has the default that the specification gives it", () => {
  const { codec, ...options } = resolveOptions({ key });
  const wanted = {
    tls: true,
    port: 80,
    tlsPort: 443,
    idempotentRestPublishing: true,
    addRequestIds: false,
    strictMode: false,
    autoConnect: true,
    echoMessages: true,
    queueMessages: true,
    httpOpenTimeout: 4_000,
    httpRequestTimeout: 10_000,
    httpMaxRetryCount: 3,
    httpMaxRetryDuration: 15_000,
    fallbackRetryTimeout: 600_000,
    maxMessageSize: 65_536,
    maxFrameSize: 524_288,
    realtimeRequestTimeout: 10_000,
    disconnectedRetryTimeout: 15_000,
    suspendedRetryTimeout: 30_000,
    channelRetryTimeout: 15_000,
    connectionStateTtl: 120_000,
    connectivityCheckUrl: "https://internet-up.ably-realtime.com/is-the-internet-up.txt",
    clientId: null,
    transportParams: {},
    isServer: true,
  };
  for (const [name, value] of Object.entries(wanted)) {
    assertEquals([name, options[name as keyof typeof options]] as unknown[], [name, value]);
  }
  assertStrictEquals(codec, jsonCodec);
});

test("TO3: what is given stands, 0 and false included", () => {
  const given = { tls: false, httpRequestTimeout: 0, httpMaxRetryCount: 0, echoMessages: false };
  const { tls, httpRequestTimeout, httpMaxRetryCount, echoMessages } = resolveOptions({
    key,
    ...given,
  });
  assertEquals({ tls, httpRequestTimeout, httpMaxRetryCount, echoMessages }, given);
});

test("TO3: null is the same as absent, for every option", () => {
  const names = [
    ...["clientId", "defaultTokenParams", "endpoint", "fallbackHosts", "port", "tlsPort", "tls"],
    ...["connectivityCheckUrl", "useBinaryProtocol", "recover", "transportParams", "logLevel"],
    ...["logHandler", "clientType", "agents", "plugins", "fetch", "WebSocket", "clock", "random"],
    ...["token", "tokenDetails", "authCallback", "authUrl", "authMethod", "authHeaders"],
    ...["authParams", "queryTime", "useTokenAuth", "httpRequestTimeout", "autoConnect"],
  ];
  const plain = (options: ClientOptions) => {
    const { authOptions, ...rest } = resolveOptions(options);
    return JSON.stringify([authOptions(), rest]);
  };
  const nulls = Object.fromEntries(names.map((name) => [name, null]));
  assertEquals(plain({ key, ...nulls }), plain({ key }));
});

test("TO3: values of the wrong type are refused by name", () => {
  refused({ key, tls: "no" }, 40000, '"tls"');
  refused({ key, httpRequestTimeout: "5s" }, 40000, '"httpRequestTimeout"');
  refused({ key, httpRequestTimeout: -1 }, 40000, '"httpRequestTimeout"');
  refused({ key, port: NaN }, 40000, '"port"');
  refused({ key, endpoint: 7 }, 40000, '"endpoint"');
  refused({ key, logLevel: "loud" }, 40000, '"logLevel"');
  refused({ key, authCallback: "x" }, 40000, '"authCallback"');
  refused({ key, authMethod: "PUT" }, 40000, '"authMethod"');
  refused({ key, fallbackHosts: ["https://x"] }, 40000, '"fallbackHosts"');
  refused({ key, fallbackHosts: "host" }, 40000, '"fallbackHosts"');
  refused({ key, fallbackHosts: [5] }, 40000, '"fallbackHosts"');
  refused({ key, port: 65_536 }, 40000, '"port"');
  refused({ key, tlsPort: Infinity }, 40000, '"tlsPort"');
  refused({ key, fetch: "fetch" }, 40000, '"fetch"');
  refused({ key, agents: "sdk" }, 40000, '"agents"');
  refused({ key, agents: { sdk: "1\n" } }, 40000, '"agents"');
});

test("RSA11: a malformed key is refused, and not shown", () => {
  for (const bad of ["nonsense:", ":x", "a.b:c d", "a b:secret", "a:b\n"]) {
    const error = refused(bad, 40005);
    assert(!JSON.stringify(error).includes(bad));
  }
});

test("RSC1a, RSA17g: a colon makes a key, wherever it stands", () => {
  for (const key of ["invalid:key", "app.key.more:secret", "a:b:c", "é:ü"]) {
    assertEquals([resolveOptions(key).authOptions(), resolveOptions({ key }).authOptions()], [
      { key },
      { key },
    ]);
  }
});

test("RSA7c: clientId must be a string, and not the wildcard", () => {
  for (const clientId of ["*", "", 5, {}]) {
    assertEquals(refused({ key, clientId }, 40012).statusCode, 400);
  }
  assertEquals(resolveOptions({ key, clientId: "jim" }).clientId, "jim");
});

test("TO3f: MessagePack is the default where its codec is there", () => {
  const plugins = { msgpack: msgpackCodec };
  assertStrictEquals(resolveOptions({ key, plugins }).codec, msgpackCodec);
  assertStrictEquals(resolveOptions({ key, plugins, useBinaryProtocol: false }).codec, jsonCodec);
  assertEquals(resolveOptions({ key, plugins }).codecs.map(({ format }) => format), [
    "json",
    "msgpack",
  ]);
});

test("TO3f: useBinaryProtocol without the codec is an error that says how to get it", () => {
  const error = refused({ key, useBinaryProtocol: true }, 40019);
  assert(error.remediation.includes("plugins.msgpack"));
});

test("RSC18: a key may go without TLS only to a loopback endpoint that is named", () => {
  const allowed = (options: ClientOptions) => resolveOptions({ key, ...options }).allowsBasicAuth;
  const tls = false;
  assertEquals(allowed({}), true);
  assertEquals(allowed({ tls }), false);
  assertEquals(allowed({ tls, endpoint: "example.com" }), false);
  assertEquals(allowed({ tls, endpoint: "127.0.0.1.example.com" }), false);
  for (const endpoint of ["localhost", "127.0.0.1", "::1"]) {
    assertEquals(allowed({ tls, endpoint }), true);
    assertEquals(allowed({ tls, endpoint, fallbackHosts: ["127.0.0.2"] }), true);
    assertEquals(allowed({ tls, endpoint, fallbackHosts: ["example.com"] }), false);
  }
});

test("RTC1f: transport parameters become text", () => {
  const transportParams = { a: 1, b: true, c: "x", d: null as unknown as string };
  assertEquals(resolveOptions({ key, transportParams }).transportParams, {
    a: "1",
    b: "true",
    c: "x",
  });
});

test("TO3: the global WebSocket is looked up when it is asked for", () => {
  const { webSocket } = resolveOptions({ key });
  assertStrictEquals(webSocket(), globalThis.WebSocket);
});
