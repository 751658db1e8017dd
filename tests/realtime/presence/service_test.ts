import type { InboundPresenceMessage, RealtimeChannel } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { assertEquals } from "../../harness.ts";
import { failureOf } from "../../support/outcomes.ts";
import { Collector, testRealtime } from "../../support/realtime_clients.ts";

async function collect(channel: RealtimeChannel): Promise<Collector<InboundPresenceMessage>> {
  const collector = new Collector<InboundPresenceMessage>();
  await channel.presence.subscribe(collector.add);
  return collector;
}

const told = (events: InboundPresenceMessage[]) =>
  events.map(({ action, clientId, data }) => [action, clientId, data]);

async function members(channel: RealtimeChannel): Promise<string[]> {
  return (await channel.presence.get()).map(({ clientId }) => clientId).sort();
}

testRealtime(
  "RTP8, RTP9, RTP10: others receive enter, update and leave",
  async ({ client }) => {
    const watcher = client().channels.get("c");
    const seen = await collect(watcher);
    const { presence } = client({ clientId: "me" }).channels.get("c");
    await presence.enter({ a: 1 }, { headers: { h: "1" } });
    await presence.update(new Uint8Array([1]));
    await presence.leave("bye");
    await presence.update("again"); // RTP9b
    await presence.leave(); // RTP8e: the latest data is repeated
    await presence.leave(); // RTP10d
    const events = await seen.count(5);
    assertEquals(told(events), [
      ["enter", "me", { a: 1 }],
      ["update", "me", new Uint8Array([1])],
      ["leave", "me", "bye"],
      ["update", "me", "again"],
      ["leave", "me", "again"],
    ]);
    assertEquals(events[0]!.extras, { headers: { h: "1" } });
    assertEquals(await members(watcher), []);
  },
);

testRealtime(
  "RTP4, RTP14d: 250 members are synced in pages and are all present",
  async ({ client }) => {
    const host = client().channels.get("c");
    const watcher = client().channels.get("c");
    const seen = await collect(watcher);
    const names = Array.from({ length: 250 }, (_, i) => `client-${String(i).padStart(3, "0")}`);
    await Promise.all(names.map((name) => host.presence.enterClient(name, name)));
    await seen.count(250);
    assertEquals(await members(watcher), names);
    const late = client().channels.get("c");
    const synced = await collect(late);
    assertEquals(await members(late), names);
    assertEquals(new Set(synced.items.map(({ action }) => action)), new Set(["present"]));
    assertEquals(synced.items.length, 250);
  },
);

testRealtime(
  "RTP15b, RTP15c: for others, with no effect on whom one entered as oneself",
  async ({ client }) => {
    const watcher = client().channels.get("c");
    const seen = await collect(watcher);
    const { presence } = client().channels.get("c");
    await presence.enterClient("jim", "1");
    await presence.enterClient("joe", "1");
    await presence.updateClient("jim", "2");
    await presence.leaveClient("joe");
    assertEquals(told(await seen.count(4)), [
      ["enter", "jim", "1"],
      ["enter", "joe", "1"],
      ["update", "jim", "2"],
      ["leave", "joe", "1"],
    ]);
    assertEquals(await members(watcher), ["jim"]);
  },
);

testRealtime(
  "RTP17a: own members are known without the mode that receives others",
  async ({ client }) => {
    const channel = client({ clientId: "me" }).channels.get("c", { modes: ["presence"] });
    await channel.presence.enter("x");
    assertEquals(told(await channel.presence.get()), [["present", "me", "x"]]);
  },
);

testRealtime(
  "RTP8h: without the mode entering is refused, and the channel lives on",
  async ({ client }) => {
    const channel = client({ clientId: "me" }).channels.get("c", { modes: ["subscribe"] });
    const { code } = await failureOf(() => channel.presence.enter());
    assertEquals([[40160, 40165].includes(code), channel.state], [true, "attached"]);
  },
);

testRealtime("RTP8e: presence of an encrypted channel", async ({ client }) => {
  const options = { cipher: { key: new Uint8Array(16).fill(1) } };
  const seen = await collect(client().channels.get("c", options));
  const own = client({ clientId: "me" }).channels.get("c", options);
  const ownSeen = await collect(own);
  const { presence } = own;
  await Promise.all([
    presence.enter({ large: "x".repeat(20_000) }),
    presence.update("small"),
    presence.leave(),
  ]);
  const events = await seen.count(3);
  await ownSeen.count(3); // Both clients decrypt, and no cipher may work on after the test.
  assertEquals(events.map(({ action, encoding }) => [action, encoding ?? null]), [
    ["enter", null],
    ["update", null],
    ["leave", null],
  ]);
  assertEquals(events[1]!.data, "small");
});

testRealtime("RTP12: the history of presence", async ({ client }) => {
  const channel = client().channels.get("persisted:c");
  for (const name of ["a", "b", "c"]) await channel.presence.enterClient(name, name);
  const { items } = await client().channels.get("persisted:c").presence.history({
    direction: "forwards",
  });
  assertEquals(items.map(({ clientId }) => clientId), ["a", "b", "c"]);
});

testRealtime(
  "RTP17i: after a broken connection the members are the same, and no event is emitted",
  async ({ client, service }) => {
    const host = client();
    const channel = host.channels.get("c");
    await channel.presence.enterClient("jim", "x");
    const watcher = client().channels.get("c");
    const seen = await collect(watcher);
    await members(watcher);
    const attached = channel.once("attached");
    service.faults.drop({ connectionId: host.connection.id! });
    assertEquals((await attached).resumed, true);
    await channel.presence.updateClient("jim", "y");
    const events = (await seen.count(2)).filter(({ action }) => action === "leave");
    assertEquals([events, await members(watcher)], [[], ["jim"]]);
  },
);

testRealtime(
  "RTP17i, RTP17g1: when the service has forgotten the connection, members enter anew",
  async ({ client, service }) => {
    const host = client();
    const channel = host.channels.get("c");
    await channel.presence.enterClient("jim", "x");
    const before = host.connection.id;
    service.faults.forgetConnections();
    const attached = channel.once("attached");
    service.faults.drop({ connectionId: before! });
    await attached;
    const seen = new Collector<InboundPresenceMessage>();
    await channel.presence.subscribe("enter", seen.add);
    await seen.count(1);
    const now = await channel.presence.get({ connectionId: host.connection.id! });
    assertEquals(told(now), [["present", "jim", "x"]]);
    assertEquals(host.connection.id !== before, true);
  },
);

testRealtime(
  "RTP17e: a re-entry that the service refuses is reported as an update",
  async ({ client, service }) => {
    const host = client();
    const channel = host.channels.get("c");
    await channel.presence.enterClient("jim", "x");
    service.faults.fromClient({ action: Action.Presence }, {
      replace: (message) => ({ ...message, presence: [{ action: 2, clientId: "*" }] }),
    }, { times: 1 });
    const update = channel.once("update");
    service.faults.drop();
    assertEquals((await update).reason?.code, 91004);
  },
);

testRealtime(
  "RTP18: two clients agree on the members while members come and go",
  async ({ client }) => {
    const [one, two] = [client().channels.get("c"), client().channels.get("c")];
    const seen = await collect(two);
    await one.presence.enterClient("a");
    await two.presence.enterClient("b");
    await one.presence.enterClient("b"); // The same clientId on another connection.
    await seen.count(3);
    assertEquals(await members(two), ["a", "b", "b"]);
    await one.detach();
    await seen.count(5);
    assertEquals(await members(two), ["b"]);
    assertEquals(await members(one), ["b"]); // RTL33b: attaches again.
  },
);
