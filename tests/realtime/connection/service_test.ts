import { type ClientOptions, ErrorInfo, Realtime, type TokenDetails } from "../../../mod.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { createService, FakeClock, type LocalService } from "../../../src/testing/mod.ts";
import { signJwt } from "../../../src/token/mod.ts";
import { assert, assertEquals, assertRejects, test } from "../../harness.ts";

interface Under {
  service: LocalService;
  clock: FakeClock;
  /** Makes a client of the service, in the format under test. */
  client(options?: ClientOptions): Realtime;
}

/** Runs a case against the local service in both formats, on a clock that stands still. */
function testWithService(name: string, run: (under: Under) => Promise<void>): void {
  for (const useBinaryProtocol of [false, true]) {
    test(`${name} (${useBinaryProtocol ? "MessagePack" : "JSON"})`, async () => {
      const clock = new FakeClock();
      await using service = createService({ clock });
      const client = (options?: ClientOptions) =>
        new Realtime({
          ...service.options(),
          clock,
          useBinaryProtocol,
          logHandler: () => {},
          ...options,
        });
      await run({ service, clock, client });
    });
  }
}

/** Notes the events of a connection. */
function eventsOf(client: Realtime): string[] {
  const events: string[] = [];
  client.connection.on(({ event }) => void events.push(event));
  return events;
}

testWithService("RTN4b, RTN4c, RTN6: connects and closes", async ({ client, clock }) => {
  const realtime = client();
  const events = eventsOf(realtime);
  await realtime.connection.whenState("connected");
  assert(realtime.connection.id && realtime.connection.key);
  await realtime.close();
  assertEquals(events, ["connecting", "connected", "closing", "closed"]); // RTN4b
  realtime.connect();
  await realtime.connection.whenState("connected");
  await realtime.close();
  assertEquals(clock.pending, 0);
});

testWithService("RTN8b, RTN9b: ids and keys of connections are unique", async ({ client }) => {
  const clients = [client(), client(), client()];
  await Promise.all(clients.map(({ connection }) => connection.whenState("connected")));
  assertEquals(new Set(clients.map(({ connection }) => connection.id)).size, 3);
  assertEquals(new Set(clients.map(({ connection }) => connection.key)).size, 3);
  await Promise.all(clients.map((one) => one.close()));
});

testWithService(
  "RTN15d: what is published during a loss is delivered after the resume, once",
  async ({ service, client }) => {
    await using receiver = client();
    await using sender = client();
    const channel = receiver.channels.get("c");
    const names: unknown[] = [];
    await channel.subscribe(({ name }) => void names.push(name));
    const { id, key } = receiver.connection;
    const published = sender.channels.get("c");
    await published.publish("1", null);
    const back = receiver.connection.once("connected");
    service.faults.drop({ connectionId: id! });
    await published.publish("2", null);
    const { reason } = await back;
    assertEquals([receiver.connection.id, reason], [id, undefined]);
    assert(receiver.connection.key !== key); // RTN15e
    await published.publish("3", null);
    await channel.whenState("attached");
    await sender.connection.ping();
    await receiver.connection.ping();
    assertEquals(names, ["1", "2", "3"]);
  },
);

testWithService(
  "RTN15c7: a connection whose state is gone gets a new id and goes on",
  async ({ service, client }) => {
    await using realtime = client();
    await realtime.connection.whenState("connected");
    const { id } = realtime.connection;
    const back = realtime.connection.once("connected");
    service.faults.drop();
    service.faults.forgetConnections();
    const { reason } = await back;
    assert(reason && realtime.connection.errorReason === reason);
    assert(realtime.connection.id !== id);
    await realtime.channels.get("c").publish("n", null);
  },
);

testWithService(
  "RTN19a: a publish whose ACK is lost with the connection is published once",
  async ({ service, client }) => {
    await using realtime = client();
    const channel = realtime.channels.get("c");
    const names: unknown[] = [];
    await channel.subscribe(({ name }) => void names.push(name));
    service.faults.toClient({ action: Action.Ack }, { drop: true }, { times: 1 });
    await channel.publish("1", null);
    await channel.publish("2", null);
    await channel.whenState("attached");
    await realtime.connection.ping();
    assertEquals(names, ["1", "2"]);
  },
);

