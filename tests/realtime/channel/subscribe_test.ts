import { type InboundMessage, Realtime, type RealtimeChannel } from "../../../mod.ts";
import { Action, Flag, MODE_FLAGS } from "../../../src/protocol/actions.ts";
import { createService } from "../../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { failureOf, outcome } from "../../support/outcomes.ts";
import { DEFAULT_MODES, type Frame, Rig } from "../../support/realtime_rig.ts";

/** A MESSAGE with messages of these names. */
function message(...names: (string | undefined)[]): Frame {
  return {
    action: Action.Message,
    channel: "c",
    id: "conn:0",
    timestamp: 1,
    messages: names.map((name) => ({ name })),
  };
}

/** A listener that notes the names it is given. */
function notes(): { seen: unknown[]; listener: (message: InboundMessage) => void } {
  const seen: unknown[] = [];
  return { seen, listener: (message) => void seen.push(message.name) };
}

test("RTL7a, RTL7b: listeners get all messages, those of one name, or of several names", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const [all, a, ab] = [notes(), notes(), notes()];
  await channel.subscribe(all.listener);
  await channel.subscribe("a", a.listener);
  await channel.subscribe(["a", "b"], ab.listener);
  await rig.receive(message("a", "b", "c", undefined), message("a"));
  assertEquals(all.seen, ["a", "b", "c", undefined, "a"]);
  assertEquals(a.seen, ["a", "a"]);
  assertEquals(ab.seen, ["a", "b", "a"]);
});

test("RTL7a, RTL7b: listeners are called in the order in which they were added, with or without names", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const calls: string[] = [];
  const note = (listener: string) => (message: InboundMessage) =>
    void calls.push(`${message.name}${listener}`);
  await channel.subscribe(note("1"));
  await channel.subscribe(["a", "b", "a"], note("2"));
  await channel.subscribe(note("3"));
  await channel.subscribe(["b", "toString"], note("4"));
  await rig.receive(message("a", "b", "c", "constructor", "toString", undefined));
  await channel.subscribe("c", note("5")); // After an item has come.
  await rig.receive(message("c"));
  assertEquals(calls.join(" ").replaceAll("undefined", "-").split(" "), [
    ...["a1", "a2", "a3"],
    ...["b1", "b2", "b3", "b4"],
    ...["c1", "c3"],
    ...["constructor1", "constructor3"],
    ...["toString1", "toString3", "toString4"],
    ...["-1", "-3"],
    ...["c1", "c3", "c5"],
  ]);
});

test("hot path: a frame of plain messages is delivered before the socket's event is over", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const { seen, listener } = notes();
  await channel.subscribe(listener);
  rig.line.send(message("a", "b"));
  assertEquals(seen, ["a", "b"]);
});

test("RTL8a, RTL8b, RTL8c: unsubscribes a listener, from a name, or everyone", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const [one, two] = [notes(), notes()];
  const next = async () => {
    one.seen.length = two.seen.length = 0;
    await rig.receive(message("a", "b"));
    return [one.seen.join(""), two.seen.join("")];
  };
  await channel.subscribe(one.listener);
  await channel.subscribe("a", one.listener);
  await channel.subscribe(["a", "b"], two.listener);
  assertEquals(await next(), ["aab", "ab"]);
  channel.unsubscribe("a", one.listener); // RTL8b: the subscription to everything stays
  assertEquals(await next(), ["ab", "ab"]);
  channel.unsubscribe("a", two.listener);
  assertEquals(await next(), ["ab", "b"]);
  channel.unsubscribe(one.listener); // RTL8a
  assertEquals(await next(), ["", "b"]);
  channel.unsubscribe(["b", "c"]);
  assertEquals(await next(), ["", ""]);
  await channel.subscribe(one.listener);
  await channel.subscribe(two.listener);
  channel.unsubscribe(); // RTL8c
  assertEquals(await next(), ["", ""]);
});

test("RTE3: a listener that is subscribed twice is called twice, and unsubscribed at once", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const { seen, listener } = notes();
  await channel.subscribe(listener);
  await channel.subscribe(listener);
  await rig.receive(message("a"));
  channel.unsubscribe(listener);
  await rig.receive(message("b"));
  assertEquals(seen, ["a", "a"]);
});

