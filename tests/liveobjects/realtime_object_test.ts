import { type ErrorInfo, Realtime } from "../../mod.ts";
import * as everything from "../../src/liveobjects/mod.ts";
import { LiveObjects } from "../../src/liveobjects/mod.ts";
import { Action, Flag, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { Rest } from "../../mod.ts";
import { assert, assertEquals, assertInstanceOf, assertStrictEquals, test } from "../harness.ts";
import { aborted, failureOf, outcome } from "../support/outcomes.ts";
import { Rig } from "../support/realtime_rig.ts";
import { counterState, increment, mapState, operation, set } from "./core/core_rig.ts";
import { GRANTED, MODES, ObjectsRig } from "./objects_rig.ts";

test("RTL27b: without the plugin there are no objects, and frames for them are passed over", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: GRANTED });
  const error = await failureOf(() => channel.object);
  assertEquals([error.code, error.statusCode], [40019, 400]);
  await rig.receive(
    { action: Action.ObjectSync, channel: "c", state: [{ object: mapState("root", {}) }] },
    { action: Action.Object, channel: "c", state: [set("1", "a", { number: 1 })] },
  );
  assertEquals(channel.state, "attached");
  const rest = new Rest("a.b:c");
  assertEquals((await failureOf(() => rest.channels.get("c").object)).code, 40019);
});

test("RTL27a, PC5, PT2b: one object for each channel, by the plugin or by its module", async () => {
  for (const plugin of [LiveObjects, everything as unknown as typeof LiveObjects]) {
    await using rig = new ObjectsRig({ plugins: { LiveObjects: plugin } });
    const channel = rig.client.channels.get("c");
    assertStrictEquals(channel.object, channel.object);
    assertStrictEquals(rig.client.channels.get("c").object, channel.object);
    assert(rig.client.channels.get("d").object !== channel.object);
    const rest = new Rest({ key: "a.b:c", plugins: { LiveObjects: plugin } });
    const restChannel = rest.channels.get("c");
    assertStrictEquals(restChannel.object, restChannel.object);
  }
});

test("PC5: something else than the plugin is refused", async () => {
  for (const plugin of [{}, "LiveObjects", 5]) {
    const plugins = { LiveObjects: plugin as never };
    const error = await failureOf(() =>
      new Realtime({ key: "a.b:c", autoConnect: false, plugins })
    );
    assertEquals(error.code, 40000);
  }
});

test("RTO23c, RTO23d: get() waits for the sync, and gives the root", async () => {
  await using rig = new ObjectsRig();
  const channel = await rig.syncing();
  const getting = channel.object.get();
  assertEquals(await outcome(getting, rig), "pending");
  await rig.sync("s:1", mapState("root", { a: 1 }));
  assertEquals(await outcome(getting, rig), "pending");
  await rig.sync("s:", mapState("root", { b: 2 }));
  const root = await getting;
  assertEquals([root.path(), root.compactJson()], ["", { a: 1, b: 2 }]);
  assert(await channel.object.get() !== root);
});

test("RTO23e, RTL33b, RTL1: get() attaches; a sync that comes before anybody asks counts", async () => {
  await using rig = new ObjectsRig();
  await rig.connect();
  const channel = rig.client.channels.get("c", { modes: [...MODES] });
  const getting = channel.object.get();
  await rig.settle();
  assertEquals(rig.sent(Action.Attach)[0]!.flags, GRANTED & ~Flag.HasObjects);
  await rig.attached("c", { flags: GRANTED });
  await rig.sync("s:", mapState("root", { a: 1 }));
  assertEquals((await getting).compactJson(), { a: 1 });
  await rig.attach({ channel: "d", flags: GRANTED }, { modes: [...MODES] });
  await rig.receive({
    action: Action.ObjectSync,
    channel: "d",
    state: [{ object: mapState("root", { b: 2 }) }],
  });
  const other = await rig.client.channels.get("d").object.get();
  assertEquals(other.compactJson(), { b: 2 });
});

test("RTO4b: an ATTACHED that says that there are no objects", async () => {
  await using rig = new ObjectsRig();
  const channel = await rig.syncing({ flags: GRANTED & ~Flag.HasObjects });
  assertEquals((await channel.object.get()).compactJson(), {});
});

// RTO2: the modes that were asked for, those that were granted, and what get() comes to.
test("RTO2b2, RTO23a: get() needs the mode among those asked for", async () => {
  await using rig = new ObjectsRig();
  await rig.connect();
  for (const modes of [undefined, ["object_publish" as const]]) {
    const channel = rig.client.channels.get(`c${modes}`, modes && { modes });
    const error = await failureOf(() => channel.object.get());
    assertEquals([error.code, error.statusCode], [40024, 400]);
    assertEquals(channel.state, "initialized");
  }
});

