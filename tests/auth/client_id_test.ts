import { assertEquals, assertRejects, assertThrows, test } from "../harness.ts";
import { authFailure } from "../../src/auth/auth_failure.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { client, json, KEY } from "../support/fake_service.ts";

const details = (clientId?: string | null) => ({ token: "t", issued: 1, expires: 2, clientId });

test("RSC17, RSA7b1: clientId is that of the options", () => {
  assertEquals(client({ key: KEY, clientId: "jim" }).auth.clientId, "jim");
  assertEquals(client({ token: "t", clientId: "jim" }).auth.clientId, "jim");
});

test("RSA12b: without a clientId and before any token, clientId is null", () => {
  assertEquals(client({ key: KEY }).auth.clientId, undefined);
  assertEquals(client({ authCallback: () => "t" }).auth.clientId, undefined);
});

test("RSA7b2: clientId is that of the token", async () => {
  assertEquals(client({ tokenDetails: details("jim") }).auth.clientId, "jim");
  assertEquals(client({ token: details("jim") }).auth.clientId, "jim");
  const parts = client({ authCallback: () => details("joe") });
  await parts.get();
  assertEquals(parts.auth.clientId, "joe");
});

test("RSA7b4: the wildcard of a token shows as the wildcard, unless the options name someone", () => {
  assertEquals(client({ tokenDetails: details("*") }).auth.clientId, "*");
  assertEquals(client({ tokenDetails: details("*"), clientId: "jim" }).auth.clientId, "jim");
});

test("RSA12a: after an anonymous token, clientId is null", async () => {
  for (const clientId of [null, undefined]) {
    const parts = client({ tokenDetails: details("jim"), authCallback: () => details(clientId) });
    await parts.auth.authorize();
    assertEquals(parts.auth.clientId, undefined);
  }
});

test("RSA7b2: a clientId of another type in token details is no clientId", async () => {
  for (const clientId of [5, -1, true, {}, ["jim"]]) {
    const parts = client({ authCallback: () => details(clientId as unknown as string) });
    await parts.get();
    assertEquals(parts.auth.clientId, undefined);
  }
});

test("RSA7b3, RSA12a: clientId is what the connection says", () => {
  const parts = client({ key: KEY });
  for (const clientId of ["jim", "*", null]) {
    parts.credentials.confirmClientId(clientId);
    assertEquals(parts.auth.clientId, clientId ?? undefined);
  }
});

test("RSA15a: a connection for someone else is refused with 40102", () => {
  const { credentials, auth } = client({ key: KEY, clientId: "jim" });
  for (const clientId of ["jim", "*", null, undefined]) credentials.confirmClientId(clientId);
  assertEquals(auth.clientId, "jim");
  const error = assertThrows(() => credentials.confirmClientId("joe"), ErrorInfo);
  assertEquals([error.code, error.statusCode, authFailure(error)], [40102, 401, "fatal"]);
  assertEquals(auth.clientId, "jim");
});

test("RSA15a, RSA15c: a token for someone else is refused with 40102 before it is used", async () => {
  for (
    const means of [
      { tokenDetails: details("joe") },
      { authCallback: () => details("joe") },
    ]
  ) {
    const parts = client({ clientId: "jim", ...means });
    const error = await assertRejects(() => parts.get(), ErrorInfo);
    assertEquals([error.code, error.statusCode], [40102, 401]);
    assertEquals(parts.network.seen.length, 0);
  }
});

test("RSA15b: a wildcard or anonymous token goes with any clientId", async () => {
  for (const clientId of ["*", "jim", null, undefined]) {
    const parts = client({ clientId: "jim", tokenDetails: details(clientId) });
    assertEquals((await parts.get()).statusCode, 200);
  }
});

test("RSA7d, RSA7a4: tokens are asked for the clientId of the options, before that of the defaults", async () => {
  const asked: unknown[] = [];
  const authCallback = (params: object) => (asked.push(params), "t");
  const defaultTokenParams = { clientId: "default", ttl: 5 };
  await client({ authCallback, clientId: "jim", defaultTokenParams }).get();
  await client({ authCallback, defaultTokenParams }).get();
  await client({ authCallback }).get();
  assertEquals(asked, [{ clientId: "jim", ttl: 5 }, { clientId: "default", ttl: 5 }, {}]);
});

test("RSA7e2: every request says whom it acts as, in base64 of UTF-8", async () => {
  for (const means of [{ key: KEY }, { token: "t" }]) {
    const parts = client({ ...means, clientId: "Jürgen" });
    await parts.get();
    const header = parts.network.seen[0]!.headers.get("x-ably-clientid")!;
    const bytes = Uint8Array.from(atob(header), (c) => c.charCodeAt(0));
    assertEquals(new TextDecoder().decode(bytes), "Jürgen");
  }
});

test("RSA7e2: what the token says is not repeated in the header", async () => {
  const parts = client({ tokenDetails: details("jim") });
  await parts.get();
  assertEquals(parts.network.seen[0]!.headers.has("x-ably-clientid"), false);
});

test("RSA10h: authorize asks for a token for whom the client is", async () => {
  const asked: unknown[] = [];
  const parts = client({
    tokenDetails: details("jim"),
    authCallback: (params) => (asked.push(params.clientId), details(params.clientId)),
  });
  await parts.auth.authorize({ ttl: 1 });
  assertEquals(asked, ["jim"]);
});

test("RSA8f: what the service gave counts, not what was asked for", async () => {
  const parts = client(
    { key: KEY, useTokenAuth: true },
    ({ url }) => url.pathname === "/path" ? json([]) : json(details("*")),
  );
  await parts.get();
  assertEquals(parts.auth.clientId, "*");
});

test("TD6, RSA12a: token details without a clientId are anonymous, even if the former token was not", async () => {
  const tokens = [{ token: "t1", clientId: "a", expires: 5 }, { token: "t2", expires: 5 }];
  const parts = client({ authCallback: () => tokens.shift()! });
  await parts.auth.authorize();
  assertEquals(parts.auth.clientId, "a");
  await parts.auth.authorize();
  assertEquals(parts.auth.clientId, undefined);
});

test("RSA15c: a token request for someone else is refused, and not exchanged", async () => {
  const request = await client({ key: KEY }).auth.createTokenRequest({ clientId: "other" });
  const parts = client({ clientId: "me", authCallback: () => request });
  const error = await assertRejects(() => parts.get(), ErrorInfo);
  assertEquals([error.code, authFailure(error)], [40102, "fatal"]);
  assertEquals(parts.network.seen.length, 0);
});

test("RSA7b2: clientId is that of the token request, if the details name none", async () => {
  const request = await client({ key: KEY }).auth.createTokenRequest({ clientId: "jim" });
  const parts = client({ authCallback: () => request }, () => json({ token: "t", issued: 1 }));
  await parts.auth.authorize();
  assertEquals(parts.auth.clientId, "jim");
});

test("RSA15c: authorize() for someone else asks for that, and refuses what it gets", async () => {
  const asked: unknown[] = [];
  const authCallback = ({ clientId }: { clientId?: string | null }) => {
    asked.push(clientId);
    return details(clientId);
  };
  const parts = client({ clientId: "me", authCallback });
  const error = await assertRejects(() => parts.auth.authorize({ clientId: "other" }), ErrorInfo);
  assertEquals([error.code, asked], [40102, ["other"]]);
  await parts.auth.authorize();
  assertEquals(asked, ["other", "me"]);
});