testWithService(
  "RTN16: a later client takes over with the recovery key",
  async ({ service, client }) => {
    const first = client();
    const channel = first.channels.get("ünïcode 🦄");
    await channel.subscribe(() => {});
    await using sender = client();
    await sender.channels.get("ünïcode 🦄").publish("1", null);
    await first.connection.ping();
    const { id, key } = first.connection;
    const recover = first.connection.createRecoveryKey()!;
    service.faults.hang({ connectionId: id! }); // … and the first client is gone
    service.faults.connect({ params: { resume: key! } }, { refuse: true });
    const second = client({ recover });
    const names: unknown[] = [];
    await second.channels.get("ünïcode 🦄").subscribe(({ name }) => void names.push(name));
    assertEquals(second.connection.id, id); // RTN16d
    assert(second.connection.key !== key);
    await sender.channels.get("ünïcode 🦄").publish("2", null);
    await second.connection.ping();
    assertEquals(names, ["2"]);
    await second.close();
    first.connection.off();
    void first.close();
  },
);

testWithService(
  "RTN16l: a fake recovery key leads to a new connection with the error",
  async ({ client }) => {
    const recover = JSON.stringify({
      connectionKey: "_____!ably_test_fake-key____",
      msgSerial: 3,
      channelSerials: {},
    });
    await using realtime = client({ recover });
    const { reason } = await realtime.connection.once("connected");
    assertEquals([reason?.code, realtime.connection.errorReason?.code], [80018, 80018]);
    await realtime.channels.get("c").publish("n", null);
  },
);

testWithService("RTN14a: a wrong key makes the connection FAILED", async ({ service, client }) => {
  const [name] = service.key.split(":");
  const realtime = client({ key: `${name}:wrong` });
  const { reason } = await realtime.connection.once("failed");
  assertEquals([reason?.code, reason?.statusCode], [40101, 401]);
});

testWithService(
  "RTC8a, RTC8a4: a connection changes over to an Ably token and to a JWT, without a break",
  async ({ service, client }) => {
    await using issuer = client();
    await using realtime = client();
    const events = eventsOf(realtime);
    const channel = realtime.channels.get("c");
    const names: unknown[] = [];
    await channel.subscribe(({ name }) => void names.push(name));
    const { id } = realtime.connection;
    const { token } = await issuer.auth.requestToken();
    assertEquals((await realtime.auth.authorize(null, { token })).token, token);
    await channel.publish("1", null);
    const jwt = await signJwt(service.key, { capability: { "*": ["*"] } });
    await realtime.auth.authorize(null, { authCallback: () => jwt });
    await channel.publish("2", null);
    await realtime.connection.ping();
    assertEquals([realtime.connection.id, names] as unknown, [id, ["1", "2"]]);
    assertEquals(events.slice(events.indexOf("connected") + 1), ["update", "update"]);
  },
);

testWithService("RTC8a1: with less capability, the channel becomes FAILED", async ({ client }) => {
  await using realtime = client();
  const channel = realtime.channels.get("mine");
  await channel.attach();
  const failed = channel.once("failed");
  await realtime.auth.authorize({ capability: { other: ["subscribe"] } });
  assertEquals((await failed).reason?.code, 40160);
  assertEquals(realtime.connection.state, "connected");
});

testWithService(
  "RTC8a2: a token for someone else makes the connection FAILED",
  async ({ client }) => {
    await using issuer = client();
    const [mine, yours] = await Promise.all(
      ["me", "you"].map((clientId) => issuer.auth.requestToken({ clientId })),
    );
    await using realtime = client({ key: null, authCallback: () => mine!.token });
    await realtime.connection.whenState("connected");
    assertEquals(realtime.clientId, "me"); // RSA7b3
    const call = realtime.auth.authorize(null, { token: yours!.token });
    assertEquals((await assertRejects(() => call, ErrorInfo)).code, 40102);
    assertEquals(realtime.connection.state, "failed");
  },
);

testWithService(
  "RTN15h2, RTN22: a token is replaced before it expires, and the connection goes on",
  async ({ client, clock }) => {
    await using issuer = client();
    const tokens: Promise<TokenDetails>[] = [];
    const authCallback = () => {
      tokens.push(issuer.auth.requestToken({ ttl: 60_000 }));
      return tokens.at(-1)!;
    };
    await using realtime = client({ key: null, authCallback });
    const events = eventsOf(realtime);
    await realtime.connection.whenState("connected");
    const { id } = realtime.connection;
    for (let i = 0; i < 40; i++) {
      await clock.advance(5_000);
      await Promise.all(tokens); // Signing takes real time, which must not count as a slow answer.
      await realtime.channels.get("c").publish("n", null);
    }
    assert(tokens.length >= 3, `${tokens.length} tokens`);
    assertEquals(realtime.connection.id, id);
    assert(!events.includes("disconnected") && !events.includes("failed"), events.join());
  },
);

