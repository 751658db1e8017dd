import { assert, assertEquals, assertStrictEquals, test } from "../harness.ts";
import { redact, redacted, secretsOf } from "../../src/util/redact.ts";

/** Every text in an error and in what is behind it. */
function textsOf(error: unknown): string[] {
  if (typeof error === "string") return [error];
  if (typeof error !== "object" || error === null) return [];
  return Reflect.ownKeys(error).flatMap((name) =>
    textsOf((error as Record<PropertyKey, unknown>)[name])
  );
}

const failures: Record<string, (url: string) => Error> = {
  "in its message": (url) => new TypeError(`error sending request for url (${url})`),
  "in the message of its cause": (url) =>
    new TypeError("fetch failed", { cause: new Error(`error sending request for url (${url})`) }),
  "in a member of its own": (url) =>
    Object.assign(new TypeError("Unable to connect"), { path: url, code: "ECONNREFUSED" }),
};

for (const [where, fail] of Object.entries(failures)) {
  test(`RSA: an error that names a URL ${where} is rid of the query`, () => {
    for (
      const url of [
        "https://a.example/t?p=s3cret",
        "https://a.example/t?p=ü' s3cret|) s3cret#s3cret",
      ]
    ) {
      for (const written of [url, new URL(url).href, new URL(url).href.split("#")[0]!]) {
        const texts = textsOf(redacted(fail(written), secretsOf(url)));
        assertEquals(texts.filter((text) => text.includes("s3cret")), []);
      }
    }
  });
}

test("RSA: name, message and code of an error stay, and where nothing is secret all of it", () => {
  const error = failures["in a member of its own"]!("https://a.example/t?p=1");
  const { name, message, code } = redacted(error) as typeof error & { code: string };
  assertEquals([name, message, code], ["TypeError", "Unable to connect", "ECONNREFUSED"]);
  const clean = failures["in a member of its own"]!("https://a.example/t");
  assertStrictEquals(redacted(clean), clean);
  assertEquals(redacted("text"), "text");
});

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjF9.c2VjcmV0LXMzY3JldA";
const SECRET_TEXTS = [
  "Invalid URL: wss://h.test/?key=app.key%3As3cret#s3cret",
  "https://jim:s3cret@h.test/",
  "https://s3cret@h.test/path",
  "at https://h.test/path#s3cret",
  "key=s3cret",
  "accessToken=s3cret&x=y",
  "access_token=s3cret",
  "accessToken%3Ds3cret",
  '{"accessToken":"s3cret"}',
  "Authorization: Basic YXBwLmtleTpzM2NyZXQ=s3cret",
  "bad header value: Bearer s3cret-Abc1",
  "bad header value: Bearer app.key-1:s3cret",
  "key app.key-1:s3cret0123456789abc refused",
  "key app.key-1%3As3cret0123456789abc refused",
  `token ${JWT} refused`,
];

for (const text of SECRET_TEXTS) {
  test(`RSA: what looks like a secret is not shown: ${text.slice(0, 40)}`, () => {
    const shown = redact(text);
    assert(!shown.includes("s3cret") && !shown.includes("c2VjcmV0"), shown);
  });
}

test("RSA: what only resembles a secret is shown", () => {
  for (
    const text of [
      "Basic authentication needs TLS",
      'A listener of channel "acme.orders:updates-of-the-day" failed',
      "wss://main.realtime.ably.net:443 refused",
      "TypeError: x is undefined at file:///app/main.ts:12:34",
      "Is it there? It is",
      "https://help.ably.io/error/40101",
    ]
  ) {
    assertEquals(redact(text), text);
  }
});

test("RSA: an error of a user that holds much, or itself, is looked through in bounded time", () => {
  const error: Error & { self?: unknown; more?: unknown } = new Error("Failed");
  error.self = error;
  assertStrictEquals(redacted(error), error);
  const level = (depth: number): unknown =>
    depth === 0 ? {} : Array.from({ length: 10 }, () => level(depth - 1));
  error.more = level(4);
  assertEquals((redacted(error) as Error).message, "Failed");
});

const S3CRET = "https://a.example/t?p=s3cret";
const HOLDERS: Record<string, () => unknown> = {
  "a URL": () => new URL(S3CRET),
  "URLSearchParams": () => new URLSearchParams("token=s3cret"),
  "a Request": () => new Request(S3CRET),
  "a request's headers": () =>
    new Request("https://a.example/", { headers: { "x-t": "key=s3cret" } }),
  "Headers": () => new Headers({ "x-t": "key=s3cret" }),
  "a Map": () => new Map([["x", "key=s3cret"]]),
  "a Set": () => new Set(["key=s3cret"]),
  "a String": () => new String("key=s3cret"),
  "a function": () => Object.assign(() => {}, { url: S3CRET }),
  "a text of its own": () => ({ toString: () => "key=s3cret" }),
};

for (const [what, make] of Object.entries(HOLDERS)) {
  test(`RSA: an error that shows a secret by ${what} is rid of it`, () => {
    const error = Object.assign(new Error("Failed"), { held: make() });
    const shown = redacted(error) as typeof error;
    assertEquals([shown.message, shown.held], ["Failed", undefined]);
  });
}

test("RSA: what is thrown without being an error is rid of a secret in its text", () => {
  const thrown = { toString: () => "key=s3cret" };
  assert(!String(redacted(thrown)).includes("s3cret"));
});
