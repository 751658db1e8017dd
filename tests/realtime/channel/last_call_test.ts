import type { RealtimeChannel } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { failureOf, outcome } from "../../support/outcomes.ts";
import { DEFAULT_MODES, history, Rig } from "../../support/realtime_rig.ts";

/** A rig whose service answers ATTACH, DETACH and what awaits an acknowledgement. */
function served(options: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig({ clientId: "me", ...options });
  rig.answer = ({ action, channel, msgSerial }) => {
    if (action === Action.Attach) return { action: Action.Attached, channel, flags: DEFAULT_MODES };
    if (action === Action.Detach) return { action: Action.Detached, channel };
    return msgSerial === undefined ? [] : { action: Action.Ack, msgSerial, count: 1 };
  };
  return rig;
}

test("RTL5l: a channel that waits for a connection is detached at once, and nothing is sent later", async () => {
  const waiting: Record<string, (rig: Rig) => Promise<unknown>> = {
    "without a connection yet": () => Promise.resolve(),
    "connecting": async (rig) => {
      rig.client.connect();
      await rig.settle();
    },
    "disconnected": async (rig) => {
      rig.client.connect();
      await rig.settle();
      await rig.lose();
    },
  };
  for (const [name, prepare] of Object.entries(waiting)) {
    await using rig = new Rig({ autoConnect: false });
    await prepare(rig);
    const channel = rig.client.channels.get("c");
    const attaching = failureOf(() => channel.attach());
    const detached = outcome(channel.detach(), rig);
    assertEquals([channel.state, await detached], ["detached", undefined], name);
    const { code, statusCode } = await attaching;
    assertEquals([code, statusCode], [90000, 409], name);
    rig.client.connect();
    await rig.accept();
    assertEquals([channel.state, rig.sent()], ["detached", []], name);
  }
});

test("RTL5l: a connection that is lost before ATTACHED ends the detach that waits for it", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const attaching = failureOf(() => channel.attach());
  const detaching = channel.detach();
  assertEquals([channel.state, await outcome(detaching, rig)], ["attaching", "pending"]);
  await rig.lose();
  assertEquals([channel.state, await outcome(detaching, rig)], ["detached", undefined]);
  assertEquals((await attaching).code, 90000);
  await rig.accept();
  assertEquals(rig.sent(), []);
});

test("RTL4h, RTL5i: attach, detach, attach ends attached with one ATTACH; the detach was overtaken", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const first = channel.attach();
  const detaching = failureOf(() => channel.detach());
  const last = channel.attach();
  const { code, statusCode } = await detaching;
  assertEquals([code, statusCode], [90000, 409]);
  await rig.attached("c");
  assertEquals([(await first)?.current, (await last)?.current], ["attached", "attached"]);
  assertEquals([channel.state, rig.sentActions()], ["attached", [Action.Attach]]);
});

test("RTL4h, RTL5i: detach, attach, detach ends detached with one DETACH; the attach was overtaken", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const first = channel.detach();
  const attaching = failureOf(() => channel.attach());
  const last = channel.detach();
  assertEquals((await attaching).code, 90000);
  await rig.receive({ action: Action.Detached, channel: "c" });
  await Promise.all([first, last]);
  assertEquals([channel.state, rig.sentActions()], ["detached", [Action.Attach, Action.Detach]]);
});

test("RTL5f, RTL4h: a detach without an answer leaves the channel attached, as the later attach wants it", async () => {
  await using rig = new Rig({ realtimeRequestTimeout: 5_000 });
  const channel = await rig.attach();
  const detaching = failureOf(() => channel.detach());
  const attaching = channel.attach();
  await rig.clock.advance(5_000);
  assertEquals([(await detaching).code, (await attaching)?.current], [90007, "attached"]);
  assertEquals([channel.state, rig.sent(Action.Attach).length], ["attached", 1]);
});

test("RTL4b, RTL4h: an attach that waits for DETACHED fails when the connection ends meanwhile", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const detaching = channel.detach();
  const attaching = failureOf(() => channel.attach());
  const closed = rig.client.close();
  await rig.receive({ action: Action.Closed });
  await closed;
  await rig.clock.advance(0);
  await detaching;
  assertEquals([(await attaching).code, channel.state], [80017, "detached"]);
});

/** Calls that want a channel attached or detached; what is between them changes nothing. */
const WISHES: Record<
  string,
  { wants: "attached" | "detached"; call(c: RealtimeChannel): unknown }
