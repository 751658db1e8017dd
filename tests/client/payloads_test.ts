import { ErrorInfo, Realtime } from "../../mod.ts";
import { LiveObjects } from "../../src/liveobjects/mod.ts";
import { createService } from "../../src/testing/mod.ts";
import { assertEquals, assertRejects, test } from "../harness.ts";

/** Values that JSON would turn into something else, or into nothing. */
const LOST: Readonly<Record<string, unknown>> = {
  "a Date": new Date(0),
  "a URL": new URL("https://example.com"),
  "a String object": new String("text"),
  "a Number object": new Number(1),
  "a Map": new Map([["a", 1]]),
  "a Set": new Set([1]),
  "an Error": new Error("lost"),
  "a pattern": /text/,
  "a Map in an object": { a: { b: new Map([["a", 1]]) } },
  "a promise in an array": [Promise.resolve(1)],
  "a symbol": Symbol("s"),
  "a bigint": 5n,
  "NaN": NaN,
};

test("RSL4a, RTP8: what JSON cannot represent is no payload of presence, of a message, or of an object", async () => {
  await using service = createService();
  await using client = new Realtime({
    ...service.options(),
    clientId: "jim",
    plugins: { LiveObjects },
  });
  const channel = client.channels.get("a", {
    modes: ["object_subscribe", "object_publish", "publish", "presence"],
  });
  await channel.attach();
  const root = await channel.object.get();
  const calls: Readonly<Record<string, (value: never) => Promise<unknown>>> = {
    publish: (value) => channel.publish("n", value),
    enter: (value) => channel.presence.enter(value),
    update: (value) => channel.presence.update(value),
    leave: (value) => channel.presence.leave(value),
    set: (value) =>
      (root as unknown as { set(k: string, v: unknown): Promise<void> }).set("k", value),
  };
  for (const [what, value] of Object.entries(LOST)) {
    for (const [name, call] of Object.entries(calls)) {
      const error = await assertRejects(() => call(value as never), ErrorInfo);
      assertEquals([name, what, error.code] as unknown[], [name, what, 40013]);
    }
  }
});
