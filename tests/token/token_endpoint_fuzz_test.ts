import { assertEquals, test } from "../harness.ts";
import { tokenEndpoint } from "../../src/token/mod.ts";
import { seeded } from "../support/seeded.ts";

const RUNS = 10_000;
const SEED = 20_261_123;
const SECRET = "fuzz-secret";
const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

type Random = (limit: number) => number;

/** A request that can't be one for a token. */
interface Malformed {
  method?: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random(items.length)]!;
}

function noise(random: Random, length: number): string {
  return Array.from({ length }, () => String.fromCharCode(32 + random(95))).join("");
}

function bytes(random: Random, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, () => random(256));
}

/** Values that no parameter of that name may have. */
const BAD: Record<string, readonly string[]> = {
  ttl: ["-1", "1.5", "1e9", "NaN", "Infinity", "0x10", " 5", "9".repeat(20), "", "null", "١"],
  capability: [
    "{",
    "[]",
    "null",
    "7",
    '"x"',
    '{"a":"publish"}',
    '{"a":[]}',
    '{"a":[1]}',
    '{"a":null}',
    "",
  ],
  clientId: [""],
};

const BAD_MEMBERS: readonly string[] = [
  '{"ttl":-1}',
  '{"ttl":1.5}',
  '{"ttl":true}',
  '{"ttl":{}}',
  '{"ttl":[]}',
  '{"ttl":1e400}',
  '{"clientId":{}}',
  '{"clientId":""}',
  '{"clientId":["jim"]}',
  '{"capability":[]}',
  '{"capability":{"a":"*"}}',
  '{"capability":{"a":[]}}',
  '{"capability":{"a":[[]]}}',
  '{"capability":7}',
  '{"capability":true}',
  '{"nested":{"a":1}}',
  '{"list":[1]}',
];

const MALFORMED: readonly ((random: Random) => Malformed)[] = [
  // Verbs
  (random) => ({ method: pick(random, ["PUT", "DELETE", "PATCH", "PROPFIND", "MKCOL", "SEARCH"]) }),
  (random) => ({
    method: pick(random, ["PUT", "PATCH", "DELETE"]),
    headers: { "content-type": FORM },
    body: noise(random, random(50)),
  }),
  // Parameters
  (random) => {
    const name = pick(random, Object.keys(BAD));
    const params = new URLSearchParams({
      other: noise(random, 9),
      [name]: pick(random, BAD[name]!),
    });
    return { query: `?${params}` };
  },
  (random) => {
    const name = pick(random, Object.keys(BAD));
    const body = new URLSearchParams({ [name]: pick(random, BAD[name]!) }).toString();
    return { method: "POST", headers: { "content-type": FORM }, body };
  },
  // JSON
  (random) => ({
    method: "POST",
    headers: { "content-type": JSON_TYPE },
    body: pick(random, BAD_MEMBERS),
  }),
  (random) => {
    const text = JSON.stringify({ clientId: noise(random, 20), ttl: random(1e6) });
    return {
      method: "POST",
      headers: { "content-type": JSON_TYPE },
      body: text.slice(0, 1 + random(text.length - 1)), // cut off
    };
  },
  (random) => ({
    method: "POST",
    headers: { "content-type": JSON_TYPE },
    body: pick(random, ["null", "true", "7", '"x"', "[]", "[{}]", "nil", "undefined", "\0", "}{"]),
  }),
  (random) => {
    const depth = 1 + random(20_000);
    const [open, close] = pick(random, [["[", "]"], ['{"a":', "}"], ['{"capability":', "}"]]);
    return {
      method: "POST",
      headers: { "content-type": JSON_TYPE },
      body: open!.repeat(depth) + (random(2) ? "[]" + close!.repeat(depth) : ""),
    };
  },
  // Size
  (random) => ({
    method: "POST",
    headers: { "content-type": pick(random, [JSON_TYPE, FORM, "text/plain"]) },
    body: pick(random, ["x", "é", '{"a":', "a=b&"]).repeat(66_000 + random(1_000)),
  }),
  // Encodings
  (random) => ({
    method: "POST",
    headers: { "content-type": pick(random, [JSON_TYPE, FORM]) },
    body: Uint8Array.from([...bytes(random, random(40)), pick(random, [0xc0, 0xff, 0xfe, 0xc3])]),
  }),
  (random) => ({
    method: "POST",
    headers: {
      "content-type": pick(random, [JSON_TYPE, FORM]),
      "content-encoding": pick(random, ["gzip", "br", "deflate", "identity", "x"]),
    },
    body: pick(random, ["{}", "a=b"]),
  }),
  (random) => ({
    method: "POST",
    headers: {
      "content-type": pick(random, [
        "text/plain",
        "text/html",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/xml",
        ";",
        noise(random, 12).replace(/[^a-z/]/g, "z"),
      ]),
    },
    body: pick(random, ["{}", "a=b", noise(random, 30)]),
  }),
  // Origins
  (random) => ({
    method: pick(random, ["GET", "POST", "OPTIONS"]),
    headers: {
      origin: pick(random, [
        "null",
        "https://evil.example",
        "https://app.example.org.evil.example",
      ]),
      "access-control-request-method": pick(random, ["GET", "POST"]),
    },
  }),
];

test("tokenEndpoint: 10,000 malformed requests get a 4xx in JSON, and never a token", async () => {
  const random = seeded(SEED);
  let granted = 0;
  const endpoints = (["jwt", "tokenRequest"] as const).map((format) =>
    tokenEndpoint({
      key: `app.key:${SECRET}`,
      format,
      origins: ["https://app.example.org"],
      authorize: () => (granted++, { clientId: "jim", capability: { "*": ["*"] } }),
      onError: (error) => {
        throw error;
      },
    })
  );
  for (let run = 0; run < RUNS; run++) {
    const { method = "GET", query = "", headers, body } = MALFORMED[run % MALFORMED.length]!(
      random,
    );
    const request = new Request(`https://example.com/token${query}`, { method, headers, body });
    const response = await pick(random, endpoints)(request);
    const text = await response.text();
    const about = `run ${run}: ${method} ${query} ${String(body).slice(0, 60)} -> ${
      text.slice(0, 90)
    }`;
    assertEquals([about, Math.floor(response.status / 100)], [about, 4]);
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(response.headers.get("cache-control"), "no-store");
    const { error } = JSON.parse(text);
    assertEquals([about, error.statusCode, typeof error.code], [about, response.status, "number"]);
    assertEquals(text.includes(SECRET) || text.includes('"mac"'), false);
  }
  assertEquals(granted, 0);
});
