import { Action } from "../../../src/protocol/actions.ts";
import { ErrorInfo, type RealtimeChannel } from "../../../mod.ts";
import { assert, assertEquals, assertRejects, test } from "../../harness.ts";
import { DETAILS } from "../../support/scripted_network.ts";
import { connected, scripted, type ScriptedOptions } from "../../support/scripted_realtime.ts";

/** A client that is connected, whose publishes are noted as they settle. */
async function publisher(options: ScriptedOptions = {}) {
  const parts = await connected(options);
  return { ...parts, ...notebook(parts.client.channels.get("c")) };
}

/** Publishes by name, and notes what became of each. */
function notebook(channel: RealtimeChannel) {
  const settled: string[] = [];
  return {
    settled,
    async publish(...names: string[]) {
      for (const name of names) {
        channel.publish(name, null).then(
          ({ serials }) => settled.push(`${name} ${serials.join("+") || "ok"}`),
          (error: ErrorInfo) => settled.push(`${name} failed ${error.code}`),
        );
      }
      for (let turn = 0; turn < 20; turn++) await null;
    },
  };
}

test("RTN7b: serials start at 0 and grow by 1, one for each frame", async () => {
  await using parts = await publisher();
  await parts.publish("a", "b");
  const both = parts.client.channels.get("d").publish([{ name: "c1" }, { name: "c2" }]);
  await parts.publish("d");
  assertEquals(
    parts.line.sent(Action.Message).map(({ msgSerial, messages }) => [msgSerial, messages!.length]),
    [[0, 1], [1, 1], [2, 2], [3, 1]],
  );
  parts.line.ack(0, 4, [
    { serials: ["s0"] },
    { serials: ["s1"] },
    { serials: ["s2:0", null] }, // PBR2a
    { serials: ["s3"] },
  ]);
  assertEquals((await both).serials, ["s2:0", null]);
  await parts.settle();
  assertEquals(parts.settled, ["a s0", "b s1", "d s3"]);
});

test("RTN7a, RTN7b: an ACK answers as many as it says, a NACK fails them with its error", async () => {
  await using parts = await publisher();
  await parts.publish("a", "b", "c", "d", "e");
  parts.line.ack(0, 2);
  parts.line.send({
    action: 2,
    msgSerial: 2,
    count: 2,
    error: { code: 40160, statusCode: 401, message: "Not permitted" },
  });
  await parts.settle();
  assertEquals(parts.settled, ["a ok", "b ok", "c failed 40160", "d failed 40160"]);
  parts.line.ack(4);
  await parts.settle();
  assertEquals(parts.settled.at(-1), "e ok");
});

test("protocol.md: a NACK without an error is an internal error; without a count it is for one", async () => {
  await using parts = await publisher();
  const failing = parts.client.channels.get("c").publish("a", null);
  await parts.publish("b");
  parts.line.send({ action: Action.Nack, msgSerial: 0 });
  const error = await assertRejects(() => failing, ErrorInfo);
  assertEquals([error.code, error.statusCode], [50001, 500]);
  parts.line.send({ action: Action.Ack, msgSerial: 1, count: null, res: null });
  await parts.settle();
  assertEquals(parts.settled, ["b ok"]);
});

test("protocol.md: an ACK that passes over messages fails those", async () => {
  await using parts = await publisher();
  await parts.publish("a", "b", "c", "d");
  parts.line.ack(2, 1, [{ serials: ["s2"] }]);
  await parts.settle();
  assertEquals(parts.settled, ["a failed 50001", "b failed 50001", "c s2"]);
  parts.line.send({
    action: Action.Nack,
    msgSerial: 4,
    count: 1,
    error: { code: 40000, statusCode: 400 },
  });
  await parts.settle();
  assertEquals(parts.settled.at(-1), "d failed 50001");
});

test("protocol.md: answers to what is answered already are ignored, in part or as a whole", async () => {
  await using parts = await publisher();
  await parts.publish("a", "b", "c");
  parts.line.ack(0, 2);
  parts.line.ack(0, 2);
  parts.line.send({
    action: Action.Nack,
    msgSerial: 0,
    count: 2,
    error: { code: 40000, statusCode: 400 },
  });
  parts.line.ack(1, 2, [{ serials: ["again"] }, { serials: ["s2"] }]);
  await parts.settle();
  assertEquals(parts.settled, ["a ok", "b ok", "c s2"]);
});

