import { type ClientOptions, Realtime } from "../../../mod.ts";
import { createService, type LocalService, serve, type Served } from "../../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../../harness.ts";
import { rawServer } from "../../support/raw_server.ts";

const QUICK = {
  endpoint: "127.0.0.1",
  tls: false,
  realtimeRequestTimeout: 300,
  disconnectedRetryTimeout: 50,
  logHandler: () => {},
} satisfies ClientOptions;

/** Runs a case in both formats against a service on a port. */
function testOnPort(
  name: string,
  run: (under: { service: LocalService; served: Served; options: ClientOptions }) => Promise<void>,
): void {
  for (const useBinaryProtocol of [false, true]) {
    test(`${name} (${useBinaryProtocol ? "MessagePack" : "JSON"})`, async () => {
      await using service = createService();
      await using served = await serve(service, { hostname: "127.0.0.1" });
      const port = Number(new URL(served.url).port);
      await run({
        service,
        served,
        options: { ...QUICK, port, key: service.key, useBinaryProtocol },
      });
    });
  }
}

testOnPort(
  "RTN1: connects, publishes, pings and closes over a socket, and leaves none",
  async ({ options }) => {
    const client = new Realtime(options);
    const channel = client.channels.get("c");
    const received = Promise.withResolvers<unknown>();
    await channel.subscribe(({ data }) => received.resolve(data));
    await channel.publish("n", { text: "ü" });
    assertEquals(await received.promise, { text: "ü" });
    assert(await client.connection.ping() >= 0);
    await client.close();
    assertEquals(client.connection.state, "closed");
  },
);

testOnPort(
  "RTN15a: a socket that breaks, or is closed with any code, is replaced and resumed",
  async ({ service, options }) => {
    await using client = new Realtime(options);
    await client.connection.whenState("connected");
    const { id } = client.connection;
    const losses = [
      () => service.faults.drop(),
      () => service.faults.close(1000),
      () => service.faults.close(1011),
      () => service.faults.close(4000),
    ];
    for (const lose of losses) {
      const events: string[] = [];
      client.connection.on(({ event }) => void events.push(event));
      const back = client.connection.once("connected");
      lose();
      await back;
      assertEquals(events, ["disconnected", "connecting", "connected"]);
      assertEquals(client.connection.id, id);
      client.connection.off();
    }
  },
);

testOnPort(
  "RTN12: close() while connecting, and at once after the client is made, leaves no socket",
  async ({ options }) => {
    const client = new Realtime(options);
    await client.close();
    assertEquals(client.connection.state, "closed");
    client.connect();
    await client.connection.whenState("connected");
    await client.close();
  },
);

test("RTN14d: a closed port leads to DISCONNECTED, and then to a connection", async () => {
  const server = await rawServer({ status: 200 });
  await server.close();
  const client = new Realtime({ ...QUICK, port: server.port, key: "app.key:secret" });
  const { reason, retryIn } = await client.connection.once("disconnected");
  assertEquals(reason?.code, 80003);
  assert(retryIn! >= 40 && retryIn! <= 50);
  await client.connection.once("connecting");
  await client.close();
});

for (
  const behaviour of [
    { status: 401, body: { error: { code: 40101, statusCode: 401 } } },
    { status: 200 },
    "reset",
    "hang",
    "stall",
  ] as const
) {
  const what = typeof behaviour === "string" ? behaviour : `status ${behaviour.status}`;
  test(`RTN14c, RTN14d: a server that answers the request with ${what} leads to DISCONNECTED`, async () => {
    await using server = await rawServer(behaviour);
    const client = new Realtime({ ...QUICK, port: server.port, key: "app.key:secret" });
    const { reason } = await client.connection.once("disconnected");
    assert([80003, 80014].includes(reason!.code), `${reason!.code}`);
    await client.close();
  });
}
