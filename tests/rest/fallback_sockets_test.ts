import { type ClientOptions, Rest } from "../../mod.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { KEY } from "../support/fake_service.ts";
import { type Behaviour, type RawServer, rawServer } from "../support/raw_server.ts";
import { failureOf } from "../support/rest_clients.ts";

const PRIMARY = "main.realtime.ably.net";
const FALLBACKS = ["one.example", "two.example", "three.example", "four.example"];

/** Servers by host name, and a client whose requests reach them over real sockets. */
class Network implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly asked: string[] = [];
  readonly servers = new Map<string, RawServer>();

  async listen(host: string, behaviour: Behaviour): Promise<RawServer> {
    const server = await rawServer(behaviour);
    this.servers.set(host, server);
    return server;
  }

  client(options: ClientOptions = {}): Rest {
    return new Rest({
      key: KEY,
      clock: this.clock,
      random: {
        bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
        number: () => 0.99,
      },
      useBinaryProtocol: false,
      fallbackHosts: FALLBACKS,
      logHandler: () => {},
      fetch: (input, init) => this.#fetch(String(input), init),
      ...options,
    });
  }

  #fetch(address: string, init?: RequestInit): Promise<Response> {
    const url = new URL(address);
    this.asked.push(url.hostname);
    const port = this.servers.get(url.hostname)!.port;
    return fetch(`http://127.0.0.1:${port}${url.pathname}${url.search}`, init);
  }

  async [Symbol.asyncDispose]() {
    for (const server of this.servers.values()) await server.close();
  }
}

const FINE = { status: 200, body: [1234] };

async function network(primary: Behaviour, fallback: Behaviour = FINE): Promise<Network> {
  const made = new Network();
  await made.listen(PRIMARY, primary);
  // The random source leaves the order of the hosts as it is.
  await made.listen(FALLBACKS[0]!, fallback);
  return made;
}

test("RSC15l1: a refused connection leads to a fallback host", async () => {
  await using net = await network(FINE);
  await net.servers.get(PRIMARY)!.close();
  assertEquals(await net.client().time(), 1234);
  assertEquals(net.asked, [PRIMARY, FALLBACKS[0]!]);
});

test("RSC15l1: a connection that breaks leads to a fallback host", async () => {
  await using net = await network("reset");
  assertEquals(await net.client().time(), 1234);
  assertEquals(net.asked, [PRIMARY, FALLBACKS[0]!]);
});

for (const behaviour of ["hang", "stall"] as const) {
  test(`RSC15l2: a host that ${behaviour}s leads to a fallback host`, async () => {
    await using net = await network(behaviour);
    const reached = net.servers.get(PRIMARY)!.next();
    const time = net.client({ httpRequestTimeout: 7000 }).time();
    await reached;
    await net.clock.advance(6999);
    assertEquals(net.asked, [PRIMARY]);
    await net.clock.advance(1);
    assertEquals(await time, 1234);
    assertEquals(net.asked, [PRIMARY, FALLBACKS[0]!]);
    assertEquals(net.clock.pending, 0);
  });
}

for (const status of [500, 501, 502, 503, 504]) {
  test(`RSC15l3: a status of ${status} leads to a fallback host`, async () => {
    await using net = await network({ status, body: { error: { message: "Down" } } });
    assertEquals(await net.client().time(), 1234);
    assertEquals(net.asked, [PRIMARY, FALLBACKS[0]!]);
  });
}

test("RSC15l4: a refusal of CloudFront leads to a fallback host", async () => {
  await using net = await network({ status: 403, headers: { server: "CloudFront" } });
  assertEquals(await net.client().time(), 1234);
  assertEquals(net.asked, [PRIMARY, FALLBACKS[0]!]);
});

for (const status of [400, 403, 404, 429, 505]) {
  test(`RSC15l: a status of ${status} is the caller's`, async () => {
    await using net = await network({ status, body: { error: { code: status * 100 } } });
    const error = await failureOf(() => net.client().time());
    assertEquals([error.code, error.statusCode], [status * 100, status]);
    assertEquals(net.asked, [PRIMARY]);
  });
}

test("RSC15a, TO3l5: gives up after the primary and three fallback hosts", async () => {
  await using net = await network("reset", { status: 503 });
  for (const host of FALLBACKS.slice(1)) await net.listen(host, { status: 500 });
  const error = await failureOf(() => net.client().time());
  assertEquals(error.statusCode, 500);
  assertEquals(net.asked, [PRIMARY, ...FALLBACKS.slice(0, 3)]);
});

test("RSC15, TI1: hosts that all refuse give an ErrorInfo, and its cause", async () => {
  await using net = await network(FINE);
  for (const host of FALLBACKS.slice(1)) await net.listen(host, FINE);
  for (const server of net.servers.values()) await server.close();
  const error = await failureOf(() => net.client().channels.get("c").publish("n", "d"));
  assert(error.code >= 40000 && error.remediation !== "" && error.cause !== undefined);
  assertEquals(net.asked.length, 4);
});

test("RSC15m, REC2a2: without fallback hosts the error comes at once", async () => {
  await using net = await network("reset");
  await failureOf(() => net.client({ fallbackHosts: [] }).time());
  assertEquals(net.asked, [PRIMARY]);
});

test("RSC15f: stays with the host that worked, and returns in time", async () => {
  await using net = await network("reset", FINE);
  const primary = net.servers.get(PRIMARY)!;
  const rest = net.client();
  await rest.time();
  primary.behaviour = { status: 200, body: [1] };
  await rest.time();
  assertEquals(net.asked.splice(0), [PRIMARY, FALLBACKS[0]!, FALLBACKS[0]!]);
  await net.clock.advance(600_000);
  assertEquals(await rest.time(), 1);
  assertEquals(net.asked, [PRIMARY]);
});

test("RSC15f: recovers by the primary when the host that worked fails", async () => {
  await using net = await network({ status: 500 }, FINE);
  const [primary, fallback] = [...net.servers.values()];
  const rest = net.client();
  await rest.time();
  net.asked.length = 0;
  primary!.behaviour = { status: 200, body: [5] };
  fallback!.behaviour = "reset";
  assertEquals(await rest.time(), 5);
  assertEquals(await rest.time(), 5);
  assertEquals(net.asked, [FALLBACKS[0]!, PRIMARY, PRIMARY]);
});

test("RSC7c, RSL1k: every try carries the same request_id, ids and body", async () => {
  await using net = await network("reset", { status: 502 });
  await net.listen(FALLBACKS[1]!, { status: 201, body: { serials: ["s"] } });
  const rest = net.client({ addRequestIds: true });
  const { serials } = await rest.channels.get("c").publish("n", { a: "ü" });
  assertEquals(serials, ["s"]);
  const tries = [...net.servers.values()].flatMap(({ requests }) => requests);
  assertEquals(tries.length, 3);
  const [first] = tries;
  assert(/^POST \/channels\/c\/messages\?request_id=[\w-]{12,} /.test(first!.line), first!.line);
  assert(/"id":"[\w+/=]{12}:0"/.test(first!.body), first!.body);
  for (const { line, body } of tries) assertEquals([line, body], [first!.line, first!.body]);
});

test("RSC15: a caller's abort leads to no other host", async () => {
  await using net = await network("hang");
  const reached = net.servers.get(PRIMARY)!.next();
  const controller = new AbortController();
  const time = net.client().time({ signal: controller.signal });
  await reached;
  controller.abort();
  const failure = await time.catch((error) => error);
  assertEquals(failure.name, "AbortError");
  assertEquals(net.asked, [PRIMARY]);
  assertEquals(net.clock.pending, 0);
});
