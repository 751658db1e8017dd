import { assertEquals, test } from "../harness.ts";
import { withoutQuery } from "../../src/util/redact.ts";

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
        const texts = textsOf(withoutQuery(fail(written), url));
        assertEquals(texts.filter((text) => text.includes("s3cret")), []);
      }
    }
  });
}

test("RSA: name, message and code of an error stay, and where there is no query all of it", () => {
  const error = failures["in a member of its own"]!("https://a.example/t?p=1");
  const { name, message, code } = withoutQuery(error, "https://a.example/t?p=1") as typeof error & {
    code: string;
  };
  assertEquals([name, message, code], ["TypeError", "Unable to connect", "ECONNREFUSED"]);
  assertEquals(withoutQuery(error, "https://a.example/t"), error);
  assertEquals(withoutQuery("text", "https://a.example/t?p=1"), "text");
});
