import type { ChannelStateChange, RealtimeChannel } from "../../../mod.ts";
import { Action, Flag } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { failureOf, until } from "../../support/outcomes.ts";
import { DEFAULT_MODES, Rig } from "../../support/realtime_rig.ts";
import {
  ENTER,
  HAS_PRESENCE,
  LEAVE,
  presence,
  PRESENT,
  sync,
  UPDATE,
} from "../../support/presence_frames.ts";

const RESUMED = DEFAULT_MODES | Flag.Resumed;

/** A client with connection id "one" on which members have been entered. */
async function entered(rig: Rig, ...clientIds: string[]): Promise<RealtimeChannel> {
  await rig.accept({ id: "one" });
  const channel = await rig.attach();
  for (const [serial, clientId] of clientIds.entries()) {
    await rig.receive(presence(ENTER, `one:${serial}`, clientId, { data: `data of ${clientId}` }));
  }
  return channel;
}

/** The presence messages that the client has sent over the last socket. */
function sent(rig: Rig): unknown[] {
  return rig.sent(Action.Presence).flatMap(({ presence }) => presence);
}

test("RTP17i, RTP17g: own members enter again after a resumed connection, with their ids", async () => {
  await using rig = new Rig();
  await entered(rig, "jim", "joe");
  await rig.lose();
  await rig.accept({ id: "one" });
  assertEquals(sent(rig), []);
  await rig.attached("c", { flags: RESUMED });
  assertEquals(sent(rig), [
    { action: ENTER, id: "one:0:0", clientId: "jim", data: "data of jim" },
    { action: ENTER, id: "one:1:0", clientId: "joe", data: "data of joe" },
  ]);
});

test("RTP17g1: on another connection they enter without their ids", async () => {
  await using rig = new Rig();
  await entered(rig, "jim");
  await rig.lose();
  await rig.accept({ id: "two" });
  await rig.attached("c");
  assertEquals(sent(rig), [{ action: ENTER, clientId: "jim", data: "data of jim" }]);
});

test("RTP17i: ATTACHED on an attached channel has them enter again, unless it was resumed", async () => {
  await using rig = new Rig();
  await entered(rig, "jim");
  await rig.attached("c", { flags: RESUMED });
  assertEquals(sent(rig), []);
  await rig.attached("c", { flags: HAS_PRESENCE });
  assertEquals(sent(rig).length, 1);
});

test("RTP17b: only what the service says of this connection counts", async () => {
  await using rig = new Rig();
  await entered(rig);
  await rig.receive(
    presence(ENTER, "other:1", "elsewhere"),
    presence(PRESENT, "one:1", "present"),
    presence(UPDATE, "one:2", "updated"),
    presence(ENTER, "one:3", "left"),
    presence(LEAVE, "one:4", "left"),
    presence(ENTER, "one:5", "silent"),
    // Made up by the service: its id is not the connection's.
    presence(LEAVE, "service:0", "silent", {
      connectionId: "one",
      id: "service:0:0",
      timestamp: 2_000,
    }),
  );
  await rig.attached("c");
  assertEquals(sent(rig).map((item) => (item as { clientId: string }).clientId), [
    "present",
    "updated",
    "silent",
  ]);
});

test("RTP17: a call alone enters no member: an unconfirmed enter is not repeated", async () => {
  await using rig = new Rig();
  const channel = await entered(rig);
  const refused = channel.presence.enterClient("jim").catch(() => {});
  await rig.receive({ action: Action.Nack, msgSerial: 0, count: 1 });
  await refused;
  await rig.attached("c");
  assertEquals(sent(rig).length, 1); // The call itself.
});

test("RTP17, RTP19: who a sync no longer mentions is entered again all the same", async () => {
  await using rig = new Rig();
  const channel = await entered(rig, "jim");
  await rig.receive(sync("s1:", ["other:1:0", "joe"]));
  assertEquals((await channel.presence.get()).map(({ clientId }) => clientId), ["joe"]);
  await rig.attached("c");
  assertEquals(sent(rig).length, 1);
});

test("RTP17h: after a new connection the echo replaces the member, regardless of serials", async () => {
  await using rig = new Rig();
  await rig.accept({ id: "one" });
  await rig.attach();
  await rig.receive(
    presence(ENTER, "one:7", "jim", { data: "old" }),
    presence(ENTER, "one:8", "joe"),
  );
  await rig.lose();
  await rig.accept({ id: "two" });
  await rig.attached("c");
  assertEquals(sent(rig).length, 2);
  await rig.acknowledge();
  await rig.receive(
    presence(ENTER, "two:0", "jim", { data: "old" }),
    presence(ENTER, "two:1", "joe"),
    presence(UPDATE, "two:2", "jim", { data: "new" }),
    presence(LEAVE, "two:3", "joe"),
  );
  await rig.lose();
  await rig.accept({ id: "two" });
  await rig.attached("c");
  assertEquals(sent(rig), [{ action: ENTER, id: "two:2:0", clientId: "jim", data: "new" }]);
});