testWithService(
  "RTN15h2: a token that is revoked at once is replaced, and the connection resumed",
  async ({ service, client }) => {
    await using issuer = client();
    let tokens = 0;
    const authCallback = () => {
      tokens++;
      return issuer.auth.requestToken();
    };
    await using realtime = client({ key: null, authCallback });
    await realtime.connection.whenState("connected");
    const { id } = realtime.connection;
    const back = realtime.connection.once(["connected", "update"]);
    service.faults.expireTokens();
    await back;
    await realtime.channels.get("c").publish("n", null);
    assertEquals([realtime.connection.id, tokens], [id, 2]);
  },
);

testWithService(
  "RTN15h1: … without means to get another it is FAILED",
  async ({ service, client }) => {
    await using issuer = client();
    const { token } = await issuer.auth.requestToken();
    await using realtime = client({ key: null, token });
    await realtime.connection.whenState("connected");
    const failed = realtime.connection.once("failed");
    service.faults.expireTokens();
    assertEquals((await failed).reason?.code, 40171);
  },
);

testWithService(
  "RTN23a: an idle connection lives by heartbeats; a deaf one is given up and resumed",
  async ({ service, client, clock }) => {
    await using realtime = client();
    const events = eventsOf(realtime);
    await realtime.connection.whenState("connected");
    await clock.advance(600_000);
    assertEquals(events, ["connecting", "connected"]);
    service.faults.hang({ connectionId: realtime.connection.id! });
    await clock.advance(25_000);
    await realtime.connection.whenState("connected");
    assertEquals(events.slice(2), ["disconnected", "connecting", "connected"]);
  },
);

testWithService("RTN13a: ping() measures the way there and back", async ({ client }) => {
  await using realtime = client();
  const times = await Promise.all([realtime.connection.ping(), realtime.connection.ping()]);
  assert(times.every((time) => time >= 0));
});

testWithService(
  "RTN14d, RTN14e, RTN15: through DISCONNECTED and SUSPENDED back to CONNECTED",
  async ({ service, client, clock }) => {
    await using realtime = client();
    const events = eventsOf(realtime);
    await realtime.connection.whenState("connected");
    const refusing = service.faults.connect({}, { refuse: true });
    service.faults.drop();
    await clock.advance(130_000);
    assertEquals(realtime.connection.state, "suspended");
    refusing.remove();
    await clock.advance(30_000);
    await realtime.connection.whenState("connected");
    assertEquals(events.slice(2, 5), ["disconnected", "connecting", "disconnected"]);
    assertEquals(events.slice(-3), ["suspended", "connecting", "connected"]);
  },
);

testWithService(
  "RTN12b: a service that does not answer CLOSE is left after realtimeRequestTimeout",
  async ({ service, client, clock }) => {
    const realtime = client();
    await realtime.connection.whenState("connected");
    service.faults.hang();
    const closed = realtime.close();
    await clock.advance(10_000);
    await closed;
    assertEquals(realtime.connection.state, "closed");
  },
);

testWithService(
  "RTN16d, RTN15a: two clients on one connection take it from each other, but not without a pause",
  async ({ client, clock }) => {
    const [old] = [client({ disconnectedRetryTimeout: 1_000 })];
    await old.connection.whenState("connected");
    const recover = old.connection.createRecoveryKey();
    const heir = client({ recover, disconnectedRetryTimeout: 1_000 });
    let connections = 0;
    for (const one of [old, heir]) one.connection.on("connected", () => void connections++);
    await clock.advance(60_000);
    assert(connections < 200, `${connections} connections in a minute`);
    await old.close();
    await clock.advance(5_000);
    await heir.connection.whenState("connected"); // Resumed or anew: that depends on which of them had it last.
  },
);

testWithService(
  "RTN5: 50 clients attach, publish and receive everything at the same time",
  async ({ client }) => {
    const clients = Array.from({ length: 50 }, () => client());
    const received = clients.map(() => new Set<string>());
    const all = Promise.withResolvers<void>();
    let missing = 50 * 50;
    await Promise.all(clients.map(async ({ channels }, n) => {
      await channels.get("c").subscribe(({ name }) => {
        assert(!received[n]!.has(name!), `${name} twice`);
        received[n]!.add(name!);
        if (--missing === 0) all.resolve();
      });
    }));
    await Promise.all(
      clients.map(({ channels }, n) => channels.get("c").publish(`from ${n}`, null)),
    );
    await all.promise;
    await Promise.all(clients.map((one) => one.close()));
  },
);
