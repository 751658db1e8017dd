import * as Ably from "ably";
import { decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { createTokenRequest, signJwt, tokenEndpoint } from "../../src/token/mod.ts";
import { tokenRequestText } from "../../src/token/token_request.ts";
import { hmacSha256 } from "../../src/token/hmac.ts";
import { toBase64 } from "../../src/util/bytes.ts";
import { withScene } from "./clients.ts";

const KEY = "app.key:a-secret-of-more-than-thirty-two-bytes";
const SECRET = KEY.split(":")[1]!;

const PARAMS = [
  {},
  { ttl: 60_000 },
  { clientId: "jürgen ✓" },
  { clientId: "*", ttl: 1 },
  { capability: { "*": ["*"] } },
  { capability: { "b:ü": ["subscribe", "publish"], "a": ["history"] }, clientId: "jim" },
  { capability: '{"a":["publish"]}', ttl: 3_600_000, clientId: "jim" },
] as const;

const ONCE = { timestamp: 1_700_000_000_000, nonce: "0123456789abcdef" };

test("RSA9g: the official client and this one sign the same token request alike", async () => {
  const official = new Ably.Rest({ key: KEY, logLevel: 0 });
  for (const params of PARAMS) {
    const theirs = await official.auth.createTokenRequest(
      { ...params, ...ONCE } as unknown as Ably.TokenParams,
    );
    const ours = await createTokenRequest(KEY, { ...params, ...ONCE });
    assertEquals({ ...ours } as unknown, JSON.parse(JSON.stringify(theirs)));
  }
});

test("RSA9g: a token request of the official client has the mac that this one computes", async () => {
  const official = new Ably.Rest({ key: KEY, logLevel: 0 });
  for (const params of PARAMS) {
    const request = await official.auth.createTokenRequest(
      structuredClone(params) as unknown as Ably.TokenParams,
    );
    const { ttl, clientId, capability } = request as {
      ttl?: number;
      clientId?: string;
      capability?: string;
    };
    const text = tokenRequestText({ ...request, ttl, clientId, capability });
    assertEquals(request.mac, toBase64(await hmacSha256(SECRET, text)));
  }
});

test("TN3: jose accepts a JWT of this client", async () => {
  const secret = new TextEncoder().encode(SECRET);
  const jwt = await signJwt(KEY, {
    clientId: "jürgen ✓",
    capability: { b: ["subscribe", "publish"], a: ["*"] },
    channelClaims: { "chat:lobby": { role: "moderator" } },
    ttl: 60_000,
  });
  const { payload, protectedHeader } = await jwtVerify(jwt, secret, { algorithms: ["HS256"] });
  assertEquals({ ...protectedHeader }, { typ: "JWT", alg: "HS256", kid: "app.key" });
  assertEquals(payload["x-ably-clientId"], "jürgen ✓");
  assertEquals(payload["x-ably-capability"], '{"a":["*"],"b":["publish","subscribe"]}');
  assertEquals(payload["ably.channel.chat:lobby"], '{"role":"moderator"}');
  assertEquals(payload.exp! - payload.iat!, 60);
  const wrong = new TextEncoder().encode(`${SECRET}x`);
  await assertRejects(() => jwtVerify(jwt, wrong));
});

test("TN3: what jose signs with the same header and claims is the same JWT", async () => {
  const jwt = await signJwt(KEY, { clientId: "jim", timestamp: 1_700_000_000_000, ttl: 1_000 });
  const claims = { "iat": 1_700_000_000, "exp": 1_700_000_001, "x-ably-clientId": "jim" };
  const theirs = await new SignJWT(claims)
    .setProtectedHeader({ typ: "JWT", alg: "HS256", kid: "app.key" })
    .sign(new TextEncoder().encode(SECRET));
  assertEquals(jwt, theirs);
});

test("TN3: the service takes a JWT that jose signed, and this client uses it", async () => {
  await withScene(async (scene) => {
    const { key } = scene.connection;
    const [kid, secret] = key.split(":") as [string, string];
    const token = await new SignJWT({ "x-ably-clientId": "jim" })
      .setProtectedHeader({ typ: "JWT", alg: "HS256", kid })
      .setIssuedAt().setExpirationTime("1h")
      .sign(new TextEncoder().encode(secret));
    const client = scene.rest({ token });
    await client.channels.get("a").publish("name", "data");
    const { items } = await client.channels.get("a").history();
    assertEquals(items[0]!.clientId, "jim");
  });
});

for (const format of ["jwt", "tokenRequest"] as const) {
  test(`RSA8c: the official client gets its token from tokenEndpoint, as ${format}`, async () => {
    await withScene(async (scene) => {
      const { key, ...where } = scene.connection;
      const asked: (string | undefined)[] = [];
      const issue = tokenEndpoint({
        key,
        format,
        authorize: (request, { clientId }) => {
          asked.push(clientId);
          return request.headers.get("x-session") === "s"
            ? { clientId: "jim", capability: { "a": ["publish", "history"] } }
            : null;
        },
      });
      await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, issue);
      const authUrl = `http://127.0.0.1:${server.addr.port}/`;
      for (const authMethod of ["GET", "POST"] as const) {
        const means = { ...where, authUrl, authMethod, authHeaders: { "x-session": "s" } };
        const theirs = new Ably.Rest({ ...means, clientId: "jim", logLevel: 0 });
        await theirs.channels.get("a").publish("name", "data");
        assertEquals(theirs.auth.clientId, "jim");
        await assertRejects(async () => await theirs.channels.get("b").publish("name", "data"));
        const ours = scene.rest({ ...means, clientId: "jim" });
        await ours.channels.get("a").publish("name", "data");
        assertEquals(ours.auth.clientId, "jim");
      }
      assert(asked.length >= 4 && asked.every((clientId) => clientId === "jim"));
    });
  });
}

test("TE1: a token request of this client is exchanged by the official one, and the other way", async () => {
  await withScene(async (scene) => {
    const { key } = scene.connection;
    const request = await createTokenRequest(key, { clientId: "jim" });
    const theirs = scene.ablyRest({
      authCallback: (_params, done) => done(null, request as Ably.TokenRequest),
    });
    assertEquals((await theirs.auth.authorize()).clientId, "jim");
    const official = scene.ablyRest();
    const ours = scene.rest({
      authCallback: async () =>
        await official.auth.createTokenRequest({ clientId: "joe" }) as never,
    });
    assertEquals((await ours.auth.authorize()).clientId, "joe");
    assertEquals(decodeProtectedHeader(await signJwt(key)).kid, key.split(":")[0]);
  });
});
