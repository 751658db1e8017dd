import { type ClientOptions, ErrorInfo, Rest } from "../../mod.ts";
import { streamMessages } from "../../src/sse/mod.ts";
import { createService, FakeClock, type LocalService } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertRejects, assertThrows, test } from "../harness.ts";

const SILENT: ClientOptions = { logHandler: () => {} };

function client(service: LocalService, options: ClientOptions = {}): Rest {
  return new Rest({ ...service.options(), ...SILENT, ...options });
}

/** Takes the next messages of a stream. */
async function take<M>(stream: AsyncIterator<M>, count: number): Promise<M[]> {
  const taken: M[] = [];
  while (taken.length < count) {
    const { value, done } = await stream.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

async function takeData(stream: AsyncIterator<{ data?: unknown }>, count: number) {
  return (await take(stream, count)).map(({ data }) => data);
}

/** The number of streams that the service has open on a channel. */
async function subscribers(rest: Rest, channel: string): Promise<number> {
  return (await rest.channels.get(channel).status()).status.occupancy.metrics.subscribers;
}

test("RSL6: a stream decodes and decrypts messages as history does", async () => {
  await using service = createService();
  const rest = client(service);
  const cipher = { key: await Rest.Crypto.generateRandomKey() };
  const plain = rest.channels.get("plain");
  const secret = rest.channels.get("secret", { cipher });
  await using stream = streamMessages([plain, secret]);
  await stream.opened;
  const bytes = Uint8Array.of(1, 2, 250);
  await plain.publish([{ name: "a", data: { n: 1 } }, {
    data: bytes,
    extras: { headers: { h: 1 } },
  }]);
  await secret.publish("c", { n: 2 });
  await plain.publish("d", "text\nwith lines");
  const messages = await take(stream, 4);
  assertEquals(messages.map(({ name, data }) => [name, data]), [
    ["a", { n: 1 }],
    [undefined, bytes],
    ["c", { n: 2 }],
    ["d", "text\nwith lines"],
  ]);
  assertEquals(messages.map(({ channel }) => channel), ["plain", "plain", "secret", "plain"]);
  const [latest] = (await plain.history({ limit: 1 })).items;
  const { channel: _channel, position, ...rest4 } = messages[3]!;
  assertEquals(JSON.parse(JSON.stringify(rest4)), JSON.parse(JSON.stringify(latest)));
  assert(position !== "");
});

test("RSC1: the request carries the credentials in a header, the version and the agent", async () => {
  await using service = createService();
  await using stream = streamMessages(client(service).channels.get("c"), {
    rewind: "30s",
    params: { x: "1" },
  });
  await stream.opened;
  const { url, headers } = service.log.requests({ path: "/sse" })[0]!;
  assertEquals(Object.fromEntries(url.searchParams), {
    channels: "c",
    v: "6",
    rewind: "30s",
    x: "1",
  });
  assertEquals(headers.get("accept"), "text/event-stream");
  assert(headers.get("authorization")!.startsWith("Basic "));
  assert(headers.get("ably-agent")!.includes("ably-edge"));
});

test("RTN15a: a broken stream is opened again at once, and no message is lost or doubled", async () => {
  await using service = createService();
  const rest = client(service);
  const channel = rest.channels.get("c");
  await using stream = streamMessages(channel);
  await stream.opened;
  for (let i = 0; i < 5; i++) {
    await channel.publish("n", `${i}a`);
    assertEquals(await takeData(stream, 1), [`${i}a`]);
    service.faults.drop({ channel: "c" });
    await channel.publish([{ data: `${i}b` }, { data: `${i}c` }]);
    assertEquals(await takeData(stream, 2), [`${i}b`, `${i}c`]);
    if (i % 2) service.faults.close(1000, { channel: "c" });
  }
});

test("RTN15a: messages published while a stream without an earlier message is broken are received", async () => {
  await using service = createService();
  const channel = client(service).channels.get("c");
  await channel.publish("old", "old");
  await using stream = streamMessages(channel);
  await stream.opened;
  const first = stream.next();
  service.faults.drop({ channel: "c" });
  await channel.publish("new", "new");
  const { value } = await first;
  // The rewind has whole seconds, so it may reach back to a message from just before the stream.
  assertEquals(value.data === "old" ? await takeData(stream, 1) : [value.data], ["new"]);
});

test("RTB1: failed attempts are repeated after growing delays", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const random = { number: () => 1, bytes: (n: number) => new Uint8Array(n) };
  const logged: string[] = [];
  const rest = client(service, {
    clock,
    random,
    logHandler: (message) => void logged.push(message),
  });
  using fault = service.faults.http({ path: "/sse" }, { respond: { status: 503 } }, { times: 3 });
  await using stream = streamMessages(rest.channels.get("c"));
  for (const [delay, fired] of [[0, 1], [14_999, 1], [1, 2], [19_999, 2], [1, 3]] as const) {
    await clock.advance(delay);
    assertEquals(fault.fired, fired, `after ${delay} ms more`);
  }
  await clock.advance(25_000);
  await stream.opened;
  assertEquals(logged.filter((line) => line.includes("cannot be opened")).length, 3);
});

test("RTB1: a stream that breaks again and again without an event is not opened in a tight loop", async () => {
  const clock = new FakeClock();
  let requests = 0;
  const rest = new Rest({
    key: "a.b:c",
    ...SILENT,
    clock,
    fetch: async () => {
      requests++;
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(":hello\n\n"));
          controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  await using stream = streamMessages(rest.channels.get("c"));
  const next = stream.next();
  await clock.advance(10_000);
  assertEquals(requests, 2);
  await clock.advance(10_000);
  assertEquals(requests, 3);
  await stream.return!();
  assertEquals((await next).done, true);
});

test("RSC10: a refused stream ends with the error of the service", async () => {
  await using service = createService();
  const token = await client(service).auth.requestToken({ capability: { other: ["subscribe"] } });
  const stream = streamMessages(
    client(service, { key: undefined, token }).channels.get("c"),
  );
  const error = await assertRejects(() => stream.opened, ErrorInfo) as ErrorInfo;
  assertEquals([error.code, error.statusCode], [40160, 401]);
  assertEquals((await assertRejects(() => stream.next(), ErrorInfo) as ErrorInfo).code, 40160);
  assertEquals((await stream.next()).done, true);
});

test("RSA4b: a token that expires in the middle of a stream is renewed, and nothing is lost", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const issuer = client(service, { clock });
  let tokens = 0;
  const rest = client(service, {
    clock,
    key: undefined,
    authCallback: () => {
      tokens++;
      return issuer.auth.requestToken({ ttl: 60_000 });
    },
  });
  const channel = rest.channels.get("c");
  await using stream = streamMessages(channel);
  await stream.opened;
  for (const n of ["1", "2", "3"]) {
    const next = stream.next();
    if (n !== "1") await clock.advance(60_001);
    await issuer.channels.get("c").publish("n", n);
    assertEquals((await next).value!.data, n);
  }
  assertEquals(tokens, 3);
});

test("RSA4a2: a stream whose expired token cannot be renewed ends with 40171", async () => {
  await using service = createService();
  const token = await client(service).auth.requestToken();
  await using stream = streamMessages(
    client(service, { key: undefined, token: token.token }).channels.get("c"),
  );
  await stream.opened;
  const next = stream.next();
  service.faults.expireTokens();
  assertEquals((await assertRejects(() => next, ErrorInfo) as ErrorInfo).code, 40171);
});

test("RTL18: a loss of continuity is reported before the next message", async () => {
  await using service = createService();
  const channel = client(service).channels.get("c");
  const seen: unknown[] = [];
  await using stream = streamMessages(channel, {
    onGap: ({ code }) => void seen.push(code),
  });
  await stream.opened;
  await channel.publish("n", "a");
  seen.push(...await takeData(stream, 1));
  const next = stream.next();
  const again = service.log.next((entry) => entry.type === "response" && entry.path === "/sse");
  using _fault = service.faults.http({ path: "/sse" }, { delay: 50 }, { times: 1 });
  service.faults.drop({ channel: "c" });
  await channel.publish("n", "lost");
  service.faults.forgetEvents();
  await again;
  await channel.publish("n", "b");
  seen.push((await next).value!.data);
  assertEquals(seen, ["a", 90003, "b"]);
});

test("RTN15g: an interruption of more than two minutes is reported as a gap", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const channel = client(service, { clock }).channels.get("c");
  const gaps: number[] = [];
  await using stream = streamMessages(channel, { onGap: ({ code }) => void gaps.push(code) });
  await stream.opened;
  const next = stream.next();
  {
    using _fault = service.faults.http({ path: "/sse" }, { refuse: true });
    service.faults.drop({ channel: "c" });
    await clock.advance(130_000);
  }
  await clock.advance(40_000);
  assertEquals(gaps, [80008]);
  await channel.publish("n", "b");
  assertEquals((await next).value!.data, "b");
});

test("RTL4k: rewind begins with earlier messages, also for one channel of two", async () => {
  await using service = createService();
  const rest = client(service);
  for (const name of ["a", "b"]) {
    for (const n of [1, 2, 3]) await rest.channels.get(name).publish("n", `${name}${n}`);
  }
  {
    await using stream = streamMessages(rest.channels.get("a"), { rewind: 2 });
    assertEquals(await takeData(stream, 2), ["a2", "a3"]);
  }
  await using stream = streamMessages([rest.channels.get("[?rewind=1]a"), rest.channels.get("b")]);
  await stream.opened;
  await rest.channels.get("b").publish("n", "b4");
  assertEquals(await takeData(stream, 2), ["a3", "b4"]);
});

test("RSL2: a position continues in a later stream", async () => {
  await using service = createService();
  const channel = client(service).channels.get("c");
  const batch = ["1", "2", "3", "4"].map((data) => ({ data }));
  await channel.publish(batch);
  await channel.publish("n", "5");
  const positions: string[] = [];
  {
    await using stream = streamMessages(channel, { rewind: 2 });
    positions.push(...(await take(stream, 2)).map(({ position }) => position));
  }
  await using all = streamMessages(channel, { rewind: "1m" });
  const messages = await take(all, 5);
  for (const [index, { position }] of messages.entries()) {
    if (index >= 3) assertEquals(position, positions[index - 3]);
    if (index === 4) continue;
    await using stream = streamMessages(channel, { lastEvent: position });
    assertEquals(await takeData(stream, 4 - index), ["2", "3", "4", "5"].slice(index));
  }
});

test("RSN2: names with commas share a stream", async () => {
  await using service = createService();
  const rest = client(service);
  const channels = ["a,b", "c|d"].map((name) => rest.channels.get(name));
  await using stream = streamMessages(channels);
  await stream.opened;
  for (const channel of channels) await channel.publish("n", channel.name);
  assertEquals((await take(stream, 2)).map(({ data, channel }) => [data, channel]), [
    ["a,b", "a,b"],
    ["c|d", "c|d"],
  ]);
});

test("RSL6: without envelopes a message has its data as text", async () => {
  await using service = createService();
  const channel = client(service).channels.get("c");
  await using stream = streamMessages(channel, { enveloped: false });
  await stream.opened;
  await channel.publish([{ name: "a", data: { n: 1 } }, { name: "b", data: "x\ny" }]);
  assertEquals(await takeData(stream, 2), ['{"n":1}', "x\ny"]);
});

test("RSL1: leaving the loop, return(), a signal and the end of a scope end the request", async () => {
  await using service = createService();
  const rest = client(service);
  const channel = rest.channels.get("c");
  const ways: Record<string, () => Promise<void>> = {
    loop: async () => {
      for await (const _message of streamMessages(channel, { rewind: 1 })) break;
    },
    return: async () => {
      const stream = streamMessages(channel);
      await stream.opened;
      const next = stream.next();
      await stream.return!();
      assertEquals((await next).done, true);
    },
    signal: async () => {
      const controller = new AbortController();
      const stream = streamMessages(channel, { signal: controller.signal });
      await stream.opened;
      const next = stream.next();
      controller.abort();
      assertEquals((await next).done, true);
      assertEquals((await stream.next()).done, true);
    },
    scope: async () => {
      await using stream = streamMessages(channel);
      await stream.opened;
    },
    "signal before it is open": async () => {
      const controller = new AbortController();
      const stream = streamMessages(channel, { signal: controller.signal });
      controller.abort();
      assertEquals((await stream.next()).done, true);
    },
    "aborted signal": async () => {
      const stream = streamMessages(channel, { signal: AbortSignal.abort() });
      assertEquals((await stream.next()).done, true);
    },
  };
  await channel.publish("n", "x");
  for (const [name, run] of Object.entries(ways)) {
    await run();
    await Promise.resolve();
    assertEquals(await subscribers(rest, "c"), 0, name);
  }
});

test("RTN23: a stream that is silent for too long is opened again", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const channel = client(service, { clock }).channels.get("c");
  await using stream = streamMessages(channel, { idleTimeout: 40_000 });
  await stream.opened;
  await channel.publish("n", "a");
  assertEquals(await takeData(stream, 1), ["a"]);
  const next = stream.next();
  await clock.advance(100_000);
  assertEquals(service.log.requests({ path: "/sse" }).length, 1, "signs of life count");
  service.faults.hang({ channel: "c" });
  await channel.publish("n", "b");
  await clock.advance(40_000);
  assertEquals((await next).value!.data, "b");
});

