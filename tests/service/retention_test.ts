import { Action } from "../../src/protocol/actions.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assertEquals, assertRejects, test } from "../harness.ts";
import { FrameClient, rest } from "./frames.ts";

test("retention: messages of an attached channel are forgotten after two minutes, even if it is not used again", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const client = await FrameClient.connect(service);
  for (const channel of ["c", "persisted:c"]) {
    await client.attach(channel);
    for (let i = 0; i < 50; i++) await client.publish(channel, { data: "x".repeat(1000) });
  }
  await rest(service, "/channels/other/messages");
  const before = service.snapshot().length;
  await clock.advance(119_000);
  await rest(service, "/channels/other/messages");
  assertEquals(service.snapshot().length, before);
  await clock.advance(180_000);
  await rest(service, "/channels/other/messages");
  const after = service.snapshot().length;
  assertEquals(Math.round((before - after) / 10_000), Math.round(before / 20_000));
  assertEquals([service.messages("c").length, service.messages("persisted:c").length], [0, 50]);
});

test("retention: an hour of messages takes as much memory as two minutes of them", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const client = await FrameClient.connect(service);
  const sizes: number[] = [];
  for (let minute = 0; minute < 60; minute++) {
    for (let i = 0; i < 20; i++) {
      const acknowledged = client.publish("c", { data: "x".repeat(100) });
      await acknowledged;
      await clock.advance(3_000);
    }
    sizes.push(service.messages("c").length);
  }
  assertEquals(sizes.slice(0, 2), [20, 40]);
  assertEquals(new Set(sizes.slice(2)), new Set([40]));
});

test("retention: rewind=1 returns a persisted last message, which history does not have any more", async () => {
  const clock = new FakeClock();
  const namespaces = [{ id: "last", persistLast: true }];
  await using service = createService({ clock, namespaces });
  const client = await FrameClient.connect(service);
  await client.publish("last:c", { name: "a" });
  await client.publish("last:c", { name: "b" }, { name: "c" });
  await clock.advance(86_400_000);
  await using later = createService({ clock, key: service.key, snapshot: service.snapshot() });
  for (const each of [service, later]) {
    assertEquals((await rest(each, "/channels/last:c/messages")).body, []);
    for (const [rewind, names] of [["1", ["c"]], ["5", ["b", "c"]], ["10m", []]] as const) {
      const reader = await FrameClient.connect(each);
      await reader.attach("last:c", { params: { rewind } });
      await reader.settled();
      const received = reader.received.filter(({ action }) => action === Action.Message);
      assertEquals(received.map(({ messages }) => messages![0]!.name), [...names]);
      await reader.close();
    }
  }
});

test("crash: a fault function that throws ends one connection, and not the others", async () => {
  await using service = createService();
  const victim = await FrameClient.connect(service);
  const other = await FrameClient.connect(service);
  const replace = () => {
    throw new Error("The test has a mistake");
  };
  for (const client of [victim, other]) await client.attach("c");
  const { connectionId } = victim;
  service.faults.toClient({ action: "MESSAGE", connectionId }, { replace }, { times: 1 });
  assertEquals((await other.publish("c", { name: "a" })).action, Action.Ack);
  assertEquals((await other.next(Action.Message)).messages![0]!.name, "a");
  assertEquals((await victim.next(Action.Error)).error!.code, 50000);
  await victim.closed;
  service.faults.fromClient({ action: "HEARTBEAT" }, { replace }, { times: 1 });
  other.send({ action: Action.Heartbeat });
  assertEquals((await other.next(Action.Error)).error!.code, 50000);
  await other.closed;
  assertEquals((await rest(service, "/time")).status, 200);
});

test("crash: a filter of the log that throws fails its own call, and not a request", async () => {
  await using service = createService();
  const failed = assertRejects(
    () =>
      service.log.next(() => {
        throw new Error("The filter has a mistake");
      }),
    Error,
    "The filter has a mistake",
  );
  const next = service.log.next(({ type }) => type === "response");
  assertEquals((await rest(service, "/time")).status, 200);
  await failed;
  assertEquals((await next).type, "response");
});
