import { assertEquals, assertInstanceOf, assertRejects, test } from "../harness.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { client, json, KEY, refusal } from "../support/fake_service.ts";

test("RSA17g, RSA17b: targets are posted to the key's path as type:value", async () => {
  const parts = client({ key: KEY }, () => json({ successCount: 0, failureCount: 0, results: [] }));
  await parts.auth.revokeTokens([
    { type: "clientId", value: "a:b" },
    { type: "revocationKey", value: "k" },
  ]);
  await parts.auth.revokeTokens({ type: "channel", value: "c" });
  const [first, second] = parts.network.seen;
  assertEquals([first!.method, first!.url.pathname], ["POST", "/keys/app.key/revokeTokens"]);
  assertEquals(first!.headers.get("authorization"), `Basic ${btoa(KEY)}`);
  assertEquals(first!.body, '{"targets":["clientId:a:b","revocationKey:k"]}');
  assertEquals(second!.body, '{"targets":["channel:c"]}');
});

test("RSA17e, RSA17f: issuedBefore and allowReauthMargin go along when they are given", async () => {
  const parts = client({ key: KEY });
  const target = { type: "clientId", value: "a" };
  await parts.auth.revokeTokens(target, { issuedBefore: 5, allowReauthMargin: false });
  await parts.auth.revokeTokens(target, { issuedBefore: null, allowReauthMargin: null });
  assertEquals(parts.network.seen.map(({ body }) => body), [
    '{"targets":["clientId:a"],"issuedBefore":5,"allowReauthMargin":false}',
    '{"targets":["clientId:a"]}',
  ]);
});

test("RSA17c, TRS2, TRF2, BAR2: the result has counts, and a result for every target", async () => {
  const good = { target: "clientId:a", appliesAt: 5, issuedBefore: 4 };
  const bad = { target: "x:b", error: { code: 40000, statusCode: 400, message: "No such type" } };
  const parts = client(
    { key: KEY },
    () => json({ successCount: 1, failureCount: 1, results: [good, bad] }, 201),
  );
  const result = await parts.auth.revokeTokens([{ type: "clientId", value: "a" }]);
  assertEquals([result.successCount, result.failureCount, result.results[0]], [1, 1, good]);
  const failed = result.results[1]!;
  assertEquals(failed.target, "x:b");
  assertInstanceOf("error" in failed && failed.error, ErrorInfo);
  assertEquals("error" in failed && failed.error.code, 40000);
});

test("RSA17d: a client that uses a token is refused with 40162", async () => {
  for (const means of [{ token: "t" }, { key: KEY, useTokenAuth: true }]) {
    const parts = client(means);
    const call = () => parts.auth.revokeTokens({ type: "clientId", value: "a" });
    const error = await assertRejects(call, ErrorInfo);
    assertEquals([error.code, error.statusCode, parts.network.seen.length], [40162, 401, 0]);
  }
});

test("RSA17: what the service refuses as a whole is thrown", async () => {
  const parts = client({ key: KEY }, () => refusal(40163, 401));
  const call = () => parts.auth.revokeTokens({ type: "clientId", value: "a" });
  assertEquals((await assertRejects(call, ErrorInfo)).code, 40163);
});

test("RSA17e: issuedBefore may be a Date", async () => {
  const parts = client({ key: KEY });
  const target = { type: "clientId", value: "x" };
  await parts.auth.revokeTokens(target, { issuedBefore: new Date(5) });
  assertEquals(JSON.parse(parts.network.seen[0]!.body as string).issuedBefore, 5);
});

test("RSA17b: what is no target is refused, and nothing is sent", async () => {
  const parts = client({ key: KEY });
  for (const target of [null, {}, { type: "clientId" }, [null], "clientId:x"]) {
    const error = await assertRejects(() => parts.auth.revokeTokens(target as never), ErrorInfo);
    assertEquals([error.code, error.statusCode], [40003, 400]);
  }
  assertEquals(parts.network.seen.length, 0);
});