test("RTP5a: after detaching no member enters again", async () => {
  await using rig = new Rig();
  const channel = await entered(rig, "jim");
  const detached = channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detached;
  await rig.receive(presence(ENTER, "one:9", "late"));
  await rig.attach();
  assertEquals(sent(rig), []);
});

test("RTP17i: after SUSPENDED they are entered again", async () => {
  await using rig = new Rig();
  await entered(rig, "jim");
  await rig.suspend();
  rig.client.connect();
  await rig.accept({ id: "two" });
  await rig.attached("c");
  assertEquals(sent(rig), [{ action: ENTER, clientId: "jim", data: "data of jim" }]);
});

test("RTP17i: who was asked to leave or change meanwhile does so after entering again", async () => {
  await using rig = new Rig();
  const channel = await entered(rig, "jim", "joe");
  await rig.lose();
  const done = [channel.presence.leaveClient("jim"), channel.presence.updateClient("joe", "new")];
  await rig.accept({ id: "one" });
  done.push(channel.presence.updateClient("joe", "newer"));
  await rig.attached("c", { flags: RESUMED });
  assertEquals(
    sent(rig).map((item) => {
      const { action, clientId, data } = item as {
        action: number;
        clientId: string;
        data: unknown;
      };
      return [action, clientId, data];
    }),
    [
      [ENTER, "jim", "data of jim"],
      [ENTER, "joe", "data of joe"],
      [LEAVE, "jim", "data of jim"],
      [UPDATE, "joe", "new"],
      [UPDATE, "joe", "newer"],
    ],
  );
  await rig.acknowledge();
  await Promise.all(done);
});

test("RTP17e: a re-entry that is refused is an update with 91004 that names the client", async () => {
  await using rig = new Rig();
  const channel = await entered(rig, "jim");
  await rig.lose();
  await rig.accept({ id: "two" });
  await rig.attached("c");
  const changes: ChannelStateChange[] = [];
  channel.on("update", (change) => void changes.push(change));
  const error = { code: 40160, statusCode: 401, message: "No" };
  await rig.receive({ action: Action.Nack, msgSerial: 0, count: 1, error });
  const [{ current, previous, event, resumed, reason }] = changes as [ChannelStateChange];
  assertEquals([current, previous, event, resumed], ["attached", "attached", "update", true]);
  assertEquals([reason?.code, (reason?.cause as { code?: number }).code], [91004, 40160]);
  assert(reason?.message.includes('"jim"'), reason?.message);
  assert(rig.logged.some((line) => line.startsWith("warn:") && line.includes("jim")));
});

test("RTP17e: a member whose data cannot be sent keeps neither the channel nor others from coming back", async () => {
  await using rig = new Rig();
  const channel = await entered(rig, "jim");
  await rig.receive(presence(ENTER, "one:7", "joe", { data: 5 }));
  await rig.lose();
  await rig.accept({ id: "two" });
  const events: unknown[] = [];
  channel.on(({ event, reason }) => void events.push([event, reason?.code]));
  await rig.attached("c");
  assertEquals(events, [["attached", undefined], ["update", 91004]]);
  assertEquals(sent(rig), [{ action: ENTER, clientId: "jim", data: "data of jim" }]);
});

test("RTP17e: a re-entry that is refused after the channel was detached is no update", async () => {
  await using rig = new Rig();
  const channel = await entered(rig, "jim");
  await rig.lose();
  await rig.accept({ id: "two" });
  await rig.attached("c");
  const detached = channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detached;
  const changes: ChannelStateChange[] = [];
  channel.on((change) => void changes.push(change));
  await rig.receive({ action: Action.Nack, msgSerial: 0, count: 1 });
  assertEquals([changes, channel.errorReason], [[], null]);
});

test("RTP17g: enters again with the data that the service confirmed, even if listeners changed it", async () => {
  await using rig = new Rig();
  const channel = await entered(rig);
  await channel.presence.subscribe(({ data }) => void ((data as { mood: string }).mood = "sad"));
  await rig.receive(
    presence(ENTER, "one:0", "jim", { data: '{"mood":"glad"}', encoding: "json" }),
  );
  await rig.lose();
  await rig.accept({ id: "two" });
  await rig.attached("c");
  assertEquals(sent(rig), [
    { action: ENTER, clientId: "jim", data: '{"mood":"glad"}', encoding: "json" },
  ]);
});

test("RTP17g: a member that left does not enter again, even if its leave event is lost", async () => {
  await using rig = new Rig({ clientId: "jim" });
  const channel = await entered(rig, "jim");
  const leaving = channel.presence.leave();
  await rig.settle();
  await rig.acknowledge();
  await leaving;
  await rig.lose();
  await rig.accept({ id: "two" });
  await rig.attached("c");
  assertEquals(sent(rig), []);
});