> = {
  "attach": { wants: "attached", call: (channel) => channel.attach() },
  "subscribe": { wants: "attached", call: (channel) => channel.subscribe(() => {}) },
  "presence.get": { wants: "attached", call: (channel) => channel.presence.get() },
  "presence.subscribe": {
    wants: "attached",
    call: (channel) => channel.presence.subscribe(() => {}),
  },
  "annotations.subscribe": {
    wants: "attached",
    call: (channel) => channel.annotations.subscribe(() => {}),
  },
  "detach": { wants: "detached", call: (channel) => channel.detach() },
};
/** Calls that do not decide the state of the channel. */
const OTHERS: Record<string, (channel: RealtimeChannel) => unknown> = {
  "setOptions": (channel) => channel.setOptions({ params: { rewind: "1" } }),
  "publish": (channel) => channel.publish("a", "b"),
};
const BEGINNINGS = ["initialized", "attaching", "attached", "detaching", "offline"] as const;

test("RTL4h, RTL5i: in any order of calls without waiting, the last call wins and all settle", async () => {
  const names = [...Object.keys(WISHES), ...Object.keys(OTHERS)];
  let orders = 0;
  for (const beginning of BEGINNINGS) {
    for (const first of names) {
      for (const second of names) {
        for (const third of names) {
          const calls = [first, second, third];
          const last = calls.findLast((name) => name in WISHES);
          if (last === undefined) continue;
          await using rig = served({ autoConnect: beginning !== "offline" });
          if (beginning !== "offline") await rig.accept();
          const channel = rig.client.channels.get("c");
          if (beginning === "attached" || beginning === "detaching") await channel.attach();
          if (beginning === "detaching") void channel.detach().catch(() => {});
          if (beginning === "attaching") void channel.attach().catch(() => {});
          const step = `${beginning}: ${calls.join(", ")}`;
          const settled = Promise.allSettled(
            calls.map((name) => WISHES[name]?.call(channel) ?? OTHERS[name]!(channel)),
          );
          if (beginning === "offline") {
            rig.client.connect();
            await rig.accept();
          }
          const results = await outcome(settled, rig);
          assert(Array.isArray(results), `Something waits: ${step}`);
          const index = calls.lastIndexOf(last);
          assertEquals(results[index]!.status, "fulfilled", step);
          const { wants } = WISHES[last]!;
          const state = channel.state;
          assert(
            state === wants || wants === "detached" && state === "initialized",
            `${step}: ${state}`,
          );
          orders++;
        }
      }
    }
  }
  assertEquals(orders, BEGINNINGS.length * (8 ** 3 - 2 ** 3));
});