test("E3 41: stray answers with nothing pending do no harm", async () => {
  await using parts = await publisher();
  parts.line.ack(0, 1);
  parts.line.ack(17, 3);
  parts.line.send({ action: Action.Nack });
  await parts.publish("a");
  assertEquals(parts.line.sent(Action.Message)[0]!.msgSerial, 0);
  parts.line.ack(0, 1_000_000);
  await parts.settle();
  assertEquals(parts.settled, ["a ok"]);
  assertEquals(parts.logged.filter((text) => text.startsWith("error")), []);
});

test("RTN7b: thousands of messages get their answers, in ACKs of any size", async () => {
  await using parts = await publisher();
  const channel = parts.client.channels.get("c");
  const published: Promise<unknown>[] = [];
  for (let i = 0; i < 3_000; i++) {
    published.push(channel.publish("n", null).then(({ serials }) => serials[0]));
    if (i % 7 === 6) {
      await parts.settle();
      parts.line.ack(
        i - 6,
        7,
        Array.from({ length: 7 }, (_, n) => ({ serials: [`s${i - 6 + n}`] })),
      );
    }
  }
  await parts.settle();
  parts.line.ack(2_996, 4, [2_996, 2_997, 2_998, 2_999].map((n) => ({ serials: [`s${n}`] })));
  assertEquals(await Promise.all(published), Array.from({ length: 3_000 }, (_, n) => `s${n}`));
});

test("RTN7d, E3 27: with queueMessages false, what has no answer fails at DISCONNECTED", async () => {
  await using parts = await publisher({ queueMessages: false });
  await parts.publish("a", "b");
  parts.line.ack(0);
  parts.line.close();
  (await parts.network.next()).close();
  await parts.settle();
  assertEquals(parts.client.connection.state, "disconnected");
  assertEquals(parts.settled, ["a ok", "b failed 80003"]);
  await parts.publish("c"); // RTL6c4
  assertEquals(parts.settled.at(-1), "c failed 80003");
  await parts.clock.advance(13_500);
  const line = await parts.accept();
  assertEquals(line.sent(Action.Message), []); // RTN7e: it is not sent again
  await parts.publish("d");
  assertEquals(line.sent(Action.Message)[0]!.msgSerial, 2);
  line.ack(2);
});

test("RTN19a, TO3g: with queueMessages false, what has no answer survives a loss that is made good at once", async () => {
  await using parts = await publisher({ queueMessages: false });
  await parts.publish("a");
  parts.line.close();
  await parts.publish("b");
  assertEquals(parts.settled, ["b failed 80003"]);
  const line = await parts.accept();
  line.ack(0);
  await parts.settle();
  assertEquals(parts.settled, ["b failed 80003", "a ok"]);
});

test("RTL6c2: INITIALIZED, CONNECTING and DISCONNECTED queue, and send in order once CONNECTED", async () => {
  await using parts = scripted();
  const { publish, settled } = notebook(parts.client.channels.get("c"));
  await publish("a");
  parts.client.connect();
  await publish("b");
  (await parts.network.next()).close();
  await parts.settle();
  await publish("c");
  await parts.clock.advance(13_500);
  await publish("d");
  const line = await parts.accept();
  assertEquals(
    line.sent(Action.Message).map(({ msgSerial, messages }) =>
      `${msgSerial} ${messages![0]!.name}`
    ),
    ["0 a", "1 b", "2 c", "3 d"],
  );
  assertEquals(settled, []);
  line.ack(0, 4);
  await parts.settle();
  assertEquals(settled, ["a ok", "b ok", "c ok", "d ok"]);
});

test("RTL6c4: in SUSPENDED, CLOSING, CLOSED and FAILED a publish fails at once", async () => {
  await using parts = await connected({}, { details: { ...DETAILS, connectionStateTtl: 1_000 } });
  const { publish, settled } = notebook(parts.client.channels.get("c"));
  parts.network.onOpen = (line) => line.close();
  parts.line.close();
  await parts.clock.advance(1_001);
  await publish("suspended");
  parts.network.skip();
  parts.client.connect();
  const line = await parts.accept();
  const closed = parts.client.close();
  await publish("closing");
  assertEquals(line.sent(Action.Message), []);
  line.send({ action: Action.Closed });
  await closed;
  await publish("closed");
  parts.client.connect();
  (await parts.network.next()).refuse({ code: 40400, statusCode: 404 });
  await parts.settle();
  await publish("failed");
  assertEquals(settled, [
    "suspended failed 80002",
    "closing failed 80017",
    "closed failed 80017",
    "failed failed 40400",
  ]);
});

