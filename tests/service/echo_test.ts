import { answerEcho, createService } from "../../src/testing/mod.ts";
import { assertEquals, assertMatch, test } from "../harness.ts";
import { rest } from "./frames.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const KEY_NAME = "localApp.root";
const SECRET = "the-secret-of-this-test";

async function echo(path: string, init?: RequestInit): Promise<[number, string | null, string]> {
  const response = await answerEcho(new Request(`http://localhost${path}`, init));
  const text = new TextDecoder().decode(await response.arrayBuffer());
  return [response.status, response.headers.get("Content-Type"), text];
}

test("contract 15: the echo server answers with what it was asked to", async () => {
  const body = encodeURIComponent('{"a":1}');
  assertEquals(await echo(`/?type=json&body=${body}`), [200, JSON_TYPE, '{"a":1}']);
  assertEquals(await echo("/?type=text&body=x&status=403"), [403, "text/plain", "x"]);
  const form = new URLSearchParams({ b: "2" });
  assertEquals(await echo("/?rnd=1", { method: "POST", body: form }), [
    200,
    JSON_TYPE,
    '{"b":"2"}',
  ]);
  assertEquals(await echo("/qs_to_body?a=1&b=x"), [200, JSON_TYPE, '{"a":"1","b":"x"}']);
  assertEquals((await echo("/respondwith?status=500"))[0], 500);
  assertEquals(await echo("/respondWith?status=403&body=no"), [403, "text/plain", "no"]);
  assertEquals(await echo(`/respondwith?status=401&type=json&body=${body}`), [
    401,
    JSON_TYPE,
    '{"a":1}',
  ]);
  assertEquals(await echo("/methods", { method: "PUT" }), [
    200,
    JSON_TYPE,
    '[{"method":"put"}]',
  ]);
  assertMatch((await echo("/is-the-internet-up.txt"))[2], /yes/);
  assertEquals([(await echo("/"))[0], (await echo("/404"))[0]], [404, 404]);
  assertEquals((await echo("/", { method: "POST", body: "x".repeat(2_000_000) }))[0], 413);
});

async function statusWith(token: string): Promise<[number, string | null]> {
  await using service = createService({ key: `${KEY_NAME}:${SECRET}` });
  const { status, body } = await rest(service, "/channels/c/messages", {
    method: "POST",
    body: { data: "x" },
    key: null,
    headers: { Authorization: `Bearer ${btoa(token)}` },
  });
  if (status !== 201) return [status, String(body.error.code)];
  const history = await rest(service, "/channels/c/messages");
  return [status, history.body[0].clientId ?? null];
}

test("contract 15: the echo server signs JWTs that the service takes", async () => {
  const query = new URLSearchParams({ keyName: KEY_NAME, keySecret: SECRET, clientId: "jim" });
  const [, plain, jwt] = await echo(`/createJWT?${query}`);
  assertEquals(plain, "text/plain");
  assertEquals(await statusWith(jwt), [201, "jim"]);
  query.set("returnType", "jwt");
  assertEquals((await echo(`/createJWT?${query}`))[1], "application/jwt");
  query.set("expiresIn", "-10");
  assertEquals(await statusWith((await echo(`/createJWT?${query}`))[2]), [401, "40142"]);
  query.set("keySecret", "wrong");
  assertEquals(await statusWith((await echo(`/createJWT?${query}`))[2]), [401, "40144"]);
  assertEquals((await echo("/createJWT"))[0], 400);
});

test("contract 4.5: a JWT may be encrypted, and may wrap a token", async () => {
  const query = new URLSearchParams({ keyName: KEY_NAME, keySecret: SECRET, encrypted: "1" });
  const [, , jwe] = await echo(`/createJWT?${query}&clientId=jim`);
  assertEquals(jwe.split(".").length, 5);
  assertEquals(await statusWith(jwe), [201, "jim"]);
  const damaged = jwe.slice(0, -4) + (jwe.endsWith("AAAA") ? "BBBB" : "AAAA");
  assertEquals(await statusWith(damaged), [401, "40144"]);
  await using service = createService({ key: `${KEY_NAME}:${SECRET}` });
  const { body: details } = await rest(service, `/keys/${KEY_NAME}/requestToken`, {
    method: "POST",
    body: { keyName: KEY_NAME, clientId: "joe", capability: '{"c":["publish"]}' },
  });
  for (const encrypted of ["", "1"]) {
    query.set("encrypted", encrypted);
    const [, , wrapper] = await echo(`/createJWT?${query}&innerToken=${details.token}`);
    const headers = { Authorization: `Bearer ${wrapper}` };
    const publish = (channel: string) =>
      rest(service, `/channels/${channel}/messages`, {
        method: "POST",
        body: { data: encrypted },
        key: null,
        headers,
      });
    assertEquals((await publish("c")).status, 201);
    assertEquals((await publish("d")).body.error.code, 40160);
  }
});

test("contract 15: the service itself stands for the echo server where all hosts lead to it", async () => {
  await using service = createService({ key: `${KEY_NAME}:${SECRET}` });
  const get = async (url: string, init?: RequestInit) => {
    const response = await service.fetch(url, init);
    return [response.status, response.headers.get("Content-Type"), await response.text()];
  };
  const at = "http://localhost:8080";
  assertEquals(await get(`${at}/?type=json&body=[1]`), [200, JSON_TYPE, "[1]"]);
  const body = new URLSearchParams({ a: "1" });
  assertEquals((await get(`${at}/?rnd=1`, { method: "POST", body }))[2], '{"a":"1"}');
  assertEquals((await get(`${at}/qs_to_body?a=1`))[2], '{"a":"1"}');
  assertEquals((await get(`${at}/respondWith?status=403`))[0], 403);
  assertEquals((await get(`${at}/methods`, { method: "PUT" }))[2], '[{"method":"put"}]');
  assertMatch((await get(`${at}/is-the-internet-up.txt`))[2] as string, /yes/);
  const query = new URLSearchParams({ keyName: KEY_NAME, keySecret: SECRET });
  const [, , jwt] = await get(`${at}/createJWT?${query}`);
  assertEquals((await statusWith(jwt as string))[0], 201);
  assertEquals((await get("https://echo.ably.io/"))[0], 404);
  assertEquals((await get(`${at}/`)).slice(0, 2), [200, "text/html; charset=utf-8"]);
  assertEquals((await get(`${at}/404`))[0], 404);
});