test("RSL15: appends arrive as they are, also after a break", async () => {
  await using service = createService();
  const channel = client(service).channels.get("mutable:c");
  await using stream = streamMessages(channel);
  await stream.opened;
  const { serials: [serial] } = await channel.publish("answer", "a");
  const append = (data: string) => channel.appendMessage({ serial: serial!, data });
  await append("b");
  const seen = (await take(stream, 2)).map(({ action, data }) => [action, data]);
  service.faults.drop({ channel: "mutable:c" });
  await append("c");
  await append("d");
  seen.push(...(await take(stream, 2)).map(({ action, data }) => [action, data]));
  assertEquals(seen, [
    ["message.create", "a"],
    ["message.append", "b"],
    ["message.append", "c"],
    ["message.append", "d"],
  ]);
});

test("RSF1: events that are not messages are skipped", async () => {
  const body = [
    "event: presence\nid: 1\ndata: {}\n\n",
    "event: message\nid: 2\ndata: nonsense\n\n",
    "event: message\nid: 3\ndata: []\n\n",
    "event: later\ndata: {}\n\n",
    "event: heartbeat\n\n",
    'id: 4\ndata: {"data":"ok","channel":"c"}\n\n',
  ].join("");
  const headers = { "content-type": "text/event-stream; charset=utf-8" };
  const rest = new Rest({
    key: "a.b:c",
    ...SILENT,
    fetch: async () => new Response(body, { headers }),
  });
  await using stream = streamMessages(rest.channels.get("c"));
  const [message] = await take(stream, 1);
  assertEquals([message!.data, message!.position], ["ok", "4"]);
});

