import { PresenceMessage, Realtime, type RealtimeChannel } from "../../mod.ts";
import { assertEquals } from "../harness.ts";
import { testRealtime } from "../support/realtime_clients.ts";

const extras = { headers: { mood: "glad" } };

/** The last event, as the others see it. */
async function seen(channel: RealtimeChannel): Promise<unknown[]> {
  const { items: [last] } = await channel.presence.history({ limit: 1 });
  return [last?.action, last?.clientId, last?.data ?? null, last?.extras ?? null];
}

testRealtime(
  "RTP8a, RTP8e: a message from fromValues() stands for its data and extras",
  async ({ client }) => {
    const channel = client({ clientId: "ann" }).channels.get("c");
    const { presence } = channel;
    await presence.enter(PresenceMessage.fromValues({ data: { a: 1 }, extras }));
    assertEquals(await seen(channel), ["enter", "ann", { a: 1 }, extras]);
    await presence.update(Realtime.PresenceMessage.fromValues({ extras }));
    assertEquals(await seen(channel), ["update", "ann", null, extras]);
    const encoded = await PresenceMessage.fromEncoded({ action: 2, data: "[1]", encoding: "json" });
    await presence.update(encoded);
    assertEquals(await seen(channel), ["update", "ann", [1], null]);
    const [member] = await presence.get();
    await presence.update(member, extras);
    assertEquals(await seen(channel), ["update", "ann", [1], extras]);
    await presence.leave(PresenceMessage.fromValues({ data: "bye", extras }));
    assertEquals(await seen(channel), ["leave", "ann", "bye", extras]);
  },
);

testRealtime("RTP14a, RTP15a: the same for other clients", async ({ client }) => {
  const channel = client().channels.get("c");
  const { presence } = channel;
  await presence.enterClient("bob", PresenceMessage.fromValues({ data: "b", extras }));
  assertEquals(await seen(channel), ["enter", "bob", "b", extras]);
  await presence.updateClient("bob", PresenceMessage.fromValues({ data: "c", extras }));
  assertEquals(await seen(channel), ["update", "bob", "c", extras]);
  await presence.leaveClient("bob", PresenceMessage.fromValues({ data: "d", extras }));
  assertEquals(await seen(channel), ["leave", "bob", "d", extras]);
});

testRealtime(
  "RTP8c: the clientId and the action of such a message have no effect",
  async ({ client }) => {
    const channel = client({ clientId: "ann" }).channels.get("c");
    await channel.presence.enter(
      PresenceMessage.fromValues({ clientId: "bob", action: "leave", data: "x" }),
    );
    assertEquals(await seen(channel), ["enter", "ann", "x", null]);
  },
);

testRealtime("RTP8a: an object with the same members is data", async ({ client }) => {
  const channel = client({ clientId: "ann" }).channels.get("c");
  const plain = { data: "x", extras };
  await channel.presence.enter(plain);
  assertEquals(await seen(channel), ["enter", "ann", plain, null]);
  await channel.presence.update({ ...PresenceMessage.fromValues(plain) });
  assertEquals(await seen(channel), ["update", "ann", plain, null]);
});

testRealtime(
  "RTP10a: a leave without data repeats the data of such a message",
  async ({ client }) => {
    const channel = client({ clientId: "ann" }).channels.get("c");
    await channel.presence.enter(PresenceMessage.fromValues({ data: { a: 1 }, extras }));
    await channel.presence.leave();
    assertEquals(await seen(channel), ["leave", "ann", { a: 1 }, null]);
  },
);
