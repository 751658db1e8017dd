import { assertEquals, assertRejects, test } from "../harness.ts";
import type { ClientOptions } from "../../src/client/client_options.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { bearer, client, json, KEY } from "../support/fake_service.ts";

test("RSA2, RSA11: a key is sent as Basic, in base64", async () => {
  const parts = client({ key: KEY });
  await parts.get();
  assertEquals(parts.network.seen[0]!.headers.get("authorization"), `Basic ${btoa(KEY)}`);
  assertEquals(parts.credentials.method, "basic");
  assertEquals(await parts.credentials.current(), { key: KEY });
});

test("RSA1, RSC18: a key is not sent without TLS: 40103, and nothing leaves", async () => {
  const cases: ClientOptions[] = [
    { tls: false },
    { tls: false, endpoint: "example.com" },
    { tls: false, endpoint: "127.0.0.1", fallbackHosts: ["example.com"] },
    { tls: false, endpoint: "127.0.0.1.example.com" },
  ];
  for (const options of cases) {
    const parts = client({ key: KEY, ...options });
    for (
      const attempt of [
        () => parts.get(),
        () => parts.credentials.current(),
        () => parts.auth.revokeTokens({ type: "clientId", value: "x" }),
      ]
    ) {
      const error = await assertRejects(attempt, ErrorInfo);
      assertEquals([error.code, error.statusCode], [40103, 401]);
    }
    assertEquals(parts.network.seen.length, 0);
  }
});

test("RSC18: a key may go to a loopback endpoint that was asked for by name", async () => {
  for (const endpoint of ["localhost", "127.0.0.1", "::1"]) {
    const parts = client({ key: KEY, tls: false, port: 8080, endpoint });
    assertEquals((await parts.get()).statusCode, 200);
    assertEquals(parts.network.seen[0]!.url.protocol, "http:");
  }
});

test("RSA3a: a token may go without TLS", async () => {
  const parts = client({ token: "t", tls: false });
  await parts.get();
  assertEquals(bearer(parts.network.seen[0]!), "t");
});

test("RSA3a: without TLS a key may still sign token requests", async () => {
  const parts = client(
    { key: KEY, tls: false, useTokenAuth: true },
    ({ url }) => url.pathname === "/path" ? json([]) : json({ token: "t" }),
  );
  await parts.get();
  assertEquals(parts.network.seen.map(({ headers }) => headers.get("authorization")), [
    null,
    `Bearer ${btoa("t")}`,
  ]);
});

test("RSA4: a token, or a way to get one, comes before the key, unless useTokenAuth says no", () => {
  const method = (options: ClientOptions) => client({ key: KEY, ...options }).credentials.method;
  const tokenDetails = { token: "t" };
  assertEquals(method({}), "basic");
  for (
    const means of [
      { token: "t" },
      { tokenDetails },
      { authUrl: "https://a.example" },
      { authCallback: () => "t" },
      { useTokenAuth: true },
    ]
  ) {
    assertEquals(method(means), "token");
    assertEquals(method({ ...means, useTokenAuth: false }), "basic");
  }
});

test("RSA3: a connection uses the same token as a request", async () => {
  assertEquals(await client({ token: "t" }).credentials.current(), { token: "t" });
});