test("RTO2a2: get() needs the mode among those granted, which it learns by attaching", async () => {
  await using rig = new ObjectsRig();
  await rig.connect();
  const channel = rig.client.channels.get("c", { modes: [...MODES] });
  const getting = failureOf(() => channel.object.get());
  await rig.settle();
  await rig.attached("c", { flags: MODE_FLAGS.object_publish });
  assertEquals((await getting).code, 40024);
});

test("RTL33c, RTO23e: get() fails on a channel that has failed, and with why attaching failed", async () => {
  await using rig = new ObjectsRig();
  await rig.connect();
  const channel = rig.client.channels.get("c", { modes: [...MODES] });
  const getting = failureOf(() => channel.object.get());
  await rig.settle();
  await rig.receive({
    action: Action.Error,
    channel: "c",
    error: { code: 40160, statusCode: 401 },
  });
  assertEquals((await getting).code, 40160);
  const error = await failureOf(() => channel.object.get());
  assertEquals([error.code, error.statusCode], [90001, 400]);
});

// RTO23c1: what ends the wait for a sync.
for (
  const [name, end, state] of [
    ["detach()", async (rig: ObjectsRig) => {
      void rig.client.channels.get("c").detach();
      await rig.receive({ action: Action.Detached, channel: "c" });
    }, "detached"],
    [
      "ERROR",
      (rig: ObjectsRig) =>
        rig.receive({
          action: Action.Error,
          channel: "c",
          error: { code: 90000, statusCode: 400 },
        }),
      "failed",
    ],
    ["close()", async (rig: ObjectsRig) => {
      void rig.client.close();
      await rig.receive({ action: Action.Closed });
    }, "detached"],
    ["release()", async (rig: ObjectsRig) => {
      void rig.client.channels.release("c");
      await rig.settle();
      await rig.receive({ action: Action.Detached, channel: "c" });
    }, "detached"],
    ["a long interruption", (rig: ObjectsRig) => rig.suspend(), "suspended"],
  ] as const
) {
  test(`RTO23c1: get() fails when the channel becomes ${state} by ${name}`, async () => {
    await using rig = new ObjectsRig();
    const channel = await rig.syncing();
    const getting = failureOf(() => channel.object.get());
    await rig.settle();
    await end(rig);
    const error = await getting;
    assertEquals([error.code, error.statusCode, channel.state], [92008, 400, state]);
    assertEquals((error.cause as ErrorInfo | undefined)?.code, channel.errorReason?.code);
  });
}

test("RTO23c: get() does not wait for ever for a sync that does not go on", async () => {
  await using rig = new ObjectsRig();
  const channel = await rig.syncing();
  const getting = channel.object.get();
  getting.catch(() => {});
  await rig.clock.advance(9_000);
  await rig.sync("s:1", mapState("root", { a: 1 }));
  await rig.clock.advance(9_000);
  assertEquals(await outcome(getting, rig), "pending");
  await rig.clock.advance(2_000);
  const error = await failureOf(() => getting);
  assertEquals([error.code, error.statusCode], [50003, 504]);
  await rig.sync("s:", mapState("root", { b: 1 }));
  assertEquals((await channel.object.get()).compactJson(), { a: 1, b: 1 });
});

test("RTO23: get() can be given up", async () => {
  await using rig = new ObjectsRig();
  const channel = await rig.syncing();
  const controller = new AbortController();
  const getting = channel.object.get({ signal: controller.signal });
  await rig.settle();
  controller.abort(new DOMException("Enough", "AbortError"));
  const [error] = await Promise.allSettled([getting]);
  assertEquals(error.status === "rejected" && error.reason.name, "AbortError");
  const [second] = await Promise.allSettled([channel.object.get({ signal: aborted() })]);
  assertEquals(second.status, "rejected");
});

test("RTO23e: get() on a detached channel attaches it again", async () => {
  await using rig = new ObjectsRig();
  const { channel } = await rig.synced(mapState("root", { a: 1 }));
  const detaching = channel.detach();
  await rig.settle();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detaching;
  const getting = channel.object.get();
  await rig.settle();
  await rig.attached("c", { flags: GRANTED });
  assertEquals(await outcome(getting, rig), "pending");
  await rig.sync("t:", mapState("root", { b: 1 }));
  assertEquals((await getting).compactJson(), { b: 1 });
});

