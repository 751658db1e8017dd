import { Action } from "../../../src/protocol/actions.ts";
import { ErrorInfo } from "../../../mod.ts";
import { assert, assertEquals, assertRejects, test } from "../../harness.ts";
import { Rig } from "../../support/realtime_rig.ts";

/** A client that publishes by name, and notes how each publish settles. */
class Publisher extends Rig {
  readonly settled: string[] = [];

  async publish(...names: string[]): Promise<void> {
    const channel = this.client.channels.get("c");
    for (const name of names) {
      channel.publish(name, null).then(
        ({ serials }) => this.settled.push(`${name} ${serials.join("+") || "ok"}`),
        (error: ErrorInfo) => this.settled.push(`${name} failed ${error.code}`),
      );
    }
    for (let turn = 0; turn < 20; turn++) await null;
  }
}

test("RTN7b: serials start at 0 and grow by 1, one for each frame", async () => {
  await using rig = await Publisher.connected();
  await rig.publish("a", "b");
  const both = rig.client.channels.get("d").publish([{ name: "c1" }, { name: "c2" }]);
  await rig.publish("d");
  assertEquals(
    rig.line.sent(Action.Message).map(({ msgSerial, messages }) => [msgSerial, messages!.length]),
    [[0, 1], [1, 1], [2, 2], [3, 1]],
  );
  rig.line.ack(0, 4, [
    { serials: ["s0"] },
    { serials: ["s1"] },
    { serials: ["s2:0", null] }, // PBR2a
    { serials: ["s3"] },
  ]);
  assertEquals((await both).serials, ["s2:0", null]);
  await rig.settle();
  assertEquals(rig.settled, ["a s0", "b s1", "d s3"]);
});

test("RTN7a, RTN7b: an ACK answers as many as it says, a NACK fails them with its error", async () => {
  await using rig = await Publisher.connected();
  await rig.publish("a", "b", "c", "d", "e");
  rig.line.ack(0, 2);
  rig.line.send({
    action: Action.Nack,
    msgSerial: 2,
    count: 2,
    error: { code: 40160, statusCode: 401, message: "Not permitted" },
  });
  await rig.settle();
  assertEquals(rig.settled, ["a ok", "b ok", "c failed 40160", "d failed 40160"]);
  rig.line.ack(4);
  await rig.settle();
  assertEquals(rig.settled.at(-1), "e ok");
});

test("protocol.md: a NACK without an error is an internal error; without a count it is for one", async () => {
  await using rig = await Publisher.connected();
  const failing = rig.client.channels.get("c").publish("a", null);
  await rig.publish("b");
  rig.line.send({ action: Action.Nack, msgSerial: 0 });
  const error = await assertRejects(() => failing, ErrorInfo);
  assertEquals([error.code, error.statusCode], [50001, 500]);
  rig.line.send({ action: Action.Ack, msgSerial: 1, count: null, res: null });
  await rig.settle();
  assertEquals(rig.settled, ["b ok"]);
});

test("protocol.md: an ACK that passes over messages fails those", async () => {
  await using rig = await Publisher.connected();
  await rig.publish("a", "b", "c", "d");
  rig.line.ack(2, 1, [{ serials: ["s2"] }]);
  await rig.settle();
  assertEquals(rig.settled, ["a failed 50001", "b failed 50001", "c s2"]);
  rig.line.send({
    action: Action.Nack,
    msgSerial: 4,
    count: 1,
    error: { code: 40000, statusCode: 400 },
  });
  await rig.settle();
  assertEquals(rig.settled.at(-1), "d failed 50001");
});

test("protocol.md: answers to what is answered already are ignored, in part or as a whole", async () => {
  await using rig = await Publisher.connected();
  await rig.publish("a", "b", "c");
  rig.line.ack(0, 2);
  rig.line.ack(0, 2);
  rig.line.send({
    action: Action.Nack,
    msgSerial: 0,
    count: 2,
    error: { code: 40000, statusCode: 400 },
  });
  rig.line.ack(1, 2, [{ serials: ["again"] }, { serials: ["s2"] }]);
  await rig.settle();
  assertEquals(rig.settled, ["a ok", "b ok", "c s2"]);
});

test("E3 41: stray answers with nothing pending do no harm", async () => {
  await using rig = await Publisher.connected();
  rig.line.ack(0, 1);
  rig.line.ack(17, 3);
  rig.line.send({ action: Action.Nack });
  await rig.publish("a");
  assertEquals(rig.line.sent(Action.Message)[0]!.msgSerial, 0);
  rig.line.ack(0, 1_000_000);
  await rig.settle();
  assertEquals(rig.settled, ["a ok"]);
  assertEquals(rig.logged.filter((text) => text.startsWith("error")), []);
});

