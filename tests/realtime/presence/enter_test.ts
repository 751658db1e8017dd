import type { ErrorInfo, RealtimeChannel } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { failureOf, outcome, until } from "../../support/outcomes.ts";
import { Rig } from "../../support/realtime_rig.ts";
import { ENTER, LEAVE, presence, UPDATE } from "../../support/presence_frames.ts";

const ME = { details: { clientId: "me" } };

/** A client that is "me" on a channel that is attached. */
async function attached(rig: Rig): Promise<RealtimeChannel> {
  await rig.accept(ME);
  return await rig.attach();
}

/** The presence messages that the client has sent. */
function sent(rig: Rig): unknown[] {
  return rig.sent(Action.Presence).flatMap(({ presence }) => presence);
}

test("RTP8c, RTP9d, RTP10c: enters, updates and leaves as itself, without a clientId", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await attached(rig);
  const done = [
    channel.presence.enter({ a: 1 }, { headers: { h: "1" } }),
    channel.presence.update("text"),
    channel.presence.leave(new Uint8Array([1]), null),
    channel.presence.enter(),
  ];
  assertEquals(rig.sent(Action.Presence).map(({ channel, msgSerial }) => [channel, msgSerial]), [
    ["c", 0],
    ["c", 1],
    ["c", 2],
    ["c", 3],
  ]);
  assertEquals(sent(rig), [
    { action: ENTER, data: '{"a":1}', encoding: "json", extras: { headers: { h: "1" } } },
    { action: UPDATE, data: "text" },
    { action: LEAVE, data: "AQ==", encoding: "base64" },
    { action: ENTER },
  ]);
  await rig.acknowledge();
  assertEquals(await Promise.all(done), Array(4).fill(undefined));
});

test("RTP10a: leaves with the data it entered with, unless it says something else", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept({ ...ME, id: "one" });
  const channel = await rig.attach();
  await rig.receive(
    presence(ENTER, "one:0", "me", { data: "mine" }),
    presence(ENTER, "one:1", "jim", { data: "his" }),
  );
  const done = [
    channel.presence.leave(),
    channel.presence.leave(null),
    channel.presence.leave("bye"),
  ];
  assertEquals(sent(rig), [
    { action: LEAVE, data: "mine" },
    { action: LEAVE },
    { action: LEAVE, data: "bye" },
  ]);
  await rig.acknowledge();
  await Promise.all(done);
});

test("RTP10a: leaves with the data it entered with, even before the service has confirmed that", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept(ME);
  const channel = await rig.attach();
  const data = { mood: "glad" };
  const done = [channel.presence.enter(data), channel.presence.leave()];
  data.mood = "sad";
  assertEquals(sent(rig)[1], { action: LEAVE, data: '{"mood":"glad"}', encoding: "json" });
  await rig.acknowledge();
  await Promise.all(done);
  assertEquals((await failureOf(() => channel.presence.enter(5))).code, 40013);
  const left = channel.presence.leave();
  assertEquals(sent(rig)[2], { action: LEAVE });
  await rig.acknowledge();
  await left;
});

test("RTP14a, RTP15a: enters, updates and leaves for others", async () => {
  await using rig = new Rig();
  await rig.accept({ details: { clientId: "*" } });
  const channel = await rig.attach();
  const done = [
    channel.presence.enterClient("jim", "x"),
    channel.presence.updateClient("jim", "y", { e: 1 }),
    channel.presence.leaveClient("jim"),
  ];
  assertEquals(sent(rig), [
    { action: ENTER, clientId: "jim", data: "x" },
    { action: UPDATE, clientId: "jim", data: "y", extras: { e: 1 } },
    { action: LEAVE, clientId: "jim", data: "y" }, // RTP10a
  ]);
  await rig.acknowledge();
  await Promise.all(done);
});

test("RTP8h, RTP8i: a refusal of the service fails the call", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await attached(rig);
  const refused = failureOf(() => channel.presence.enter());
  await rig.receive({
    action: Action.Nack,
    msgSerial: 0,
    count: 1,
    error: { code: 40160, statusCode: 401, message: "No" },
  });
  assertEquals([(await refused).code, channel.state], [40160, "attached"]);
});

test("RTP8j: an anonymous or wildcard client cannot enter as itself", async () => {
  for (const clientId of [null, "*"]) {
    await using rig = new Rig();
    await rig.accept({ details: { clientId } });
    const channel = await rig.attach();
    for (const action of ["enter", "update", "leave"] as const) {
      const error = await failureOf(() => channel.presence[action]());
      assertEquals([error.code, error.statusCode], [40012, 400]);
    }
    assertEquals(sent(rig), []);
  }
});

