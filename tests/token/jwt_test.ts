import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { createTokenRequest, type JwtParams, signJwt } from "../../src/token/mod.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { fromBase64Lenient, fromUtf8, utf8 } from "../../src/util/bytes.ts";

const KEY = "app.key:secret";
const NOW = 1_700_000_000_123;
const now = () => NOW;

async function claims(params: JwtParams): Promise<Record<string, unknown>> {
  const [, payload] = (await signJwt(KEY, params, { now })).split(".");
  return JSON.parse(fromUtf8(fromBase64Lenient(payload!)));
}

async function refused(params: unknown, code: number, mentions: string): Promise<void> {
  const error = await assertRejects(() => signJwt(KEY, params as JwtParams), ErrorInfo, mentions);
  assertEquals([error.code, error.statusCode], [code, 400]);
  assert(error.remediation !== "");
}

test("TN3: a JWT is HS256 over header and payload, in base64url without padding", async () => {
  const jwt = await signJwt(KEY, { clientId: "jürgen>>>???" }, { now });
  assert(/^[\w-]+\.[\w-]+\.[\w-]+$/.test(jwt));
  const [header, payload, signature] = jwt.split(".");
  assertEquals(JSON.parse(fromUtf8(fromBase64Lenient(header!))), {
    typ: "JWT",
    alg: "HS256",
    kid: "app.key",
  });
  const how = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8("secret"), how, false, ["verify"]);
  const signed = utf8(`${header}.${payload}`);
  assert(await crypto.subtle.verify("HMAC", key, fromBase64Lenient(signature!), signed));
});

test("TN3: without parameters a JWT lives for an hour and leaves the rest to the key", async () => {
  assertEquals(await claims({}), { iat: 1_700_000_000, exp: 1_700_003_600 });
  const nulls = { ttl: null, capability: null, clientId: null, timestamp: null, claims: null };
  assertEquals(await claims(nulls), { iat: 1_700_000_000, exp: 1_700_003_600 });
});

test("TN3: every parameter becomes the claim that Ably reads", async () => {
  const wanted = {
    ttl: 1_500,
    timestamp: 5_999,
    clientId: "*",
    capability: { b: ["subscribe", "publish"], a: ["*"] },
    clientType: "server",
    revocationKey: "group-1",
    channelClaims: { "chat:lobby": { role: "moderator" }, "chat:*": "guest" },
    roomClaims: { lobby: { role: "host" } },
    publishRates: { "*": 10, "chat:*": 0.5 },
    claims: { sub: "u1" },
  } as const;
  assertEquals(await claims(wanted), {
    "sub": "u1",
    "ably.channel.chat:lobby": '{"role":"moderator"}',
    "ably.channel.chat:*": "guest",
    "ably.room.lobby": '{"role":"host"}',
    "ably.limits.publish.perAttachment.maxRate.*": 10,
    "ably.limits.publish.perAttachment.maxRate.chat:*": 0.5,
    "iat": 5,
    "exp": 7,
    "x-ably-capability": '{"a":["*"],"b":["publish","subscribe"]}',
    "x-ably-clientId": "*",
    "x-ably-clientType": "server",
    "x-ably-revocation-key": "group-1",
  });
});

test("TN3: claims of one's own can't say what Ably would read", async () => {
  for (
    const name of [
      "exp",
      "iat",
      "x-ably-capability",
      "x-ably-token",
      "ably.channel.a",
      "ably.channel.a\nb",
    ]
  ) {
    await refused({ claims: { [name]: "x" } }, 40003, name);
  }
  assertEquals((await claims({ claims: { "my-x-ably-y": 1 } }))["my-x-ably-y"], 1);
});

test("TN3: null stands for what is left out", async () => {
  const parts = (await signJwt(KEY, null, null)).split(".");
  assertEquals(parts.length, 3);
});