test("RTN7e: what has no answer, or was never sent, fails with the connection, and is not sent later", async () => {
  const ways: Record<string, (parts: Awaited<ReturnType<typeof publisher>>) => Promise<void>> = {
    async suspended(parts) {
      parts.network.onOpen = (line) => line.close();
      parts.line.close();
      await parts.publish("queued");
      await parts.clock.advance(120_001);
      parts.network.skip();
    },
    async failed(parts) {
      parts.line.close();
      await parts.publish("queued");
      (await parts.network.next()).refuse({ code: 40400, statusCode: 404 });
      await parts.settle();
    },
    async closed(parts) {
      parts.line.close();
      await parts.publish("queued");
      const closed = parts.client.close();
      (await parts.network.next()).close();
      await closed;
    },
    async "closed by the user while connected"(parts) {
      const closed = parts.client.close();
      assertEquals(parts.settled, []);
      parts.line.send({ action: Action.Closed });
      await closed;
      await parts.settle();
    },
  };
  const codes = { suspended: 80002, failed: 40400, closed: 80017 };
  for (const [way, go] of Object.entries(ways)) {
    await using parts = await publisher();
    await parts.publish("sent");
    await go(parts);
    const code = codes[parts.client.connection.state as keyof typeof codes];
    assert(parts.settled.length > 0, way);
    assert(
      parts.settled.every((text) => text.endsWith(`failed ${code}`)),
      `${way}: ${parts.settled}`,
    );
    assertEquals(parts.settled.length, way.startsWith("closed by") ? 1 : 2, way);
    parts.client.connect();
    const next = await parts.accept({ id: "id-9" });
    assertEquals(next.sent(Action.Message), [], way);
  }
});

test("RTN7a: an answer that comes while CLOSING counts", async () => {
  await using parts = await publisher();
  await parts.publish("a");
  const closed = parts.client.close();
  parts.line.ack(0);
  parts.line.send({ action: Action.Closed });
  await closed;
  await parts.settle();
  assertEquals(parts.settled, ["a ok"]);
});

test("RTN7a: a publish whose answer is lost on a connection that lives fails after two minutes", async () => {
  await using parts = await publisher();
  await parts.publish("a");
  for (let i = 0; i < 8; i++) {
    await parts.clock.advance(14_000);
    parts.line.send({ action: Action.Heartbeat });
  }
  await parts.publish("b");
  assertEquals(parts.settled, []);
  await parts.clock.advance(8_000);
  assertEquals(parts.settled, ["a failed 50003"]);
  parts.line.ack(0); // Too late.
  parts.line.ack(1);
  await parts.settle();
  assertEquals(parts.settled, ["a failed 50003", "b ok"]);
});

test("RTN11d: after CLOSED and FAILED serials start at 0", async () => {
  await using parts = await publisher();
  await parts.publish("a", "b");
  parts.line.ack(0, 2);
  parts.line.refuse({ code: 40400, statusCode: 404 });
  await parts.settle();
  parts.client.connect();
  const line = await parts.accept({ id: "id-2" });
  await parts.publish("c");
  assertEquals(line.sent(Action.Message)[0]!.msgSerial, 0);
  line.ack(0);
});

test("RTN7: a message that cannot be written as a frame fails alone, and takes no serial", async () => {
  await using parts = await publisher();
  const channel = parts.client.channels.get("c");
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  for (const extras of [cyclic, { big: 10n }, { map: new Map() }]) {
    const error = await assertRejects(() => channel.publish({ name: "bad", extras }), ErrorInfo);
    assertEquals(error.statusCode, 400);
  }
  await parts.publish("good");
  assertEquals(parts.line.sent(Action.Message).map(({ msgSerial }) => msgSerial), [0]);
  parts.line.ack(0);
  await parts.settle();
  assertEquals(parts.settled, ["good ok"]);
});
