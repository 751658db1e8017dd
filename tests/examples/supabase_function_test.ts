import { exportJWK, generateKeyPair, importJWK, type JWTPayload, SignJWT } from "jose";
import { createHandler, readConfig } from "../../examples/supabase-function/handler.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { Rest } from "../../src/rest/rest.ts";
import { createService } from "../../src/testing/mod.ts";
import { toBase64Url, utf8 } from "../../src/util/bytes.ts";
import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";

const KEY = "app.key:function-secret";
const SITE = "https://project.supabase.co/functions/v1/ably-token";
const ISSUER = "https://project.supabase.co/auth/v1";
const USER = "3f2b8c1e-9d4a-4e7b-8a6f-0c5d2e1b7a90";
/** Seconds. Not a constant: in workerd the clock stands at zero while modules load. */
const now = (): number => Math.floor(Date.now() / 1000);

interface Signing {
  alg?: string;
  kid?: string | null;
  key?: CryptoKey | Uint8Array;
}

/** A project with two keys, and its function. */
async function project(extra: { origin?: string } = {}) {
  const pairs = {
    "key-1": await generateKeyPair("ES256", { extractable: true }),
    "key-2": await generateKeyPair("RS256", { extractable: true }),
  };
  const jwk = async (kid: "key-1" | "key-2", alg: string) => ({
    ...await exportJWK(pairs[kid].publicKey),
    ...{ kid, alg, use: "sig" },
  });
  const keys = [await jwk("key-1", "ES256"), await jwk("key-2", "RS256")];
  const fetched: string[] = [];
  const state = { isDown: false };
  const fetch = async (url: string) => {
    fetched.push(url);
    return state.isDown ? new Response("down", { status: 503 }) : Response.json({ keys });
  };
  const handler = createHandler({ key: KEY, issuer: ISSUER, fetch, ...extra });
  const sign = (claims: JWTPayload, { alg = "ES256", kid = "key-1", key }: Signing = {}) =>
    new SignJWT({
      ...{ iss: ISSUER, aud: "authenticated", role: "authenticated", sub: USER, exp: now() + 3600 },
      ...claims,
    }).setProtectedHeader({ alg, ...(kid !== null && { kid }) })
      .sign(key ?? pairs["key-1"].privateKey);
  return { pairs, keys, fetched, state, handler, sign };
}

function ask(jwt: string, headers: Record<string, string> = {}): Request {
  return new Request(SITE, { headers: { authorization: `Bearer ${jwt}`, ...headers } });
}

function encode(value: unknown): string {
  return toBase64Url(utf8(JSON.stringify(value)));
}

test("examples, Supabase function: a user gets a token request for the own channel, as long as the JWT lives", async () => {
  const { handler, sign, pairs, fetched } = await project();
  const response = await handler(ask(await sign({})));
  const { capability, clientId, ttl, mac } = await response.json();
  assertEquals([response.status, clientId], [200, USER]);
  assertEquals(JSON.parse(capability), { [`user:${USER}`]: ["history", "subscribe"] });
  assert(ttl <= 3_600_000 && ttl > 3_500_000 && mac.length === 44);

  const rsa = await sign({ exp: now() + 7 * 24 * 3600 }, {
    ...{ alg: "RS256", kid: "key-2", key: pairs["key-2"].privateKey },
  });
  assertEquals((await (await handler(ask(rsa))).json()).ttl, 3_600_000);
  const short = await handler(ask(await sign({ exp: now() + 600 })));
  assert((await short.json()).ttl <= 600_000);
  assertEquals(fetched, [`${ISSUER}/.well-known/jwks.json`]);
});

test("examples, Supabase function: the client of a user reads the own channel, and no other", async () => {
  await using service = createService();
  const { sign, keys } = await project();
  const handler = createHandler({
    key: service.key,
    issuer: ISSUER,
    fetch: async () => Response.json({ keys }),
  });
  const jwt = await sign({});
  const client = new Rest({
    ...service.options(),
    key: null,
    authCallback: async () => (await handler(ask(jwt))).json(),
  });
  assertEquals((await client.channels.get(`user:${USER}`).history()).items, []);
  for (const name of ["user:someone-else", "user:*", "*"]) {
    const error = await assertRejects(() => client.channels.get(name).history(), ErrorInfo);
    assertEquals(error.code, 40160);
  }
  const own = client.channels.get(`user:${USER}`);
  assertEquals((await assertRejects(() => own.publish("x", "x"), ErrorInfo)).code, 40160);
});

