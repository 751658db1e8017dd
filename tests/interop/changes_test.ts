import type { Annotation as AblyAnnotation, InboundMessage as AblyMessage } from "ably";
import type { Annotation, InboundMessage } from "../../mod.ts";
import { assertEquals, test } from "../harness.ts";
import { FORMAT_PAIRS, Inbox, withScene } from "./clients.ts";
import { formats } from "./payloads.ts";

const CHANNEL = "mutable:c";

interface Change {
  action?: string;
  data?: unknown;
  serial?: string;
  version?: { clientId?: string; description?: string };
}

function essence({ action, data, version }: Change): unknown {
  return [action, data, version?.clientId, version?.description];
}

for (const [ablyFormat, format] of FORMAT_PAIRS) {
  const suffix = formats(ablyFormat, format);

  test(`interop RSL15, RTL32: each sees the other change messages (${suffix})`, () =>
    withScene(async (scene) => {
      const theirs = scene.ablyRealtime({ format: ablyFormat, clientId: "theirs" }).channels
        .get(CHANNEL);
      const own = scene.realtime({ format, clientId: "own" }).channels.get(CHANNEL);
      const [theirInbox, ownInbox] = [new Inbox<AblyMessage>(), new Inbox<InboundMessage>()];
      await theirs.subscribe(theirInbox.put);
      await own.subscribe(ownInbox.put);
      const both = async () => {
        const seen = [await theirInbox.next(), await ownInbox.next()] as Change[];
        assertEquals(seen[0]!.serial, seen[1]!.serial);
        assertEquals(essence(seen[0]!), essence(seen[1]!));
        return essence(seen[0]!);
      };
      const why = { description: "on purpose" };

      const { serials: [ownSerial] } = await own.publish("n", "a");
      await both();
      await theirs.updateMessage({ serial: ownSerial!, data: "b" }, why);
      assertEquals(await both(), ["message.update", "b", "theirs", "on purpose"]);
      await theirs.appendMessage({ serial: ownSerial!, data: "c" }, why);
      assertEquals(await both(), ["message.append", "c", "theirs", "on purpose"]);
      assertEquals((await own.getMessage(ownSerial!)).data, "bc");

      const { serials: [theirSerial] } = await theirs.publish("n", "a");
      await both();
      await own.updateMessage({ serial: theirSerial!, data: "b" }, why);
      assertEquals(await both(), ["message.update", "b", "own", "on purpose"]);
      await own.appendMessage({ serial: theirSerial!, data: "c" }, why);
      assertEquals(await both(), ["message.append", "c", "own", "on purpose"]);
      assertEquals((await theirs.getMessage(theirSerial!)).data, "bc");
      await own.deleteMessage({ serial: theirSerial! }, why);
      const [action, , who] = await both() as unknown[];
      assertEquals([action, who], ["message.delete", "own"]);
      const versions = await theirs.getMessageVersions(theirSerial!);
      assertEquals(versions.items.length, 4);
    }));

  test(`interop RTAN1, RTAN4: each sees the annotations of the other, and the summary (${suffix})`, () =>
    withScene(async (scene) => {
      const options = {
        modes: ["subscribe", "publish", "annotation_publish", "annotation_subscribe"],
      };
      const theirs = scene.ablyRealtime({ format: ablyFormat, clientId: "theirs" }).channels
        .get(CHANNEL, options as { modes: ["SUBSCRIBE"] });
      const own = scene.realtime({ format, clientId: "own" }).channels
        .get(CHANNEL, options as { modes: ["subscribe"] });
      const [theirInbox, ownInbox] = [new Inbox<AblyAnnotation>(), new Inbox<Annotation>()];
      const summaries = new Inbox<InboundMessage>();
      await theirs.annotations.subscribe(theirInbox.put);
      await own.annotations.subscribe(ownInbox.put);
      await own.subscribe((message) => {
        if (message.action === "message.summary") summaries.put(message);
      });
      const type = "reactions:distinct.v1";
      const { serials: [serial] } = await own.publish("n", "d");
      await theirs.annotations.publish(serial!, { type, name: "thumbs-up" });
      await own.annotations.publish(serial!, { type, name: "heart", data: { from: "own" } });
      for (const inbox of [theirInbox, ownInbox]) {
        for (const [name, clientId] of [["thumbs-up", "theirs"], ["heart", "own"]]) {
          const annotation = await inbox.next();
          assertEquals([annotation.action, annotation.name, annotation.clientId], [
            "annotation.create",
            name,
            clientId,
          ]);
          assertEquals([annotation.type, annotation.messageSerial], [type, serial]);
        }
      }
      await summaries.next();
      const summary = (await summaries.next()).annotations.summary[type];
      assertEquals(Object.keys(summary as object).sort(), ["heart", "thumbs-up"]);
      const read = await own.annotations.get(serial!);
      assertEquals(read.items.map(({ name }) => name), ["thumbs-up", "heart"]);
      const { items } = await theirs.annotations.get(serial!, null);
      assertEquals(items.map(({ name }) => name), ["thumbs-up", "heart"]);
    }));
}

test("interop PC3, RTL21: deltas of what ably publishes are applied", () =>
  withScene(async (scene) => {
    const theirs = scene.ablyRealtime().channels.get("c");
    const own = scene.realtime().channels.get("c", { params: { delta: "vcdiff" } });
    const inbox = new Inbox<InboundMessage>();
    await own.subscribe(inbox.put);
    const state = { rows: Array.from({ length: 50 }, (_, row) => ({ row, value: "same" })) };
    for (let step = 0; step < 5; step++) {
      const next = { ...state, step };
      await theirs.publish("state", next);
      const { data, extras } = await inbox.next();
      assertEquals(data, next);
      assertEquals(extras?.delta === undefined, step === 0);
    }
  }));
