import { ClientInformation, ErrorInfo, Realtime } from "../../mod.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStrictEquals,
  assertThrows,
  test,
} from "../harness.ts";
import { json, KEY } from "../support/fake_service.ts";
import { fakeRest } from "../support/rest_clients.ts";

test("RSC26, WP6, RSC7d7: requests of a proxy name the wrapper SDK, others do not", async () => {
  const { rest, network } = fakeRest(
    ({ url }) => json(url.pathname === "/time" ? [1] : []),
    { agents: { other: "9" } },
  );
  const proxy = rest.createWrapperSDKProxy({ agents: { "my-wrapper": "1.2", bare: undefined } });
  const channel = proxy.channels.get("c");
  await proxy.time();
  await proxy.stats();
  await proxy.request("GET", "/x", 3);
  await channel.publish("n", "d");
  await channel.history();
  await channel.presence.get();
  await channel.annotations.get("serial");
  await channel.push.listSubscriptions();
  await proxy.push.admin.deviceRegistrations.list();
  await proxy.auth.revokeTokens([{ type: "clientId", value: "x" }]);
  const agents = network.seen.map(({ headers }) => headers.get("ably-agent")!);
  for (const agent of agents) assertMatch(agent, / other\/9 my-wrapper\/1\.2 bare$/);
  await rest.time();
  await rest.channels.get("c").history();
  for (const { headers } of network.seen.slice(agents.length)) {
    assert(!headers.get("ably-agent")!.includes("my-wrapper"));
  }
});

test("WP6: the pages after a proxy's page name the wrapper SDK too", async () => {
  const { rest, last } = fakeRest(() => json([], 200, { link: '<?p>; rel="next"' }));
  const page = await rest.createWrapperSDKProxy({ agents: { w: "1" } }).channels.get("c").history();
  await page.next();
  assertMatch(last().headers.get("ably-agent")!, / w\/1$/);
});

test("WP6a: tokens are requested without naming the wrapper SDK", async () => {
  const { rest, network } = fakeRest(
    ({ url }) =>
      json(
        url.pathname.endsWith("requestToken")
          ? { token: "t", issued: 1, expires: 9e15, capability: "{}" }
          : [],
      ),
    { useTokenAuth: true },
  );
  const proxy = rest.createWrapperSDKProxy({ agents: { w: "1" } });
  await proxy.channels.get("c").history();
  const wrapped = network.seen.map(({ url, headers }) => [
    url.pathname.split("/").at(-1),
    headers.get("ably-agent")!.endsWith(" w/1"),
  ]);
  assertEquals(wrapped, [["requestToken", false], ["messages", true]]);
});

test("WP2, WP5: a proxy shares all state with its client", async () => {
  const { rest, lastBody } = fakeRest(() => json({}, 201));
  const proxy = rest.createWrapperSDKProxy({});
  assertStrictEquals(proxy.auth.tokenDetails, rest.auth.tokenDetails);
  proxy.channels.get("a");
  rest.channels.get("b", { cipher: { key: new Uint8Array(16) } });
  assertEquals([rest.channels.exists("a"), proxy.channels.exists("b")], [true, true]);
  assertStrictEquals(proxy.channels.get("a"), proxy.channels.get("a"));
  await proxy.channels.get("b").publish("n", "d");
  assertEquals(
    (lastBody() as { encoding: string }[])[0]!.encoding,
    "utf-8/cipher+aes-128-cbc/base64",
  );
  rest.channels.release("a");
  assertEquals([...proxy.channels].map(({ name }) => name), ["b"]);
  await proxy.close();
});

test("RSC7d1, WPO2a: agents that no header can hold are refused, for a proxy as for a client", () => {
  const { rest } = fakeRest(() => json([]));
  const realtime = new Realtime({ key: KEY, autoConnect: false });
  for (const client of [rest, realtime]) {
    for (const agents of [{ "w\n": "1" }, { w: "ü" }, "w"] as Record<string, string>[]) {
      const make = () => client.createWrapperSDKProxy({ agents });
      assertEquals(assertThrows(make, ErrorInfo).code, 40000);
    }
  }
});

test("RSC7d6, WP6: later changes to the objects with the agents have no effect", async () => {
  const agents: Record<string, string> = { sdk: "1" };
  const wrapper: Record<string, string> = { w: "1" };
  const { rest, last } = fakeRest(() => json([1]), { agents });
  const proxy = rest.createWrapperSDKProxy({ agents: wrapper });
  agents.sdk = wrapper.w = "bad\n";
  await proxy.time();
  assertMatch(last().headers.get("ably-agent")!, / sdk\/1 w\/1$/);
});

test("CR2, CR3: what the module says of itself", () => {
  const [[name, version], runtime] = Object.entries(ClientInformation.agents) as [
    [string, string],
    [string, string],
  ];
  assertEquals(name, "ably-edge");
  assertMatch(version, /^\d+\.\d+\.\d+$/);
  assert(["deno", "bun", "cloudflare-workers"].includes(runtime[0]));
  const text = ClientInformation.agentIdentifier();
  assert(text.startsWith(`ably-edge/${version} ${runtime[0]}`));
  assertEquals(ClientInformation.agentIdentifier({ a: "1", b: undefined }), `${text} a/1 b`);
});
