import { Realtime, type RealtimeChannel } from "../../../mod.ts";
import { Action, Flag } from "../../../src/protocol/actions.ts";
import { createService } from "../../../src/testing/mod.ts";
import { assertEquals, test } from "../../harness.ts";
import { DEFAULT_MODES, type Frame, Rig } from "../../support/realtime_rig.ts";

const TRIES = 100;
const ATTACHED: Frame = { action: Action.Attached, channel: "c", flags: DEFAULT_MODES };
/** Without continuity: an update. */
const AGAIN: Frame = { ...ATTACHED, flags: DEFAULT_MODES | Flag.HasPresence };
const present = (clientId: string): Frame => ({
  action: Action.Presence,
  channel: "c",
  connectionId: "other",
  presence: [{ action: 2, clientId, id: `other:0:${clientId}`, timestamp: 1 }],
});
const said = (name: string): Frame => ({
  action: Action.Message,
  channel: "c",
  messages: [{ name }],
});
const sync = (cursor: string): Frame => ({
  action: Action.Sync,
  channel: "c",
  channelSerial: `1:${cursor}`,
  presence: [],
});

/** Waits for a call as an application does that has wrapped it in several functions of its own. */
async function wrapped<T>(call: () => Promise<T>, levels = 5): Promise<T> {
  if (levels === 0) return call();
  // deno-lint-ignore require-await
  const unawaited = async () => wrapped(call, levels - 1);
  const result = await unawaited();
  return await Promise.resolve(result).then((same) => same);
}

/** The awaited call, the frame that settles it, and whether the channel is attached before. */
interface Case {
  call: (channel: RealtimeChannel, client: Realtime) => Promise<unknown>;
  frames: (rig: Rig) => Frame[];
  isAttached?: boolean;
}

const CASES: Record<string, Case> = {
  "attach()": { call: (channel) => channel.attach(), frames: () => [ATTACHED] },
  "subscribe()": { call: (channel) => channel.subscribe(() => {}), frames: () => [ATTACHED] },
  "presence.subscribe()": {
    call: (channel) => channel.presence.subscribe(() => {}),
    frames: () => [ATTACHED],
  },
  "channel.once()": {
    call: (channel) => (void channel.attach(), channel.once("attached")),
    frames: () => [ATTACHED],
  },
  "channel.whenState()": {
    call: (channel) => (void channel.attach(), channel.whenState("attached")),
    frames: () => [ATTACHED],
  },
  "a promise that a listener resolves": {
    call: (channel) =>
      new Promise<void>((resolve) => {
        channel.once("attached", () => resolve());
        void channel.attach();
      }),
    frames: () => [ATTACHED],
  },
  "presence.get()": {
    call: (channel) => channel.presence.get(),
    frames:
      () => [{ ...ATTACHED, flags: DEFAULT_MODES | Flag.HasPresence }, sync("more"), sync("")],
  },
  "presence.enter()": {
    isAttached: true,
    call: (channel) => channel.presence.enterClient("me"),
    frames: (rig) => [ack(rig)],
  },
  "publish()": {
    isAttached: true,
    call: (channel) => channel.publish("n", null),
    frames: (rig) => [ack(rig)],
  },
  "a publish() that is refused": {
    isAttached: true,
    call: (channel) => channel.publish("n", null).catch(() => {}),
    frames: (rig) => [{ ...ack(rig), action: Action.Nack }],
  },
  "ping()": {
    isAttached: true,
    call: (_, { connection }) => connection.ping(),
    frames: (rig) => [{ action: Action.Heartbeat, id: rig.lastFrame(Action.Heartbeat).id }],
  },
  "connection.once()": {
    isAttached: true,
    call: (_, { connection }) => connection.once("update"),
    frames: () => [{ action: Action.Connected, connectionId: "id-1" }],
  },
  "next() of an iterator": {
    isAttached: true,
    call: (channel) => channel.messages().next(),
    frames: () => [said("before")],
  },
  "next() of an iterator of presence": {
    isAttached: true,
    call: (channel) => channel.presence.events().next(),
    frames: () => [present("before")],
  },
};

function ack(rig: Rig): Frame {
  const { msgSerial } = rig.sent().findLast((frame) => frame.msgSerial !== undefined)!;
  return { action: Action.Ack, msgSerial, count: 1, res: [{ serials: ["s"] }] };
}

for (const [name, { call, frames, isAttached = false }] of Object.entries(CASES)) {
  test(`RTL17: after ${name} a listener that is added then receives all frames behind`, async () => {
    await using rig = new Rig();
    await rig.accept();
    const channel = rig.client.channels.get("c");
    if (isAttached) {
      const attaching = channel.attach();
      await rig.attached("c");
      await attaching;
    }
    const received: unknown[] = [];
    const waiting = wrapped(() => call(channel, rig.client)).then(() => {
      void channel.subscribe(({ name }) => void received.push(name));
      void channel.presence.subscribe(({ clientId }) => void received.push(clientId));
      channel.on("update", () => void received.push("update"));
    });
    await rig.settle();
    const behind = [said("a"), present("b"), AGAIN, said("c")];
    await rig.receive(...frames(rig), ...behind);
    await waiting;
    assertEquals(received, ["a", "b", "update", "c"]);
  });
}