test("RTE6, RTE6a: a throwing listener does not stop the others; the set of listeners is fixed when a message arrives", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const [late, removed] = [notes(), notes()];
  await channel.subscribe((message) => {
    if (message.name !== "a") return;
    void channel.subscribe(late.listener);
    channel.unsubscribe(removed.listener);
    throw new Error("Oh no");
  });
  await channel.subscribe(removed.listener);
  await rig.receive(message("a", "b"));
  assertEquals([removed.seen, late.seen], [["a"], ["b"]]);
  assert(rig.logged.some((line) => line.startsWith("error:") && line.includes("Oh no")));
});

test("RTE6: an async listener that rejects is logged, and is no unhandled rejection", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const fail = (what: string) => () => Promise.reject(new Error(`${what} failed`));
  await channel.subscribe(fail("Message"));
  await channel.presence.subscribe(fail("Presence"));
  await channel.annotations.subscribe(fail("Annotation"));
  await rig.receive(
    message("a"),
    {
      action: Action.Presence,
      channel: "c",
      presence: [{ action: 2, clientId: "x", id: "y:0:0" }],
    },
    { action: Action.Annotation, channel: "c", annotations: [{ type: "t" }] },
  );
  for (const what of ["Message", "Presence", "Annotation"]) {
    assert(rig.logged.some((line) => line.startsWith("error:") && line.includes(`${what} failed`)));
  }
});

test("RTL22, MFI2: a filter matches what meets all its criteria", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const filters = {
    name: { name: "a" },
    client: { clientId: "jim" },
    ref: { isRef: true },
    noRef: { isRef: false }, // RTL22b
    serial: { refTimeserial: "t1" },
    type: { refType: "com.ably.reply" },
    both: { name: "a", refType: "com.ably.reply" }, // RTL22c
    any: {},
  };
  const seen: Record<string, string> = {};
  for (const [what, filter] of Object.entries(filters)) {
    seen[what] = "";
    await channel.subscribe(filter, ({ id }) => void (seen[what] += id));
  }
  await rig.receive({
    action: Action.Message,
    channel: "c",
    messages: [
      { id: "1", name: "a" },
      {
        id: "2",
        name: "a",
        clientId: "jim",
        extras: { ref: { timeserial: "t1", type: "com.ably.reply" } },
      },
      { id: "3", name: "b", extras: { ref: { timeserial: "t2", type: "other" } } },
      { id: "4", clientId: "joe", extras: { ref: null, headers: {} } },
    ],
  });
  assertEquals(seen, {
    name: "12",
    client: "2",
    ref: "23",
    noRef: "14",
    serial: "2",
    type: "2",
    both: "2",
    any: "1234",
  });
});

test("RTL22: a filter is unsubscribed by what it says, with or without the listener", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const [one, two] = [notes(), notes()];
  const filter = { name: "a", isRef: false };
  await channel.subscribe(filter, one.listener);
  await channel.subscribe(filter, two.listener);
  channel.unsubscribe({ name: "a" });
  channel.unsubscribe(filter, one.listener);
  await rig.receive(message("a"));
  channel.unsubscribe({ isRef: false, name: "a" });
  await rig.receive(message("a"));
  assertEquals([one.seen, two.seen], [[], ["a"]]);
});

test("RTL7: arguments that are no subscription are refused", async () => {
  await using rig = new Rig({ autoConnect: false });
  const channel = rig.client.channels.get("c");
  // deno-lint-ignore no-explicit-any
  const subscribe = channel.subscribe.bind(channel) as (...args: any[]) => Promise<unknown>;
  for (const args of [[], ["a"], [null], ["a", "b"], [5, () => {}], [{ name: "a" }, {}]]) {
    const error = await failureOf(() => subscribe(...args));
    assertEquals([error.code, channel.state], [40000, "initialized"]);
    assert(error.remediation !== "");
  }
});

test("RTL7g: subscribing attaches an initialized or detached channel, and waits while it is detaching", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const subscribed = channel.subscribe(() => {});
  await rig.settle();
  assertEquals(channel.state, "attaching");
  await rig.attached("c");
  assertEquals((await subscribed)?.current, "attached");
  assertEquals(await channel.subscribe(() => {}), null);
  const detaching = channel.detach();
  await rig.settle();
  const again = channel.subscribe(() => {});
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detaching;
  assertEquals(channel.state, "attaching");
  await rig.attached("c");
  assertEquals((await again)?.previous, "attaching");
});

