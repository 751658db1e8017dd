import type { PresenceMessage as AblyPresenceMessage } from "ably";
import type { InboundPresenceMessage } from "../../mod.ts";
import { assertEquals, test } from "../harness.ts";
import { FORMAT_PAIRS, Inbox, withScene } from "./clients.ts";
import { CIPHER_KEY, comparable, formats } from "./payloads.ts";

const CHANNELS = [
  { kind: "plain", options: {} },
  { kind: "encrypted", options: { cipher: { key: CIPHER_KEY } } },
] as const;

// On Deno the official client never frees the object that it encrypts with.
const LEAKY = { leaks: "ably" };

/** A life in the presence set. */
const LIFE = [
  { action: "enter", data: "at the door" },
  { action: "update", data: { mood: "glad", since: [1, 2] } },
  { action: "leave", data: new Uint8Array([1, 2, 255]) },
] as const;

const EXPECTED = LIFE.map(({ action, data }) => [action, "guest", comparable(data)]);

function essence({ action, clientId, data }: InboundPresenceMessage | AblyPresenceMessage) {
  return [action, clientId, comparable(data)];
}

for (const [ablyFormat, format] of FORMAT_PAIRS) {
  for (const { kind, options } of CHANNELS) {
    const suffix = `${kind}; ${formats(ablyFormat, format)}`;

    test(
      `interop RTP6, RTP11: sees ably's client enter, update and leave (${suffix})`,
      () =>
        withScene(async (scene) => {
          const guest = scene.ablyRealtime({ format: ablyFormat, clientId: "guest" });
          const { presence: theirs } = guest.channels.get("room", options);
          const { presence } = scene.realtime({ format }).channels.get("room", options);
          const rest = scene.rest({ format }).channels.get("room", options).presence;
          const inbox = new Inbox<InboundPresenceMessage>();
          await presence.subscribe(inbox.put);
          for (const { action, data } of LIFE) {
            await theirs[action](data);
            const event = await inbox.next();
            assertEquals(essence(event), [action, "guest", comparable(data)]);
            assertEquals(event.connectionId, guest.connection.id);
            const members = action === "leave" ? [] : [["present", "guest", comparable(data)]];
            assertEquals((await presence.get()).map(essence), members);
            assertEquals((await Array.fromAsync(await rest.get())).map(essence), members);
          }
          const past = await rest.history({ direction: "forwards", limit: 2 });
          assertEquals((await Array.fromAsync(past)).map(essence), EXPECTED);
        }),
      LEAKY,
    );

    test(`interop RTP8, RTP9, RTP10: ably sees a client enter, update and leave (${suffix})`, () =>
      withScene(async (scene) => {
        const guest = scene.realtime({ format, clientId: "guest" });
        const own = guest.channels.get("room", options).presence;
        const observer = scene.ablyRealtime({ format: ablyFormat });
        const { presence } = observer.channels.get("room", options);
        const rest = scene.ablyRest({ format: ablyFormat }).channels.get("room", options).presence;
        const inbox = new Inbox<AblyPresenceMessage>();
        await presence.subscribe(inbox.put);
        for (const { action, data } of LIFE) {
          await own[action](data);
          const event = await inbox.next();
          assertEquals(essence(event), [action, "guest", comparable(data)]);
          assertEquals(event.connectionId, guest.connection.id);
          const members = action === "leave" ? [] : [["present", "guest", comparable(data)]];
          assertEquals((await presence.get()).map(essence), members);
          assertEquals((await rest.get()).items.map(essence), members);
        }
        const past = await rest.history({ direction: "forwards" });
        assertEquals(past.items.map(essence), EXPECTED);
      }));
  }
}

test("interop RTP18, RTP19: each finds the members that were there before it", () =>
  withScene(async (scene) => {
    const theirs = scene.ablyRealtime().channels.get("room");
    const own = scene.realtime().channels.get("room");
    const names = Array.from({ length: 30 }, (_, index) => `guest-${100 + index}`);
    await Promise.all(names.slice(0, 15).map((name) => theirs.presence.enterClient(name, name)));
    await Promise.all(names.slice(15).map((name) => own.presence.enterClient(name, name)));
    const laterTheirs = scene.ablyRealtime().channels.get("room");
    const laterOwn = scene.realtime().channels.get("room");
    for (const { presence } of [theirs, own, laterTheirs, laterOwn]) {
      const members = await presence.get({ waitForSync: true });
      assertEquals(members.map(({ clientId }) => clientId).sort(), names);
    }
  }));

test("interop RTP17: each sees the members leave when the other's connection closes", () =>
  withScene(async (scene) => {
    const theirClient = scene.ablyRealtime({ clientId: "theirs" });
    const ownClient = scene.realtime({ clientId: "own" });
    const theirs = theirClient.channels.get("room").presence;
    const own = ownClient.channels.get("room").presence;
    const witness = scene.realtime().channels.get("room").presence;
    const theirWitness = scene.ablyRealtime().channels.get("room").presence;
    const [left, theirLeft] = [new Inbox<{ clientId: string }>(), new Inbox<AblyPresenceMessage>()];
    await witness.subscribe("leave", left.put);
    await theirWitness.subscribe("leave", theirLeft.put);
    await theirs.enter();
    await own.enter();
    theirClient.close();
    assertEquals((await left.next()).clientId, "theirs");
    assertEquals((await theirLeft.next()).clientId, "theirs");
    await ownClient.close();
    assertEquals((await left.next()).clientId, "own");
    assertEquals((await theirLeft.next()).clientId, "own");
  }));
