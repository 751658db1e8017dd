import { Action } from "../../src/protocol/actions.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { type ProxyControl, proxyControl } from "../../src/testing/proxy/proxy_control.ts";
import { listen } from "../../src/testing/serve/serve.ts";
import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { FrameClient } from "./frames.ts";

interface Session {
  port: number;
  post(what: "rules" | "actions", body: object): Promise<number>;
  connect(params?: Record<string, string>, format?: "json" | "msgpack"): FrameClient;
  // deno-lint-ignore no-explicit-any
  events(type?: string): Promise<any[]>;
  end(): Promise<number>;
}

async function call(proxy: ProxyControl, method: string, path: string, body?: object) {
  const response = await proxy.handle(
    new Request(`http://control${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, body: await response.json() };
}

async function withProxy(
  rules: object[],
  run: (session: Session, service: LocalService, proxy: ProxyControl) => Promise<void>,
): Promise<void> {
  await using service = createService();
  const proxy = proxyControl(service, (session, port) =>
    listen({
      handle: (request) => session.handle(request),
      admit: (url) => session.admit(url),
    }, { port, hostname: "127.0.0.1" }));
  const target = { realtimeHost: "realtime.example", restHost: "rest.example" };
  const made = await call(proxy, "POST", "/sessions", { target, rules });
  assertEquals(made.status, 201);
  const { sessionId, proxy: { port } } = made.body;
  const session: Session = {
    port,
    post: async (what, body) =>
      (await call(proxy, "POST", `/sessions/${sessionId}/${what}`, body)).status,
    connect: (params = {}, format = "json") =>
      new FrameClient(service, { url: `ws://127.0.0.1:${port}/`, WebSocket, params, format }),
    events: async (type) => {
      const { body } = await call(proxy, "GET", `/sessions/${sessionId}/log`);
      return type === undefined
        ? body.events
        : body.events.filter((event: { type: string }) => event.type === type);
    },
    end: async () => (await call(proxy, "DELETE", `/sessions/${sessionId}`)).status,
  };
  try {
    await run(session, service, proxy);
  } finally {
    await proxy.close();
  }
}

for (const format of ["json", "msgpack"] as const) {
  test(`contract 15: the proxy lets pass what no rule is against, and logs it (${format})`, () =>
    withProxy([], async (session, service) => {
      const client = session.connect({ who: "me" }, format);
      const { connectionId } = await client.next(Action.Connected);
      await client.attach("c");
      assertEquals((await client.publish("c", { data: "x" })).action, Action.Ack);
      assertEquals((await client.next(Action.Message)).messages![0]!.data, "x");
      await client.close();
      const [connect] = await session.events("ws_connect");
      assertEquals(connect.queryParams.who, "me");
      assert(connect.url.includes("who=me") && !Number.isNaN(Date.parse(connect.timestamp)));
      const frames = await session.events("ws_frame");
      const [connected] = frames;
      assertEquals(
        [connected.direction, connected.message.connectionId, connected.ruleMatched],
        ["server_to_client", connectionId, null],
      );
      const sent = frames.filter(({ direction }) => direction === "client_to_server");
      assertEquals(
        sent.map(({ message }) => message.action),
        [Action.Attach, Action.Message, Action.Close],
      );
      assertEquals((await session.events("ws_disconnect")).length, 1);

      const response = await fetch(`http://127.0.0.1:${session.port}/channels/c/messages`, {
        headers: { Authorization: `Basic ${btoa(service.key)}` },
      });
      assertEquals((await response.json()).length, 1);
      const [request] = await session.events("http_request");
      assertEquals([request.method, request.path], ["GET", "/channels/c/messages"]);
      assert(request.headers.authorization.startsWith("Basic "));
      assertEquals((await session.events("http_response"))[0].status, 200);
    }));
}

const frame = (to: "client" | "server", action: string | number, more: object = {}) => ({
  type: `ws_frame_to_${to}`,
  action,
  ...more,
});

test("contract 15: the proxy swallows, replaces, adds and delays frames", () =>
  withProxy([
    { match: frame("server", "ATTACH", { channel: "lost" }), action: { type: "suppress" } },
    {
      match: frame("client", "11", { channel: "other" }),
      action: { type: "replace", message: { action: 9, channel: "other", error: { code: 1 } } },
      times: 1,
      comment: "refused once",
    },
    {
      match: frame("client", "ATTACHED", { channel: "more", count: 2 }),
      action: { type: "inject_to_client", message: { action: "DETACHED", channel: "more" } },
    },
    {
      match: frame("client", "HEARTBEAT", { count: 1 }),
      action: { type: "delay", delayMs: 20 },
    },
  ], async (session) => {
    const client = session.connect();
    await client.next(Action.Connected);
    client.send({ action: Action.Attach, channel: "lost" });
    client.send({ action: Action.Attach, channel: "other" });
    assertEquals((await client.next(Action.Error)).error!.code, 1);
    await client.attach("other");
    await client.attach("more");
    await client.settled();
    assertEquals(client.received, []);
    await client.attach("more");
    assertEquals((await client.next(Action.Detached)).channel, "more");
    const frames = await session.events("ws_frame");
    assertEquals(
      frames.filter(({ ruleMatched }) => ruleMatched === "refused once").length,
      1,
    );
    await client.close();
  }));

test("contract 15: the proxy refuses, closes and answers connections, by their count and query", () =>
  withProxy([
    { match: { type: "ws_connect", count: 1 }, action: { type: "refuse_connection" } },
    {
      match: { type: "ws_connect", count: 2 },
      action: { type: "accept_and_close", closeCode: 4001 },
    },
    {
      match: { type: "ws_connect", queryContains: { resume: "*" } },
      action: {
        type: "inject_to_client_and_close",
        message: { action: 9, error: { code: 40101, statusCode: 401 } },
      },
    },
    {
      match: { type: "delay_after_ws_connect", delayMs: 20, count: 2 },
      action: { type: "disconnect" },
    },
  ], async (session) => {
    assert([0, 1006].includes(await session.connect().closed)); // Runtimes differ.
    assertEquals(await session.connect().closed, 4001);
    const refused = session.connect({ resume: "some-key" });
    assertEquals((await refused.next(Action.Error)).error!.code, 40101);
    await refused.closed;
    const fine = session.connect();
    await fine.next(Action.Connected);
    assertEquals(await session.post("actions", { type: "close", closeCode: 4002 }), 200);
    assertEquals(await fine.closed, 4002);
    const kinds = (await session.events()).map(({ type }) => type);
    assertEquals(kinds.slice(0, 3), ["ws_connect", "ws_connect", "ws_disconnect"]);
  }));

test("contract 15: the proxy breaks connections some time after they were made", () =>
  withProxy([{
    match: { type: "delay_after_ws_connect", delayMs: 20 },
    action: { type: "disconnect" },
    times: 1,
  }], async (session) => {
    const client = session.connect();
    const { connectionKey } = await client.next(Action.Connected);
    await client.closed;
    const back = session.connect({ resume: connectionKey! });
    assertEquals((await back.next(Action.Connected)).error, undefined);
    assertEquals((await session.events("ws_disconnect"))[0].initiator, "proxy");
    await back.close();
  }));

test("contract 15: the proxy answers, delays and drops requests, and takes rules while it runs", () =>
  withProxy([], async (session) => {
    const get = (path = "/time") => fetch(`http://127.0.0.1:${session.port}${path}`);
    const rules = [
      {
        match: { type: "http_request", method: "GET", pathContains: "/time" },
        action: {
          type: "http_respond",
          status: 503,
          body: { error: { code: 50300 } },
          headers: { "X-Mine": "1" },
        },
        times: 1,
      },
      {
        match: { type: "http_request", count: 2 },
        action: { type: "http_delay", delayMs: 5 },
      },
      {
        match: { type: "http_request", pathContains: "/broken" },
        action: { type: "http_drop" },
      },
    ];
    assertEquals(await session.post("rules", { rules, position: "prepend" }), 200);
    const answered = await get();
    assertEquals([answered.status, answered.headers.get("X-Mine")], [503, "1"]);
    assertEquals((await answered.json()).error.code, 50300);
    const delayed = await get();
    assertEquals(delayed.status, 200);
    await delayed.body?.cancel();
    // For as long as it is broken: Bun's fetch tries again by itself.
    await assertRejects(async () => await (await get("/broken")).text());
    assertEquals((await session.events("http_response")).map(({ status }) => status), [503, 200]);
  }));

test("contract 15: the proxy says that it is there, and refuses what makes no sense", () =>
  withProxy([], async (session, _service, proxy) => {
    assertEquals((await call(proxy, "GET", "/health")).status, 200);
    for (
      const rules of [
        {},
        [1],
        [{ match: {}, action: { type: "suppress" } }],
        [{ match: { type: "ws_connect" }, action: { type: "unknown" } }],
        [{ match: { type: "ws_connect" }, action: { type: "replace" } }],
        [{ match: { type: "ws_connect", count: -1 }, action: { type: "suppress" } }],
      ]
    ) {
      assertEquals(await session.post("rules", { rules }), 400);
      assertEquals((await call(proxy, "POST", "/sessions", { rules })).status, 400);
    }
    assertEquals((await call(proxy, "GET", "/sessions/none/log")).status, 404);
    const client = session.connect();
    await client.next(Action.Connected);
    assertEquals([await session.end(), await session.end()], [200, 404]);
    await client.closed;
    await assertRejects(() => fetch(`http://127.0.0.1:${session.port}/time`));
  }));