test("TN3: bad parameters are refused by name", async () => {
  for (const ttl of [0, -1, 1.5, NaN, 86_400_001, "60"]) await refused({ ttl }, 40003, "ttl");
  await refused({ timestamp: -1 }, 40003, "timestamp");
  for (const rate of [0, -1, NaN, "5"]) {
    await refused({ publishRates: { "*": rate } }, 40003, "rate");
  }
  await refused({ revocationKey: "" }, 40003, "revocationKey");
  await refused({ clientType: 7 }, 40003, "clientType");
  for (const clientId of ["", 7]) await refused({ clientId }, 40012, "clientId");
  for (const capability of ["{", "[]", "null", [], { a: "publish" }, { a: [] }, { a: [7] }]) {
    await refused({ capability }, 40000, "capability");
  }
});

test("TN3: claims that JSON can't represent are refused", async () => {
  const circle: Record<string, unknown> = {};
  circle.again = circle;
  for (const claim of [1n, { a: 1n }, circle]) {
    await refused({ claims: { claim } }, 40003, "JSON");
    await refused({ channelClaims: { "*": claim } }, 40003, "JSON");
  }
});

test("RSA17g: the name of a key is all before the first colon", async () => {
  for (const [key, kid] of [["app:a:b", "app"], ["a.b.c:s", "a.b.c"], [".:s", "."]] as const) {
    const [header] = (await signJwt(key)).split(".");
    assertEquals(JSON.parse(fromUtf8(fromBase64Lenient(header!))).kid, kid);
    assertEquals((await createTokenRequest(key)).keyName, kid);
  }
});

test("RSA11: a malformed key is refused, and not shown", async () => {
  for (
    const key of ["", "nonsense", ":secret", "app.key:", "app.key", "a b:c", 7, null, undefined]
  ) {
    const error = await assertRejects(() => signJwt(key as string), ErrorInfo);
    assertEquals(error.code, 40005);
    if (key) assert(!JSON.stringify(error).includes(`"${key}"`));
  }
});

test("TN3: a capability that is not understood is refused, and one that is inherited counts", async () => {
  class Params {
    get capability() {
      return { lobby: ["subscribe" as const] };
    }
  }
  const wanted = '{"lobby":["subscribe"]}';
  for (const params of [new Params(), Object.create(new Params()), new Proxy(new Params(), {})]) {
    assertEquals((await claims(params))["x-ably-capability"], wanted);
  }
  for (const capability of [{}, "", "{}", new Map([["lobby", ["subscribe"]]]), new Params()]) {
    await refused({ capability } as JwtParams, 40000, "capability");
  }
  const noParams = [new Map([["capability", {}]]), [], "x", new Date(0)];
  for (const params of noParams) await refused(params as JwtParams, 40003, "params");
});

test("TN3: claims can't speak for other claims", async () => {
  const toJSON = () => ({ "x-ably-capability": '{"*":["*"]}', exp: 9e9 });
  await refused({ claims: { toJSON } }, 40003, "toJSON");
  await refused({ claims: { sub: () => "u1" } }, 40003, "sub");
  await refused({ claims: new Map([["sub", "u1"]]) as never }, 40003, "Map");
  await refused({ channelClaims: new Map([["a", "b"]]) as never }, 40003, "Map");
  await refused({ publishRates: new Map([["*", 1]]) as never }, 40003, "Map");
  const hidden = Object.defineProperty({ sub: "u1" }, "toJSON", { value: toJSON });
  const { iat: _iat, exp: _exp, ...rest } = await claims({ claims: hidden });
  assertEquals(rest, { sub: "u1" });
  assertEquals((await claims({ claims: { at: new Date(0) } })).at, "1970-01-01T00:00:00.000Z");
});

test("TN3: a claim is read once", async () => {
  let reads = 0;
  const own = {
    get sub() {
      return reads++ === 0 ? "u1" : "admin";
    },
  };
  assertEquals((await claims({ claims: own })).sub, "u1");
});

test("RSA11: a key that is no text is refused", async () => {
  for (const key of [["a.b:c"], { toString: () => "a.b:c" }, new String("a.b:c"), null, 7]) {
    const error = await assertRejects(() => signJwt(key as string), ErrorInfo);
    assertEquals(error.code, 40005);
  }
});
