import type * as Ably from "ably";
import { Summary } from "../../mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { FORMAT_PAIRS, type Scene, withScene } from "./clients.ts";
import { CIPHER_KEY, comparable, formats, PAYLOADS } from "./payloads.ts";

// On Deno the official client never frees the object that it encrypts with.
const LEAKY = { leaks: "ably" };

/** A channel of the official client and the same channel of this one. */
function pair(scene: Scene, name: string, [ably, own]: (typeof FORMAT_PAIRS)[number]) {
  const options = name.includes("secret") ? { cipher: { key: CIPHER_KEY } } : {};
  return {
    theirs: scene.ablyRest({ format: ably, clientId: "theirs" }).channels.get(name, options),
    own: scene.rest({ format: own, clientId: "own" }).channels.get(name, options),
  };
}

for (const formatPair of FORMAT_PAIRS) {
  const suffix = formats(...formatPair);

  for (const name of ["mutable:plain", "mutable:secret"]) {
    test(
      `interop RSL15, RSL11, RSL14: changes of ${name} are read by the other (${suffix})`,
      () =>
        withScene(async (scene) => {
          const { theirs, own } = pair(scene, name, formatPair);
          for (const { name, data } of PAYLOADS) {
            const { serials: [serial] } = await own.publish("n", "first");
            await theirs.updateMessage({ serial: serial!, data } as Ably.Message, {
              description: "by theirs",
              metadata: { a: "b" },
            });
            const read = await own.getMessage(serial!);
            assertEquals(comparable(read.data), comparable(data), name);
            assertEquals([read.action, read.version.clientId, read.version.description], [
              "message.update",
              "theirs",
              "by theirs",
            ]);

            const { versionSerial } = await own.updateMessage({ serial: serial!, data }, {
              description: "by own",
            });
            const back = await theirs.getMessage(serial!);
            assertEquals(comparable(back.data), comparable(data), name);
            const { version } = back;
            assertEquals([version?.serial, version?.clientId, version?.description], [
              versionSerial,
              "own",
              "by own",
            ]);
            await own.deleteMessage({ serial: serial! });
            assertEquals((await theirs.getMessage(serial!)).action, "message.delete");
            const [ours, others] = [
              await own.getMessageVersions(serial!),
              await theirs.getMessageVersions(serial!),
            ];
            assertEquals(
              ours.items.map(({ version }) => version.serial),
              others.items.map(({ version }) => version?.serial),
            );
          }
        }),
      LEAKY,
    );
  }

  test(`interop RSAN: annotations and summaries are read by the other (${suffix})`, () =>
    withScene(async (scene) => {
      const { theirs, own } = pair(scene, "mutable:c", formatPair);
      const { serials: [serial] } = await own.publish("n", "d");
      const type = "reaction:distinct.v1";
      await own.annotations.publish(serial!, { type, name: "👍", data: { a: 1 } });
      await theirs.annotations.publish(serial!, { type, name: "👍" });
      await theirs.annotations.publish(serial!, { type, name: "🎉" });
      await theirs.annotations.delete(serial!, { type, name: "🎉" });
      const expected = [
        ["annotation.create", "👍", "own"],
        ["annotation.create", "👍", "theirs"],
        ["annotation.create", "🎉", "theirs"],
        ["annotation.delete", "🎉", "theirs"],
      ];
      const byOwn = (await own.annotations.get(serial!)).items;
      assertEquals(byOwn.map(({ action, name, clientId }) => [action, name, clientId]), expected);
      const byTheirs = (await theirs.annotations.get(serial!, null)).items;
      assertEquals(
        byTheirs.map(({ action, name, clientId }) => [action, name, clientId]),
        expected,
      );
      assertEquals(byTheirs[0]!.data, { a: 1 });
      const { annotations } = await own.getMessage(serial!);
      assertEquals(Summary.distinct(annotations.summary[type]), {
        "👍": { total: 2, clientIds: ["own", "theirs"], clipped: false },
      });
    }));

  test(`interop RSC22: what a batch publishes is read by the other (${suffix})`, () =>
    withScene(async (scene) => {
      const [ablyFormat, format] = formatPair;
      const rest = scene.rest({ format });
      const official = scene.ablyRest({ format: ablyFormat });
      const options = { cipher: { key: CIPHER_KEY } };
      rest.channels.get("secret", options);
      const messages = PAYLOADS.map(({ name, data }) => ({ name, data }));
      const { successCount } = await rest.batchPublish({ channels: ["plain", "secret"], messages });
      assertEquals(successCount, 2);
      const channels = [official.channels.get("plain"), official.channels.get("secret", options)];
      for (const channel of channels) {
        const { items } = await channel.history({ direction: "forwards" });
        assertEquals(
          items.map(({ name, data }) => [name, comparable(data)]),
          messages.map(({ name, data }) => [name, comparable(data)]),
        );
      }
      const [theirs] = await official.batchPublish([{
        channels: ["plain"],
        messages: [{ name: "by theirs", data: "text" }],
      }]);
      assertEquals(theirs!.successCount, 1);
      const [newest] = (await rest.channels.get("plain").history({ limit: 1 })).items;
      assertEquals([newest!.name, newest!.data], ["by theirs", "text"]);
    }));
}

test("interop RSL8, RSC16, RSC19: status, time and requests agree", () =>
  withScene(async (scene) => {
    const own = scene.rest();
    const theirs = scene.ablyRest();
    const details = await own.channels.get("c").status();
    const other = await theirs.channels.get("c").status();
    assertEquals(details.channelId, other.channelId);
    assertEquals(details.status.isActive, other.status.isActive);
    const [before, after] = [await own.time(), await theirs.time()];
    assert(after >= before);
    for (const path of ["/channels/c/messages", "/no/such/path"]) {
      const [ours, others] = [
        await own.request("GET", path, 3),
        await theirs.request("GET", path, 3),
      ];
      assertEquals([ours.statusCode, ours.success, ours.errorCode, ours.items.length], [
        others.statusCode,
        others.success,
        others.errorCode,
        others.items.length,
      ]);
    }
  }));
