import type { InboundPresenceMessage, PresenceAction, RealtimeChannel } from "../../../mod.ts";
import { AesCbcCipher } from "../../../src/crypto/aes_cbc.ts";
import { getDefaultParams } from "../../../src/crypto/cipher_params.ts";
import { toBase64, utf8 } from "../../../src/util/bytes.ts";
import { Action, Flag, MODE_FLAGS } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, assertThrows, test } from "../../harness.ts";
import { aborted, failureOf, outcome, until } from "../../support/outcomes.ts";
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
import { encryptOne } from "../../support/payloads.ts";

async function events(channel: RealtimeChannel): Promise<string[]> {
  const seen: string[] = [];
  await channel.presence.subscribe(({ action, clientId }) =>
    void seen.push(`${action} ${clientId}`)
  );
  return seen;
}

async function names(channel: RealtimeChannel, waitForSync = true): Promise<string> {
  const members = await channel.presence.get({ waitForSync });
  return members.map(({ clientId }) => clientId).sort().join(" ");
}

test("RTP1, RTP19a: without HAS_PRESENCE there are no members, and get() resolves at once", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  assertEquals([channel.presence.syncComplete, await names(channel)], [true, ""]);
});

test("RTP13: syncComplete is right where presence is first used late", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: HAS_PRESENCE });
  await rig.receive(sync("s1:", ["x:1:0", "jim"]), presence(ENTER, "y:1", "joe"));
  assertEquals([channel.presence.syncComplete, await names(channel)], [true, "jim joe"]);

  await using other = new Rig();
  const ended = await other.attach();
  void ended.detach();
  await other.receive({ action: Action.Detached, channel: "c" });
  assertEquals([ended.state, ended.presence.syncComplete], ["detached", false]);
});

test("RTP1, RTP11a, RTP13: with HAS_PRESENCE get() waits for the end of the sync", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: HAS_PRESENCE });
  assertEquals(channel.presence.syncComplete, false);
  const got = names(channel);
  await rig.receive(sync("s1:a", ["x:1:0", "jim"]));
  assertEquals(await outcome(got, rig), "pending");
  assertEquals(await names(channel, false), "jim"); // RTP11c1
  await rig.receive(sync("s1:", ["y:1:0", "joe"]));
  assertEquals([await got, channel.presence.syncComplete], ["jim joe", true]);
});

test("RTP11a: get() rejects realtimeRequestTimeout after the last SYNC if the rest is lost", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 700 });
  const channel = await rig.attach({ flags: HAS_PRESENCE });
  const failed = failureOf(() => channel.presence.get());
  await rig.clock.advance(600);
  await rig.receive(sync("s1:a", ["x:1:0", "jim"]));
  await rig.clock.advance(699);
  assertEquals(await outcome(failed, rig), "pending");
  await rig.clock.advance(1);
  const { code, statusCode } = await failed;
  assertEquals([code, statusCode, channel.state], [50003, 504, "attached"]);
  await rig.receive(sync("s1:", ["y:1:0", "joe"]));
  assertEquals(await names(channel), "jim joe");
});

test("RTP18c: a SYNC without a serial is the whole sync", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: HAS_PRESENCE });
  await rig.receive(sync(undefined, ["x:1:0", "jim"]));
  assertEquals([channel.presence.syncComplete, await names(channel)], [true, "jim"]);
});

test("RTP2d1, RTP2h1a: listeners hear what happened, as it was said", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const seen = await events(channel);
  await rig.receive(
    presence(ENTER, "x:1", "jim"),
    presence(UPDATE, "x:2", "jim"),
    presence(PRESENT, "y:1", "joe"),
    presence(UPDATE, "x:1", "jim"), // Older.
    presence(LEAVE, "z:1", "nobody"),
    presence(LEAVE, "x:3", "jim"),
    presence(LEAVE, "x:4", "jim"),
    presence(77, "y:9", "joe"),
  );
  assertEquals(seen, ["enter jim", "update jim", "present joe", "leave jim"]);
  const members = await channel.presence.get();
  assertEquals(members.map(({ action, clientId }) => [action, clientId]), [["present", "joe"]]);
});

test("TP3a, TP3d, TP3g, TP3h: what a presence message lacks is that of its frame", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive({
    action: Action.Presence,
    channel: "c",
    id: "x:7",
    connectionId: "x",
    timestamp: 5,
    presence: [
      { action: ENTER, clientId: "jim", data: '{"a":1}', encoding: "json", extras: { h: 1 } },
      { action: ENTER, clientId: "joe", id: "y:1:0", connectionId: "y", timestamp: 6 },
    ],
  });
  assertEquals(await channel.presence.get(), [
    {
      action: "present",
      clientId: "jim",
      data: { a: 1 },
      encoding: null,
      extras: { h: 1 },
      id: "x:7:0",
      connectionId: "x",
      timestamp: 5,
      memberKey: "x:jim",
    },
    {
      action: "present",
      clientId: "joe",
      id: "y:1:0",
      connectionId: "y",
      timestamp: 6,
      memberKey: "y:joe",
    },
  ]);
});

