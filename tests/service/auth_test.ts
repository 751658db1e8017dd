import { ErrorInfo } from "../../src/errors.ts";
import { Action, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { createTokenRequest, type TokenParams } from "../../src/token/mod.ts";
import { hmacSha256 } from "../../src/token/hmac.ts";
import { parseKey } from "../../src/token/key.ts";
import { tokenRequestText } from "../../src/token/token_request.ts";
import { toBase64, toBase64Url, utf8 } from "../../src/util/bytes.ts";
import { createService, FakeClock, type LocalService } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertThrows, fixture, skip, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

function capabilityText(capability: NonNullable<TokenParams["capability"]>): string {
  return typeof capability === "string" ? capability : JSON.stringify(capability);
}

async function requestToken(service: LocalService, params: TokenParams = {}, key = service.key) {
  const { ttl, capability, ...others } = params;
  const signed = await createTokenRequest(key, { timestamp: service.clock.now(), ...others });
  const body = {
    ...signed,
    ...(ttl != null && { ttl }),
    ...(capability != null && { capability: capabilityText(capability) }),
  };
  // A client refuses some of these, so that they are signed here.
  const mac = await hmacSha256(parseKey(key).secret, tokenRequestText(body));
  body.mac = toBase64(mac);
  const path = `/keys/${body.keyName}/requestToken`;
  return await rest(service, path, { method: "POST", body, key: null });
}

async function jwt(
  key: string,
  claims: object,
  { header, secret }: { header?: object; secret?: string } = {},
): Promise<string> {
  const { name, secret: right } = parseKey(key);
  const part = (value: object) => toBase64Url(utf8(JSON.stringify(value)));
  const text = `${part({ alg: "HS256", typ: "JWT", kid: name, ...header })}.${part(claims)}`;
  return `${text}.${toBase64Url(await hmacSha256(secret ?? right, text))}`;
}

function bearer(token: string): { Authorization: string } {
  return { Authorization: `Bearer ${toBase64(utf8(token))}` };
}

const revocable = (service: LocalService) => service.apps[0]!.keys[1]!;

const refusedRequests: [string, TokenParams, number, number][] = [
  ["an old timestamp", { timestamp: Date.UTC(2026, 0, 1) - 1_800_000 }, 401, 40104],
  ["a short nonce", { nonce: "short" }, 400, 40003],
  ["a ttl of nothing", { ttl: 0 }, 400, 40003],
  ["a ttl of a year", { ttl: 365 * 86_400_000 }, 400, 40003],
  ["an unknown operation", { capability: '{"c":["publish_"]}' }, 400, 40000],
  ["a wildcard among others", { capability: '{"c":["*","publish"]}' }, 400, 40000],
];

for (const [what, params, status, code] of refusedRequests) {
  test(`contract 4.4: refuses a token request with ${what}`, async () => {
    await using service = createService({ clock: new FakeClock() });
    const answer = await requestToken(service, params);
    assertEquals([answer.status, answer.body.error.code], [status, code]);
  });
}

test("contract 4.4: a token request serves once, however its signature is written", async () => {
  await using service = createService({ clock: new FakeClock() });
  const body = await createTokenRequest(service.key, { timestamp: service.clock.now() });
  const send = async (mac: string) => {
    const path = `/keys/${body.keyName}/requestToken`;
    const answer = await rest(service, path, { method: "POST", body: { ...body, mac }, key: null });
    return answer.body.error?.code ?? answer.status;
  };
  assertEquals(await send(body.mac), 201);
  const { mac } = body;
  const spellings = [mac, mac.replace(/=+$/, ""), `${mac}=`, ` ${mac}\n`]
    .concat(mac.replaceAll("+", "-").replaceAll("/", "_"));
  for (const spelling of spellings) assertEquals(await send(spelling), 40105);
});

test("contract 4.4: a token request of other types is refused", async () => {
  await using service = createService();
  const good = await createTokenRequest(service.key);
  const name = good.keyName;
  for (const bad of [{ toString: null }, {}, [1]]) {
    for (
      const member of ["keyName", "ttl", "capability", "clientId", "timestamp", "nonce", "mac"]
    ) {
      const body = { ...good, [member]: bad };
      const { status } = await rest(service, `/keys/${name}/requestToken`, {
        method: "POST",
        body,
        key: null,
      });
      assert(status >= 400 && status < 500, `${member}: ${status}`);
    }
  }
});

test("contract 4.4: a token of a revocable key lives an hour at most", async () => {
  await using service = createService();
  assertEquals((await requestToken(service, { ttl: 14_400_000 })).status, 201);
  const long = await requestToken(service, { ttl: 14_400_000 }, revocable(service));
  assertEquals([long.status, long.body.error.code], [400, 40003]);
});

const setup = fixture("test-app-setup.json") as { post_apps: object } | undefined;
if (setup === undefined) skip("contract 4.3: intersects capabilities", "ABLY_FIXTURES is not set");
else {
  test("contract 4.3: intersects capabilities", async () => {
    await using service = createService();
    const { body } = await rest(service, "/apps", { method: "POST", body: setup.post_apps });
    const granted = async (key: number, capability: Record<string, string[]>) => {
      const params = { capability: JSON.stringify(capability) };
      const answer = await requestToken(service, params, body.keys[key].keyStr);
      return answer.status === 201 ? JSON.parse(answer.body.capability) : answer.status;
    };
    assertEquals(
      await granted(2, { channel2: ["presence", "subscribe"], channelx: ["presence"] }),
      { channel2: ["subscribe"] },
    );
    assertEquals(await granted(2, { channel2: ["*"] }), { channel2: ["publish", "subscribe"] });
    const six = { channel6: ["publish", "subscribe"] };
    assertEquals(await granted(2, six), six);
    const narrower = { "cansubscribe:*": ["subscribe"] };
    assertEquals(await granted(3, narrower), narrower);
    assertEquals(await granted(1, { "canpublish:check": ["publish"] }), {
      "canpublish:check": ["publish"],
    });
    assertEquals(await granted(1, { "canpublish:test": ["subscribe"] }), 401);
    assertEquals(await granted(2, { channelx: ["publish"] }), 401);
  });
}

test("contract 4.5: accepts a JWT, and reports signature before expiry", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const iat = clock.now() / 1000;
  const status = async (key: string, claims: object) => {
    const token = await jwt(key, claims);
    const headers = bearer(token);
    const answer = await rest(service, "/channels/c/messages", { key: null, headers });
    return [answer.status, answer.body.error?.code];
  };
  assertEquals(await status(service.key, { iat, exp: iat + 60 }), [200, undefined]);
  assertEquals(await status(service.key, { iat: iat - 60, exp: iat - 1 }), [401, 40142]);
  const wrong = `${parseKey(service.key).name}:wrong`;
  assertEquals(await status(wrong, { iat: iat - 60, exp: iat - 1 }), [401, 40144]);
  assertEquals(await status("invalid.invalid:secret", { iat, exp: iat + 60 }), [404, 40400]);
  assertEquals(await status(service.key, { iat }), [400, 40144]);
  assertEquals(await status(service.key, { exp: iat + 60 }), [400, 40144]);
  const narrow = { "x-ably-capability": '{"other":["*"]}' };
  assertEquals(await status(service.key, { iat, exp: iat + 60, ...narrow }), [401, 40160]);
});