test("RTP8d: presence that is entered after detach() has the channel stay attached", async () => {
  await using rig = served();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const calls = Promise.allSettled([
    channel.attach(),
    channel.detach(),
    channel.presence.enter("here"),
  ]);
  assertEquals((await calls).map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assertEquals([channel.state, rig.sent(Action.Detach)], ["attached", []]);
});

test("RTL2: a listener that asks for the opposite has the last word", async () => {
  await using rig = served();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const events = history(channel);
  channel.once("attaching", () => void channel.detach());
  channel.once("detaching", () => void channel.attach());
  await channel.attach();
  await rig.settle();
  assertEquals(channel.state, "attached");
  assertEquals(events, ["attaching", "attached", "detaching", "detached", "attaching", "attached"]);
});

test("RTS4a: after release() get() gives a new channel, which is attached once the old one is gone", async () => {
  await using rig = new Rig();
  const old = await rig.attach();
  const heard: unknown[] = [];
  old.on(({ event }) => void heard.push(`old ${event}`));
  const released = rig.client.channels.release("c");
  const channel = rig.client.channels.get("c");
  assert(channel !== old);
  assertEquals([channel.state, rig.client.channels.all.c === channel], ["initialized", true]);
  channel.on(({ event }) => void heard.push(`new ${event}`));
  const subscribed = channel.subscribe(({ data }) => void heard.push(data));
  await rig.settle();
  assertEquals(rig.sentActions(), [Action.Attach, Action.Detach]);
  await rig.receive({ action: Action.Detached, channel: "c" });
  await released;
  assertEquals(rig.sentActions(), [Action.Attach, Action.Detach, Action.Attach]);
  await rig.attached("c");
  await subscribed;
  await rig.receive({ action: Action.Message, channel: "c", messages: [{ data: "hello" }] });
  const order = ["old detaching", "new attaching", "old detached", "new attached", "hello"];
  assertEquals(heard, order);
});

test("RTS4a: release, get, attach works from every state, twice, and through every view", async () => {
  const beginnings: Record<string, (rig: Rig, channel: RealtimeChannel) => Promise<unknown>> = {
    "initialized": () => Promise.resolve(),
    "attaching": (_rig, channel) => (void channel.attach().catch(() => {}), Promise.resolve()),
    "attached": (_rig, channel) => channel.attach(),
    "detaching": async (_rig, channel) => {
      await channel.attach();
      void channel.detach();
    },
    "detached": async (_rig, channel) => {
      await channel.attach();
      await channel.detach();
    },
    "failed": (rig) => rig.receive({ action: Action.Error, channel: "c", error: { code: 40160 } }),
    "suspended": async (rig, channel) => {
      const answer = rig.answer;
      rig.answer = () => {};
      const attaching = failureOf(() => channel.attach());
      await rig.clock.advance(10_000);
      await attaching;
      rig.answer = answer;
    },
    "offline": async (rig, channel) => {
      await channel.attach();
      await rig.lose();
    },
    "offline and attaching": async (rig, channel) => {
      await rig.lose();
      void channel.attach().catch(() => {});
    },
  };
  for (const [name, begin] of Object.entries(beginnings)) {
    await using rig = served();
    await rig.accept();
    const proxy = rig.client.createWrapperSDKProxy({ agents: { chat: "1" } });
    const old = rig.client.channels.get("c");
    await begin(rig, old);
    void proxy.channels.release("c");
    const between = proxy.channels.get("c");
    const overtaken = between.attach().then(() => true, ({ code }) => code === 90000);
    void rig.client.channels.release("c");
    assertEquals([rig.client.channels.exists("c"), [...proxy.channels].length], [false, 0], name);
    const channel = rig.client.channels.get("c");
    const attached = channel.attach();
    const heard: unknown[] = [];
    void channel.subscribe(({ data }) => void heard.push(data));
    if (name.startsWith("offline")) await rig.accept();
    await rig.settle();
    assertEquals((await attached)?.current, "attached", name);
    assert(await overtaken, name);
    await channel.presence.enter("x");
    await rig.receive({ action: Action.Message, channel: "c", messages: [{ data: "hello" }] });
    assertEquals([channel.state, heard], ["attached", ["hello"]], name);
    for (const gone of [old, between]) {
      for (
        const call of [
          () => gone.attach(),
          () => gone.subscribe(() => {}),
          () => gone.presence.enter(),
          () => gone.presence.get(),
          () => gone.setOptions({}),
          () => gone.messages().next(),
        ]
      ) {
        const error = await failureOf(call);
        assertEquals(error.code, 90001, name);
        assert(error.message.includes("released"), error.message);
      }
      if (gone.state === "failed") await failureOf(() => gone.detach()); // RTL5b
      else await gone.detach();
      assertEquals(["initialized", "detached", "failed"].includes(gone.state), true, name);
    }
    assertEquals(channel.state, "attached", name);
  }
});

test("RTS4a: calls waiting on a released channel settle at once or when the service has answered", async () => {
  await using rig = new Rig({ clientId: "me" });
  await rig.accept();
  const channel = rig.client.channels.get("c", { attachOnSubscribe: false });
  const items = channel.messages();
  const next = items.next();
  const waiting = [channel.attach(), channel.presence.get(), channel.presence.enter()];
  const settled = Promise.allSettled(waiting);
  void rig.client.channels.release("c");
  assertEquals(await next, { done: true, value: undefined });
  await rig.clock.advance(20_000);
  assertEquals((await settled).map(({ status }) => status), ["rejected", "rejected", "rejected"]);
});

test("RTN12: close() before connecting settles everyone who waits for a connection", async () => {
  await using rig = new Rig({ autoConnect: false, clientId: "me" });
  const { client } = rig;
  const channel = client.channels.get("c");
  const silent = client.channels.get("d", { attachOnSubscribe: false });
  const calls = Promise.allSettled([
    channel.publish("a", "b"),
    channel.attach(),
    channel.subscribe(() => {}),
    channel.presence.enter(),
    channel.presence.get(),
    channel.presence.subscribe(() => {}),
    channel.annotations.publish("serial", { type: "t" }),
    channel.setOptions({ params: { rewind: "1" } }),
    client.connection.ping(),
    channel.messages().next(),
    silent.messages().next(),
    silent.presence.events().next(),
  ]);
  await client.close();
  const results = await outcome(calls, rig);
  assert(Array.isArray(results));
  assertEquals(
    results.map((result) => result.status === "fulfilled" ? result.value : "rejected"),
    [...Array(9).fill("rejected"), ...Array(3).fill({ done: true, value: undefined })],
  );
  assertEquals([client.connection.state, channel.state], ["closed", "detached"]);
});
