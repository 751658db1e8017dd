import type { RealtimeChannel } from "../../mod.ts";
import { Action } from "../../src/protocol/actions.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { DEFAULT_MODES, type Frame, Rig } from "../support/realtime_rig.ts";
import { ENTER, LEAVE, presence } from "../support/presence_frames.ts";

const MINUTE = 60_000;
/** The limit at which a test stops: the client would go on for ever. */
const ENOUGH = 1_000;

const ATTACHED: Frame = { action: Action.Attached, channel: "c", flags: DEFAULT_MODES };
const DETACHED: Frame = {
  action: Action.Detached,
  channel: "c",
  error: { code: 50000, statusCode: 500, message: "Not now" },
};
const MISFIT: Frame = {
  action: Action.Message,
  channel: "c",
  id: "m",
  messages: [{ data: "AAAA", encoding: "vcdiff/base64", extras: { delta: { from: "x" } } }],
};

/** A service that answers each frame of one kind with the same frames; `isUnruly` ends that. */
class Unruly {
  isUnruly = true;
  count = 0;
  readonly #action: number;
  readonly #answers: readonly Frame[];
  readonly #good: readonly Frame[];

  constructor(action: number, answers: readonly Frame[], good: readonly Frame[]) {
    this.#action = action;
    this.#answers = answers;
    this.#good = good;
  }