test("RSC8e: a response that is not an event stream is an error", async () => {
  const rest = new Rest({
    key: "a.b:c",
    ...SILENT,
    fetch: async () => new Response("<p>", { headers: { "content-type": "text/html" } }),
  });
  const stream = streamMessages(rest.channels.get("c"));
  const error = await assertRejects(() => stream.next(), ErrorInfo) as ErrorInfo;
  assertEquals(error.code, 40013);
});

test("RSC1: arguments of another kind are refused", () => {
  const rest = new Rest({ key: "a.b:c", fetch: () => Promise.reject(new Error("sent")) });
  const channel = rest.channels.get("c");
  const other = new Rest("a.b:c").channels.get("c");
  // deno-lint-ignore no-explicit-any
  const calls: [number, any, any?][] = [
    [40003, undefined],
    [40003, []],
    [40003, "c"],
    [40003, { name: "c" }],
    [40003, [channel, other]],
    [40010, rest.channels.get("")],
    [40003, channel, { rewind: "soon" }],
    [40003, channel, { signal: 5 }],
    [40025, channel, () => {}],
    [40003, channel, "options"],
  ];
  for (const [code, given, options] of calls) {
    const error = assertThrows(() => streamMessages(given, options), ErrorInfo) as ErrorInfo;
    assertEquals(error.code, code, error.message);
  }
});