test("RTP15f: others cannot be entered by who is someone; channel and connection live on", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await attached(rig);
  for (const action of ["enterClient", "updateClient", "leaveClient"] as const) {
    for (const clientId of ["you", "", "*", null, 5]) {
      const error = await failureOf(() => channel.presence[action](clientId as string));
      assertEquals([error.code, error.statusCode], [40012, 400]);
    }
  }
  assertEquals([sent(rig), channel.state], [[], "attached"] as unknown[]);
  const entered = channel.presence.enterClient("me");
  await rig.acknowledge();
  await entered;
});

test("RTP8d, RTP16b: on an initialized channel enter() attaches, and is sent once attached", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept(ME);
  const channel = rig.client.channels.get("c");
  const done = [channel.presence.enter("x"), channel.presence.update("y")];
  await rig.settle();
  assertEquals([channel.state, rig.sentActions()], ["attaching", [Action.Attach]]);
  await rig.attached("c");
  assertEquals(sent(rig), [{ action: ENTER, data: "x" }, { action: UPDATE, data: "y" }]);
  await rig.acknowledge();
  await Promise.all(done);
});

test("RTP16b: without a connection it waits for the connection, then for the channel", async () => {
  await using rig = new Rig({ clientId: "me", autoConnect: false });
  const channel = rig.client.channels.get("c");
  const entered = channel.presence.enter("x");
  await rig.settle();
  assertEquals(channel.state, "attaching");
  rig.client.connect();
  await rig.accept(ME);
  assertEquals(rig.sentActions(), [Action.Attach]);
  await rig.attached("c");
  assertEquals(rig.sentActions(), [Action.Attach, Action.Presence]);
  await rig.acknowledge();
  await entered;
});

for (const [state, action] of [["detached", Action.Detached], ["failed", Action.Error]] as const) {
  test(`RTP8g: on a ${state} channel presence fails at once, and attaches nothing`, async () => {
    await using rig = new Rig({ clientId: "me" });
    const channel = await attached(rig);
    if (state === "detached") void channel.detach();
    await rig.receive({ action, channel: "c" });
    assertEquals(channel.state, state);
    for (const call of ["enter", "update", "leave"] as const) {
      assertEquals((await failureOf(() => channel.presence[call]())).code, 90001);
    }
    assertEquals([channel.state, rig.sent(Action.Attach).length], [state, 1]);
  });
}

test("RTP16c: on a detaching or suspended channel presence fails at once", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await attached(rig);
  void channel.detach();
  await rig.settle();
  assertEquals((await failureOf(() => channel.presence.enter())).code, 90001);
  await rig.receive({ action: Action.Detached, channel: "c" });
  void channel.attach().catch(() => {});
  await rig.receive({ action: Action.Detached, channel: "c" });
  assertEquals(channel.state, "suspended");
  assertEquals((await failureOf(() => channel.presence.enter())).code, 90001);
});

test("RTP16b, RTP16c: with queueMessages off nothing waits", async () => {
  await using rig = new Rig({ clientId: "me", queueMessages: false });
  await rig.accept(ME);
  const channel = rig.client.channels.get("c");
  assertEquals((await failureOf(() => channel.presence.enter())).code, 90001);
  assertEquals(channel.state, "initialized");
  void channel.attach();
  await rig.settle();
  assertEquals((await failureOf(() => channel.presence.enter())).code, 90001);
  await rig.attached("c");
  await rig.disconnect();
  const error = await failureOf(() => channel.presence.enter()); // RTP16a
  assert(error.message.includes("disconnected"), error.message);
});

test("RTL11, RTP5a, RTP5f: what waits for the channel fails with the channel", async () => {
  for (
    const [action, state] of [[Action.Detached, "suspended"], [Action.Error, "failed"]] as const
  ) {
    await using rig = new Rig({ clientId: "me" });
    await rig.accept(ME);
    const channel = rig.client.channels.get("c");
    const waiting = [channel.presence.enter("x"), channel.presence.update("y")];
    await rig.settle();
    await rig.receive({
      action,
      channel: "c",
      error: { code: 40160, statusCode: 401, message: "No" },
    });
    assertEquals(channel.state, state);
    for (const call of waiting) assertEquals((await failureOf(() => call)).code, 40160);
    await rig.attach();
    assertEquals(sent(rig), []); // Gone for good.
  }
});