test("RTN7b: thousands of messages get their answers, in ACKs of any size", async () => {
  await using rig = await Publisher.connected();
  const channel = rig.client.channels.get("c");
  const published: Promise<unknown>[] = [];
  for (let i = 0; i < 3_000; i++) {
    published.push(channel.publish("n", null).then(({ serials }) => serials[0]));
    if (i % 7 === 6) {
      await rig.settle();
      rig.line.ack(
        i - 6,
        7,
        Array.from({ length: 7 }, (_, n) => ({ serials: [`s${i - 6 + n}`] })),
      );
    }
  }
  await rig.settle();
  rig.line.ack(2_996, 4, [2_996, 2_997, 2_998, 2_999].map((n) => ({ serials: [`s${n}`] })));
  assertEquals(await Promise.all(published), Array.from({ length: 3_000 }, (_, n) => `s${n}`));
});

test("RTN7d, E3 27: with queueMessages false, what has no answer fails at DISCONNECTED", async () => {
  await using rig = await Publisher.connected({ queueMessages: false });
  await rig.publish("a", "b");
  rig.line.ack(0);
  rig.line.close();
  (await rig.network.next()).close();
  await rig.settle();
  assertEquals(rig.client.connection.state, "disconnected");
  assertEquals(rig.settled, ["a ok", "b failed 80003"]);
  await rig.publish("c"); // RTL6c4
  assertEquals(rig.settled.at(-1), "c failed 80003");
  await rig.clock.advance(13_500);
  const line = await rig.accept();
  assertEquals(line.sent(Action.Message), []); // RTN7e: it is not sent again
  await rig.publish("d");
  assertEquals(line.sent(Action.Message)[0]!.msgSerial, 2);
  line.ack(2);
});

test("RTN19a, TO3g: with queueMessages false, a message without an answer survives a loss that is repaired at once", async () => {
  await using rig = await Publisher.connected({ queueMessages: false });
  await rig.publish("a");
  rig.line.close();
  await rig.publish("b");
  assertEquals(rig.settled, ["b failed 80003"]);
  const line = await rig.accept();
  line.ack(0);
  await rig.settle();
  assertEquals(rig.settled, ["b failed 80003", "a ok"]);
});

test("RTL6c2: INITIALIZED, CONNECTING and DISCONNECTED queue, and send in order once CONNECTED", async () => {
  await using rig = new Publisher();
  await rig.publish("a");
  rig.client.connect();
  await rig.publish("b");
  (await rig.network.next()).close();
  await rig.settle();
  await rig.publish("c");
  await rig.clock.advance(13_500);
  await rig.publish("d");
  const line = await rig.accept();
  assertEquals(
    line.sent(Action.Message).map(({ msgSerial, messages }) =>
      `${msgSerial} ${messages![0]!.name}`
    ),
    ["0 a", "1 b", "2 c", "3 d"],
  );
  assertEquals(rig.settled, []);
  line.ack(0, 4);
  await rig.settle();
  assertEquals(rig.settled, ["a ok", "b ok", "c ok", "d ok"]);
});

test("RTL6c4: in SUSPENDED, CLOSING, CLOSED and FAILED a publish fails at once", async () => {
  await using rig = await Publisher.connected({}, { details: { connectionStateTtl: 1_000 } });
  rig.network.onOpen = (line) => line.close();
  rig.line.close();
  await rig.clock.advance(1_001);
  await rig.publish("suspended");
  rig.network.skip();
  rig.client.connect();
  const line = await rig.accept();
  const closed = rig.client.close();
  await rig.publish("closing");
  assertEquals(line.sent(Action.Message), []);
  line.send({ action: Action.Closed });
  await closed;
  await rig.publish("closed");
  rig.client.connect();
  (await rig.network.next()).refuse({ code: 40400, statusCode: 404 });
  await rig.settle();
  await rig.publish("failed");
  assertEquals(rig.settled, [
    "suspended failed 80002",
    "closing failed 80017",
    "closed failed 80017",
    "failed failed 40400",
  ]);
});

test("RTN7e: what has no answer, or was never sent, fails with the connection, and is not sent later", async () => {
  const ways: Record<string, (rig: Publisher) => Promise<void>> = {
    async suspended(rig) {
      rig.network.onOpen = (line) => line.close();
      rig.line.close();
      await rig.publish("queued");
      await rig.clock.advance(120_001);
      rig.network.skip();
    },
    async failed(rig) {
      rig.line.close();
      await rig.publish("queued");
      (await rig.network.next()).refuse({ code: 40400, statusCode: 404 });
      await rig.settle();
    },
    async closed(rig) {
      rig.line.close();
      await rig.publish("queued");
      const closed = rig.client.close();
      (await rig.network.next()).close();
      await closed;
    },
    async "closed by the user while connected"(rig) {
      const closed = rig.client.close();
      assertEquals(rig.settled, []);
      rig.line.send({ action: Action.Closed });
      await closed;
      await rig.settle();
    },
  };
  const codes = { suspended: 80002, failed: 40400, closed: 80017 };
  for (const [way, go] of Object.entries(ways)) {
    await using rig = await Publisher.connected();
    await rig.publish("sent");
    await go(rig);
    const code = codes[rig.client.connection.state as keyof typeof codes];
    assert(rig.settled.length > 0, way);
    assert(
      rig.settled.every((text) => text.endsWith(`failed ${code}`)),
      `${way}: ${rig.settled}`,
    );
    assertEquals(rig.settled.length, way.startsWith("closed by") ? 1 : 2, way);
    rig.client.connect();
    const next = await rig.accept({ id: "id-9" });
    assertEquals(next.sent(Action.Message), [], way);
  }
});