test("RTP2: the same clientId on two connections is two members", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive(presence(ENTER, "x:1", "jim"), presence(ENTER, "y:1", "jim"));
  assertEquals(await names(channel), "jim jim");
  const only = await channel.presence.get({ connectionId: "y" }); // RTP11c3
  assertEquals(only.map(({ memberKey }) => memberKey), ["y:jim"]);
  assertEquals((await channel.presence.get({ clientId: "joe" })).length, 0); // RTP11c2
  await rig.receive(presence(LEAVE, "x:2", "jim"));
  assertEquals(await names(channel), "jim");
});

test("RTP19: a sync emits leaves for whom it does not mention, and nothing for whom it confirms", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive(presence(ENTER, "x:1", "jim"), presence(ENTER, "y:1", "joe"));
  const seen: InboundPresenceMessage[] = [];
  await channel.presence.subscribe((message) => void seen.push(message));
  await rig.clock.advance(500);
  await rig.receive(sync("s1:", ["x:1:0", "jim"], ["z:1:0", "jane"])); // RTP18a: no call asked for it.
  assertEquals(seen.map(({ action, clientId }) => `${action} ${clientId}`), [
    "present jane",
    "leave joe",
  ]);
  assertEquals([seen[1]!.id as unknown, seen[1]!.connectionId, seen[1]!.timestamp], [
    null,
    "y",
    rig.clock.now(),
  ]);
  assertEquals(await names(channel), "jane jim");
});

test("RTP11a: get() waits for a sync that the service begins later, too", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive(sync("s1:more", ["x:1:0", "jim"]));
  const got = names(channel);
  assertEquals(await outcome(got, rig), "pending");
  await rig.receive(sync("s1:", ["y:1:0", "joe"]));
  assertEquals(await got, "jim joe");
});

test("RTP2h2: a leave during a sync is emitted once", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive(presence(ENTER, "x:1", "jim"));
  const seen = await events(channel);
  await rig.receive(
    sync("s1:a"),
    presence(LEAVE, "x:2", "jim"),
    sync("s1:", ["x:1:0", "jim"]), // RTP2c: older than the leave.
  );
  assertEquals([seen, await names(channel)], [["leave jim"], ""]);
});

test("RTP18a: a sync with a new id discards the one in progress", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive(presence(ENTER, "x:1", "jim"));
  const seen = await events(channel);
  await rig.receive(
    sync("s1:a", ["x:1:0", "jim"]),
    sync("s2:a", ["y:1:0", "joe"]),
    sync("s2:"),
  );
  assertEquals([seen, await names(channel)], [["present joe", "leave jim"], "joe"]);
});

test("RTP18a: an attachment discards a sync in progress; what it still had to say is over", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: HAS_PRESENCE });
  await rig.receive(sync("s1:a", ["x:1:0", "jim"]));
  await rig.lose();
  await rig.accept();
  await rig.attached("c", { flags: HAS_PRESENCE });
  const got = names(channel);
  await rig.receive(sync("s2:a", ["y:1:0", "joe"]));
  assertEquals(await outcome(got, rig), "pending");
  await rig.receive(sync("s2:"));
  assertEquals(await got, "joe");
});

test("RTP19a: ATTACHED without HAS_PRESENCE has everyone leave, in the midst of a sync as well", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: HAS_PRESENCE });
  await rig.receive(sync("s1:a", ["x:1:0", "jim"]));
  const seen = await events(channel);
  const got = names(channel);
  await rig.attached("c");
  assertEquals([seen, await got, channel.presence.syncComplete], [["leave jim"], "", true]);
});

test("RTP5a: after detached or failed there are no members, and no leave events", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const seen = await events(channel);
  for (const action of [Action.Detached, Action.Error]) {
    await rig.attach();
    await rig.receive(presence(ENTER, "x:1", "jim"));
    if (action === Action.Detached) void channel.detach();
    await rig.receive({ action, channel: "c" });
    assertEquals(channel.presence.syncComplete, false);
    // A late frame does not count.
    await rig.receive(presence(ENTER, "y:1", "late"), sync("s1:", ["y:1:0", "late"]));
  }
  await rig.attach({ flags: HAS_PRESENCE });
  assertEquals(await names(channel, false), "");
  assertEquals(seen, ["enter jim", "enter jim"]);
});

