import { Realtime, Rest, type TelemetryEvent } from "../../mod.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertRejects, test } from "../harness.ts";

/** Collects the events of a client. */
function collector() {
  const events: TelemetryEvent[] = [];
  const telemetry = (event: TelemetryEvent) => void events.push(event);
  const of = <Kind extends TelemetryEvent["kind"]>(kind: Kind) =>
    events.filter((event): event is Extract<TelemetryEvent, { kind: Kind }> => event.kind === kind);
  return { events, telemetry, of };
}

test("telemetry: reports a request with host, path, status and duration, and the messages it published", async () => {
  await using service = createService();
  const { telemetry, of, events } = collector();
  const rest = new Rest({ ...service.options(), telemetry });
  await rest.channels.get("orders").publish([{ name: "a" }, { name: "b" }], { secret: "x" });
  const [request] = of("request");
  assertEquals([request?.method, request?.path, request?.status], [
    "POST",
    "/channels/orders/messages",
    201,
  ]);
  assertEquals(request?.host, service.options().endpoint);
  assert(request!.duration >= 0);
  const published = { kind: "messages", direction: "published", channel: "orders", count: 2 };
  assertEquals(of("messages") as unknown[], [published]);
  assert(!JSON.stringify(events).includes("secret"));
});

test("telemetry: reports each host of a request that fails", async () => {
  const { telemetry, of } = collector();
  const rest = new Rest({
    key: "appId.keyId:secret",
    httpMaxRetryCount: 1,
    telemetry,
    fetch: () => Promise.reject(new TypeError("unreachable")),
  });
  await assertRejects(() => rest.time());
  assertEquals(of("request").length, 2);
  assert(of("request").every(({ status, error }) => status === undefined && error !== undefined));
  assertEquals(new Set(of("request").map(({ host }) => host)).size, 2);
});

test("telemetry: reports states of connection and channel, and messages in both directions", async () => {
  await using service = createService();
  const { telemetry, of } = collector();
  await using client = new Realtime({ ...service.options(), telemetry });
  const channel = client.channels.get("c");
  const messages = channel.messages();
  await channel.publish("greeting", "Hello");
  await messages.next();
  await client.close();
  assertEquals(of("connection").map(({ current }) => current), [
    "connecting",
    "connected",
    "closing",
    "closed",
  ]);
  assertEquals(of("channel").map(({ channel, current }) => `${channel} ${current}`), [
    "c attaching",
    "c attached",
    "c detached",
  ]);
  assertEquals(
    of("messages").map(({ direction, count }) => `${direction} ${count}`).sort(),
    ["published 1", "received 1"],
  );
});

test("telemetry: reports the time that a token took, and failures", async () => {
  await using service = createService();
  const { telemetry, of } = collector();
  const clock = new FakeClock();
  const { key, ...address } = service.options();
  const answers = [() => Promise.resolve(key), () => Promise.reject(new Error("sign in first"))];
  for (const answer of answers) {
    const rest = new Rest({
      ...address,
      clock,
      telemetry,
      authCallback: async (params) => {
        await clock.advance(40);
        return new Rest({ ...address, key: await answer() }).auth.createTokenRequest(params);
      },
    });
    await rest.auth.authorize().catch(() => {});
  }
  const [good, bad] = of("token");
  assertEquals([good?.duration, good?.error], [40, undefined]);
  assert(bad?.error !== undefined);
});

test("telemetry: an error that the function throws has no effect", async () => {
  await using service = createService();
  const telemetry = () => {
    throw new Error("broken");
  };
  await using client = new Realtime({ ...service.options(), telemetry });
  await client.channels.get("c").publish("a", "b");
  await new Rest({ ...service.options(), telemetry }).time();
});
