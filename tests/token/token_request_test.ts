import { assert, assertEquals, assertMatch, assertRejects, test } from "../harness.ts";
import { createTokenRequest, signJwt, type TokenParams } from "../../src/token/mod.ts";
import { ErrorInfo } from "../../src/errors.ts";
import { createService } from "../../src/testing/mod.ts";
import { tokenRequestText } from "../../src/token/token_request.ts";

const JSON_TYPE = { "content-type": "application/json" };
const KEY = "a_key_name.x:a_secret";
const now = () => 1_000;

async function refused(params: unknown, code: number): Promise<void> {
  const error = await assertRejects(
    () => createTokenRequest(KEY, params as TokenParams),
    ErrorInfo,
  );
  assertEquals([error.code, error.statusCode], [code, 400]);
  assert(error.remediation !== "");
}

test("RSA9g: the text that is signed has six lines, each ended by a line feed, absent ones empty", () => {
  const least = { keyName: "a.b", timestamp: 1, nonce: "n" };
  assertEquals(tokenRequestText(least), "a.b\n\n\n\n1\nn\n");
  const most = { ...least, ttl: 0, capability: '{"*":["*"]}', clientId: "ü" };
  assertEquals(tokenRequestText(most), 'a.b\n0\n{"*":["*"]}\nü\n1\nn\n');
});

// Made with: printf '…' | openssl dgst -sha256 -hmac a_secret -binary | base64
test("RSA9g: signs as openssl does", async () => {
  const request = await createTokenRequest(KEY, {
    ttl: 1_000,
    clientId: "a_id",
    timestamp: 1_000,
    nonce: "abcde10000000000",
  });
  assertEquals(request.mac, "DVUKit0iTaL6TCgxlTEWTp0eBscBJsqitF5L3SFNbH8=");
  const full = await createTokenRequest(KEY, {
    ttl: 1,
    capability: { "ü": ["subscribe", "publish"], "a": ["*"] },
    clientId: "jürgen",
    timestamp: 1_700_000_000_000,
    nonce: "0123456789abcdef",
  });
  assertEquals(full.capability, '{"a":["*"],"ü":["publish","subscribe"]}');
  assertEquals(full.mac, "98AZd+4F/PJZ4WWEJuMKuR4Pr+/+wGWVvM6v/+YQrRY=");
});

test("RSA5, RSA6: what is not said is neither signed nor sent", async () => {
  const { nonce, mac, ...request } = await createTokenRequest(KEY, {}, { now });
  assertEquals(request, { keyName: "a_key_name.x", timestamp: 1_000 });
  assertMatch(nonce, /^[\w-]{16,}$/); // RSA9c
  assertEquals(mac.length, 44);
  const nulls = { ttl: null, capability: null, clientId: null, timestamp: null, nonce: null };
  assertEquals(Object.keys(await createTokenRequest(KEY, nulls)).sort(), [
    "keyName",
    "mac",
    "nonce",
    "timestamp",
  ]);
});

test("RSA9e: a ttl that no token can have is refused", async () => {
  const bad = [0, -1, 0.5, NaN, Infinity, 86_400_001, "60000", new Number(60_000), {}, [60_000]];
  for (const ttl of bad) await refused({ ttl }, 40003);
  for (const ttl of [1, 86_400_000]) {
    assertEquals((await createTokenRequest(KEY, { ttl })).ttl, ttl);
  }
});

test("RSA9f: capability text is signed and sent to the byte", async () => {
  const capability = '{ "b": ["subscribe","publish"],\n"a":["*"] }';
  assertEquals((await createTokenRequest(KEY, { capability })).capability, capability);
});

test("RSA9f: the caller's capability is left alone", async () => {
  const capability = { b: ["subscribe", "publish"] as const, a: ["*"] as const };
  const before = JSON.stringify(capability);
  await createTokenRequest(KEY, { capability });
  assertEquals(JSON.stringify(capability), before);
});

test("RSA9c: no two nonces are the same", async () => {
  const requests = await Promise.all(Array.from({ length: 100 }, () => createTokenRequest(KEY)));
  assertEquals(new Set(requests.map(({ nonce }) => nonce)).size, 100);
});

test("RSA9: bad parameters are refused", async () => {
  for (const timestamp of [-1, 0.5, "now"]) await refused({ timestamp }, 40003);
  for (const nonce of ["", 7]) await refused({ nonce }, 40003);
  for (const clientId of ["", 7]) await refused({ clientId }, 40012);
  for (const capability of ["publish", [], { a: "publish" }]) await refused({ capability }, 40000);
});

test("RSA9g: no clientId and no nonce can pass for other lines of the text that is signed", async () => {
  const shifted = "admin\n1760000000000\n0123456789abcdef";
  await refused({ clientId: shifted }, 40012);
  await refused({ nonce: shifted }, 40003);
  // The text signed as UTF-8 and the text sent as JSON would differ.
  await refused({ clientId: "half \ud800" }, 40012);
  assertEquals((await createTokenRequest(KEY, { clientId: "ü 😀\t" })).clientId, "ü 😀\t");
});

