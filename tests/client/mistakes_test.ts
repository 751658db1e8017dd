import { ErrorInfo, type LogHandler, Realtime, Rest } from "../../mod.ts";
import {
  createTokenRequest,
  signJwt,
  tokenEndpoint,
  type TokenGrant,
  type TokenParams,
} from "../../src/token/mod.ts";
import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";
import { json, KEY } from "../support/fake_service.ts";
import { fakeRest } from "../support/rest_clients.ts";

/** The error of a client that is made with what a newcomer may write. */
function refusal(options: unknown): ErrorInfo {
  return assertThrows(() => new Rest(options as string), ErrorInfo);
}

/** The warnings of a client that is made with options besides a key. */
function warnings(options: object): string[] {
  const lines: string[] = [];
  const logHandler: LogHandler = (message, level) => void lines.push(`${level}: ${message}`);
  new Rest(Object.assign(options, { key: KEY, logHandler }));
  return lines;
}

/** The lines that `console.warn` writes meanwhile. */
async function warnedOnConsole(run: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const { warn } = console;
  console.warn = (line: string) => lines.push(line);
  try {
    await run();
  } finally {
    console.warn = warn;
  }
  return lines;
}

const NEAR_MISSES: readonly [wrong: string, right: string][] = [
  ["apiKey", "key"],
  ["ablyKey", "key"],
  ["Key", "key"],
  ["authToken", "token"],
  ["token_details", "tokenDetails"],
  ["authURL", "authUrl"],
  ["auth_url", "authUrl"],
  ["authCallBack", "authCallback"],
  ["authCalback", "authCallback"],
];

test("RSC1b: without credentials, the error names the option that is not known and the one that was meant", () => {
  for (const [wrong, right] of NEAR_MISSES) {
    const error = refusal({ [wrong]: "appId.keyId:secret" });
    assertEquals(error.code, 40106);
    assert(error.message.includes(`"${wrong}"`), error.message);
    assert(error.remediation.includes(`"${right}"`), error.remediation);
    assert(!JSON.stringify(error).includes("secret"));
  }
});

test("RSC1b: a credential whose variable is not set is said to have no value", () => {
  for (const value of [undefined, null, ""]) {
    for (const name of ["key", "token", "tokenDetails", "authUrl", "authCallback"]) {
      const error = refusal({ clientId: "jim", [name]: value });
      assertEquals(error.code, 40106);
      assert(error.message.includes(`"${name}" has no value`), error.message);
      assert(error.remediation.includes("wrangler secret put"), error.remediation);
      assert(error.remediation.includes(".dev.vars"), error.remediation);
    }
    assert(refusal(value).remediation.includes("wrangler secret put"));
  }
});

test("RSA11: the error for a key without a value is another one than for a malformed key", async () => {
  for (const key of [undefined, null, ""] as unknown[] as string[]) {
    const authorize = () => null;
    const errors = [
      await assertRejects(() => signJwt(key), ErrorInfo),
      await assertRejects(() => createTokenRequest(key), ErrorInfo),
      assertThrows(() => tokenEndpoint({ key, authorize }), ErrorInfo),
    ];
    for (const { code, message, remediation } of errors) {
      assertEquals([code, message.includes("no value")], [40005, true]);
      assert(remediation.includes("wrangler secret put"));
    }
  }
});

test("TO3: an option whose name is almost that of another is warned of, and has no effect", () => {
  for (
    const [wrong, right] of [
      ...NEAR_MISSES.filter(([, right]) => right !== "key"),
      ["clientID", "clientId"],
      ["client_id", "clientId"],
      ["clinetId", "clientId"],
      ["useTls", "tls"],
      ["echoMesages", "echoMessages"],
      ["autoconnect", "autoConnect"],
      ["loglevel", "logLevel"],
      ["useBinaryProtocols", "useBinaryProtocol"],
    ] as const
  ) {
    const [line = "", ...more] = warnings({ [wrong]: false });
    assertEquals(more, []);
    assert(line.startsWith("warn: ") && line.includes(`"${wrong}"`), line);
    assert(line.includes(`"${right}"`), line);
  }
});

