import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import type { ClientOptions } from "../../src/client/client_options.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { Rest } from "../../src/rest/rest.ts";
import { createService, FakeClock, type LocalService } from "../../src/testing/mod.ts";
import { createTokenRequest, signJwt, type TokenParams } from "../../src/token/mod.ts";

// These run against the local service, which checks signatures, times, nonces and capabilities for real.

async function withService(
  run: (
    make: (options?: ClientOptions) => Rest,
    service: LocalService,
    clock: FakeClock,
  ) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const { key, ...where } = service.options();
  // A client without credentials gets the key.
  await run(
    (options) =>
      new Rest({ ...where, clock, logLevel: "none", ...(options ?? { key }) } as ClientOptions),
    service,
    clock,
  );
}

async function refusal(call: () => Promise<unknown>): Promise<[number, number]> {
  const { code, statusCode } = await assertRejects(call, ErrorInfo);
  return [code, statusCode];
}

test("RSA8: a token that was asked for has what was asked for", async () => {
  await withService(async (make, _service, clock) => {
    const params = { clientId: "jim", ttl: 60_000, capability: { a: ["publish" as const] } };
    const details = await make().auth.requestToken(params);
    assertEquals(details.clientId, "jim");
    assertEquals(details.capability, '{"a":["publish"]}');
    assertEquals(details.expires! - details.issued!, 60_000);
    assert(Math.abs(details.issued! - clock.now()) < 1_000);
  });
});

test("RSC10: a token that has expired is replaced on the way, with all means there are", async () => {
  await withService(async (make, service, clock) => {
    const { key } = service.options();
    const means: ClientOptions[] = [
      { key, useTokenAuth: true },
      { authCallback: (params) => createTokenRequest(key, params, clock) },
      { authCallback: () => signJwt(key, { ttl: 60_000 }, clock) },
      { authCallback: async () => await make().auth.requestToken({ ttl: 60_000 }) },
    ];
    for (const options of means) {
      const client = make({ ...options, defaultTokenParams: { ttl: 60_000 } });
      await client.channels.get("a").publish("first", "x");
      const first = client.auth.tokenDetails!.token;
      await clock.advance(61_000);
      await client.channels.get("a").publish("second", "x");
      assert(client.auth.tokenDetails!.token !== first);
    }
  });
});

test("RSC10: a callback that only ever gives an expired JWT is asked twice, and then it is an error", async () => {
  await withService(async (make, service, clock) => {
    const { key } = service.options();
    let calls = 0;
    const timestamp = clock.now() - 3_600_000;
    const client = make({ authCallback: () => (calls++, signJwt(key, { timestamp, ttl: 1_000 })) });
    const publish = () => client.channels.get("a").publish("name", "x");
    assertEquals(await refusal(publish), [40142, 401]);
    assertEquals(calls, 2);
  });
});

test("RSA4a2: a token that has expired and can't be renewed ends in 40171", async () => {
  await withService(async (make, _service, clock) => {
    const { token } = await make().auth.requestToken({ ttl: 1_000 });
    const client = make({ token });
    await clock.advance(2_000);
    assertEquals(await refusal(() => client.channels.get("a").history()), [40171, 401]);
  });
});

test("TO3j2: a token request serves once", async () => {
  await withService(async (make, service, clock) => {
    const token = await createTokenRequest(service.options().key, { clientId: "jim" }, clock);
    const first = make({ token });
    await first.channels.get("a").publish("name", "x");
    assertEquals(first.auth.clientId, "jim");
    assertEquals(await refusal(() => make({ token }).channels.get("a").history()), [40105, 401]);
  });
});

test("RSA9d: with queryTime a clock that is wrong does no harm", async () => {
  await withService(async (make, service) => {
    const { key } = service.options();
    const wrong = new FakeClock(Date.UTC(2020, 0, 1));
    const client = (queryTime: boolean) =>
      make({ key, useTokenAuth: true, queryTime, clock: wrong });
    assertEquals(await refusal(() => client(false).channels.get("a").history()), [40104, 401]);
    await client(true).channels.get("a").history();
  });
});

