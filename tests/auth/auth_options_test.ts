import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";
import type { ClientOptions } from "../../src/client/client_options.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { Rest } from "../../src/rest/rest.ts";
import { bearer, client, fakeFetch, json, type SeenRequest } from "../support/fake_service.ts";

const { fetch } = fakeFetch(() => json([]));

test("AO2, TO3j: options of the wrong type are refused by name, and not shown", () => {
  const cases: Record<string, unknown[]> = {
    token: [7, true],
    tokenDetails: ["token", 7],
    authCallback: ["call", {}],
    authUrl: [7, new URL("https://auth.example/")],
    authMethod: [7, "PUT"],
    authHeaders: ["a: b"],
    authParams: ["a=b"],
    useTokenAuth: ["yes"],
    queryTime: [1],
  };
  for (const [name, values] of Object.entries(cases)) {
    for (const value of values) {
      const options = { key: "app.key:secret", [name]: value } as ClientOptions;
      const error = assertThrows(() => new Rest(options), ErrorInfo);
      assertEquals([error.code, error.statusCode], [40000, 400]);
      assert(error.message.includes(`"${name}"`) && error.remediation !== "");
    }
  }
});

test("TO3j2, TO3j3: an object that is no token ends in 40170", async () => {
  const noTokens = [{}, [], { token: 7 }, { token: "" }, { issued: 1 }];
  for (const value of noTokens) {
    for (const name of ["token", "tokenDetails"]) {
      const client = new Rest({ [name]: value, fetch, logLevel: "none" } as ClientOptions);
      const error = await assertRejects(() => client.channels.get("a").history(), ErrorInfo);
      assertEquals([error.code, error.statusCode], [40170, 401]);
    }
  }
});

test("AO2e: the error for a header that cannot be sent has its name, not its value", async () => {
  const cases: Record<string, string>[] = [{ "x-session": "s3cret\ns3cret" }, { "x y": "s3cret" }];
  for (const authHeaders of cases) {
    const logged: string[] = [];
    const client = new Rest({
      authUrl: "https://auth.example/",
      authHeaders,
      fetch,
      logLevel: "trace",
      logHandler: (message) => void logged.push(message),
    });
    const error = await assertRejects(() => client.auth.requestToken(), ErrorInfo);
    assertEquals(error.code, 40000);
    assert(error.message.includes(JSON.stringify(Object.keys(authHeaders)[0])));
    await assertRejects(() => client.auth.authorize(), ErrorInfo);
    assert(![error.stack, String(error.cause), ...logged].join().includes("s3cret"));
  }
});

test("AO2e, AO2f: null among headers and parameters is what is left out", async () => {
  const network = fakeFetch(() => json({ token: "x", expires: 1 }));
  const client = new Rest({
    authUrl: "https://auth.example/",
    authHeaders: { a: "1", b: null } as unknown as Record<string, string>,
    authParams: { c: "1", d: null } as unknown as Record<string, string>,
    fetch: network.fetch,
  });
  await client.auth.requestToken();
  const { url, headers } = network.seen[0]!;
  assertEquals([url.search, headers.get("a"), headers.has("b")], ["?c=1", "1", false]);
});

test("RSC1b: empty strings count as absent, as unset environment variables often produce them", () => {
  for (const options of [{ key: "" }, { token: "" }, { key: "", token: "" }]) {
    assertEquals(assertThrows(() => new Rest(options), ErrorInfo).code, 40106);
  }
});

test("TO3j: later changes to the caller's objects have no effect", async () => {
  const tokenDetails = { token: "t1" };
  const parts = client({ tokenDetails });
  tokenDetails.token = "t2";
  await parts.get();
  assertEquals(bearer(parts.network.seen[0]!), "t1");
  parts.auth.tokenDetails!.token = "t3";
  await parts.get();
  assertEquals(bearer(parts.network.seen[1]!), "t1");

  const authParams = { a: "1" };
  const authHeaders = { h: "1" };
  const defaultTokenParams = { capability: { a: ["publish" as const] } };
  const asking = client({
    authUrl: "https://auth.example/",
    authParams,
    authHeaders,
    defaultTokenParams,
  });
  authParams.a = authHeaders.h = "changed";
  (defaultTokenParams.capability.a as string[]).push("subscribe");
  await asking.auth.authorize().catch(() => {});
  const [{ url, headers }] = asking.network.seen as [SeenRequest];
  assertEquals([url.searchParams.get("a"), headers.get("h")], ["1", "1"]);
  assertEquals(url.searchParams.get("capability"), '{"a":["publish"]}');
});