test("TO3: options that are known, or that resemble none, are not warned of", () => {
  class Options {
    _clientId = "jim";
    get clientId(): string {
      return this._clientId;
    }
  }
  const hostile = new Proxy({ key: KEY }, {
    ownKeys: () => {
      throw new Error("hostile");
    },
  });
  for (
    const options of [
      { clientId: "jim", clientID: "jim" },
      { closeOnUnload: true, transports: [], restAgentOptions: {}, name: "x", debug: true, ttl: 1 },
      new Options(),
    ]
  ) assertEquals(warnings(options), []);
  new Rest(hostile);
});

test("RSC1a: the name of a key in place of the key is warned of", () => {
  const { warn } = console;
  const lines: string[] = [];
  console.warn = (line: string) => lines.push(line);
  try {
    new Rest("appId.keyId");
    new Rest({ token: "xVLyHw.DQrNxQ" });
    new Rest("xVLyHw.A-pwh7wicf3afTfgiw4k2Ku33kcnSA7z6y8FuuYpe3QaNRTEo4");
    new Rest("eyJh.eyJp.c2ln");
  } finally {
    console.warn = warn;
  }
  assertEquals(lines.length, 2);
  for (const line of lines) assert(line.includes("secret") && !line.includes("keyId."), line);
});

test("TB1: channel options whose names are almost right are warned of", () => {
  const { rest, logged } = fakeRest();
  const options = { cypher: { key: new Uint8Array(16) } };
  rest.channels.get("a", options as object);
  assertEquals([logged.length, logged[0]!.includes('"cipher"')], [1, true]);
  const lines: string[] = [];
  const client = new Realtime({
    key: KEY,
    autoConnect: false,
    logHandler: (line) => void lines.push(line),
  });
  client.channels.get("a", { mode: ["subscribe"] } as object);
  client.channels.get("b", { parms: {} } as object);
  assertEquals(lines.map((line) => /Did you mean "(\w+)"/.exec(line)?.[1]), ["modes", "params"]);
});

test("RSL2b: params of a call whose names are almost right are sent, and warned of", async () => {
  const { rest, logged, last } = fakeRest(() => json([]));
  const channel = rest.channels.get("a");
  const calls: readonly [right: string, call: () => Promise<unknown>][] = [
    ["limit", () => channel.history({ limt: 5 } as object)],
    ["direction", () => channel.presence.history({ Direction: "forwards" } as object)],
    ["clientId", () => channel.presence.get({ clientID: "jim" } as object)],
    ["unit", () => rest.stats({ units: "hour" } as object)],
    ["prefix", () => rest.channels.listNames({ prefx: "a" } as object)],
    ["limit", () => channel.annotations.get("s", { Limit: 5 } as never)],
    ["deviceId", () => rest.push.admin.channelSubscriptions.list({ device_id: "d" } as object)],
    ["clientId", () => rest.push.admin.deviceRegistrations.list({ clientid: "j" } as object)],
  ];
  for (const [right, call] of calls) {
    await call();
    assertEquals(logged.length, 1, right);
    assert(logged.pop()!.includes(`"${right}"`), right);
  }
  await channel.history({ limit: 5, from_serial: "x" } as object);
  assertEquals([last().url.searchParams.get("from_serial"), logged.length], ["x", 0]);
});

test("RTL10b: params of a realtime channel's history are warned of once", async () => {
  const lines: string[] = [];
  const client = new Realtime({
    key: KEY,
    autoConnect: false,
    logHandler: (line) => void lines.push(line),
    fetch: () => Promise.resolve(Response.json([])),
  });
  const channel = client.channels.get("a");
  for (
    const history of [
      channel.history.bind(channel),
      channel.presence.history.bind(channel.presence),
    ]
  ) {
    await history({ untillAttach: false, limt: 5 } as object);
    assertEquals(lines.splice(0).map((line) => /Did you mean "(\w+)"/.exec(line)?.[1]), [
      "untilAttach",
      "limit",
    ]);
    await history({ untilAttach: false, limit: 5 });
    assertEquals(lines, []);
  }
});

