import type { InboundMessage as AblyMessage } from "ably";
import type { InboundMessage } from "../../mod.ts";
import { assertEquals, test } from "../harness.ts";
import { FORMAT_PAIRS, Inbox, withScene } from "./clients.ts";
import { CIPHER_KEY, comparable, essence, formats, NOTHING, PAYLOADS } from "./payloads.ts";

const CHANNELS = [
  { kind: "plain", options: {} },
  { kind: "encrypted", options: { cipher: { key: CIPHER_KEY } } },
] as const;

// On Deno the official client never frees the object that it encrypts with.
const LEAKY = { leaks: "ably" };

for (const [ablyFormat, format] of FORMAT_PAIRS) {
  for (const { kind, options } of CHANNELS) {
    const suffix = `${kind}; ${formats(ablyFormat, format)}`;

    test(
      `interop RTL7, RSL6: receives what ably publishes over realtime and REST (${suffix})`,
      () =>
        withScene(async (scene) => {
          const sender = scene.ablyRealtime({ format: ablyFormat, clientId: "sender" });
          const channel = scene.realtime({ format }).channels.get("c", options);
          const inbox = new Inbox<InboundMessage>();
          await channel.subscribe(inbox.put);
          const publishers = [
            sender.channels.get("c", options),
            scene.ablyRest({ format: ablyFormat, clientId: "sender" }).channels.get("c", options),
          ];
          for (const publisher of publishers) {
            for (const payload of PAYLOADS) {
              const { serials } = await publisher.publish({ ...payload });
              const message = await inbox.next();
              assertEquals(essence(message), essence({ ...payload, clientId: "sender" }));
              assertEquals([message.encoding ?? null, message.serial], [null, serials[0]]);
            }
          }
        }),
      LEAKY,
    );

    test(`interop RTL6, RSL4: ably receives what is published over realtime and REST (${suffix})`, () =>
      withScene(async (scene) => {
        const receiver = scene.ablyRealtime({ format: ablyFormat });
        const inbox = new Inbox<AblyMessage>();
        await receiver.channels.get("c", options).subscribe(inbox.put);
        const sender = { format, clientId: "sender" };
        const publishers = [
          scene.realtime(sender).channels.get("c", options),
          scene.rest(sender).channels.get("c", options),
        ];
        for (const publisher of publishers) {
          for (const payload of PAYLOADS) {
            const { serials } = await publisher.publish({ ...payload });
            const message = await inbox.next();
            assertEquals(essence(message), essence({ ...payload, clientId: "sender" }));
            assertEquals([message.encoding ?? null, message.serial], [null, serials[0]]);
          }
        }
      }));

    test(
      `interop RSL2, RTL10: each reads the history of the other (${suffix})`,
      () =>
        withScene(async (scene) => {
          const theirs = scene.ablyRest({ format: ablyFormat }).channels;
          const own = scene.rest({ format }).channels;
          // One by one: the official client can't read its own encrypted batches when it runs on Deno.
          for (const payload of PAYLOADS) {
            await theirs.get("theirs", options).publish({ ...payload });
          }
          await own.get("own", options).publish(PAYLOADS.map((payload) => ({ ...payload })));
          const expected = PAYLOADS.map(({ data }) => comparable(data));

          const read = await own.get("theirs", options).history({
            limit: 3,
            direction: "forwards",
          });
          const items = await Array.fromAsync(read);
          assertEquals(items.map(({ data }) => comparable(data)), expected);

          let page = await theirs.get("own", options).history({ limit: 3, direction: "forwards" });
          const seen = [...page.items];
          while (page.hasNext()) {
            page = (await page.next())!;
            seen.push(...page.items);
          }
          assertEquals(seen.map(({ data }) => comparable(data)), expected);

          const realtime = scene.realtime({ format }).channels.get("theirs", options);
          await realtime.attach();
          const { items: [last] } = await realtime.history({ untilAttach: true, limit: 1 });
          assertEquals(last!.name, PAYLOADS.at(-1)!.name);
        }),
      LEAKY,
    );
  }
}

test("interop RTL6i: a batch arrives as one, in order, with extras", () =>
  withScene(async (scene) => {
    const extras = { headers: { trace: "t-1", attempt: 2 } };
    const batch = ["a", "b", "c"].map((name) => ({ name, data: { name }, extras }));
    const theirs = scene.ablyRealtime().channels.get("c");
    const own = scene.realtime().channels.get("c");
    const [theirInbox, ownInbox] = [new Inbox<AblyMessage>(), new Inbox<InboundMessage>()];
    await theirs.subscribe(theirInbox.put);
    await own.subscribe(ownInbox.put);
    const publish = [
      () => theirs.publish(batch.map((message) => ({ ...message }))),
      () => own.publish(batch),
    ];
    for (const send of publish) {
      await send();
      for (const inbox of [theirInbox, ownInbox]) {
        for (const { name, data } of batch) {
          const message = await inbox.next();
          assertEquals([message.name, message.data, message.extras], [name, data, extras]);
        }
      }
    }
  }));

test("interop RSL4: a message without data has none on the other side", () =>
  withScene(async (scene) => {
    const theirs = scene.ablyRealtime().channels.get("c");
    const own = scene.realtime().channels.get("c");
    const [theirInbox, ownInbox] = [new Inbox<AblyMessage>(), new Inbox<InboundMessage>()];
    await theirs.subscribe(theirInbox.put);
    await own.subscribe(ownInbox.put);
    await theirs.publish({ ...NOTHING });
    await own.publish({ ...NOTHING });
    for (const inbox of [theirInbox, ownInbox]) {
      for (let count = 0; count < 2; count++) {
        assertEquals(essence(await inbox.next()), essence(NOTHING));
      }
    }
  }));

test("interop RSL1k: an id that the other client used is not published twice", () =>
  withScene(async (scene) => {
    const theirs = scene.ablyRest().channels.get("c");
    const own = scene.rest().channels.get("c");
    await theirs.publish({ id: "order-1", data: "theirs" });
    await own.publish({ id: "order-1", data: "own" });
    await own.publish({ id: "order-2", data: "own" });
    await theirs.publish({ id: "order-2", data: "theirs" });
    const { items } = await own.history({ direction: "forwards" });
    assertEquals(items.map(({ id, data }) => [id, data]), [["order-1", "theirs"], [
      "order-2",
      "own",
    ]]);
  }));