test("RTN7a: an answer that comes while CLOSING counts", async () => {
  await using rig = await Publisher.connected();
  await rig.publish("a");
  const closed = rig.client.close();
  rig.line.ack(0);
  rig.line.send({ action: Action.Closed });
  await closed;
  await rig.settle();
  assertEquals(rig.settled, ["a ok"]);
});

test("RTN7a: a publish whose answer is lost on a connection that lives fails after two minutes", async () => {
  await using rig = await Publisher.connected();
  await rig.publish("a");
  for (let i = 0; i < 8; i++) {
    await rig.clock.advance(14_000);
    rig.line.send({ action: Action.Heartbeat });
  }
  await rig.publish("b");
  assertEquals(rig.settled, []);
  await rig.clock.advance(8_000);
  assertEquals(rig.settled, ["a failed 50003"]);
  rig.line.ack(0); // Too late.
  rig.line.ack(1);
  await rig.settle();
  assertEquals(rig.settled, ["a failed 50003", "b ok"]);
});

test("RTN7, RTN19a: a message that was sent again fails if its answer is lost once more", async () => {
  await using rig = await Publisher.connected();
  await rig.publish("a");
  await rig.lose();
  const line = await rig.accept();
  assertEquals(line.sent(Action.Message).length, 1);
  await rig.clock.advance(119_999);
  assertEquals(rig.settled, []);
  await rig.clock.advance(1);
  assertEquals(rig.settled, ["a failed 50003"]);
});

/** A publisher whose clock goes on, or back, without its timers: while the computer sleeps, or when its clock is set. */
async function withSettableClock(): Promise<{ rig: Publisher; turn(ms: number): void }> {
  let offset = 0;
  const rig: Publisher = new Publisher({
    clock: {
      now: () => rig.clock.now() + offset,
      setTimeout: (callback, delay) => rig.clock.setTimeout(callback, delay),
      clearTimeout: (timer) => rig.clock.clearTimeout(timer),
    },
  });
  await rig.accept();
  return { rig, turn: (ms) => void (offset += ms) };
}

test("RTN19a2: a message is not sent again over another connection if Ably may have forgotten its id", async () => {
  const cases: Record<string, { again: string[]; settled: string[] }> = {
    "id-1": { again: ["a", "b"], settled: [] },
    "id-2": { again: ["b"], settled: ["a failed 50003"] },
  };
  for (const [id, { again, settled }] of Object.entries(cases)) {
    const { rig, turn } = await withSettableClock();
    await rig.publish("a");
    turn(60_000);
    await rig.publish("b");
    turn(60_000);
    await rig.lose();
    const line = await rig.accept({ id });
    assertEquals(line.sent(Action.Message).map(({ messages }) => messages![0]!.name!), again);
    assertEquals(rig.settled, settled);
    await rig.close();
  }
});

test("RTN7a: a publish whose answer is lost fails in time, even if the clock is set back", async () => {
  const { rig, turn } = await withSettableClock();
  await rig.publish("a");
  turn(-3_600_000);
  await rig.clock.advance(240_000);
  assertEquals(rig.settled, ["a failed 50003"]);
  await rig.close();
});

test("RTN11d: after CLOSED and FAILED serials start at 0", async () => {
  await using rig = await Publisher.connected();
  await rig.publish("a", "b");
  rig.line.ack(0, 2);
  rig.line.refuse({ code: 40400, statusCode: 404 });
  await rig.settle();
  rig.client.connect();
  const line = await rig.accept({ id: "id-2" });
  await rig.publish("c");
  assertEquals(line.sent(Action.Message)[0]!.msgSerial, 0);
  line.ack(0);
});

test("RTN7: a message that cannot be written as a frame fails alone, and takes no serial", async () => {
  await using rig = await Publisher.connected();
  const channel = rig.client.channels.get("c");
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  for (const extras of [cyclic, { big: 10n }, { map: new Map() }]) {
    const error = await assertRejects(() => channel.publish({ name: "bad", extras }), ErrorInfo);
    assertEquals(error.statusCode, 400);
  }
  await rig.publish("good");
  assertEquals(rig.line.sent(Action.Message).map(({ msgSerial }) => msgSerial), [0]);
  rig.line.ack(0);
  await rig.settle();
  assertEquals(rig.settled, ["good ok"]);
});