for (
  const [what, change] of Object.entries({
    "another signature": { secret: "wrong" },
    "another algorithm": { header: { alg: "HS512" } },
    "no algorithm": { header: { alg: "none" } },
    "no kid": { header: { kid: undefined } },
    "a kid that is a number": { header: { kid: 5 } },
    "an empty capability": { claims: { "x-ably-capability": "" } },
    "a capability that is null": { claims: { "x-ably-capability": null } },
    "a capability that is no JSON": { claims: { "x-ably-capability": "all" } },
    "a capability with an unknown operation": { claims: { "x-ably-capability": '{"*":["all"]}' } },
    "an empty revocation key": { claims: { "x-ably-revocation-key": "" } },
    "a revocation key that is a number": { claims: { "x-ably-revocation-key": 5 } },
    "an empty clientId": { claims: { "x-ably-clientId": "" } },
    "a clientId that is a number": { claims: { "x-ably-clientId": 5 } },
    "an inner token that is a number": { claims: { "x-ably-token": 5 } },
  } as Record<string, { secret?: string; header?: object; claims?: object }>)
) {
  test(`RSA4b: a JWT with ${what} gets 40144, over REST and realtime`, async () => {
    const clock = new FakeClock();
    await using service = createService({ clock });
    const iat = clock.now() / 1000;
    const token = await jwt(service.key, { iat, exp: iat + 60, ...change.claims }, change);
    const answer = await rest(service, "/time", { key: null });
    assertEquals(answer.status, 200);
    const refused = await rest(service, "/channels/c/messages", {
      key: null,
      headers: bearer(token),
    });
    assertEquals([refused.status, refused.body.error?.code], [401, 40144]);
    const client = new FrameClient(service, { key: null, params: { accessToken: token } });
    const { error } = await client.next(Action.Error);
    assertEquals([error!.statusCode, error!.code], [401, 40144]);
    await client.closed;
  });
}