test("RTL7g: the listener is registered even if attaching fails", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const { seen, listener } = notes();
  const subscribed = failureOf(() => channel.subscribe(listener));
  const error = { code: 40160, statusCode: 401, message: "No" };
  await rig.receive({ action: Action.Error, channel: "c", error });
  assertEquals((await subscribed).code, 40160);
  // On a failed channel nothing is attached, and the listener is registered all the same.
  assertEquals((await failureOf(() => channel.subscribe(listener))).code, 90001);
  assertEquals(rig.sent(Action.Attach).length, 1);
  await rig.attach();
  await rig.receive(message("a"));
  assertEquals(seen, ["a", "a"]);
});

test("RTL7g: a suspended channel is left to its own retries", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  await rig.suspend();
  assertEquals([await channel.subscribe(() => {}), channel.state], [null, "suspended"]);
});

test("RTL7h, TB4: with attachOnSubscribe off nothing is attached", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c", { attachOnSubscribe: false });
  const { seen, listener } = notes();
  assertEquals(await channel.subscribe(listener), null);
  assertEquals([channel.state, rig.sent()], ["initialized", []]);
  await rig.attach();
  await rig.receive(message("a"));
  assertEquals(seen, ["a"]);
});

const NO_SUBSCRIBE = DEFAULT_MODES & ~MODE_FLAGS.subscribe;

test("RTL7i2, TO3r2: without the mode subscribing succeeds, and says once per attachment what is wrong", async () => {
  await using rig = new Rig();
  const channel = await rig.attach({ flags: NO_SUBSCRIBE });
  const complaints = () =>
    rig.logged.filter((line) => line.startsWith("error:") && line.includes("strictMode")).length;
  await channel.subscribe(() => {});
  await channel.subscribe(() => {});
  assertEquals(complaints(), 1);
  assert(rig.logged.some((line) => line.includes('without the "subscribe" mode')));
  await rig.attached("c", { flags: NO_SUBSCRIBE });
  await channel.subscribe(() => {});
  assertEquals(complaints(), 2);
});

test("RTL7i1: in strict mode subscribing fails without the mode; the listener stays", async () => {
  await using rig = new Rig({ strictMode: true });
  await rig.accept();
  const channel = rig.client.channels.get("c", { modes: ["subscribe"] });
  const { seen, listener } = notes();
  const subscribed = failureOf(() => channel.subscribe(listener));
  await rig.settle();
  await rig.attached("c", { flags: NO_SUBSCRIBE }); // Granted is what counts, not what was asked for.
  const error = await subscribed;
  assertEquals([error.code, error.statusCode], [90009, 400]);
  await rig.attached("c", { flags: DEFAULT_MODES });
  await channel.subscribe(() => {});
  await rig.receive(message("a"));
  assertEquals(seen, ["a"]);
});

test("RTL7i3: without an attachment there is nothing to check", async () => {
  await using rig = new Rig({ strictMode: true });
  const channel = rig.client.channels.get("c", { attachOnSubscribe: false });
  assertEquals(await channel.subscribe(() => {}), null);
});

test("RTL17: messages are delivered while attached, and only then", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c", { attachOnSubscribe: false });
  const { seen, listener } = notes();
  await channel.subscribe(listener);
  const receive = () => rig.receive(message(channel.state));
  await receive();
  const attaching = channel.attach();
  await rig.settle();
  await receive();
  await rig.attached("c");
  await attaching;
  await receive();
  const detaching = channel.detach();
  await rig.settle();
  await receive();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await detaching;
  await receive();
  const again = failureOf(() => channel.attach());
  await rig.receive({ action: Action.Detached, channel: "c" });
  await again;
  assertEquals(channel.state, "suspended");
  await receive();
  await rig.receive({ action: Action.Error, channel: "c" });
  await receive();
  assertEquals(seen, ["attached"]);
});

test("RTL17: a listener that detaches is the last to hear", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const { seen, listener } = notes();
  await channel.subscribe((message) => {
    if (message.name === "stop") void channel.detach().catch(() => {});
  });
  await channel.subscribe(listener);
  await rig.receive(message("a", "stop", "b"), message("c"));
  assertEquals(seen, ["a", "stop"]);
  await rig.receive({ action: Action.Detached, channel: "c" });
});

/** Takes the items that are available. */
async function take(items: AsyncIterator<InboundMessage>, count: number): Promise<unknown[]> {
  const names: unknown[] = [];
  for (let i = 0; i < count; i++) {
    const { done, value } = await items.next();
    names.push(done ? "end" : value.name);
  }
  return names;
}