test("RTN26b: after whenState() a listener receives what stands right behind CONNECTED", async () => {
  await using rig = new Rig({ autoConnect: false });
  const { connection } = rig.client;
  const events: unknown[] = [];
  const waiting = wrapped(() => connection.whenState("connected")).then(() =>
    connection.on(({ event, reason }) => void events.push([event, reason?.code]))
  );
  rig.client.connect();
  await rig.settle();
  await rig.receive({ action: Action.Connected, connectionId: "id-1" }, {
    action: Action.Connected,
    connectionId: "id-1",
    error: { code: 40000, statusCode: 400, message: "Note" },
  });
  await waiting;
  assertEquals(events, [["update", 40000]]);
});

test("RTL13b: after attach() has failed a listener receives the change that follows", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const states: string[] = [];
  const waiting = wrapped(() => channel.attach().catch(() => {})).then(() =>
    channel.on(({ current }) => void states.push(current))
  );
  await rig.settle();
  await rig.receive({ action: Action.Detached, channel: "c" }, ATTACHED);
  await waiting;
  assertEquals(states, ["attached"]);
});

test("RTN15a: frames that arrived before the socket closed are handled before", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const log: unknown[] = [];
  const waiting = wrapped(() => channel.attach()).then(() => {
    void channel.subscribe(({ name }) => void log.push(name));
    rig.client.connection.on(({ event }) => void log.push(event));
  });
  await rig.settle();
  const received = rig.receive(ATTACHED, said("a"), said("b"));
  rig.line.close();
  await received;
  await waiting;
  assertEquals(log, ["a", "b", "disconnected", "connecting"]);
});

test("RTN15h: what stands behind DISCONNECTED is not handled, and a close is no second loss", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const log: unknown[] = [];
  void channel.subscribe(({ name }) => void log.push(name));
  rig.client.connection.on(({ event }) => void log.push(event));
  await rig.settle();
  const received = rig.receive(ATTACHED, said("a"), { action: Action.Disconnected }, said("b"));
  rig.line.close();
  await received;
  assertEquals(log, ["a", "disconnected", "connecting"]);
});

test("RTN11b: connect() while closing: frames of the old connection that wait are never handled", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c");
  const names: unknown[] = [];
  void channel.subscribe(({ name }) => void names.push(name));
  await rig.settle();
  const received = rig.receive(ATTACHED, said("a"));
  void rig.client.close();
  rig.client.connect();
  await received;
  assertEquals([names, rig.client.connection.state], [[], "connecting"]);
});

test("RTL6j: an acknowledgement passes none of the frames before it", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const log: unknown[] = [];
  await channel.subscribe(({ name }) => void log.push(name));
  const published = channel.publish("n", null).then(() => log.push("published"));
  await rig.settle();
  await rig.receive(AGAIN, said("a"), ack(rig), said("b"));
  await published;
  assertEquals(log, ["a", "published", "b"]);
});

test("RTP11: after presence.get() on an encrypted channel a listener receives the events behind", async () => {
  await using rig = new Rig();
  await rig.accept();
  const channel = rig.client.channels.get("c", { cipher: { key: new Uint8Array(32) } });
  const log: unknown[] = [];
  const both = Promise.withResolvers<void>();
  const waiting = wrapped(() => channel.presence.get()).then(() =>
    void channel.presence.subscribe(({ clientId }) => {
      log.push(clientId);
      if (clientId === "c") both.resolve();
    })
  );
  await rig.settle();
  const secret = (clientId: string): Frame => {
    const frame = present(clientId);
    const data = "A".repeat(43) + "=";
    return {
      ...frame,
      presence: [{ ...frame.presence![0]!, data, encoding: "utf-8/cipher+aes-256-cbc/base64" }],
    };
  };
  const cursor = { action: Action.Sync, channelSerial: "1:" };
  await rig.receive(AGAIN, { ...secret("a"), ...cursor }, secret("b"), secret("c"));
  await waiting;
  await both.promise;
  assertEquals(log, ["b", "c"]);
});

test("RTL17: plain messages are delivered at once", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const names: unknown[] = [];
  await channel.subscribe(({ name }) => void names.push(name));
  for (const name of ["a", "b", "c"]) {
    const received = rig.receive(said(name));
    assertEquals(names.at(-1), name);
    await received;
  }
});

test("RTL4k, RTP1: in process, 100 of 100 receive what follows attach()", async () => {
  await using service = createService();
  await using ann = new Realtime({ ...service.options(), clientId: "ann" });
  await using ben = new Realtime(service.options());
  let received = 0;
  for (let i = 0; i < TRIES; i++) {
    const name = `room-${i}`;
    await ann.channels.get(name).presence.enter();
    await ann.channels.get(name).publish("past", null);
    const channel = ben.channels.get(name, { params: { rewind: "1" } });
    await wrapped(() => channel.attach());
    const both = Promise.all([
      new Promise<void>((resolve) => void channel.subscribe("past", () => resolve())),
      new Promise<void>((resolve) => void channel.presence.subscribe("present", () => resolve())),
    ]);
    await both;
    received++;
  }
  assertEquals(received, TRIES);
});