test("RTP17g: a member whose enter was acknowledged enters again, even if its event is lost", async () => {
  await using rig = new Rig({ clientId: "jim" });
  const channel = await entered(rig);
  const entering = channel.presence.enter("in", { headers: { a: 1 } });
  await rig.settle();
  await rig.acknowledge();
  await entering;
  await rig.lose();
  await rig.accept({ id: "two" });
  await rig.attached("c");
  assertEquals(sent(rig), [
    { action: ENTER, clientId: "jim", data: "in", extras: { headers: { a: 1 } } },
  ]);
});

test("RTP17g, RTN19a: an operation that is resent is not undone by an older state", async () => {
  await using rig = new Rig({ clientId: "jim" });
  const channel = await entered(rig, "jim", "joe");
  const updating = channel.presence.update("new");
  await rig.settle();
  await rig.lose();
  await rig.accept({ id: "two" });
  assertEquals(sent(rig), [{ action: UPDATE, data: "new" }]);
  await rig.attached("c");
  assertEquals(sent(rig).slice(1), [
    { action: ENTER, clientId: "jim", data: "new" },
    { action: ENTER, clientId: "joe", data: "data of joe" },
  ]);
  await rig.acknowledge();
  await updating;
});

test("RTP17g, RTN19a: a member whose leave is resent does not enter again", async () => {
  await using rig = new Rig({ clientId: "jim" });
  const channel = await entered(rig, "jim");
  const leaving = channel.presence.leave();
  await rig.settle();
  await rig.lose();
  await rig.accept({ id: "two" });
  await rig.attached("c");
  assertEquals(sent(rig).length, 1);
  await rig.acknowledge();
  await leaving;
});

test("RTP17g, RTN19a: a member enters again if its resent enter is acknowledged without an event", async () => {
  await using rig = new Rig({ clientId: "jim" });
  const channel = await entered(rig);
  const entering = channel.presence.enter("in");
  await rig.settle();
  await rig.lose();
  await rig.accept({ id: "one" });
  await rig.attached("c", { flags: RESUMED });
  assertEquals(sent(rig).length, 1);
  await rig.acknowledge();
  await entering;
  assertEquals(sent(rig).slice(1), [{ action: ENTER, clientId: "jim", data: "in" }]);
  await rig.receive(presence(ENTER, "one:1", "jim", { data: "in" }));
  await rig.acknowledge();
  assertEquals(sent(rig).length, 2);
});

test("RTP17g: a member enters again as the last call left it that was not refused", async () => {
  await using rig = new Rig({ clientId: "jim", queueMessages: false });
  const channel = await entered(rig);
  const entering = channel.presence.enter("accepted");
  await rig.settle();
  await rig.acknowledge();
  await entering;
  const refused: Promise<unknown>[] = [];
  rig.client.connection.once("disconnected", () => {
    for (const data of ["refused", "refused as well"]) {
      refused.push(failureOf(() => channel.presence.update(data)));
    }
  });
  await rig.lose();
  assertEquals((await Promise.all(refused)).length, 2);
  await rig.accept({ id: "one" });
  await rig.attached("c", { flags: RESUMED });
  assertEquals(sent(rig), [{ action: ENTER, clientId: "jim", data: "accepted" }]);
});

test("RTP17g, RTN19a: a member whose leave still waits for the cipher enters again", async () => {
  await using rig = new Rig({ clientId: "jim" });
  await rig.accept({ id: "one" });
  const channel = await rig.attach(null, { cipher: { key: new Uint8Array(32) } });
  const seen: string[] = [];
  await channel.presence.subscribe(({ action }) => seen.push(action));
  const entering = channel.presence.enter("in");
  await until(() => sent(rig).length === 1);
  const { data, encoding } = sent(rig)[0] as { data: string; encoding: string };
  await rig.lose();
  await rig.accept({ id: "one" });
  await rig.attached("c", { flags: RESUMED });
  rig.line.send(presence(ENTER, "one:0", "jim", { data, encoding }));
  await until(() => seen.length === 1);
  // The service made it when the first connection was lost, and acknowledges the first message only now.
  rig.line.send(presence(LEAVE, "service:0", "jim", { connectionId: "one", data, encoding }));
  await rig.acknowledge();
  await entering;
  await until(() => seen.length === 2);
  await until(() => sent(rig).length === 2);
  assertEquals((sent(rig)[1] as { action: number }).action, ENTER);
  assertEquals(seen, ["enter", "leave"]);
});

test("RTP17g, RTN19a: data of an operation that is resent does not have the id of an earlier event", async () => {
  await using rig = new Rig({ clientId: "jim" });
  const channel = await entered(rig, "jim");
  const updating = channel.presence.update("new");
  await rig.settle();
  await rig.lose();
  await rig.accept({ id: "one" });
  await rig.attached("c", { flags: RESUMED });
  assertEquals(sent(rig), [
    { action: UPDATE, data: "new" },
    { action: ENTER, clientId: "jim", data: "new" },
  ]);
  await rig.acknowledge();
  await updating;
});