test("RTP8d: an implicit attach that cannot begin fails the call, and is no unhandled rejection", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept(ME);
  const unhandled: unknown[] = [];
  const note = (event: Event) => void unhandled.push(event);
  globalThis.addEventListener?.("unhandledrejection", note);
  const channel = rig.client.channels.get("c");
  await rig.suspend();
  const error = await failureOf(() => channel.presence.enter());
  assert(error.message.includes("suspended"), error.message);
  assertEquals(channel.state, "initialized");
  rig.client.connect();
  await rig.accept(ME);
  // Refused on the way: a caller that awaits the promise later gets the reason.
  const late = channel.presence.enter();
  const dropped = channel.presence.enter();
  dropped.catch(() => {});
  late.catch(() => {});
  await rig.receive({ action: Action.Error, channel: "c", error: { code: 40160, message: "No" } });
  assertEquals((await outcome(late, rig) as ErrorInfo).code, 40160);
  await new Promise((resolve) => setTimeout(resolve));
  globalThis.removeEventListener?.("unhandledrejection", note);
  assertEquals(unhandled, []);
});

test("RTP8d: a failed implicit attach does not take down what waits for the next attachment", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept(ME);
  const channel = rig.client.channels.get("c");
  const first = failureOf(() => channel.presence.enter("first"));
  let second: Promise<void> | undefined;
  channel.once("failed", () => {
    void channel.attach();
    queueMicrotask(() => second = channel.presence.enter("second"));
  });
  await rig.receive({ action: Action.Error, channel: "c", error: { code: 40160, message: "No" } });
  assertEquals((await first).code, 40160);
  assertEquals(channel.state, "attaching");
  await rig.attached("c");
  assertEquals(sent(rig), [{ action: ENTER, data: "second" }]);
  await rig.acknowledge();
  await second;
});

test("TP5, RSL4a: what is too large or cannot be sent is refused", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept({ details: { ...ME.details, maxMessageSize: 5 } });
  const channel = await rig.attach();
  assertEquals((await failureOf(() => channel.presence.enter("123456"))).code, 40009);
  assertEquals((await failureOf(() => channel.presence.enter(5))).code, 40013);
  assertEquals(sent(rig), []);
});

test("RTP8e: presence data is encrypted, and leaves in the order of the calls", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept(ME);
  const channel = await rig.attach(null, { cipher: { key: new Uint8Array(32) } });
  const done = [
    channel.presence.enter("x".repeat(50_000)),
    channel.presence.update("small"),
    channel.presence.leave(),
    channel.publish("a", "message"),
  ];
  await until(() => rig.sent().length === 5);
  assertEquals(
    rig.sent().slice(1).map(({ presence, messages }) => {
      const [item] = presence ?? messages!;
      return [item!.action, item!.encoding];
    }),
    [
      [ENTER, "utf-8/cipher+aes-256-cbc/base64"],
      [UPDATE, "utf-8/cipher+aes-256-cbc/base64"],
      [LEAVE, "utf-8/cipher+aes-256-cbc/base64"],
      [undefined, "utf-8/cipher+aes-256-cbc/base64"],
    ],
  );
  await rig.acknowledge();
  await Promise.all(done);
});

test("RTL3d2: presence that is being encrypted when the connection goes waits for the channel, too", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept(ME);
  const channel = await rig.attach(null, { cipher: { key: new Uint8Array(32) } });
  const entered = channel.presence.enter("x".repeat(50_000));
  rig.line.close();
  const published = channel.publish("a", "y");
  const ready = published.catch(() => {});
  await crypto.subtle.digest("SHA-256", new Uint8Array(1_000_000)); // Meanwhile the cipher has worked.
  await rig.accept(ME);
  await until(() => rig.sent(Action.Message).length === 1);
  assertEquals(rig.sentActions(), [Action.Attach, Action.Message]);
  await rig.attached("c");
  assertEquals(rig.sentActions(), [Action.Attach, Action.Message, Action.Presence]);
  await rig.acknowledge();
  await Promise.all([entered, ready]);
});

test("RTP8e, RTP17a: encrypted presence arrives decoded and in order", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept({ ...ME, id: "x" });
  const channel = await rig.attach(null, { cipher: { key: new Uint8Array(32) } });
  const done = [channel.presence.enter("x".repeat(50_000)), channel.presence.update("small")];
  await until(() => rig.sent(Action.Presence).length === 2);
  const seen: unknown[] = [];
  await channel.presence.subscribe(({ action, data }) =>
    void seen.push([action, (data as string).slice(0, 5)])
  );
  const [first, second] = rig.sent(Action.Presence).map(({ presence }) => presence![0]!);
  await rig.receive(
    presence(ENTER, "x:0", "me", first),
    presence(UPDATE, "x:1", "me", second),
    presence(LEAVE, "x:2", "me", { data: "plain" }),
  );
  await until(() => seen.length === 3);
  assertEquals(seen, [["enter", "xxxxx"], ["update", "small"], ["leave", "plain"]]);
  await rig.acknowledge();
  await Promise.all(done);
});

