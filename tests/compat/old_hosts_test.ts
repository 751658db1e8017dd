import { type ClientOptions, Rest } from "../../mod.ts";
import { resolveOptions } from "../../src/client/resolve_options.ts";
import { assert, assertEquals, assertThrows, test } from "../harness.ts";
import { ErrorInfo } from "../../mod.ts";
import { fakeRest } from "../support/rest_clients.ts";

const key = "app.key:secret";
const fallbacksOf = (id: string) =>
  ["a", "b", "c", "d", "e"].map((letter) => `${id}.${letter}.fallback.ably-realtime.com`);

/** The hosts that options lead to, and the options that are warned of. */
function hostsOf(options: ClientOptions): unknown[] {
  const warned: string[] = [];
  const logHandler = (message: string, level: string) => {
    assertEquals(level, "warn");
    warned.push(/"(\w+)" is deprecated/.exec(message)![1]!);
  };
  const { hosts: { primary, fallbacks } } = resolveOptions({ key, logHandler, ...options });
  return [primary, fallbacks, warned];
}

const CASES: readonly [string, ClientOptions, unknown[]][] = [
  [
    "REC1c2, REC2c5: environment is a routing policy",
    { environment: "sandbox" },
    ["sandbox.realtime.ably.net", fallbacksOf("sandbox"), ["environment"]],
  ],
  [
    "REC1d1, REC2c6: restHost is the host, without fallback hosts",
    { restHost: "ably.example.com" },
    ["ably.example.com", [], ["restHost"]],
  ],
  [
    "REC1d1: restHost may be a single word",
    { restHost: "realtime" },
    ["realtime", [], ["restHost"]],
  ],
  [
    "REC1d2, REC2c6: realtimeHost is the host, without fallback hosts",
    { realtimeHost: "ably.example.com" },
    ["ably.example.com", [], ["realtimeHost"]],
  ],
  [
    "REC1d1: of restHost and realtimeHost the first counts",
    { restHost: "rest.example.com", realtimeHost: "rt.example.com" },
    ["rest.example.com", [], ["restHost", "realtimeHost"]],
  ],
  [
    "REC2a2: fallbackHosts count beside environment",
    { environment: "sandbox", fallbackHosts: ["b.example.com"] },
    ["sandbox.realtime.ably.net", ["b.example.com"], ["environment"]],
  ],
  [
    "REC2a2: fallbackHosts count beside restHost",
    { restHost: "::1", fallbackHosts: [] },
    ["[::1]", [], ["restHost"]],
  ],
  [
    "REC2b: fallbackHostsUseDefault names the fallback hosts of the default endpoint",
    { environment: "sandbox", fallbackHostsUseDefault: true },
    ["sandbox.realtime.ably.net", fallbacksOf("main"), ["environment", "fallbackHostsUseDefault"]],
  ],
  [
    "REC2b: also beside restHost",
    { restHost: "ably.example.com", fallbackHostsUseDefault: true },
    ["ably.example.com", fallbacksOf("main"), ["restHost", "fallbackHostsUseDefault"]],
  ],
  [
    "TO3k: null, empty text and false are the same as absent",
    { environment: "", restHost: null, realtimeHost: "", fallbackHostsUseDefault: false },
    ["main.realtime.ably.net", fallbacksOf("main"), []],
  ],
  [
    "TO3k: so they are beside the new options",
    { endpoint: "box", environment: "", restHost: "", fallbackHostsUseDefault: false },
    ["box.realtime.ably.net", fallbacksOf("box"), []],
  ],
];

for (const [name, options, wanted] of CASES) {
  test(name, () => assertEquals(hostsOf(options), wanted));
}

test("REC1b1, REC1c1, REC2a1: options that exclude each other are refused", () => {
  const old = {
    environment: "x",
    restHost: "a.b",
    realtimeHost: "a.b",
    fallbackHostsUseDefault: true,
  };
  const pairs: ClientOptions[] = [
    ...Object.entries(old).map(([name, value]) => ({ endpoint: "main", [name]: value })),
    { environment: "x", restHost: "a.b" },
    { environment: "x", realtimeHost: "a.b" },
    { fallbackHosts: ["a.b"], fallbackHostsUseDefault: true },
    { fallbackHosts: [], fallbackHostsUseDefault: true },
  ];
  for (const options of pairs) {
    const error = assertThrows(() => new Rest({ key, logLevel: "none", ...options }), ErrorInfo);
    assertEquals(error.code, 40106, JSON.stringify(options));
    for (const name of Object.keys(options)) assert(error.message.includes(`"${name}"`), name);
  }
});

test("TO3k: values that name no host or are of the wrong type are refused by name", () => {
  for (
    const options of [
      { environment: "nonprod:x" },
      { environment: "ably.example.com" },
      { environment: 5 },
      { restHost: "https://ably.example.com" },
      { restHost: ["a"] },
      { realtimeHost: "ably.example.com:8080" },
      { fallbackHostsUseDefault: "yes" },
    ] as ClientOptions[]
  ) {
    const error = assertThrows(() => new Rest({ key, logLevel: "none", ...options }), ErrorInfo);
    assertEquals(error.code, 40000);
    assert(error.message.includes(`"${Object.keys(options)[0]}"`), error.message);
  }
});

test("RSC18: a key is sent without TLS to a restHost that is this machine, and to no other", async () => {
  const { rest, last } = fakeRest(undefined, { restHost: "localhost", port: 8080, tls: false });
  await rest.request("GET", "/x", 3);
  assertEquals(last().url.href, "http://localhost:8080/x");
  const other = fakeRest(undefined, { restHost: "ably.example.com", tls: false });
  const error = await other.rest.request("GET", "/x", 3).catch((error) => error);
  assertEquals([error.code, other.network.seen.length], [40103, 0]);
});

test("client.options of a client with old options can be the options of another client", () => {
  for (const options of CASES.map(([, options]) => options)) {
    const first = new Rest({ key, logLevel: "none", ...options });
    const second = resolveOptions({ ...first.options, key: first.options.key });
    assertEquals(second.hosts, resolveOptions({ key, logLevel: "none", ...options }).hosts);
  }
});
