import type { Annotation, InboundMessage } from "ably";
import { assert, assertEquals, test } from "../harness.ts";
import { Inbox } from "./clients.ts";
import { FORMATS, LEAKY, refusalOf, withSandbox } from "./sandbox.ts";

for (const format of FORMATS) {
  const official = (name: string, run: Parameters<typeof withSandbox>[1]): void =>
    test(`official client, contract ${name} (${format})`, () => withSandbox(format, run), LEAKY);

  official("12.1: updates, appends, deletes, and all versions", async (sandbox) => {
    const channel = sandbox.realtime().channels.get("mutable:c");
    const rest = sandbox.rest().channels.get("mutable:c");
    const inbox = new Inbox<InboundMessage>();
    await channel.subscribe(inbox.put);
    const { serials: [serial] } = await channel.publish("name", "one");
    const created = await inbox.next();
    const message = { serial: serial! };
    const updated = await rest.updateMessage({ ...message, data: "two" }, {
      description: "why",
      metadata: { a: "b" },
    });
    const update = await inbox.next();
    assertEquals([update.action, update.name, update.data], ["message.update", "name", "two"]);
    assertEquals(update.version.serial, updated.versionSerial!);
    assertEquals([update.version.description, update.version.metadata], ["why", { a: "b" }]);
    assert(update.version.timestamp! > update.timestamp && update.timestamp === created.timestamp);
    await channel.appendMessage({ ...message, data: "+" });
    const append = await inbox.next();
    assertEquals([append.action, append.data], ["message.append", "+"]);
    assertEquals((await rest.getMessage(serial!)).data, "two+");
    await channel.deleteMessage(message);
    assertEquals((await inbox.next()).action, "message.delete");
    const versions = (await rest.getMessageVersions(serial!)).items;
    assertEquals(versions.map(({ action }) => action), [
      "message.create",
      "message.update",
      "message.update",
      "message.delete",
    ]);
    assertEquals(versions[0]!.version?.serial, serial);
    assertEquals(await refusalOf(rest.getMessage("01726585978590-001@abc:000")), [40400, 404]);
    const fixed = sandbox.rest().channels.get("c").updateMessage({ ...message, data: "x" });
    assertEquals(await refusalOf(fixed), [93002, 400]);
  });

  official(
    "12.1: who has not seen a message gets it whole with its first append",
    async (sandbox) => {
      const channel = sandbox.realtime().channels.get("mutable:c");
      const { serials: [serial] } = await channel.publish("name", "one");
      const inbox = new Inbox<InboundMessage>();
      await channel.subscribe(inbox.put);
      for (const data of [" two", " three"]) await channel.appendMessage({ serial: serial!, data });
      const [first, second] = [await inbox.next(), await inbox.next()];
      assertEquals([first.action, first.data], ["message.update", "one two"]);
      assertEquals([second.action, second.data], ["message.append", " three"]);
    },
  );

  official("12.3: annotations by every method, and their summary", async (sandbox) => {
    const channel = sandbox.realtime({ clientId: "jim" }).channels.get("mutable:c", {
      modes: ["PUBLISH", "SUBSCRIBE", "ANNOTATION_PUBLISH", "ANNOTATION_SUBSCRIBE"],
    });
    const annotations = new Inbox<Annotation>();
    const summaries = new Inbox<InboundMessage>();
    await channel.annotations.subscribe(annotations.put);
    await channel.subscribe((message) => {
      if (message.action === "message.summary") summaries.put(message);
    });
    const { serials: [serial] } = await channel.publish("message", "x");
    const given = [
      { type: "a:total.v1" },
      { type: "a:flag.v1" },
      { type: "a:distinct.v1", name: "up" },
      { type: "a:unique.v1", name: "one" },
      { type: "a:unique.v1", name: "two" },
      { type: "a:multiple.v1", name: "stars", count: 4 },
    ];
    let last: InboundMessage | undefined;
    for (const annotation of given) {
      await channel.annotations.publish(serial!, annotation);
      const received = await annotations.next();
      assertEquals([received.type, received.clientId], [annotation.type, "jim"]);
      assert(received.serial > serial!);
      last = await summaries.next();
    }
    await channel.annotations.delete(serial!, { type: "a:distinct.v1", name: "up" });
    assertEquals((await annotations.next()).action, "annotation.delete");
    last = await summaries.next();
    assertEquals([last.name, last.serial], ["message", serial]);
    const mine = { total: 1, clientIds: ["jim"], clipped: false };
    assertEquals(last.annotations!.summary as object, {
      "a:total.v1": { total: 1 },
      "a:flag.v1": mine,
      "a:distinct.v1": {},
      "a:unique.v1": { two: mine },
      "a:multiple.v1": {
        stars: {
          total: 4,
          clientIds: { jim: 4 },
          clipped: false,
          totalUnidentified: 0,
          totalClientIds: 1,
        },
      },
    });
    const page = await channel.annotations.get(serial!, { limit: 4 });
    const rest = (await page.next())!;
    assertEquals([...page.items, ...rest.items].map(({ type }) => type), [
      ...given.map(({ type }) => type),
      "a:distinct.v1",
    ]);
  });
}