test("messages(): attaches, keeps what comes before it is taken, and goes on", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const items = channel.messages();
  await rig.settle();
  await rig.attached("c");
  await rig.receive(message("a", "b"));
  assertEquals(await take(items, 2), ["a", "b"]);
  const next = [items.next(), items.next()];
  await rig.receive(message("c", "d"));
  assertEquals((await Promise.all(next)).map(({ value }) => value.name), ["c", "d"]);
  await items.return!();
});

test("messages(): names and filters choose", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const byName = channel.messages("a");
  const byNames = channel.messages(["a", "c"]);
  const byFilter = channel.messages({ name: "b" });
  await rig.receive(message("a", "b", "c"));
  assertEquals(await take(byName, 1), ["a"]);
  assertEquals(await take(byNames, 2), ["a", "c"]);
  assertEquals(await take(byFilter, 1), ["b"]);
  channel.unsubscribe();
});

test("messages(): leaving the loop stops the delivery", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const taken: unknown[] = [];
  const loop = (async () => {
    for await (const { name } of channel.messages()) {
      taken.push(name);
      if (name === "stop") break;
    }
  })();
  await rig.receive(message("a", "stop", "b"));
  await loop;
  await rig.receive(message("c"));
  assertEquals(taken, ["a", "stop"]);
});

test("messages(): aborting ends the loop at once, before or while it runs", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const none = channel.messages(null, { signal: AbortSignal.abort() });
  assertEquals([await take(none, 2), channel.state], [["end", "end"], "initialized"]);
  await rig.attach();
  const controller = new AbortController();
  const items = channel.messages(null, { signal: controller.signal });
  await rig.receive(message("a", "b"));
  assertEquals(await take(items, 1), ["a"]);
  controller.abort();
  assertEquals(await take(items, 1), ["end"]); // Waiting items are dropped.
  const other = new AbortController();
  const waiting = channel.messages(null, { signal: other.signal });
  const next = [waiting.next(), waiting.next()];
  other.abort();
  assertEquals((await Promise.all(next)).map(({ done }) => done), [true, true]);
});

test("messages(): too many waiting messages end the iteration after those that wait", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const items = channel.messages(null, { bufferLimit: 2 });
  await rig.receive(message("a", "b", "c", "d"));
  assertEquals(await take(items, 2), ["a", "b"]);
  const error = await failureOf(() => items.next());
  assertEquals(error.code, 40000);
  assert(error.remediation.includes("bufferLimit"));
  assertEquals(await take(items, 1), ["end"]);
});

test("messages(): or the oldest, or the newest, are dropped", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const oldest = channel.messages(null, { bufferLimit: 2, onOverflow: "drop-oldest" });
  const newest = channel.messages(null, { bufferLimit: 2, onOverflow: "drop-newest" });
  await rig.receive(message("a", "b", "c", "d"));
  assertEquals(await take(oldest, 2), ["c", "d"]);
  assertEquals(await take(newest, 2), ["a", "b"]);
  channel.unsubscribe();
});

test("messages(): ends with the reason when attaching fails", async () => {
  await using rig = new Rig();
  await rig.accept();
  const items = rig.client.channels.get("c").messages();
  const next = failureOf(() => items.next());
  await rig.settle();
  const error = { code: 40160, statusCode: 401, message: "No" };
  await rig.receive({ action: Action.Error, channel: "c", error });
  assertEquals((await next).code, 40160);
  assertEquals(await take(items, 1), ["end"]);
});

test("messages(): ends when the channel is detached, fails when it fails, and outlives an interruption", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const failing = channel.messages();
  await rig.settle();
  await rig.lose();
  await rig.accept();
  await rig.attached("c", { flags: DEFAULT_MODES | Flag.Resumed });
  await rig.receive(message("a"));
  const error = { code: 40160, statusCode: 401, message: "No" };
  await rig.receive({ action: Action.Error, channel: "c", error });
  assertEquals(await take(failing, 1), ["a"]);
  assertEquals((await failureOf(() => failing.next())).code, 40160);
  await rig.attach();
  const ending = channel.messages();
  const next = ending.next();
  await rig.settle();
  assertEquals(await outcome(next, rig), "pending");
  const closed = rig.client.close();
  await rig.receive({ action: Action.Closed });
  await closed;
  assertEquals((await next).done, true);
});

