import type { InboundMessage as AblyMessage } from "ably";
import type { InboundMessage } from "../../mod.ts";
import type { LocalService } from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { FORMAT_PAIRS, Inbox, withScene } from "./clients.ts";
import { formats } from "./payloads.ts";

for (const [ablyFormat, format] of FORMAT_PAIRS) {
  const suffix = formats(ablyFormat, format);

  test(`interop RTN15b, RTL18: both resume after a loss, and miss nothing (${suffix})`, () =>
    withScene(async (scene) => {
      const theirs = scene.ablyRealtime({ format: ablyFormat });
      const own = scene.realtime({ format });
      const [theirInbox, ownInbox] = [new Inbox<AblyMessage>(), new Inbox<InboundMessage>()];
      await theirs.channels.get("c").subscribe(theirInbox.put);
      await own.channels.get("c").subscribe(ownInbox.put);
      const ids = [theirs.connection.id, own.connection.id];
      const back = Promise.all([
        new Promise<void>((resolve) => theirs.connection.once("connected", () => resolve())),
        own.connection.once("connected"),
      ]);
      scene.service.faults.drop();
      await scene.rest().channels.get("c").publish("missed", "while they were away");
      await back;
      await scene.rest().channels.get("c").publish("then", "when they were back");
      for (const inbox of [theirInbox, ownInbox]) {
        assertEquals((await inbox.next()).name, "missed");
        assertEquals((await inbox.next()).name, "then");
      }
      assertEquals([theirs.connection.id, own.connection.id], ids);
    }));

  test(
    `interop RTN13, RTN12: both measure a round trip and close (${suffix})`,
    () =>
      withScene(async (scene) => {
        const theirs = scene.ablyRealtime({ format: ablyFormat });
        const own = scene.realtime({ format });
        await Promise.all([theirs.connection.whenState("connected"), own.connection.ping()]);
        for (const { connection } of [theirs, own]) {
          const roundTrip = await connection.ping();
          assert(roundTrip > 0 && roundTrip < 5_000, String(roundTrip));
        }
        await own.close();
        assertEquals(own.connection.state, "closed");
      }),
    { leaks: "ably" },
  ); // The official client never clears the timer of a ping.
}

const LOSSES: Record<string, (service: LocalService) => void> = {
  "a broken socket": ({ faults }) => faults.drop(),
  "DISCONNECTED": ({ faults }) =>
    faults.disconnect({ code: 80003, statusCode: 400, message: "Moving" }),
  "an expired token": ({ faults }) => faults.expireTokens(),
};

for (const [loss, lose] of Object.entries(LOSSES)) {
  test(`interop RTN15h2i: both go through the same states after ${loss}`, () =>
    withScene(async (scene) => {
      const token = async () => (await scene.rest().auth.requestToken()).token;
      const theirs = scene.ablyRealtime({
        authCallback: (_params, callback) => void token().then((text) => callback(null, text)),
      });
      const own = scene.realtime({ authCallback: token });
      await Promise.all([theirs, own].map(({ connection }) => connection.whenState("connected")));
      const [theirStates, ownStates]: string[][] = [[], []];
      theirs.connection.on(({ current, reason }) => {
        theirStates!.push(`${current} ${reason?.code}`);
      });
      own.connection.on(({ current, reason }) =>
        void ownStates!.push(`${current} ${reason?.code}`)
      );
      const back = [
        new Promise<void>((resolve) => theirs.connection.once("connected", () => resolve())),
        own.connection.once("connected"),
      ];
      lose(scene.service);
      await Promise.all(back);
      assertEquals(ownStates, theirStates);
      assertEquals(ownStates!.map((state) => state.split(" ")[0]), [
        "disconnected",
        "connecting",
        "connected",
      ]);
    }));
}

test("interop RTN16: this client recovers what it missed while ably went on", () =>
  withScene(async (scene) => {
    const theirs = scene.ablyRealtime().channels.get("c");
    const first = scene.realtime();
    await first.channels.get("c").attach();
    await theirs.publish("seen", "before");
    await first.connection.ping();
    const recover = first.connection.createRecoveryKey();
    scene.service.faults.hang({ connectionId: first.connection.id! });
    await theirs.publish("missed", "between");
    const second = scene.realtime({ recover });
    const inbox = new Inbox<InboundMessage>();
    await second.channels.get("c").subscribe(inbox.put);
    assertEquals((await inbox.next()).name, "missed");
    assertEquals(second.connection.id, first.connection.id);
  }));