test("RTP10a: what was refused was never told; what was told before still is", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await attached(rig);
  const first = channel.presence.enter("a");
  await rig.acknowledge();
  await first;
  const refused = failureOf(() => channel.presence.update("b"));
  await rig.receive({ action: Action.Nack, msgSerial: 1, count: 1 });
  await refused;
  void channel.presence.leave();
  assertEquals(sent(rig).at(-1), { action: LEAVE, data: "a" });
  await rig.receive({ action: Action.Ack, msgSerial: 2, count: 1 });
});

test("RTP10a: a refusal does not undo an earlier call that is acknowledged later", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await attached(rig);
  const entering = channel.presence.enter("first");
  await rig.settle();
  await rig.acknowledge();
  await entering;
  const updating = channel.presence.update("second");
  await failureOf(() => channel.presence.update("x".repeat(70_000)));
  await rig.acknowledge();
  await updating;
  channel.presence.leave().catch(() => {});
  await rig.settle();
  assertEquals(sent(rig).at(-1), { action: LEAVE, data: "second" });
});

test("RTP10a, RTP5a: members from before a detach cause no further events", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await attached(rig);
  const entered = channel.presence.enter("a");
  await rig.acknowledge();
  await entered;
  const detached = channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detached;
  await rig.attach();
  void channel.presence.leave();
  assertEquals(sent(rig).at(-1), { action: LEAVE });
  await rig.receive({ action: Action.Ack, msgSerial: 1, count: 1 });
});

test("RSL4a: presence data that JSON cannot represent is refused as that of messages is", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await attached(rig);
  const circle: Record<string, unknown> = {};
  circle.own = circle;
  assertEquals((await failureOf(() => channel.presence.enter(circle))).code, 40013);
});

test("RTP10a, RTP17h: this client is one member, whether it enters as itself or by its clientId", async () => {
  await using rig = new Rig({ clientId: "me" });
  const { presence } = await attached(rig);
  void presence.enter("a");
  void presence.updateClient("me", "b");
  void presence.leave();
  void presence.enterClient("me", "c");
  void presence.leave();
  void presence.enter("d");
  void presence.leaveClient("me");
  const told = rig.sent(Action.Presence).flatMap(({ presence }) => presence ?? []);
  assertEquals(told.map(({ data }) => data), ["a", "b", "b", "c", "c", "d", "d"]);
  await rig.acknowledge();
});

test("RTP10a: a second refusal is not announced, nor one after the channel has failed", async () => {
  await using rig = new Rig({ clientId: "me" });
  const channel = await attached(rig);
  const { presence } = channel;
  const entered = presence.enter("x");
  await rig.acknowledge();
  await entered;
  const refused = [presence.update("a"), presence.update("b")].map((call) => failureOf(() => call));
  await rig.receive({ action: Action.Nack, msgSerial: 1, count: 2 });
  await Promise.all(refused);
  const left = failureOf(() => presence.leave());
  assertEquals(sent(rig).at(-1), { action: LEAVE, data: "x" });
  await rig.receive({ action: Action.Error, channel: "c", error: { code: 40160, message: "No" } });
  await rig.receive({ action: Action.Nack, msgSerial: 3, count: 1 });
  await left;
  await rig.attach();
  void presence.leave();
  assertEquals(sent(rig).at(-1), { action: LEAVE });
  await rig.receive({ action: Action.Ack, msgSerial: 4, count: 1 });
});

test("RTP8d, RTL5a: a detach() after enter() decides, even if the cipher still works on the data", async () => {
  for (const isOnline of [true, false]) {
    await using rig = new Rig({ clientId: "ann" });
    if (isOnline) await rig.accept();
    const channel = rig.client.channels.get("c", { cipher: { key: new Uint8Array(16) } });
    const entered = failureOf(() => channel.presence.enter("data"));
    const detached = channel.detach();
    if (isOnline) {
      await rig.attached("c");
      await rig.receive({ action: Action.Detached, channel: "c" });
    }
    await Promise.all([entered, detached]);
    assertEquals(channel.state, "detached");
  }
});