const identities: [string, string | null | undefined, string | null][] = [
  ["RSA8f1: with a token for no one", null, null],
  ["RSA8f3: with a token for anyone", "*", "*"],
  ["RSA7b2: with a token for someone", "jim", "jim"],
];

for (const [name, clientId, known] of identities) {
  test(`${name}, Auth and the messages know who it is`, async () => {
    await withService(async (make) => {
      const issuer = make();
      const client = make({ authCallback: () => issuer.auth.requestToken({ clientId }) });
      const channel = client.channels.get("a");
      await channel.publish("name", "x");
      assertEquals(client.auth.clientId, known ?? undefined);
      const [message] = (await channel.history()).items;
      assertEquals(message!.clientId ?? null, known === "*" ? null : known);
    });
  });
}

test("RSA8f2, RSA8f4: only a token for anyone lets a message name who sends it", async () => {
  await withService(async (make) => {
    const issuer = make();
    const publish = async (clientId: string | null) => {
      const authCallback = () => issuer.auth.requestToken({ clientId });
      const channel = make({ authCallback }).channels.get("a");
      await channel.publish({ name: "name", data: "x", clientId: "joe" });
      return (await channel.history({ limit: 1 })).items[0]!.clientId;
    };
    assertEquals(await publish("*"), "joe");
    assertEquals(await refusal(() => publish(null)), [40012, 400]);
  });
});

test("RSA7e2: with a key, messages are the client's of the options", async () => {
  await withService(async (make, service) => {
    const channel = make({ key: service.options().key, clientId: "jürgen" }).channels.get("a");
    await channel.publish("name", "x");
    assertEquals((await channel.history()).items[0]!.clientId, "jürgen");
  });
});

test("RSA15c: a token for someone else is an error", async () => {
  await withService(async (make, service) => {
    const { key } = service.options();
    const issuer = make();
    const authCallback = () => issuer.auth.requestToken({ clientId: "joe" });
    const client = make({ authCallback, clientId: "jim" });
    assertEquals(await refusal(() => client.channels.get("a").history()), [40102, 401]);
    const jwt = await signJwt(key, { clientId: "joe" }, service.clock);
    // Only the service can read a JWT.
    const late = make({ token: jwt, clientId: "jim" });
    assertEquals(await refusal(() => late.channels.get("a").history()), [40102, 401]);
  });
});

test("RSA17: tokens that are revoked cease to work, others do not", async () => {
  await withService(async (make, service, clock) => {
    const key = service.apps[0]!.keys[1]!; // one whose tokens are revocable
    const issuer = make({ key });
    const holder = async (clientId: string) =>
      make({ token: (await issuer.auth.requestToken({ clientId })).token });
    const jim = await holder("jim");
    const joe = await holder("joe");
    await clock.advance(1_000);
    const result = await issuer.auth.revokeTokens([
      { type: "clientId", value: "jim" },
      { type: "nonsense", value: "x" },
    ]);
    assertEquals([result.successCount, result.failureCount], [1, 1]);
    const [good, bad] = result.results;
    assert(good !== undefined && "appliesAt" in good && good.target === "clientId:jim");
    assert(bad !== undefined && "error" in bad && bad.error.code === 40000);
    const error = await assertRejects(() => jim.channels.get("a").history(), ErrorInfo);
    assertEquals([error.code, (error.cause as ErrorInfo).code], [40171, 40141]);
    await joe.channels.get("a").history();
  });
});

test("RSA9: a token request that the service refuses rejects with its code", async () => {
  await withService(async (make) => {
    const client = make();
    const asked = (params: TokenParams) => refusal(() => client.auth.requestToken(params));
    assertEquals(await asked({ ttl: 365 * 86_400_000 }), [40003, 400]);
    assertEquals(await asked({ timestamp: 1 }), [40104, 401]);
    assertEquals(await asked({ nonce: "short" }), [40003, 400]);
  });
});
