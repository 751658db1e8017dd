import { Action, Flag } from "../../../src/protocol/actions.ts";
import { assertEquals, test } from "../../harness.ts";
import { failureOf } from "../../support/outcomes.ts";
import { Rig } from "../../support/realtime_rig.ts";

test("RTL12: ATTACHED on an attached channel is an update, unless nothing was lost", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const changes: unknown[] = [];
  channel.on((change) => changes.push(change));
  await rig.attached("c", { flags: Flag.Resumed });
  assertEquals(changes, []);
  await rig.attached("c", { flags: Flag.HasBacklog });
  assertEquals(changes, [{
    current: "attached",
    previous: "attached",
    event: "update",
    resumed: false,
    hasBacklog: true,
  }]);
  await rig.attached("c", { error: { code: 90003, statusCode: 404, message: "Lost" } });
  assertEquals((changes[1] as { reason: { code: number } }).reason.code, 90003);
});

test("RTL15b: the position follows messages, presence, annotations, objects and ATTACHED", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ channelSerial: "s0" });
  assertEquals(channel.properties, { attachSerial: "s0", channelSerial: "s0" });
  const position = async (action: number, channelSerial?: string) => {
    await rig.receive({ action, channel: "c", channelSerial });
    return channel.properties.channelSerial;
  };
  assertEquals(await position(Action.Message, "s1"), "s1");
  assertEquals(await position(Action.Presence, "s2"), "s2");
  assertEquals(await position(Action.Annotation, "s3"), "s3");
  assertEquals(await position(Action.Object, "s4"), "s4");
  // A frame without one does not change it.
  assertEquals(await position(Action.Message), "s4");
  // In a sync it is a cursor.
  assertEquals(await position(Action.Sync, "sync:cursor"), "s4");
  assertEquals(await position(Action.ObjectSync, "sync:"), "s4");
  await rig.attached("c", { channelSerial: "s5", flags: Flag.Resumed });
  assertEquals(channel.properties, { attachSerial: "s0", channelSerial: "s5" });
});

test("RTL15c: where the attachment began changes only when continuity is lost", async () => {
  await using rig = new Rig();
  const channel = rig.client.channels.get("c");
  assertEquals(channel.properties, { attachSerial: null, channelSerial: null });
  await rig.attach({ channelSerial: "s0" });
  await rig.attached("c", { channelSerial: "s1", flags: Flag.Resumed });
  assertEquals(channel.properties.attachSerial, "s0");
  await rig.attached("c", { channelSerial: "s2", flags: 0 });
  assertEquals(channel.properties.attachSerial, "s2");
  await rig.lose();
  await rig.accept();
  await rig.attached("c", { channelSerial: "s3", flags: Flag.Resumed });
  assertEquals(channel.properties, { attachSerial: "s2", channelSerial: "s3" });
});

test("RTL15b2: the position is forgotten when detached or failed, and kept when suspended", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ channelSerial: "s0" });
  await rig.suspend();
  assertEquals([channel.state, channel.properties.channelSerial], ["suspended", "s0"]);
  rig.client.connect();
  await rig.accept();
  assertEquals(rig.sent()[0]!.channelSerial, "s0");
  await rig.receive({ action: Action.Error, channel: "c" });
  assertEquals([channel.state, channel.properties.channelSerial], ["failed", null]);
  await rig.attach({ channelSerial: "s1" });
  const detached = channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detached;
  assertEquals(channel.properties.channelSerial, null);
  // A late frame does not bring it back.
  await rig.receive({ action: Action.Message, channel: "c", channelSerial: "s2" });
  await rig.receive({ action: Action.Presence, channel: "c", channelSerial: "s3" });
  assertEquals(channel.properties.channelSerial, null);
  void channel.attach();
  await rig.settle();
  assertEquals(rig.sent().at(-1), { action: Action.Attach, channel: "c" });
  await rig.attached("c");
});

test("RTL4j: ATTACH_RESUME is not set any more", async () => {
  await using rig = new Rig();
  await rig.attach();
  await rig.lose();
  await rig.accept();
  assertEquals(rig.sent()[0]!.flags, undefined);
});

test("RTN16j: a recovered client knows the positions, and attaches only when asked", async () => {
  const name = "ünï __proto__ 🎈";
  let recover: string | null;
  {
    await using rig = new Rig();
    await rig.attach({ channel: name, channelSerial: "s0" });
    await rig.attach({ channel: "__proto__", channelSerial: "s1" });
    await rig.attach({ channel: "gone", channelSerial: "s2" });
    const detached = rig.client.channels.get("gone").detach();
    await rig.receive({ action: Action.Detached, channel: "gone" });
    await detached;
    await rig.attach({ channel: "leaving", channelSerial: "s3" });
    await rig.receive({ action: Action.Detached, channel: "leaving" }); // RTL13a: attaching
    recover = rig.client.connection.createRecoveryKey();
  }
  await using rig = new Rig({ recover });
  assertEquals([...rig.client.channels].map(({ name }) => name).sort(), ["__proto__", name].sort());
  const channel = rig.client.channels.get(name, { params: { rewind: "1" } });
  assertEquals([channel.state, channel.properties.channelSerial], ["initialized", "s0"]);
  await rig.accept();
  assertEquals(rig.sent(), []);
  void channel.attach();
  await rig.settle();
  assertEquals(rig.sent()[0], {
    action: Action.Attach,
    channel: name,
    channelSerial: "s0",
    params: { rewind: "1" },
  });
  await rig.attached(name, { flags: Flag.Resumed });
});

test("RTL10b, RTP12: untilAttach asks for what came before the attachment, as fromSerial", async () => {
  const asked: URL[] = [];
  await using rig = new Rig({
    fetch: (url) => {
      asked.push(new URL(String(url)));
      return Promise.resolve(Response.json([]));
    },
  });
  const channel = rig.client.channels.get("c");
  assertEquals((await failureOf(() => channel.history({ untilAttach: true }))).code, 40000);
  assertEquals(
    (await failureOf(() => channel.presence.history({ untilAttach: true }))).code,
    40000,
  );
  assertEquals(asked, []);
  await rig.attach({ channelSerial: "s0" });
  const params = { untilAttach: true, limit: 5, direction: "backwards" as const };
  await channel.history(params);
  await channel.presence.history(params);
  await channel.history({ untilAttach: false });
  assertEquals(params, { untilAttach: true, limit: 5, direction: "backwards" }); // Left as it was.
  assertEquals(asked.map(({ pathname, search }) => pathname + search), [
    "/channels/c/messages?limit=5&direction=backwards&fromSerial=s0",
    "/channels/c/presence/history?limit=5&direction=backwards&fromSerial=s0",
    "/channels/c/messages",
  ]);
});