  readonly answer = ({ action }: ProtocolMessage): readonly Frame[] => {
    if (action !== this.#action) return [];
    if (++this.count > ENOUGH) return [];
    return this.isUnruly ? this.#answers : this.#good;
  };

  /** The number of requests within a time. */
  async during(rig: Rig, ms: number): Promise<number> {
    const before = this.count;
    await rig.clock.advance(ms);
    return this.count - before;
  }
}

/** Attaches a channel without waiting for it, and lets the service do its worst. */
async function attaching(rig: Rig, service: Unruly): Promise<RealtimeChannel> {
  await rig.accept();
  rig.answer = service.answer;
  const channel = rig.client.channels.get("c", { params: { delta: "vcdiff" } });
  channel.attach().catch(() => {});
  await rig.settle();
  return channel;
}

const LOOPS: Record<string, readonly Frame[]> = {
  "RTL13a: DETACHED after each ATTACHED": [ATTACHED, DETACHED],
  "RTL13a: DETACHED twice for each ATTACH": [DETACHED, DETACHED],
  "RTL13a: DETACHED, late ATTACHED, DETACHED": [DETACHED, ATTACHED, DETACHED],
  "RTL18c: a delta that does not fit after each ATTACHED": [ATTACHED, MISFIT],
};

for (const [name, answers] of Object.entries(LOOPS)) {
  test(`${name} leads to a few attempts a minute, and to an attachment in the end`, async () => {
    await using rig = new Rig();
    const service = new Unruly(Action.Attach, answers, [ATTACHED]);
    const channel = await attaching(rig, service);
    assert(service.count <= 10, `${service.count} attempts at once`);
    assertEquals(channel.state, "suspended");
    assert(await service.during(rig, MINUTE) <= 10);
    const later = await service.during(rig, 10 * MINUTE);
    assert(later >= 10 && later <= 60, `${later} attempts in ten minutes`);
    service.isUnruly = false;
    await service.during(rig, MINUTE);
    assertEquals(channel.state, "attached");
    await service.during(rig, 10 * MINUTE); // Calm is forgiven.
    const before = service.count;
    await rig.receive(DETACHED);
    assertEquals([channel.state, service.count - before], ["attached", 1]);
  });
}

test("RTL13a: a channel that is detached now and then is attached again at once each time", async () => {
  await using rig = new Rig();
  const service = new Unruly(Action.Attach, [ATTACHED], [ATTACHED]);
  const channel = await attaching(rig, service);
  for (let i = 0; i < 60; i++) {
    await rig.clock.advance(MINUTE / 2);
    await rig.receive(DETACHED);
    assertEquals([channel.state, service.count], ["attached", i + 2]);
  }
});

test("RTL5k: ATTACHED for a channel that is detached leads to a few DETACH a minute", async () => {
  // RTL5f: a channel whose DETACH is never answered stays attached.
  for (
    const [state, answers] of [["attached", [ATTACHED]], ["detached", [
      DETACHED,
      ATTACHED,
    ]]] as const
  ) {
    await using rig = new Rig();
    const service = new Unruly(Action.Detach, answers, [DETACHED]);
    const channel = await rig.attach();
    rig.answer = service.answer;
    void channel.detach().catch(() => {});
    await rig.settle();
    assert(service.count <= 20, `${service.count} at once`);
    for (let i = 0; i < 600; i++) {
      await rig.receive(ATTACHED);
      await rig.clock.advance(100);
    }
    assert(service.count <= 50, `${service.count} in a minute`);
    service.isUnruly = false;
    await rig.clock.advance(MINUTE);
    await rig.receive(ATTACHED);
    await rig.clock.advance(MINUTE);
    assertEquals(channel.state, state);
  }
});

test("RTN22: AUTH after each AUTH leads to a few tokens a minute, and none is under way twice", async () => {
  let tokens = 0;
  let underWay = 0;
  await using rig = new Rig({
    key: undefined,
    authCallback: async () => {
      assertEquals(underWay++, 0);
      await null;
      underWay--;
      return `token-${++tokens}`;
    },
  });
  await rig.accept();
  const service = new Unruly(Action.Auth, [
    { action: Action.Connected, connectionId: "id-1" },
    { action: Action.Auth },
  ], [{ action: Action.Connected, connectionId: "id-1" }]);
  rig.answer = service.answer;
  for (let i = 0; i < 600; i++) {
    await rig.receive({ action: Action.Auth }, { action: Action.Auth });
    await rig.clock.advance(100);
  }
  assert(tokens >= 5 && tokens <= 20, `${tokens} tokens in a minute`);
  assertEquals(rig.client.connection.state, "connected");
  const warnings = rig.logged.filter((line) => line.startsWith("warn"));
  assert(warnings.length <= 20, `${warnings.length} warnings`);
  service.isUnruly = false;
  await rig.clock.advance(MINUTE);
  const before = tokens;
  await rig.receive({ action: Action.Auth });
  assertEquals(tokens - before, 1);
});

test("RTN22: AUTH without a means to get a token is complained of a few times", async () => {
  await using rig = new Rig({ key: undefined, token: "token" });
  await rig.accept();
  for (let i = 0; i < 600; i++) await rig.receive({ action: Action.Auth });
  assert(rig.logged.filter((line) => line.startsWith("warn")).length <= 10);
});

test("RTP17i: ATTACHED without continuity after each entering leads to a few a minute", async () => {
  await using rig = new Rig();
  await rig.accept({ id: "one" });
  const channel = await rig.attach();
  await rig.receive(presence(ENTER, "one:0", "jim"));
  const service = new Unruly(Action.Presence, [ATTACHED], []);
  rig.answer = service.answer;
  await rig.receive(ATTACHED);
  for (let i = 0; i < 600; i++) {
    await rig.receive(ATTACHED);
    await rig.clock.advance(100);
  }
  assert(service.count >= 5 && service.count <= 15, `${service.count} in a minute`);
  service.isUnruly = false;
  await rig.receive(ATTACHED); // However it was paced before: the member enters after the last one.
  const before = service.count;
  await rig.clock.advance(MINUTE);
  assertEquals([channel.state, service.count - before], ["attached", 1]);
  await rig.clock.advance(10 * MINUTE);
  await rig.receive(ATTACHED);
  assertEquals(service.count - before, 2);
});

test("RTP17i: a member that is late to enter again does so before it leaves, and not after", async () => {
  await using rig = new Rig();
  await rig.accept({ id: "one" });
  const channel = await rig.attach();
  await rig.receive(presence(ENTER, "one:0", "jim"));
  for (let i = 0; i < 7; i++) await rig.receive(ATTACHED);
  const sent = () => rig.sent(Action.Presence).map(({ presence }) => presence![0]!.action);
  const before = sent().length;
  void channel.presence.leaveClient("jim").catch(() => {});
  await rig.settle();
  assertEquals(sent().slice(before), [ENTER, LEAVE]);
  await rig.receive(presence(LEAVE, "one:1", "jim"));
  await rig.clock.advance(MINUTE);
  assertEquals(sent().slice(before), [ENTER, LEAVE]);
});

const TOKEN_EXPIRED = { code: 40142, statusCode: 401, message: "Token expired" };
const ENDS: Record<string, Frame> = {
  "DISCONNECTED": { action: Action.Disconnected },
  "DISCONNECTED with a token error": { action: Action.Disconnected, error: TOKEN_EXPIRED },
  "DISCONNECTED with a failure of the host": {
    action: Action.Disconnected,
    error: { code: 50003, statusCode: 503, message: "Busy" },
  },
  "CLOSED": { action: Action.Closed },
};

for (const [name, end] of Object.entries(ENDS)) {
  test(`RTN15a: ${name} right after each CONNECTED leads to a few connections a minute`, async () => {
    let tokens = 0;
    let connections = 0;
    await using rig = new Rig({ autoConnect: true, authCallback: () => `token-${++tokens}` });
    const connected = { action: Action.Connected, connectionId: "one" };
    await rig.settle();
    for (const until = rig.clock.now() + MINUTE; rig.clock.now() < until;) {
      while (rig.client.connection.state === "connecting" && connections < ENOUGH) {
        connections++;
        await rig.receive(connected, end);
      }
      await rig.clock.advance(100);
    }
    assert(connections <= 40 && tokens <= 50, `${connections} connections, ${tokens} tokens`);
    for (let i = 0; i < 300 && rig.client.connection.state !== "connecting"; i++) {
      await rig.clock.advance(100);
    }
    await rig.accept();
    assertEquals(rig.client.connection.state, "connected");
  });
}

test("RTN13, RTN24, RTN7: heartbeats, updates and refusals lead to no frame", async () => {
  await using rig = new Rig();
  const channel = await rig.attach();
  const refused = channel.publish("n", null).catch(({ code }) => code);
  await rig.settle();
  const before = rig.sent().length;
  const error = { code: 50000, statusCode: 500, message: "No" };
  for (let i = 0; i < 600; i++) {
    await rig.receive(
      { action: Action.Heartbeat, id: `id-${i}` },
      { action: Action.Connected, connectionId: "id-1" },
      { action: Action.Nack, msgSerial: 0, count: 1, error },
      { action: Action.Error, channel: "c", error },
      { action: Action.Sync, channel: "c", channelSerial: `${i}:`, presence: [] },
    );
  }
  assertEquals(await refused, 50000);
  assertEquals([rig.sent().length, channel.state], [before, "failed"]);
});