test("RTP5f: members stay while suspended; after attaching again only the differences are emitted", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive(presence(ENTER, "x:1", "jim"), presence(ENTER, "y:1", "joe"));
  const seen = await events(channel);
  await rig.suspend();
  assertEquals(channel.state, "suspended");
  assertEquals((await failureOf(() => channel.presence.get())).code, 91005); // RTP11d
  assertEquals(await names(channel, false), "jim joe");
  rig.client.connect();
  await rig.accept();
  await rig.attached("c", { flags: HAS_PRESENCE });
  await rig.receive(sync("s1:", ["x:1:0", "jim"], ["z:1:0", "jane"]));
  assertEquals(seen, ["present jane", "leave joe"]);
  assertEquals(await names(channel), "jane jim");
});

test("RTP11e: get() attaches, and fails as attaching does", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const got = channel.presence.get();
  await rig.settle();
  assertEquals(channel.state, "attaching");
  await rig.attached("c");
  assertEquals(await got, []);
  const detached = channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detached;
  const refused = failureOf(() => channel.presence.get({ waitForSync: false }));
  await rig.settle();
  const error = { code: 40160, statusCode: 401, message: "No" };
  await rig.receive({ action: Action.Error, channel: "c", error });
  assertEquals((await refused).code, 40160); // RTL33b1
  assertEquals((await failureOf(() => channel.presence.get())).code, 90001); // RTL33c
});

test("RTP11a: a call that waits for a sync rejects when the channel is no longer attached", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: HAS_PRESENCE });
  const got = failureOf(() => channel.presence.get());
  const given = channel.presence.get({ signal: aborted() }).then(() => "", (error) => error.name);
  await rig.settle();
  await rig.receive({ action: Action.Error, channel: "c", error: { code: 40160, message: "No" } });
  assertEquals([(await got).code, await given], [40160, "AbortError"]);
});

test("RTP11a: get() settles on a channel that is detached before it looks, or made new while it waits", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: HAS_PRESENCE });
  const late = channel.presence.get();
  await rig.disconnect();
  await channel.detach();
  assertEquals((await failureOf(() => late)).code, 90001);

  rig.client.connect();
  await rig.accept();
  await rig.attach({ flags: HAS_PRESENCE });
  const waiting = channel.presence.get();
  await rig.settle();
  const detached = channel.detach();
  const closed = rig.client.close();
  rig.client.connect(); // RTN11d
  await Promise.all([detached, closed]);
  assertEquals(channel.state, "initialized");
  assertEquals((await failureOf(() => waiting)).code, 90001);
  await rig.accept();
});

test("RTP11a: get() that attaches fails when the channel is detached before it looks", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  channel.once("attached", () => void channel.detach());
  const got = failureOf(() => channel.presence.get());
  await rig.settle();
  await rig.attached("c", { flags: HAS_PRESENCE });
  await rig.receive({ action: Action.Detached, channel: "c" });
  assertEquals((await got).code, 90001);
});

test("RTP11f: without the mode get() gives what it can and says so, or fails in strict mode", async () => {
  const flags = DEFAULT_MODES & ~MODE_FLAGS.presence_subscribe;
  for (const strictMode of [false, true]) {
    await using rig = new Rig({ strictMode });
    const channel = await rig.attach({ flags });
    assertEquals(await channel.presence.subscribe(() => {}), null); // RTP6d has no such check.
    if (strictMode) {
      const error = await failureOf(() => channel.presence.get());
      assertEquals([error.code, error.statusCode], [91008, 400]); // RTP11f1
    } else {
      assertEquals(await channel.presence.get(), []); // RTP11f2
      assert(
        rig.logged.some((line) => line.startsWith("error:") && line.includes("presence_subscribe")),
      );
    }
  }
});

test("RTP6a, RTP6b: listeners get all events, or those with one action or several", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const seen: Record<string, string> = { all: "", enter: "", several: "" };
  const note = (what: string) => ({ action }: { action: PresenceAction }) =>
    void (seen[what] += `${action} `);
  await channel.presence.subscribe(note("all"));
  await channel.presence.subscribe("enter", note("enter"));
  await channel.presence.subscribe(["enter", "leave"], note("several"));
  await rig.receive(
    presence(ENTER, "x:1", "jim"),
    presence(UPDATE, "x:2", "jim"),
    presence(LEAVE, "x:3", "jim"),
  );
  assertEquals(seen, { all: "enter update leave ", enter: "enter ", several: "enter leave " });
});