test("RSA9: a token request may have its numbers as text", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const { name, secret } = parseKey(service.key);
  const request = async (members: { ttl: unknown; timestamp: unknown }) => {
    const body = { keyName: name, capability: "", nonce: crypto.randomUUID(), ...members };
    const text = `${name}\n${body.ttl}\n\n\n${body.timestamp}\n${body.nonce}\n`;
    const mac = toBase64(await hmacSha256(secret, text));
    const path = `/keys/${name}/requestToken`;
    const answer = await rest(service, path, { method: "POST", body: { ...body, mac }, key: null });
    const { issued, expires, error } = answer.body;
    return error === undefined ? expires - issued : [answer.status, error.code];
  };
  const now = clock.now();
  assertEquals(await request({ ttl: "5000", timestamp: String(now) }), 5000);
  assertEquals(await request({ ttl: 5000, timestamp: `${now}.0` }), 5000);
  assertEquals(await request({ ttl: "soon", timestamp: now }), [400, 40003]);
  assertEquals(await request({ ttl: "0", timestamp: now }), [400, 40003]);
  assertEquals(await request({ ttl: "5000", timestamp: "now" }), [401, 40104]);
  assertEquals(await request({ ttl: "5000", timestamp: String(now - 1_800_000) }), [401, 40104]);
});

test("contract 4.6: a token ends with DISCONNECTED 40142, without notice if it was short", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const { body } = await requestToken(service, { ttl: 5_000 });
  const client = await FrameClient.connect(service, {
    key: null,
    params: { accessToken: body.token },
  });
  await clock.advance(5_001);
  const { error } = await client.next(Action.Disconnected);
  assertEquals([error!.code, error!.statusCode], [40142, 401]);
  await client.closed;
  assert(client.received.every(({ action }) => action !== Action.Auth));
});

test("contract 4.6: asks for another token 30 s before the end, and goes on with it", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const first = await requestToken(service, { ttl: 35_000 });
  const client = await FrameClient.connect(service, {
    key: null,
    params: { accessToken: first.body.token },
  });
  await clock.advance(5_001);
  await client.next(Action.Auth);
  const second = await requestToken(service, { ttl: 60_000 });
  client.send({ action: Action.Auth, auth: { accessToken: second.body.token } });
  const { connectionId } = await client.next(Action.Connected);
  assertEquals(connectionId, client.connectionId);
  await clock.advance(35_000);
  assert(client.received.every(({ action }) => action !== Action.Disconnected));
  await client.close();
});

test("contract 7.6: AUTH takes, narrows and gives what the token permits", async () => {
  await using service = createService();
  const token = async (capability: string) =>
    (await requestToken(service, { capability })).body.token;
  const client = await FrameClient.connect(service, {
    key: null,
    params: { accessToken: await token('{"a":["*"],"b":["subscribe"]}') },
  });
  await client.attach("a");
  const attached = await client.attach("b");
  assertEquals(attached.flags! & MODE_FLAGS.publish, 0);
  const refused = await client.publish("b", { name: "no" });
  assertEquals(refused.error!.code, 40160);
  client.send({
    action: Action.Auth,
    auth: { accessToken: await token('{"b":["subscribe","publish"]}') },
  });
  await client.next(Action.Connected);
  const { channel, error } = await client.next(Action.Error);
  assertEquals([channel, error!.code], ["a", 40160]);
  assertEquals((await client.publish("b", { name: "yes" })).action, Action.Ack);
  await client.close();
});

test("contract 7.6: AUTH with another clientId ends the connection", async () => {
  await using service = createService();
  const jim = await requestToken(service, { clientId: "jim" });
  const joe = await requestToken(service, { clientId: "joe" });
  const client = await FrameClient.connect(service, {
    key: null,
    params: { accessToken: jim.body.token },
  });
  client.send({ action: Action.Auth, auth: { accessToken: joe.body.token } });
  assertEquals((await client.next(Action.Error)).error!.code, 40102);
  await client.closed;
});

