import type { InboundMessage } from "ably";
import { decodeVcdiff } from "../../src/delta/vcdiff.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { Inbox } from "./clients.ts";
import { FORMATS, LEAKY, refusalOf, withSandbox } from "./sandbox.ts";

type Decode = (delta: Uint8Array<ArrayBuffer>, base: Uint8Array<ArrayBuffer>) => Uint8Array;

for (const format of FORMATS) {
  const official = (name: string, run: Parameters<typeof withSandbox>[1]): void =>
    test(`official client, contract ${name} (${format})`, () => withSandbox(format, run), LEAKY);

  official("7.4: recovers while the old transport is open", async (sandbox) => {
    const first = sandbox.realtime();
    await first.channels.get("c").attach();
    const recover = first.connection.createRecoveryKey()!;
    const { id, key } = first.connection;
    const second = sandbox.realtime({ recover });
    await second.connection.whenState("connected");
    assertEquals([second.connection.id, second.connection.errorReason], [id, null]);
    assert(second.connection.key !== key);
    first.close();
    await second.connection.ping();
    await second.channels.get("c").publish("still", "there");
  });

  official("7.4: a connection key that is none, and one whose time is over", async (sandbox) => {
    for (
      const [connectionKey, code] of [
        ["_____!ablyjs_test_fake-key____", 80018],
        ["abcdefghijkl!abcdefghijklmnop-01234567", 80008],
      ] as const
    ) {
      const recover = JSON.stringify({ connectionKey, msgSerial: 3, channelSerials: {} });
      const client = sandbox.realtime({ recover });
      await client.connection.whenState("connected");
      assertEquals(client.connection.errorReason!.code, code);
    }
  });

  official("8.2: modes and parameters come back as they were understood", async (sandbox) => {
    const client = sandbox.realtime();
    const limited = client.channels.get("a", { params: { modes: "subscribe", delta: "vcdiff" } });
    await limited.attach();
    assertEquals(limited.params, { modes: "subscribe", delta: "vcdiff" });
    assertEquals(limited.modes, ["subscribe"] as string[]);
    assert([40160, 40165].includes((await refusalOf(limited.publish("n", "x")))[0]));
    const rewinding = client.channels.get("b", { params: { rewind: "1", foo: "bar" } });
    await rewinding.attach();
    assertEquals(rewinding.params, { rewind: "1" });
    const plain = client.channels.get("c");
    await plain.attach();
    assertEquals([...plain.modes!].sort(), [
      "annotation_publish",
      "presence",
      "presence_subscribe",
      "publish",
      "subscribe",
    ] as string[]);
    await plain.setOptions({ modes: ["PUBLISH"] });
    assertEquals(plain.modes, ["publish"] as string[]);
    const reader = sandbox.realtime({ keyIndex: 3 }).channels.get("c");
    await reader.attach();
    assertEquals((await refusalOf(reader.publish("n", "x")))[0], 40160);
    const stranger = sandbox.realtime({ keyIndex: 2 }).channels.get("unknown");
    assertEquals(await refusalOf(stranger.attach()), [40160, 401]);
  });

  official(
    "8.5: rewinds on every attach, and says whether there was something",
    async (sandbox) => {
      const publisher = sandbox.rest().channels.get("c");
      await publisher.publish("1", "x");
      await publisher.publish("2", "x");
      const client = sandbox.realtime();
      const channel = client.channels.get("c", { params: { rewind: "1" } });
      const inbox = new Inbox<InboundMessage>();
      const attached = channel.whenState("attached");
      await channel.subscribe(inbox.put);
      assertEquals((await attached)!.hasBacklog, true);
      assertEquals((await inbox.next()).name, "2");
      await channel.detach();
      await channel.attach();
      assertEquals((await inbox.next()).name, "2");
      const empty = client.channels.get("empty", { params: { rewind: "1" } });
      const change = empty.whenState("attached");
      await empty.attach();
      assertEquals((await change)!.hasBacklog, false);
    },
  );

  official("8.6: names that are none, again and again", async (sandbox) => {
    for (const name of ["", ":a", "a\nb", "[unknown]a"]) {
      const client = sandbox.realtime();
      const channel = client.channels.get(name);
      assertEquals(await refusalOf(channel.publish("n", "x")), [40010, 400]);
      for (let time = 0; time < 2; time++) {
        assertEquals(await refusalOf(channel.attach()), [40010, 400]);
      }
      assertEquals(client.connection.state, "connected");
    }
  });

  official("9: fifty publishes arrive in order, and not at home without echo", async (sandbox) => {
    const sender = sandbox.realtime({ echoMessages: false });
    const inbox = new Inbox<InboundMessage>();
    let echoed = 0;
    await sandbox.realtime().channels.get("c").subscribe(inbox.put);
    const channel = sender.channels.get("c");
    await channel.subscribe(() => echoed++);
    const names = Array.from({ length: 50 }, (_, i) => String(i));
    const results = await Promise.all(names.map((name) => channel.publish(name, "x")));
    for (const [index, name] of names.entries()) {
      const message = await inbox.next();
      assertEquals([message.name, message.serial], [name, results[index]!.serials[0]]);
      assertEquals(message.connectionId, sender.connection.id);
    }
    assertEquals(echoed, 0);
  });

  official("5.3: history until the attachment", async (sandbox) => {
    const channel = sandbox.realtime().channels.get("c");
    await channel.publish("before", "x");
    await channel.attach();
    await channel.publish("after", "x");
    const { items } = await channel.history({ untilAttach: true });
    assertEquals(items.map(({ name }) => name), ["before"]);
  });

  for (const fails of [false, true]) {
    const what = fails ? "recovers from deltas that fail" : "all but the first are deltas";
    official(`11.1: ${what}`, async (sandbox) => {
      const payloads = [1, 2, 3, 4, 5].map((count) => ({ foo: "bar", count, status: "active" }));
      let decoded = 0;
      const decode: Decode = (delta, base) => {
        decoded++;
        if (fails) throw new Error("It fails on purpose");
        return decodeVcdiff(delta, base);
      };
      const client = sandbox.realtime({ plugins: { vcdiff: { decode } } } as object);
      const channel = client.channels.get("c", { params: { delta: "vcdiff" } });
      const inbox = new Inbox<InboundMessage>();
      await channel.subscribe(inbox.put);
      const publisher = sandbox.realtime().channels.get("c");
      for (const payload of payloads) await publisher.publish("n", payload);
      for (const payload of payloads) assertEquals((await inbox.next()).data, payload);
      if (!fails) assertEquals(decoded, payloads.length - 1);
    });
  }

  official("11.2: a derived channel", async (sandbox) => {
    const client = sandbox.realtime({ keyIndex: 5 });
    const filter = 'name == `"wanted"` && headers.number == `26095`';
    const inbox = new Inbox<InboundMessage>();
    await client.channels.getDerived("c", { filter }).subscribe(inbox.put);
    const wanted = { name: "wanted", extras: { headers: { number: 26095 } } };
    await client.channels.get("c").publish([
      { ...wanted, name: "other", data: "1" },
      { ...wanted, extras: { headers: { number: 1 } }, data: "2" },
      { ...wanted, data: "3" },
    ]);
    assertEquals((await inbox.next()).data, "3");
  });

  official("11.3: tells the occupancy", async (sandbox) => {
    const inbox = new Inbox<InboundMessage>();
    const channel = sandbox.realtime().channels.get("c", { params: { occupancy: "metrics" } });
    await channel.subscribe("[meta]occupancy", inbox.put);
    assertEquals((await inbox.next()).data.metrics.connections, 1);
    await sandbox.realtime().channels.get("c").attach();
    assertEquals((await inbox.next()).data.metrics.connections, 2);
  });
}