test("RTP7a, RTP7b, RTP7c: unsubscribes a listener, from an action, or everyone", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  let [one, two] = ["", ""];
  const [first, second] = [
    ({ action }: { action: string }) => void (one += `${action} `),
    ({ action }: { action: string }) => void (two += `${action} `),
  ];
  let serial = 0;
  const next = async () => {
    [one, two] = ["", ""];
    await rig.receive(
      presence(ENTER, `x:${++serial}`, "jim"),
      presence(UPDATE, `x:${++serial}`, "jim"),
    );
    return [one.trim(), two.trim()];
  };
  await channel.presence.subscribe(["enter", "update"], first);
  await channel.presence.subscribe(second);
  channel.presence.unsubscribe("enter", first);
  channel.presence.unsubscribe("enter", second);
  assertEquals(await next(), ["update", "enter update"]);
  channel.presence.unsubscribe(second);
  assertEquals(await next(), ["update", ""]);
  await channel.presence.subscribe(second);
  channel.presence.unsubscribe();
  assertEquals(await next(), ["", ""]);
});

test("RTP6d, RTP6e: subscribing attaches unless the options say otherwise; the listener stays in any case", async () => {
  await using rig = new Rig();
  await rig.accept();
  const quiet = rig.client.channels.get("d", { attachOnSubscribe: false });
  assertEquals(await quiet.presence.subscribe(() => {}), null);
  assertEquals(quiet.state, "initialized");
  const channel = rig.client.channels.get("c");
  const seen: string[] = [];
  const subscribed = failureOf(() =>
    channel.presence.subscribe(({ clientId }) => void seen.push(clientId))
  );
  await rig.settle();
  await rig.receive({ action: Action.Error, channel: "c", error: { code: 40160, message: "No" } });
  assertEquals((await subscribed).code, 40160);
  await rig.attach();
  await rig.receive(presence(ENTER, "x:1", "jim"));
  assertEquals(seen, ["jim"]);
});

test("RTE6: a presence listener that throws does not stop the others", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await channel.presence.subscribe(() => {
    throw new Error("Oh no");
  });
  const seen = await events(channel);
  await rig.receive(presence(ENTER, "x:1", "jim"));
  assertEquals([seen, await names(channel)], [["enter jim"], "jim"]);
  assert(rig.logged.some((line) => line.startsWith("error:") && line.includes("Oh no")));
});

test("events(): iterates over events, and ends with the channel", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const items = channel.presence.events(["enter", "leave"]);
  await rig.receive(
    presence(ENTER, "x:1", "jim"),
    presence(UPDATE, "x:2", "jim"),
    presence(LEAVE, "x:3", "jim"),
  );
  assertEquals([(await items.next()).value.action, (await items.next()).value.action], [
    "enter",
    "leave",
  ]);
  const next = items.next();
  void channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  assertEquals((await next).done, true);
  assertThrows(() => channel.presence.events(null, { bufferLimit: -1 }));
});

test("RTP2: presence is kept while attaching, unlike messages (RTL17)", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.lose();
  await rig.accept();
  await rig.receive(presence(ENTER, "x:1", "jim"));
  await rig.attached("c", { flags: HAS_PRESENCE | Flag.Resumed });
  await rig.receive(sync("s1:", ["x:1:0", "jim"]));
  assertEquals(await names(channel), "jim");
});

test("RTP18a: an encrypted sync that a new attachment overtakes does not count as that one's", async () => {
  await using rig = new Rig();
  const key = new Uint8Array(16);
  const cipher = new AesCbcCipher(getDefaultParams({ key }));
  const data = toBase64(await encryptOne(cipher, utf8("x".repeat(2_000_000)))); // Takes its time.
  const encoding = `utf-8/${cipher.encoding}/base64`;
  const channel = await rig.attach({ flags: HAS_PRESENCE }, { cipher: { key } });
  const old = sync("s1:", ["x:1:0", "jim"]);
  rig.line.send({ ...old, presence: [{ ...old.presence![0]!, data, encoding }] });
  await rig.attached("c", { flags: HAS_PRESENCE | Flag.Resumed });
  const got = names(channel);
  const seen = await events(channel);
  await rig.receive(presence(ENTER, "y:1", "joe"));
  await until(() => seen.length > 0);
  assertEquals(await outcome(got, rig), "pending");
  await rig.receive(sync("s2:", ["y:1:0", "joe"]));
  assertEquals(await got, "joe");
});

test("RTP11a: what get() returns is the caller's to change", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.receive(presence(ENTER, "x:1", "jim"));
  const [jim] = await channel.presence.get();
  Object.assign(jim!, { id: "x:99:0", action: "absent" });
  assertEquals((await channel.presence.get()).map(({ id }) => id), ["x:1:0"]);
});
