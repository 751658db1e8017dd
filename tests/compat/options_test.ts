import { Realtime, Rest } from "../../mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { json } from "../support/fake_service.ts";
import { leaks, shown } from "../support/leaks.ts";
import { fakeRest } from "../support/rest_clients.ts";
import { Rig } from "../support/realtime_rig.ts";

const SECRET = "s3cret-of-the-key";
const KEY = `app.key:${SECRET}`;

test("client.options holds what was given, and the defaults", () => {
  const { options } = new Rest({ key: KEY, clientId: "ann", tls: null, httpMaxRetryCount: 1 });
  assertEquals(
    [options.clientId, options.tls, options.port, options.tlsPort, options.httpMaxRetryCount],
    ["ann", true, 80, 443, 1],
  );
  assertEquals([options.endpoint, options.fallbackHosts?.length], ["main", 5]);
  assertEquals([options.useBinaryProtocol, options.queueMessages], [true, true]);
  assertEquals([options.key, options.token, options.authCallback], [KEY, undefined, undefined]);
  assertEquals(new Rest(KEY).options.key, KEY);
});

test("client.options can be the options of another client", () => {
  const first = new Rest({
    key: KEY,
    endpoint: "nonprod:box",
    clientId: "ann",
    httpMaxRetryCount: 0,
  });
  const { options } = new Rest(first.options);
  assertEquals([options.key, options.clientId, options.httpMaxRetryCount], [KEY, "ann", 0]);
  assertEquals([options.endpoint, options.fallbackHosts], [
    "nonprod:box",
    first.options.fallbackHosts,
  ]);
});

test("neither client.options nor the client shows a secret when it is printed", () => {
  const token = "s3cret-token-of-ann";
  const client = new Realtime({
    key: KEY,
    autoConnect: false,
    token,
    authHeaders: { "x-pass": "s3cret-header" },
    authUrl: "https://example.com/?pass=s3cret-query",
    transportParams: { pass: "s3cret-param" },
  });
  for (const value of [client.options, { ...client.options }, client]) {
    assertEquals(leaks(shown(value), [SECRET, token, "s3cret-"]), []);
  }
  assertEquals(client.options.token, token);
});

test("RSC7d6: client.options.agents may be replaced or changed, for later requests", async () => {
  for (const options of [{ agents: { own: "1" } }, {}, { token: "t", key: null }]) {
    const { rest, last } = fakeRest(
      ({ url }) => json(url.pathname === "/time" ? [1] : []),
      options,
    );
    const agents = async (ask: () => Promise<unknown>) => {
      await ask();
      return last().headers.get("ably-agent")!.split(" ").slice(2);
    };
    const before = await agents(() => rest.channels.get("c").history());
    assertEquals(before, options.agents ? ["own/1"] : []);
    rest.options.agents = { ...rest.options.agents, spaces: "2" };
    assertEquals(await agents(() => rest.channels.get("c").history()), [...before, "spaces/2"]);
    assertEquals(await agents(() => rest.time()), [...before, "spaces/2"]);
    rest.options.agents.chat = "3";
    assertEquals(await agents(() => rest.stats()), [...before, "spaces/2", "chat/3"]);
    const proxy = rest.createWrapperSDKProxy({ agents: { wrapper: "4" } });
    assertEquals(await agents(() => proxy.stats()), [...before, "spaces/2", "chat/3", "wrapper/4"]);
  }
});

test("RTN2g: client.options.agents may be replaced before the client connects", async () => {
  await using rig = new Rig();
  rig.client.options.agents = { spaces: "2" };
  rig.client.connect();
  const { params } = await rig.accept();
  assertEquals(params.agent!.split(" ").slice(2), ["spaces/2"]);
});

test("RSC7d: agents that no header can hold are refused when they are used", async () => {
  const { rest, network } = fakeRest();
  rest.options.agents = { "bad\n": "1" };
  const error = await rest.time().catch((error) => error);
  assert(error.message.includes("agents"));
  assertEquals([error.code, network.seen.length], [40000, 0]);
});
