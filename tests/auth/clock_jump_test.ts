import { type ClientOptions, type ErrorInfo, Realtime, Rest } from "../../mod.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import type { Clock, Timer } from "../../src/util/clock.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { failureOf } from "../support/rest_clients.ts";

const HOURS = 3_600_000;

/** The clock of a device on which somebody changes the time. */
class DeviceClock implements Clock {
  /** The difference from the right time, in milliseconds. */
  ahead = 0;
  readonly #time: FakeClock;

  constructor(time: FakeClock) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now() + this.ahead;
  }

  setTimeout(callback: () => void, delay: number): Timer {
    return this.#time.setTimeout(callback, delay);
  }

  clearTimeout(timer: Timer): void {
    this.#time.clearTimeout(timer);
  }
}

/** A local service, a device with its own clock, and the options of clients on that device. */
function world() {
  const time = new FakeClock();
  const service = createService({ clock: time });
  const device = new DeviceClock(time);
  const options: ClientOptions = {
    ...service.options(),
    clock: device,
    useTokenAuth: true,
    logHandler: () => {},
  };
  /** The paths of the requests for the time and for tokens since the last call. */
  const asked = () => {
    const paths = service.log.requests().map(({ path }) => path)
      .filter((path) => /time|requestToken/.test(path));
    service.log.clear();
    return paths.map((path) => path.slice(path.lastIndexOf("/") + 1));
  };
  return { service, device, time, options, asked, [Symbol.asyncDispose]: () => service.close() };
}

for (const queryTime of [false, true]) {
  const how = queryTime ? "with queryTime" : "with the local clock";

  test(`RSA9d, RSA10k: a request works again after the clock has jumped, ${how}`, async () => {
    await using parts = world();
    const { device, options, asked } = parts;
    const rest = new Rest({ ...options, queryTime });
    const { auth } = rest;
    await rest.channels.get("a").history();
    for (const ahead of [3 * HOURS, -5 * HOURS, 0]) {
      device.ahead = ahead;
      asked();
      const error = await failureOf(() => auth.authorize());
      assertEquals([error.code, error.statusCode], [40104, 401]);
      assertEquals(asked(), ["requestToken"]);
      await auth.authorize();
      assertEquals(asked(), ["time", "requestToken"]);
      await auth.authorize();
      assertEquals(asked(), ["requestToken"]);
      await rest.channels.get("a").history();
    }
  });

  test(`RSA4c, RSA10k: a connection comes back after the clock has jumped, ${how}`, async () => {
    await using parts = world();
    const { service, device, time, options, asked } = parts;
    await using client = new Realtime({ ...options, queryTime });
    const { connection } = client;
    await connection.once("connected");
    for (const ahead of [3 * HOURS, -5 * HOURS, 0]) {
      device.ahead = ahead;
      asked();
      const refused = new Promise<ErrorInfo>((resolve) =>
        connection.on(({ reason, retryIn }) => retryIn && resolve(reason!.cause as ErrorInfo))
      );
      service.faults.expireTokens();
      assertEquals((await refused).code, 40104, (await refused).message);
      const connected = connection.once("connected");
      await time.advance(15_000);
      await connected;
      assertEquals(asked(), ["requestToken", "time", "requestToken"]);
    }
  });
}

test("RSA10k: a client that signs for another one asks for the time again after the clock has jumped", async () => {
  await using parts = world();
  const { service, device, options, asked } = parts;
  const signer = new Rest({ ...options, queryTime: true });
  const client = new Rest({
    ...service.options(),
    key: null,
    clock: device,
    authCallback: (params) => signer.auth.createTokenRequest(params),
  });
  await client.auth.authorize();
  device.ahead = 3 * HOURS;
  assertEquals((await failureOf(() => client.auth.authorize())).code, 40104);
  asked();
  await client.auth.authorize();
  assertEquals(asked(), ["time", "requestToken"]);
});

test("RSA10k: a refused timestamp that the caller has given says nothing about the clock", async () => {
  await using parts = world();
  const { options, asked } = parts;
  const { auth } = new Rest(options);
  assertEquals((await failureOf(() => auth.authorize({ timestamp: 1 }))).code, 40104);
  await auth.authorize();
  assertEquals(asked(), ["requestToken", "requestToken"]);
});

test("RSA10k: a service that refuses each timestamp gets two requests for each call", async () => {
  await using parts = world();
  const { service, options, asked } = parts;
  const error = { code: 40104, statusCode: 401, message: "Not current" };
  service.faults.http({ path: /requestToken/ }, { respond: { status: 401, body: { error } } });
  const { auth } = new Rest(options);
  for (let call = 0; call < 3; call++) {
    assertEquals((await failureOf(() => auth.authorize())).code, 40104);
    assertEquals(asked(), call === 0 ? ["requestToken"] : ["time", "requestToken"]);
  }
});

test("RSA4b1: after the clock has jumped ahead, a new token is not taken for an expired one again and again", async () => {
  await using parts = world();
  const { service, device, time, options } = parts;
  const issuer = new Rest({ ...service.options(), clock: time });
  let calls = 0;
  const client = new Rest({
    ...options,
    key: null,
    authCallback: () => (calls++, issuer.auth.requestToken()),
  });
  // The call makes the service's time known.
  await client.auth.createTokenRequest(null, { key: service.options().key, queryTime: true });
  await client.channels.get("a").history();
  device.ahead = 3 * HOURS;
  for (let request = 0; request < 4; request++) await client.channels.get("a").history();
  assertEquals(calls, 2);
});

test("RSA4b1: a device that has slept for longer than its token lives gets another one, without asking for the time", async () => {
  await using parts = world();
  const { time, options, asked } = parts;
  const rest = new Rest({ ...options, queryTime: true });
  await rest.channels.get("a").history();
  const { token } = rest.auth.tokenDetails!;
  asked();
  await time.advance(3 * HOURS);
  await rest.channels.get("a").history();
  assert(rest.auth.tokenDetails!.token !== token);
  assertEquals(asked(), ["requestToken"]);
});
