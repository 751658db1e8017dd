import { assertEquals, assertInstanceOf, assertThrows, test } from "../harness.ts";
import { createService } from "../../src/testing/mod.ts";
import { type Message, Realtime, Rest } from "../../mod.ts";

// Differences from `ably` that its users may notice and that have no other place; the guide lists them.

test("RTL7: listeners are called in the order in which they were registered", async () => {
  await using service = createService();
  await using client = new Realtime(service.options());
  const channel = client.channels.get("orders");
  const calls: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await channel.subscribe("placed", () => void calls.push("by name"));
  await channel.subscribe(() => {
    calls.push("all");
    resolve();
  });
  await channel.publish("placed", "1");
  await promise;
  assertEquals(calls, ["by name", "all"]);
});

test("RTL7: bytes arrive as Uint8Array, and a message listener has no `this`", async () => {
  await using service = createService();
  await using client = new Realtime(service.options());
  const channel = client.channels.get("bytes");
  const received = Promise.withResolvers<[unknown, Message]>();
  await channel.subscribe(function (this: unknown, message) {
    received.resolve([this, message]);
  });
  await channel.publish("b", new Uint8Array([1, 2]));
  const [self, { data }] = await received.promise;
  assertEquals(self, undefined);
  assertInstanceOf(data, Uint8Array);
  assertEquals(Object.getPrototypeOf(data), Uint8Array.prototype);
});

test("RTN12, RTL3b: the changes that the program asks for have no reason", async () => {
  await using service = createService();
  const client = new Realtime(service.options());
  const [released, kept] = [client.channels.get("a"), client.channels.get("b")];
  await Promise.all([released.attach(), kept.attach()]);
  const reasons: unknown[] = [];
  released.on("detached", ({ reason }) => reasons.push(reason));
  const detached = released.whenState("detached");
  client.channels.release("a");
  await detached;
  client.connection.on(["closing", "closed"], ({ reason }) => reasons.push(reason));
  await client.close();
  assertEquals(reasons, [undefined, undefined, undefined]);
  assertEquals([kept.state, kept.errorReason], ["detached", null]);
});

test("RTN12: close() leaves a failed connection failed", async () => {
  await using service = createService();
  const client = new Realtime({ ...service.options(), key: `${service.key}x` });
  await client.connection.whenState("failed");
  await client.close();
  assertEquals(client.connection.state, "failed");
});

test("RTE3: on() without a listener throws", async () => {
  await using client = new Realtime({ key: "app.key:secret", autoConnect: false });
  assertThrows(() => (client.connection.on as () => void)());
});

test("RSL1e: publish() without arguments sends a message without name and data", async () => {
  await using service = createService();
  const channel = new Rest(service.options()).channels.get("c");
  await (channel.publish as () => Promise<unknown>)();
  const { items } = await channel.history();
  assertEquals(items.map(({ name, data }) => [name, data]), [[undefined, undefined]]);
});