test("RSA9g: a line feed around a capability does not sign for other lines", async () => {
  await using service = createService();
  const text = '{"a":["subscribe"]}';
  const request = await createTokenRequest(service.key, {
    clientId: "jim",
    capability: `\n${text}`,
  });
  // The same text cut into other lines: all that the key permits, for somebody else.
  const { capability: _left, ...others } = request;
  const forged = { ...others, clientId: `${text}\njim` };
  const exchange = async (body: object) => {
    const init = { method: "POST", body: JSON.stringify(body), headers: JSON_TYPE };
    const response = await service.fetch(`/keys/${request.keyName}/requestToken`, init);
    return await response.json();
  };
  assertEquals((await exchange(forged)).error?.code, 40101);
  const { capability, clientId } = await exchange(request);
  assertEquals([capability, clientId], [text, "jim"]);
});

test("RSA9f: text for a capability is taken as it is, but for white space around it", async () => {
  const lines = '{\n  "a": [ "subscribe" ]\n}';
  for (const capability of [lines, `\n${lines}\n`, ` \r\n\t${lines} \n\n`]) {
    assertEquals((await createTokenRequest(KEY, { capability })).capability, lines);
  }
});

test("RSA9: null stands for what is left out", async () => {
  const { mac: _mac, nonce: _nonce, timestamp, ...rest } = await createTokenRequest(
    KEY,
    null,
    null,
  );
  assertEquals(rest, { keyName: "a_key_name.x" });
  assert(timestamp > 1_700_000_000_000);
});

test("RSA9f: equal capabilities have equal text, for any names", async () => {
  const names = ["10", "9", "b", "a", "[meta]x", '"', "__proto__"];
  const capability = (order: string[]) =>
    Object.fromEntries(order.map((name) => [name, ["subscribe", "publish"] as const]));
  const text = async (order: string[]) =>
    (await createTokenRequest(KEY, { capability: capability(order) })).capability!;
  const forwards = await text(names);
  assertEquals(await text([...names].reverse()), forwards);
  assertEquals(Object.keys(JSON.parse(forwards)).sort(), [...names].sort());
  assertEquals(forwards.startsWith('{"\\"":["publish","subscribe"],"10":'), true);
});

test("RSA9f: a capability that is no plain object with channels is refused", async () => {
  class Rights {
    lobby = ["subscribe"];
  }
  const capabilities = [
    {},
    "",
    "{}",
    " { } ",
    "null",
    "[]",
    '{"lobby":[]}',
    '"{}"',
    [],
    [["lobby", ["subscribe"]]],
    new Map([["lobby", ["subscribe"]]]),
    new Set(["lobby"]),
    new Date(0),
    new Rights(),
    new URLSearchParams("lobby=subscribe"),
    Object.create({ lobby: ["subscribe"] }),
    new String('{"lobby":["subscribe"]}'),
    7,
    true,
    () => ({ lobby: ["subscribe"] }),
    { lobby: new Set(["subscribe"]) },
    { lobby: "subscribe" },
    { toJSON: () => ({ lobby: ["subscribe"] }) },
  ];
  for (const capability of capabilities) await refused({ capability }, 40000);
});

test("RSA9f: params that are given and not understood are refused", async () => {
  const all = [
    new Map([["capability", { lobby: ["subscribe"] }]]),
    new URLSearchParams('capability={"lobby":["subscribe"]}'),
    [{ capability: { lobby: ["subscribe"] } }],
    '{"capability":{"lobby":["subscribe"]}}',
    () => ({ capability: { lobby: ["subscribe"] } }),
    new (class Empty {})(),
  ];
  for (const params of all) await refused(params, 40003);
});

test("RSA9f: the capability that was checked is the one that is signed", async () => {
  let reads = 0;
  const params = {
    get capability() {
      return reads++ === 0 ? { lobby: ["subscribe" as const] } : undefined;
    },
  };
  const { capability } = await createTokenRequest(KEY, params);
  assertEquals([capability, reads], ['{"lobby":["subscribe"]}', 1]);
});

test("RSA9f: an operation that there is not is refused before anything is signed", async () => {
  for (const op of ["read", "write", "publish_", "toString"]) {
    for (const capability of [{ a: [op] } as never, JSON.stringify({ a: [op] })]) {
      const refusals = [
        await assertRejects(() => createTokenRequest("app.key:secret", { capability }), ErrorInfo),
        await assertRejects(() => signJwt("app.key:secret", { capability }), ErrorInfo),
      ];
      for (const { code, message, remediation = "" } of refusals) {
        assertEquals([code, message.includes(`"${op}"`)], [40000, true]);
        assertEquals(remediation.includes("subscribe, publish, presence"), true);
      }
    }
  }
});
