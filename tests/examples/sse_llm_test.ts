import { createApp } from "../../examples/sse-llm/app.ts";
import { fakeModel } from "../../examples/sse-llm/model.ts";
import { createService } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { asNetwork } from "../support/as_network.ts";

const PASSWORD = "the-password-of-this-test";

/** The events that a response has so far, as their data. */
async function readUntilComplete(response: Response): Promise<string> {
  let text = "";
  const texts = new Map<string, string>();
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const events = text.split("\n\n");
    text = events.pop()!;
    for (const event of events) {
      const [, data] = /^data: (.*)$/m.exec(event) ?? [];
      if (data === undefined) continue;
      const answer = JSON.parse(data);
      const before = answer.isAppend ? texts.get(answer.serial) : "";
      texts.set(answer.serial, before + answer.text);
      if (answer.status === "complete") return texts.get(answer.serial)!;
    }
  }
  throw new Error("The response ended before the answer");
}

test("examples, sse-llm: signed-in pages get the answer as it grows", async () => {
  await using service = createService();
  using _network = asNetwork(service);
  const app = createApp((question) => fakeModel(question, async () => {}));
  const env = {
    ABLY_API_KEY: service.key,
    DEMO_PASSWORD: PASSWORD,
    SESSION_SECRET: "s".repeat(20),
  };
  const context = { waitUntil() {}, passThroughOnException() {}, props: {} };
  let cookie = "";
  const ask = (path: string, init?: RequestInit) => {
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    return app.request(`https://answers.example${path}`, { headers, ...init }, env, context);
  };
  assertEquals((await ask("/answers")).status, 401);
  assertEquals((await ask("/questions", { method: "POST", body: "Why?" })).status, 401);
  assertEquals((await ask("/session", { method: "POST", body: "wrong" })).status, 401);
  const signedIn = await ask("/session", { method: "POST", body: PASSWORD });
  assertEquals(signedIn.status, 204);
  cookie = signedIn.headers.get("set-cookie")!.split(";")[0]!;
  const early = await ask("/answers");
  assertEquals((await ask("/questions", { method: "POST", body: "Why?" })).status, 202);
  const answer = await readUntilComplete(early);
  assert(answer.startsWith("You asked: “Why?” "));
  assertEquals(await readUntilComplete(await ask("/answers")), answer, "a page that comes later");
  cookie += "0";
  assertEquals((await ask("/answers")).status, 401);
});