test("RTO17–RTO17b, RTO18–RTO18c, RTO18e: on() calls listeners for each change of the sync state, without arguments", async () => {
  await using rig = new ObjectsRig();
  const channel = await rig.syncing();
  const told: unknown[] = [];
  channel.object.on("syncing", (...args) => told.push("syncing", ...args));
  channel.object.on("synced", (...args) => told.push("synced", ...args));
  await rig.sync("s:", mapState("root", {}));
  await rig.attached("c", { flags: GRANTED });
  await rig.sync("t:1");
  await rig.sync("t:");
  await rig.sync(undefined);
  assertEquals(told, ["synced", "syncing", "synced", "syncing", "synced"]);
});

test("RTO18d, RTO18f–RTO18f2, RTO19: the same listener twice is called twice, until it is removed", async () => {
  await using rig = new ObjectsRig();
  const channel = await rig.syncing();
  let calls = 0;
  const listener = () => void calls++;
  const { object } = channel;
  const first = object.on("synced", listener);
  object.on("synced", listener);
  object.on("syncing", () => void calls++);
  await rig.sync(undefined);
  assertEquals(calls, 2);
  first.off();
  first.off();
  await rig.sync(undefined);
  assertEquals(calls, 4); // One of syncing, one of synced.
  object.off("synced", () => {});
  object.off("syncing", listener);
  await rig.sync(undefined);
  assertEquals(calls, 6);
  object.off("synced", listener);
  await rig.sync(undefined);
  assertEquals(calls, 7);
  object.off();
  await rig.sync(undefined);
  assertEquals(calls, 7);
});

test("RTO18: a listener that throws or rejects is logged, and stops no other", async () => {
  await using rig = new ObjectsRig();
  const channel = await rig.syncing();
  let calls = 0;
  channel.object.on("synced", () => {
    throw new Error("first");
  });
  channel.object.on("synced", async () => {
    throw new Error("second");
  });
  channel.object.on("synced", () => void calls++);
  await rig.sync(undefined);
  assertEquals(calls, 1);
  const errors = rig.logged.filter((line) => line.startsWith("error"));
  assertEquals(errors.map((line) => /first|second/.exec(line)?.[0]), ["first", "second"]);
});

test("RTO18a1, RTO18a2: on() refuses unknown events, and listeners that are not functions", async () => {
  await using rig = new ObjectsRig();
  const { object } = rig.client.channels.get("c");
  assertEquals((await failureOf(() => object.on("sync" as never, () => {}))).code, 40003);
  assertEquals((await failureOf(() => object.on("synced", null as never))).code, 40003);
});

test("RTL15b: OBJECT moves the position of the channel, OBJECT_SYNC does not", async () => {
  await using rig = new ObjectsRig();
  const { channel } = await rig.synced();
  assertEquals(channel.properties.channelSerial, "serial-0");
  await rig.receive({ action: Action.Object, channel: "c", channelSerial: "pos", state: [] });
  await rig.sync("t:");
  assertEquals(channel.properties.channelSerial, "pos");
});

test("RTO25–RTO25b, RTO2a1, RTPO7a, RTPO8a, RTPO9a, RTPO10a, RTPO11a, RTPO12a, RTPO13a, RTPO14a, RTINS4a, RTINS5b, RTINS9a, RTINS11a, RTINS16b: what can be read in which state of the channel", async () => {
  await using rig = new ObjectsRig();
  const { channel, root } = await rig.synced(
    mapState("root", { c: "counter:1" }),
    counterState("counter:1", 3),
  );
  const instance = root.get("c").instance()!;
  void channel.detach();
  assertEquals([channel.state, root.get("c").value()], ["detaching", 3]);
  await rig.receive({ action: Action.Detached, channel: "c" });
  const reads = [
    () => root.value(),
    () => root.size(),
    () => root.keys(),
    () => root.values(),
    () => root.entries(),
    () => root.instance(),
    () => root.compact(),
    () => root.compactJson(),
    () => root.subscribe(() => {}),
    () => root.subscribeIterator(),
    () => instance.value(),
    () => instance.get("x"),
    () => instance.size(),
    () => instance.compactJson(),
    () => instance.subscribe(() => {}),
  ];
  for (const read of reads) {
    const error = await failureOf(read);
    assertEquals([error.code, error.statusCode], [90001, 400]);
  }
  assertEquals([root.get("c").path(), instance.id], ["c", "counter:1"]);
});

test("RTO27, RTO25b: a suspended channel shows what it knew last, and refuses changes", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(
    mapState("root", { c: "counter:1" }),
    counterState("counter:1", 3),
  );
  await rig.suspend();
  assertEquals(root.get("c").value(), 3);
  assertEquals((await failureOf(() => root.get("c").increment())).code, 90001);
  assertEquals((await failureOf(() => root.get("none").increment())).code, 90001);
});

