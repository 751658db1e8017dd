import type { Annotation, InboundMessage } from "../../../mod.ts";
import { assertEquals } from "../../harness.ts";
import { failureOf } from "../../support/outcomes.ts";
import { Collector, testRealtime } from "../../support/realtime_clients.ts";

testRealtime(
  "RTAN1, RTAN2, RTAN4: annotations are published, received, summarised and taken back",
  async ({ client }) => {
    const modes = ["publish", "subscribe", "annotation_publish", "annotation_subscribe"] as const;
    const watcher = client().channels.get("mutable:c", { modes: [...modes] });
    const [annotations, messages] = [new Collector<Annotation>(), new Collector<InboundMessage>()];
    await watcher.annotations.subscribe("reaction:distinct.v1", annotations.add);
    await watcher.subscribe(messages.add);
    const channel = client({ clientId: "me" }).channels.get("mutable:c");
    const { serials: [serial] } = await channel.publish("a", "x");
    const reaction = { type: "reaction:distinct.v1", name: "👍", data: { a: 1 } };
    await channel.annotations.publish(serial!, reaction);
    await channel.annotations.publish(serial!, { type: "other:total.v1" });
    await channel.annotations.delete({ serial: serial! }, reaction);
    const seen = await annotations.count(2);
    assertEquals(
      seen.map((
        { action, messageSerial, type, name, data, clientId },
      ) => [action, messageSerial, type, name, data, clientId]),
      [
        ["annotation.create", serial, "reaction:distinct.v1", "👍", { a: 1 }, "me"],
        ["annotation.delete", serial, "reaction:distinct.v1", "👍", { a: 1 }, "me"],
      ] as unknown[],
    );
    const summaries = (await messages.count(4)).slice(1);
    assertEquals(
      summaries.map(({ action, serial }) => [action, serial]),
      Array(3).fill(["message.summary", serial]),
    );
    const page = await channel.annotations.get(serial!);
    assertEquals(page.items.map(({ action, type }) => [action, type]), [
      ["annotation.create", "reaction:distinct.v1"],
      ["annotation.create", "other:total.v1"],
      ["annotation.delete", "reaction:distinct.v1"],
    ]);
  },
);

testRealtime("RTAN1d: a refusal of the service fails the call", async ({ client }) => {
  const channel = client().channels.get("plain");
  const { serials: [serial] } = await channel.publish("a", "x");
  const error = await failureOf(() =>
    channel.annotations.publish(serial!, { type: "reaction:total.v1" })
  );
  assertEquals([error.code, error.statusCode], [93002, 400]);
});
