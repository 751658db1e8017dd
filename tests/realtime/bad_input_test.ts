import { type ClientOptions, ErrorInfo, Realtime, Rest } from "../../mod.ts";
import type { WebSocketConstructor } from "../../src/client/client_options.ts";
import { createService, FakeClock, type LocalService } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";

const FORMATS = [{ useBinaryProtocol: false }, { useBinaryProtocol: true }];
const QUIET: ClientOptions = { logHandler: () => {} };

/** An error is only of use if it says what to do. */
function assertHelpful(error: unknown, code: number, statusCode: number): void {
  assert(error instanceof ErrorInfo, String(error));
  assertEquals([error.code, error.statusCode], [code, statusCode]);
  assert(error.message !== "" && error.remediation !== "", JSON.stringify(error));
}

async function assertRefused(run: () => Promise<unknown>, code: number, statusCode: number) {
  assertHelpful(await assertRejects(run, ErrorInfo), code, statusCode);
}

/** The data of all messages of a channel, oldest first. */
async function published(service: LocalService, channel: string): Promise<unknown[]> {
  const rest = new Rest({ ...service.options(), ...QUIET });
  const page = await rest.channels.get(channel).history({ direction: "forwards" });
  return (await Array.fromAsync(page)).map(({ data }) => data);
}

for (const Client of [Rest, Realtime]) {
  const { name } = Client;

  test(`AO2a: ${name} refuses a malformed key when it is made`, () => {
    for (const key of ["app.key:", ":secret", "app.key", ":", "a.b:c d", "a b:secret", ""]) {
      const error = assertThrows(() => new Client({ key }), ErrorInfo);
      assertHelpful(error, key === "" ? error.code : 40005, key === "" ? error.statusCode : 400);
      assert(!error.message.includes("secret"), error.message);
    }
  });

  test(`RSC1b: ${name} refuses to be made without credentials`, () => {
    for (const options of [{}, { clientId: "jim" }, undefined, null, ""]) {
      const error = assertThrows(() => new Client(options as ClientOptions), ErrorInfo);
      assertHelpful(error, 40106, 401);
    }
  });
}

const UNKNOWN = [
  { what: "a wrong secret", key: "localApp.root:wrong" },
  { what: "an unknown app", key: "unknown.key:secret" },
  { what: "a key that names no app", key: "fake:key" },
];

for (const { what, key } of UNKNOWN) {
  test(`RTN14a: ${what} fails the connection, and all that waits for it`, async () => {
    await using service = createService();
    await using client = new Realtime({ ...service.options(), ...QUIET, key, autoConnect: false });
    const channel = client.channels.get("c");
    const waiting = [() => channel.attach(), () => channel.publish("n", "d")].map((run) =>
      assertRefused(run, 40101, 401)
    );
    const failed = client.connection.once("failed");
    client.connect();
    assertHelpful((await failed).reason, 40101, 401);
    assertHelpful(client.connection.errorReason, 40101, 401);
    await Promise.all(waiting);
    await assertRefused(() => client.connection.ping(), 40101, 401);
    const refusal = await assertRejects(() => channel.subscribe(() => {}), ErrorInfo);
    assertHelpful(refusal, 90001, 400);
    assertHelpful(refusal.cause, 40101, 401);
  });

  test(`RSA11: ${what} is refused over REST`, async () => {
    await using service = createService();
    const rest = new Rest({ ...service.options(), ...QUIET, key });
    await assertRefused(() => rest.channels.get("c").publish("n", "d"), 40101, 401);
    await assertRefused(() => rest.channels.get("c").history(), 40101, 401);
    const isAppKnown = key.startsWith("localApp");
    const [code, status] = isAppKnown ? [40101, 401] : [40400, 404];
    await assertRefused(() => rest.auth.requestToken(), code!, status!);
  });
}

test("RTL6, RTL10, RTN13: a callback where options belong is refused", async () => {
  await using service = createService();
  await using client = new Realtime({ ...service.options(), ...QUIET });
  const channel = client.channels.get("c");
  const callback = (() => {}) as never;
  const calls = {
    publish: () => channel.publish("n", "d", callback),
    history: () => channel.history(callback),
    status: () => channel.status(callback),
    "presence.get": () => channel.presence.get(callback),
    "presence.history": () => channel.presence.history(callback),
    "annotations.publish": () => channel.annotations.publish("s", { type: "x:flag.v1" }, callback),
    time: () => client.time(callback),
    ping: () => client.connection.ping(callback),
  };
  for (const [what, call] of Object.entries(calls)) {
    const error = await assertRejects(call, ErrorInfo, undefined, what);
    assertHelpful(error, 40025, 400);
  }
  assertEquals([channel.state, await published(service, "c")], ["initialized", []]);
});