test("examples, Supabase function: an unsigned JWT, or one signed by another issuer, is refused", async () => {
  const { handler, sign, pairs, keys } = await project();
  const stranger = await generateKeyPair("ES256", { extractable: true });
  const good = await sign({});
  const [header, , signature] = good.split(".") as [string, string, string];
  const claims = { iss: ISSUER, aud: "authenticated", role: "authenticated", exp: now() + 3600 };
  const unsigned = (alg: string, sub: string) =>
    `${encode({ alg, kid: "key-1" })}.${encode({ ...claims, sub })}`;
  const publicText = utf8(JSON.stringify(keys[0]));
  const publicPoint = utf8(String((keys[0] as { x?: string }).x));
  const jwts: Record<string, string> = {
    "alg none": `${unsigned("none", USER)}.`,
    "alg none, with a signature": `${unsigned("none", "*")}.c2ln`,
    "alg None": `${unsigned("None", USER)}.${signature}`,
    "HS256 with the public key": await sign({}, { alg: "HS256", key: publicText }),
    "HS256 with a part of the public key": await sign({}, { alg: "HS256", key: publicPoint }),
    "HS256 with a key of its own": await sign({}, { alg: "HS256", key: utf8("x".repeat(32)) }),
    "the key of another": await sign({}, { key: stranger.privateKey }),
    "the other key of the project": await sign({}, { kid: "key-2" }),
    "no kid": await sign({}, { kid: null }),
    "an empty kid": await sign({}, { kid: "" }),
    "an unknown kid": await sign({}, { kid: "key-3" }),
    "a kid that is a path": await sign({}, { kid: "../../key-1" }),
    "an algorithm that is not listed": await sign({}, {
      ...{ alg: "PS256", kid: "key-2" },
      key: await importJWK(
        { ...await exportJWK(pairs["key-2"].privateKey), alg: "PS256" },
        "PS256",
      ) as CryptoKey,
    }),
    "other claims under the signature": `${header}.${encode({ ...claims, sub: "x" })}.${signature}`,
    "no signature": good.slice(0, good.lastIndexOf(".") + 1),
    "two parts": good.slice(0, good.lastIndexOf(".")),
    "four parts": `${good}.x`,
    "no JSON": "eA.eA.eA",
    "a key in its header": `${
      encode({ alg: "ES256", kid: "key-1", jwk: await exportJWK(stranger.publicKey) })
    }.${encode({ ...claims, sub: USER })}.${signature}`,
  };
  for (const [what, jwt] of Object.entries(jwts)) {
    const response = await handler(ask(jwt));
    assertEquals([what, response.status, await response.json()], [
      ...[what, 401],
      { error: "Sign in first" },
    ]);
  }
});

test("examples, Supabase function: a JWT for another purpose, or of another time, is refused", async () => {
  const { handler, sign } = await project();
  const claims: Record<string, JWTPayload> = {
    "another issuer": { iss: "https://other.supabase.co/auth/v1" },
    "an issuer that begins alike": { iss: `${ISSUER}.example` },
    "no issuer": { iss: undefined },
    "another audience": { aud: "anon" },
    "no audience": { aud: undefined },
    "expired": { exp: now() - 1 },
    "no expiry": { exp: undefined },
    "not yet": { nbf: now() + 3600 },
    "the anonymous role": { role: "anon" },
    "the role of the service": { role: "service_role" },
    "no role": { role: undefined },
    "an anonymous user": { is_anonymous: true },
    "no user": { sub: undefined },
  };
  for (const [what, each] of Object.entries(claims)) {
    const response = await handler(ask(await sign(each)));
    assertEquals([what, response.status], [what, 401]);
    await response.body?.cancel();
  }
});

test("examples, Supabase function: an id that could match more than one user is refused", async () => {
  const { handler, sign } = await project();
  const ids = [
    ...["*", "a:b", "*:*", "", " ", "a*", "a,b", "a\nb", "a\n", "a\u0000", "[meta]a", "a/b", 'a"b'],
    ...["ä", "a\u202eb", "a".repeat(65), "a".repeat(5_000), "../a", "a.b"],
  ];
  for (const sub of ids) {
    const response = await handler(ask(await sign({ sub })));
    assertEquals([sub, response.status], [sub, 401]);
    await response.body?.cancel();
  }
  const numeric = await handler(ask(await sign({ sub: 7 as unknown as string })));
  assertEquals(numeric.status, 401);
  await numeric.body?.cancel();
});

test("examples, Supabase function: without a JWT there is no token", async () => {
  const { handler, fetched } = await project();
  for (const authorization of ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer x y.z.a"]) {
    const response = await handler(new Request(SITE, { headers: { authorization } }));
    assertEquals(response.status, 401);
    await response.body?.cancel();
  }
  const query = await handler(new Request(`${SITE}?authorization=Bearer`));
  assertEquals([query.status, fetched.length], [401, 0]);
  await query.body?.cancel();
});

test("examples, Supabase function: keys that can't be had are no refusal, and tell the visitor nothing", async () => {
  const { handler, sign, state } = await project();
  state.isDown = true;
  const reported: unknown[] = [];
  const { error } = console;
  console.error = (...items) => void reported.push(items);
  try {
    const response = await handler(ask(await sign({})));
    const text = await response.text();
    assertEquals([response.status, text.includes("jwks")], [500, false]);
  } finally {
    console.error = error;
  }
  assertEquals(reported.length, 1);
  state.isDown = false;
  const again = await handler(ask(await sign({})));
  assertEquals(again.status, 200);
  await again.body?.cancel();
});

test("examples, Supabase function: pages of another origin than the named one get no token", async () => {
  const { handler, sign } = await project({ origin: "https://app.example.com" });
  const jwt = await sign({});
  const from = async (origin: string) => {
    const { status, headers, body } = await handler(ask(jwt, { origin }));
    await body?.cancel();
    return [status, headers.get("access-control-allow-origin")];
  };
  assertEquals(await from("https://app.example.com"), [200, "https://app.example.com"]);
  for (const origin of ["https://evil.example", "null", "https://app.example.com.evil.example"]) {
    assertEquals(await from(origin), [403, null]);
  }
});

test("examples, Supabase function: does not start without what it needs", () => {
  const all = { ABLY_API_KEY: KEY, SUPABASE_URL: "https://project.supabase.co/" };
  const { issuer, jwks, origin } = readConfig(new Map(Object.entries(all)));
  assertEquals([issuer, jwks, origin], [ISSUER, `${ISSUER}/.well-known/jwks.json`, undefined]);
  for (const name of Object.keys(all)) {
    const env = new Map(Object.entries({ ...all, [name]: "" }));
    assertThrows(() => readConfig(env), Error, name);
  }
});