test("RTO25a, RTO2a2: reading needs the mode that was granted", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(mapState("root", { a: 1 }));
  await rig.attached("c", { flags: MODE_FLAGS.object_publish | Flag.Resumed });
  assertEquals((await failureOf(() => root.size())).code, 40024);
});

test("RTO27: an instance is valid again after its channel was detached and attached, if its object is still there", async () => {
  await using rig = new ObjectsRig();
  const { channel, root } = await rig.synced(
    mapState("root", { a: "counter:1", b: "counter:2" }),
    counterState("counter:1", 1),
    counterState("counter:2", 2),
  );
  const instances = [root.get("a").instance()!, root.get("b").instance()!];
  void channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  const getting = channel.object.get();
  await rig.settle();
  await rig.attached("c", { flags: GRANTED });
  await rig.sync("t:", mapState("root", { a: "counter:1" }), counterState("counter:1", 5));
  await getting;
  assertEquals(instances.map((instance) => instance.value()), [5, 0] as never);
});

test("RTO2b2: modes in the params of a channel do not count, and the remedy says so", async () => {
  await using rig = new ObjectsRig();
  const params = { modes: "object_subscribe" };
  const { object } = rig.client.channels.get("c", { params });
  const error = await failureOf(() => object.get());
  assertEquals([error.code, error.remediation.includes("params")], [40024, true]);
});

test("RTO23c: get() on a suspended channel ends in time if the connection fails", async () => {
  await using rig = new ObjectsRig();
  await rig.connect();
  const channel = rig.client.channels.get("c", { modes: [...MODES] });
  const attaching = failureOf(() => channel.attach());
  await rig.clock.advance(10_000);
  await attaching;
  assertEquals(channel.state, "suspended");
  const getting = failureOf(() => channel.object.get());
  await rig.receive({
    action: Action.Error,
    error: { code: 40101, statusCode: 401, message: "No" },
  });
  assertEquals([rig.client.connection.state, channel.state], ["failed", "suspended"]);
  await rig.clock.advance(10_000);
  assertEquals((await getting).code, 50003);
});

test("RTO10–RTO10b2: what was deleted is forgotten after the grace period", async () => {
  await using rig = new ObjectsRig();
  await rig.connect({ siteCode: "here", objectsGCGracePeriod: 400_000 });
  const { root } = await rig.synced(
    mapState("root", { a: 1, c: "counter:1" }),
    counterState("counter:1", 3),
  );
  assertEquals(rig.clock.pending, 0);
  const counter = root.get("c").instance()!;
  await rig.operate(
    operation("5", { action: 2, objectId: "root", mapRemove: { key: "a" } }),
    operation("5", { action: 5, objectId: "counter:1", objectDelete: {} }),
  );
  assertEquals([rig.clock.pending, root.size()], [1, 0]);
  await rig.clock.advance(300_000);
  assertEquals(rig.clock.pending, 1);
  // An operation that is older than the deletion is refused as long as it is remembered.
  await rig.operate(set("4", "a", { number: 2 }));
  assertEquals(root.get("a").value(), undefined);
  await rig.clock.advance(300_000);
  assertEquals(rig.clock.pending, 0);
  await rig.operate(increment("6", 1));
  assertEquals([root.get("c").value(), counter.value()], [1, 0]);
});

test("RTO10b3: the grace period is a day unless the service says otherwise", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(mapState("root", { a: 1 }));
  const at = rig.clock.now();
  const removal = { action: 2, objectId: "root", mapRemove: { key: "a" } };
  await rig.operate(operation("5", removal, { serialTimestamp: at }));
  await rig.clock.advance(86_400_000 - 300_000);
  assertEquals(rig.clock.pending, 1);
  await rig.clock.advance(600_000);
  assertEquals([rig.clock.pending, root.size()], [0, 0]);
});

test("RTF1: hostile frames change nothing, and the connection stays", async () => {
  await using rig = new ObjectsRig();
  const { channel, root } = await rig.synced(mapState("root", { a: 1 }));
  const bad: unknown[] = [null, 5, "x", {}, [null], [5], [[]], [{ operation: 5 }], [{
    object: "x",
  }]];
  for (const state of bad) {
    await rig.receive({ action: Action.Object, channel: "c", state: state as unknown[] });
    await rig.receive({
      action: Action.ObjectSync,
      channel: "c",
      channelSerial: "x:1",
      state: state as unknown[],
    });
    await rig.receive({ action: Action.ObjectSync, channel: "c", channelSerial: 5 as never });
  }
  await rig.sync("y:");
  assertEquals([root.compactJson(), channel.state, rig.client.connection.state], [
    { a: 1 },
    "attached",
    "connected",
  ]);
  assertInstanceOf(await channel.object.get(), Object);
});