for (const format of FORMATS) {
  const suffix = format.useBinaryProtocol ? "MessagePack" : "JSON";

  for (const [Client, point] of [[Rest, "RSL1i"], [Realtime, "RTL6a"]] as const) {
    test(`${point}: what is too large is refused, what came before and after it is not (${Client.name}, ${suffix})`, async () => {
      await using service = createService();
      const client = new Client({ ...service.options(), ...QUIET, ...format }) as Rest;
      const channel = client.channels.get("c");
      const sent = [
        channel.publish("n", "before"),
        assertRefused(() => channel.publish("n", "x".repeat(65_536)), 40009, 400),
        assertRefused(
          () =>
            channel.publish(Array.from({ length: 3 }, () => ({ data: new Uint8Array(30_000) }))),
          40009,
          400,
        ),
        channel.publish("n", "after"),
      ];
      await Promise.all(sent);
      assertEquals((await published(service, "c")).sort(), ["after", "before"]);
      await client.close();
    });

    test(`RSL4a: data of another type is refused, and nothing is sent (${Client.name}, ${suffix})`, async () => {
      await using service = createService();
      const client = new Client({ ...service.options(), ...QUIET, ...format }) as Rest;
      const channel = client.channels.get("c");
      for (const data of [5, true, () => {}, 5n, Symbol("s"), { big: 5n }]) {
        await assertRefused(() => channel.publish("n", data as unknown), 40013, 400);
        await assertRefused(() => channel.publish([{ data: "fine" }, { data }]), 40013, 400);
      }
      await channel.publish("n", "last");
      assertEquals(await published(service, "c"), ["last"]);
      await client.close();
    });
  }

  const garbage = ["<html>", "", "5", "null", "[]", new Uint8Array([0xc1]), new Uint8Array()];
  for (const [index, frame] of garbage.entries()) {
    const what = typeof frame === "string" ? `the text "${frame}"` : `${frame.length} bytes`;
    test(`RTN15a: ${what} as a frame costs the transport, but no message (${suffix} ${index})`, async () => {
      await using service = createService();
      const sockets: WebSocket[] = [];
      const kept = keepSockets(service.WebSocket, sockets);
      const options = { ...service.options(), ...QUIET, ...format, WebSocket: kept };
      await using client = new Realtime(options);
      const channel = client.channels.get("c");
      const received: unknown[] = [];
      await channel.subscribe(({ data }) => void received.push(data));
      await channel.publish("n", "before");
      const inFlight = channel.publish("n", "in flight");
      const lost = client.connection.once("disconnected"); // RTN15h2i
      const data = typeof frame === "string" ? frame : frame.slice().buffer;
      sockets[0]!.onmessage?.(new MessageEvent("message", { data }));
      assertHelpful((await lost).reason, 80003, 503);
      await channel.publish("n", "after");
      await inFlight;
      await client.connection.ping();
      assertEquals(received, ["before", "in flight", "after"]);
      assertEquals(await published(service, "c"), ["before", "in flight", "after"]);
      assertEquals([client.connection.state, sockets.length], ["connected", 2]);
    });
  }

  test(`RTN14d, RTL6c2: a refused connection is reported and tried again; published messages wait (${suffix})`, async () => {
    const clock = new FakeClock();
    await using service = createService({ clock });
    const refusal = service.faults.connect({}, { refuse: true });
    await using client = new Realtime({ ...service.options(), ...QUIET, ...format, clock });
    const serials = client.channels.get("c").publish("n", "patient");
    const { reason, retryIn } = await client.connection.once("disconnected");
    assertHelpful(reason, 80003, 503);
    assert(retryIn! > 0 && retryIn! <= 15_000, String(retryIn));
    refusal.remove();
    const connected = client.connection.once("connected");
    await clock.advance(retryIn!);
    await connected;
    assertEquals((await serials).serials.length, 1);
    assertEquals(await published(service, "c"), ["patient"]);
    assertEquals(client.connection.errorReason, null);
  });

  test(`RSC15l1: a refused connection over REST is reported (${suffix})`, async () => {
    await using service = createService();
    service.faults.http({}, { refuse: true });
    const rest = new Rest({ ...service.options(), ...QUIET, ...format });
    await assertRefused(() => rest.channels.get("c").publish("n", "d"), 80003, 503);
  });

  test(`RSC8e: an answer that is neither JSON nor MessagePack is reported (${suffix})`, async () => {
    await using service = createService();
    const rest = new Rest({ ...service.options(), ...QUIET, ...format });
    const types = ["text/html", "application/json", "application/x-msgpack"];
    for (const type of types) {
      for (const [status, code] of [[200, 40013], [403, 40300], [404, 40400]] as const) {
        const respond = { status, body: "<html>", headers: { "Content-Type": type } };
        service.faults.http({}, { respond }, { times: 1 });
        await assertRefused(() => rest.time(), code, status === 200 ? 400 : status);
      }
    }
  });
}

/** A WebSocket constructor that keeps the sockets it makes. */
function keepSockets(Made: WebSocketConstructor, sockets: WebSocket[]): WebSocketConstructor {
  return class {
    constructor(url: string) {
      const socket = new Made(url);
      sockets.push(socket);
      return socket;
    }
  } as unknown as WebSocketConstructor;
}