test("messages(): ends however the channel ends, also where no state tells", async () => {
  const endings: [name: string, end: (rig: Rig, channel: RealtimeChannel) => Promise<void>][] = [
    ["detached", async (rig, channel) => {
      void channel.detach();
      await rig.receive({ action: Action.Detached, channel: "c" });
    }],
    ["detached at once", async (rig, channel) => {
      await rig.disconnect();
      await channel.detach();
    }],
    ["released", async (rig) => {
      const released = rig.client.channels.release("c");
      await rig.receive({ action: Action.Detached, channel: "c" });
      await released;
    }],
    ["closed", async (rig) => {
      void rig.client.close();
      await rig.receive({ action: Action.Closed });
    }],
    ["closed while suspended", async (rig) => {
      await rig.suspend();
      await rig.client.close();
    }],
    ["made new while detaching", async (rig, channel) => {
      void channel.detach();
      void rig.client.close();
      rig.client.connect();
      await rig.accept();
    }],
  ];
  for (const [name, end] of endings) {
    await using rig = new Rig();
    const channel = await rig.attach();
    const early = channel.messages();
    await rig.settle();
    const late = channel.messages();
    await end(rig, channel);
    for (const items of [early, late]) {
      assertEquals(await outcome(items.next(), rig), { done: true, value: undefined }, name);
    }
  }
});

test("messages(): one that attaches nothing ends with the channel or the connection all the same", async () => {
  const make = async () => {
    const rig = new Rig();
    await rig.accept();
    const items = rig.client.channels.get("c", { attachOnSubscribe: false }).messages();
    assertEquals(await outcome(items.next(), rig), "pending");
    return { rig, next: items.next() };
  };
  const released = await make();
  await released.rig.client.channels.release("c");
  assertEquals((await released.next).done, true);
  await released.rig[Symbol.asyncDispose]();

  const closed = await make();
  await closed.rig[Symbol.asyncDispose]();
  assertEquals((await closed.next).done, true);

  const failed = await make();
  const items = failed.rig.client.channels.get("d", { attachOnSubscribe: false }).messages();
  await failed.rig.receive({ action: Action.Error, error: { code: 40400, message: "No app" } });
  assertEquals((await failureOf(() => items.next())).code, 40400);
});

test("messages(): unsubscribe() concerns listeners, not iterators", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const items = channel.messages("a");
  channel.unsubscribe("a");
  channel.unsubscribe();
  await rig.receive(message("a"));
  assertEquals(await take(items, 1), ["a"]);
});

test("RTL7b: later changes to the array of names do not change the subscription", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const { seen, listener } = notes();
  const names = ["a"];
  await channel.subscribe(names, listener);
  names[0] = "b";
  await rig.receive(message("a", "b"));
  assertEquals(seen, ["a"]);
});

test("RTL8, RTP7, RTAN5: null stands for no name, whether there is a listener or not", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const [one, two] = [notes(), notes()];
  await channel.subscribe(one.listener);
  await channel.subscribe("a", two.listener);
  channel.presence.unsubscribe(null, () => {});
  channel.annotations.unsubscribe(null, () => {});
  channel.unsubscribe(null, one.listener);
  await rig.receive(message("a"));
  channel.unsubscribe(null);
  await rig.receive(message("a"));
  assertEquals([one.seen, two.seen], [[], ["a"]]);
});

test("messages() that has been aborted or left gives nothing more, neither items nor an error", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const controller = new AbortController();
  const options = { signal: controller.signal, bufferLimit: 1 };
  await channel.subscribe(({ name }) => {
    if (name === "stop") controller.abort();
  });
  const full = channel.messages("a", options);
  const left = channel.messages("a", { bufferLimit: 1 });
  const late = channel.messages("stop", { signal: controller.signal });
  await rig.receive(message("a"), message("a"));
  await left.return!();
  await rig.receive(message("stop"));
  for (const items of [full, left, late]) assertEquals((await items.next()).done, true);
});

test("RTL7: code that awaits an encrypted message adds a listener in time for the next message", async () => {
  await using service = createService();
  await using client = new Realtime(service.options());
  await using publisher = new Realtime(service.options());
  const [channel, other] = [client, publisher].map(({ channels }) =>
    channels.get("c", { cipher: { key: new Uint8Array(16) } })
  ) as [RealtimeChannel, RealtimeChannel];
  await other.attach();
  const arrival = (name: string) =>
    new Promise<InboundMessage>((resolve) => void channel.subscribe(name, resolve));
  const [begin, end] = [arrival("begin"), arrival("end")];
  await channel.attach();
  const { seen, listener } = notes();
  const work = async () => {
    await begin;
    await channel.subscribe("step", listener);
  };
  const published = ["begin", "step", "step", "end"].map((name) => other.publish(name, "x"));
  await Promise.all([work(), end, ...published]);
  assertEquals(seen, ["step", "step"]);
});