test("contract 4.7: revokes tokens by client, at once and with a margin", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const key = revocable(service);
  const path = `/keys/${parseKey(key).name}/revokeTokens`;
  const connect = async (clientId: string) => {
    const { body } = await requestToken(service, { clientId }, key);
    const params = { accessToken: body.token };
    return { client: await FrameClient.connect(service, { key: null, params }), token: body.token };
  };
  const jim = await connect("jim");
  const joe = await connect("joe");
  const revoked = await rest(service, path, {
    method: "POST",
    key,
    body: { targets: ["clientId:jim", "nonsense:x"] },
  });
  assertEquals([revoked.body.successCount, revoked.body.failureCount], [1, 1]);
  assertEquals(revoked.body.results[1].error.code, 40000);
  assertEquals((await jim.client.next(Action.Disconnected)).error!.code, 40141);
  const again = await rest(service, "/channels/c/messages", {
    key: null,
    headers: bearer(jim.token),
  });
  assertEquals([again.status, again.body.error.code], [401, 40141]);

  const before = clock.now();
  const later = await rest(service, path, {
    method: "POST",
    key,
    body: { targets: ["clientId:joe"], allowReauthMargin: true },
  });
  assert(later.body.results[0].appliesAt > before + 30_000);
  await joe.client.next(Action.Auth);
  await clock.advance(31_000);
  assertEquals((await joe.client.next(Action.Disconnected)).error!.code, 40141);
});

test("contract 4.7: a token for anyone is not revoked by whom its bearer acts as", async () => {
  await using service = createService();
  const key = revocable(service);
  const { body } = await requestToken(service, { clientId: "*" }, key);
  const params = { accessToken: body.token, clientId: "jim" };
  const client = await FrameClient.connect(service, { key: null, params });
  const revoke = (target: string) =>
    rest(service, `/keys/${parseKey(key).name}/revokeTokens`, {
      method: "POST",
      key,
      body: { targets: [target] },
    });
  await revoke("clientId:jim");
  assertEquals((await client.publish("a", { name: "still here" })).action, Action.Ack);
  await revoke("clientId:*");
  assertEquals((await client.next(Action.Disconnected)).error!.code, 40141);
});

test("contract 4.7: a revocation reaches back an hour, and not into the future", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const key = revocable(service);
  const revoke = (body: object) =>
    rest(service, `/keys/${parseKey(key).name}/revokeTokens`, { method: "POST", key, body });
  const targets = ["clientId:jim"];
  const now = clock.now();
  for (const issuedBefore of [now + 60_000, now - 3_660_000, "now", -1]) {
    const { status, body } = await revoke({ targets, issuedBefore });
    assertEquals([status, body.error.code], [400, 40003]);
  }
  const { body } = await revoke({ targets, issuedBefore: now - 1_200_000 });
  assertEquals(body.results[0].issuedBefore, now - 1_200_000);
  const odd = await revoke({ targets: [{ toString: null }, 7, null, targets[0]] });
  assertEquals([odd.body.successCount, odd.body.failureCount], [1, 3]);
});

test("contract 4.7: only the key itself may revoke its tokens", async () => {
  await using service = createService();
  const { body } = await requestToken(service, {}, revocable(service));
  const refused = async (name: string, credentials: object) => {
    const answer = await rest(service, `/keys/${name}/revokeTokens`, {
      method: "POST",
      body: { targets: ["clientId:x"] },
      ...credentials,
    });
    return [answer.status, answer.body.error.code];
  };
  const { name } = parseKey(revocable(service));
  assertEquals(await refused(name, { key: null, headers: bearer(body.token) }), [401, 40162]);
  assertEquals(await refused(name, {}), [401, 40133]);
  assertEquals(await refused(parseKey(service.key).name, {}), [401, 40163]);
});

test("contract 4.8: a token speaks for its client alone", async () => {
  await using service = createService();
  const publish = async (params: TokenParams, clientId?: string) => {
    const { body } = await requestToken(service, params);
    const answer = await rest(service, "/channels/c/messages", {
      method: "POST",
      key: null,
      headers: bearer(body.token),
      body: { name: "m", clientId },
    });
    return answer.body.error?.code ?? "ok";
  };
  assertEquals(await publish({ clientId: "jim" }), "ok");
  assertEquals(await publish({ clientId: "jim" }, "jim"), "ok");
  assertEquals(await publish({ clientId: "jim" }, "joe"), 40012);
  assertEquals(await publish({ clientId: "*" }, "joe"), "ok");
  assertEquals(await publish({ clientId: "*" }, "*"), 40012);
  assertEquals(await publish({}, "joe"), 40012);
  const { body } = await rest(service, "/channels/c/messages?direction=forwards");
  assertEquals(
    body.map(({ clientId }: { clientId: string }) => clientId),
    ["jim", "jim", "joe"],
  );
});