test("RSA5: a ttl that is surely in seconds is warned of by a client, wherever it is given", async () => {
  const token = () => json({ token: "t", issued: 1, expires: 9e15 });
  for (const ttl of [3600, 7200, 59_999, 1, 86_400]) {
    const { rest, logged } = fakeRest(token);
    const calls = [
      () => rest.auth.requestToken({ ttl }),
      () => rest.auth.createTokenRequest({ ttl }),
      () => rest.auth.authorize({ ttl }),
    ];
    for (const call of calls) {
      await call();
      assertEquals(logged.length, 1, `${ttl}`);
      const line = logged.pop()!;
      assert(line.startsWith("warn: ") && line.includes("milliseconds"), line);
      assert(line.includes(`${ttl * 1000}`), line);
    }
    assertEquals(warnings({ defaultTokenParams: { ttl } }).length, 1);
  }
  const { rest, logged } = fakeRest(token);
  for (const ttl of [60_000, 3_600_000, 86_400_000, undefined, null]) {
    await rest.auth.requestToken({ ttl });
  }
  assertEquals(logged, []);
});

test("RSA5: a ttl that is surely in seconds is warned of on the console where a token is signed", async () => {
  const capability = { a: ["subscribe" as const] };
  const granting = (ttl: number, format: "jwt" | "tokenRequest") => async () => {
    const endpoint = tokenEndpoint({ key: KEY, format, authorize: () => ({ capability, ttl }) });
    const response = await endpoint(new Request("https://example.com/token"));
    assertEquals(response.status, 200);
    await response.arrayBuffer();
  };
  // Each value is warned of once.
  const calls: readonly [ttl: number, call: () => Promise<unknown>][] = [
    [3600, () => signJwt(KEY, { ttl: 3600 })],
    [1800, () => createTokenRequest(KEY, { ttl: 1800 })],
    [7200, granting(7200, "jwt")],
    [900, granting(900, "tokenRequest")],
  ];
  for (const [ttl, call] of calls) {
    const [line = "", ...more] = await warnedOnConsole(call);
    assert(line.includes("milliseconds") && line.includes(`${ttl * 1000}`), line);
    assertEquals([more, await warnedOnConsole(call)], [[], []]);
  }
  assertEquals(await warnedOnConsole(() => signJwt(KEY, { ttl: 3_600_000 })), []);
});

test("RSA9: what is signed for must not lose a restriction to a misspelt name", async () => {
  for (
    const [wrong, right] of [
      ["capabilities", "capability"],
      ["Capability", "capability"],
      ["clientID", "clientId"],
      ["client_id", "clientId"],
      ["tttl", "ttl"],
    ] as const
  ) {
    const params = { [wrong]: "x" } as TokenParams;
    for (const call of [() => signJwt(KEY, params), () => createTokenRequest(KEY, params)]) {
      const error = await assertRejects(call, ErrorInfo, `"${wrong}"`);
      assertEquals([error.code, error.remediation.includes(`"${right}"`)], [40003, true]);
    }
    const reported: unknown[] = [];
    const grant = { capability: { a: ["subscribe"] }, [wrong]: "x" } as TokenGrant;
    if (right === "capability") Reflect.deleteProperty(grant, "capability");
    const endpoint = tokenEndpoint({
      key: KEY,
      authorize: () => grant,
      onError: (error) => void reported.push(error),
    });
    const response = await endpoint(new Request("https://example.com/token"));
    await response.arrayBuffer();
    assertEquals([response.status, reported.length], [500, 1]);
    assert((reported[0] as ErrorInfo).message.includes(`"${wrong}"`));
  }
});

test("RSA8: token params whose names are almost right are warned of by a client, and passed on", async () => {
  const { rest, logged } = fakeRest();
  const asked: TokenParams[] = [];
  const authCallback = (params: TokenParams) => (asked.push(params), "t");
  await rest.auth.requestToken({ clientID: "jim" } as TokenParams, { authCallback });
  assertEquals(asked as object[], [{ clientID: "jim" }]);
  assertEquals([logged.length, logged[0]!.includes('"clientId"')], [1, true]);
  const misspelt = { authURL: "https://example.com", authCallback } as object;
  await rest.auth.requestToken(null, misspelt);
  assert(logged[1]!.includes('"authUrl"'), logged[1]);
});