test("contract 4.1: the client of a request with a key is in its header", async () => {
  await using service = createService();
  await rest(service, "/channels/c/messages", {
    method: "POST",
    headers: { "X-Ably-ClientId": toBase64(utf8("jim")) },
    body: { name: "m" },
  });
  assertEquals((await rest(service, "/channels/c/messages")).body[0].clientId, "jim");
});

test("createService: a key that does not name an app and a key of it is refused, and not shown", () => {
  for (const key of ["app:secret", ".key:secret", "app.:secret", "a.b.c:secret", "app.key", ""]) {
    const error = assertThrows(() => createService({ key }), ErrorInfo);
    assertEquals([error.code, error.statusCode], [40005, 400]);
    assert(error.remediation.includes("appId.keyId:secret"));
    assert(!error.message.includes("secret"));
  }
});

test("RTN14a: a key that names no app is refused as one of an app that is not known", async () => {
  await using service = createService();
  const shown = async (key: string) => {
    const { status, body } = await rest(service, "/channels/c/messages", { key });
    return [status, body.error.code];
  };
  assertEquals(await shown("fake:key"), await shown("fake.key:secret"));
  assertEquals(await shown("fake:key"), [401, 40101]);
});

test("contract 4.4: numbers of a token request are signed as they were sent", async () => {
  await using service = createService({ clock: new FakeClock() });
  const { name, secret } = parseKey(service.key);
  const ask = async (written: string, ttl: number) => {
    const timestamp = service.clock.now();
    const nonce = `nonce of ${written} at least`;
    const text = `${name}\n${written}\n\n\n${timestamp}\n${nonce}\n`;
    const mac = toBase64(await hmacSha256(secret, text));
    const body = { keyName: name, ttl, timestamp, nonce, mac };
    const path = `/keys/${name}/requestToken`;
    return await rest(service, path, { method: "POST", body, key: null });
  };
  // Some languages write 1000 as 1000.0. Once read, the two are equal.
  for (const written of ["60000", "60000.0"]) {
    const { status, body } = await ask(written, 60_000);
    assertEquals([status, body.expires - body.issued], [201, 60_000]);
  }
  assertEquals((await ask("60001.0", 60_000)).status, 401);
});

test("contract 8.2: a client with any right on a channel may attach, even without a mode", async () => {
  await using service = createService();
  const token = async (capability: object) => {
    const { body } = await requestToken(service, { capability: JSON.stringify(capability) });
    return body.token as string;
  };
  const attach = async (capability: object, flags: number) => {
    const accessToken = await token(capability);
    using client = await FrameClient.connect(service, { key: null, params: { accessToken } });
    client.send({ action: Action.Attach, channel: "c", flags });
    await client.settled();
    const [{ action, flags: granted, error }] = client.received as [
      { action: number; flags?: number; error?: { code: number } },
    ];
    return [action, granted ?? error!.code];
  };
  assertEquals(await attach({ c: ["subscribe"] }, MODE_FLAGS.publish), [Action.Attached, 0]);
  assertEquals(await attach({ c: ["object-subscribe"] }, 0), [Action.Attached, 0]);
  assertEquals(await attach({ c: ["history"] }, 0), [Action.Error, 40160]);
  assertEquals(await attach({ d: ["*"] }, 0), [Action.Error, 40160]);
});

test("contract 7.6: the answer to an AUTH does not go to a transport that took over meanwhile", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const client = await FrameClient.connect(service);
  const now = clock.now() / 1000;
  const claims = { "iat": now, "exp": now + 60, "x-ably-capability": '{"other":["*"]}' };
  const accessToken = await jwt(service.key, claims);
  client.send({ action: Action.Auth, auth: { accessToken } });
  const back = await FrameClient.connect(service, { params: { resume: client.connectionKey } });
  for (let i = 0; i < 5; i++) await jwt(service.key, claims); // Checking a signature takes as long.
  await back.attach("c");
  await back.settled();
  assertEquals(back.received, []);
  await back.close();
  assertEquals(clock.pending, 0);
});
