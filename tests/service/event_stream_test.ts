import { Realtime, Rest } from "../../mod.ts";
import { createService, FakeClock, type LocalService } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertRejects, test } from "../harness.ts";

/** A stream as text. */
class TextStream implements AsyncDisposable {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  text = "";

  constructor(response: Response) {
    this.response = response;
    this.#reader = response.body!.getReader();
  }

  /** Reads until the text has what is wanted. */
  async until(wanted: string | RegExp): Promise<string> {
    while (!this.text.match(wanted)) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`The stream ended after ${this.text}`);
      this.text += this.#decoder.decode(value, { stream: true });
    }
    return this.text;
  }

  async isOver(): Promise<boolean> {
    return (await this.#reader.read()).done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}

async function open(
  service: LocalService,
  path: string,
  headers: Record<string, string> = {},
): Promise<TextStream> {
  const { response } = await ask(service, path, headers);
  assertEquals(response.status, 200);
  return new TextStream(response);
}

async function ask(service: LocalService, path: string, headers: Record<string, string> = {}) {
  const url = `https://service.local${path}`;
  const response = await service.fetch(url.replace("KEY", encodeURIComponent(service.key)), {
    headers,
  });
  return { response };
}

function channelOf(service: LocalService, name: string) {
  return new Rest({ ...service.options(), logHandler: () => {} }).channels.get(name);
}

/** The events of a text in the form of server-sent events. */
function eventsOf(text: string): Record<string, string>[] {
  return text.split("\n\n").filter((event) => event !== "").map((event) =>
    Object.fromEntries(event.split("\n").map((line) => line.split(/: ?(.*)/s, 2)))
  );
}

const BASIC = (service: LocalService) => ({ authorization: `Basic ${btoa(service.key)}` });

test("SSE: GET /sse has an event for each message, with its id and its channel", async () => {
  await using service = createService();
  await using stream = await open(service, "/sse?channel=example&v=1.2", BASIC(service));
  assertEquals(stream.response.headers.get("content-type"), "text/event-stream");
  await channelOf(service, "example").publish("foo", { foo: 1 });
  const events = eventsOf(await stream.until("foo"));
  assertEquals(events[0], { "": "keepalive" });
  const { id, event, data } = events[1]!;
  assertEquals([event, id !== ""], ["message", true]);
  const message = JSON.parse(data!);
  assertEquals([message.name, message.channel, message.encoding], ["foo", "example", "json"]);
  assertEquals(message.data, '{"foo":1}');
  assert(typeof message.timestamp === "number" && message.id !== "");
});

test("SSE: GET /event-stream has lines of JSON, or events if the client accepts them", async () => {
  await using service = createService();
  const path = "/event-stream?channels=myChannel&v=1.2&key=KEY";
  await using lines = await open(service, path);
  await using events = await open(service, path, { accept: "text/event-stream" });
  await channelOf(service, "myChannel").publish("message-name", Uint8Array.of(1, 2, 3));
  const line = JSON.parse((await lines.until("message-name.*\n")).trim());
  assertEquals(Object.keys(line), ["id", "event", "data"]);
  assertEquals([line.event, line.data.data, line.data.encoding], ["message", "AQID", "base64"]);
  const [, { data, id }] = eventsOf(await events.until("message-name")) as [unknown, typeof line];
  assertEquals([JSON.parse(data), id], [line.data, line.id]);
});

test("SSE: lastEvent, and the header of an EventSource, continue after an event", async () => {
  await using service = createService();
  const channel = channelOf(service, "c");
  const path = "/sse?channels=c&v=1.2&enveloped=false&key=KEY";
  await using first = await open(service, path);
  await channel.publish("n", "one");
  const [, { id }] = eventsOf(await first.until("one")) as [unknown, { id: string }];
  await channel.publish([{ data: "two" }, { data: "three" }]);
  await using second = await open(service, `${path}&lastEvent=${id}&rewind=3`);
  await using third = await open(service, `${path}&lastEvent=other`, { "last-event-id": id });
  for (const stream of [second, third]) {
    await stream.until("three");
    const data = eventsOf(stream.text).flatMap(({ data }) => data ?? []);
    assertEquals(data, ["two", "three"]);
  }
});

test("SSE: a position that is not kept any more is an error event, and the stream goes on", async () => {
  await using service = createService();
  const path = "/sse?channels=c&v=1.2&key=KEY&lastEvent=cbfKayrzgAXDWM:1556806691343-0";
  await using stream = await open(service, path);
  await channelOf(service, "c").publish("n", "next");
  const [, error, message] = eventsOf(await stream.until("next"));
  assertEquals([error!.event, JSON.parse(error!.data!).code], ["error", 90003]);
  assertEquals(message!.event, "message");
});

test("SSE: a separator, options for one channel in its name, and the same channel twice", async () => {
  await using service = createService();
  for (const name of ["fo,o", "ba,r"]) await channelOf(service, name).publish("n", `old ${name}`);
  const channels = encodeURIComponent("[?rewind=1]fo,o|ba,r|ba,r");
  await using stream = await open(
    service,
    `/sse?v=1.2&key=KEY&enveloped=false&separator=%7C&channel=${channels}`,
  );
  await channelOf(service, "ba,r").publish("n", "new");
  await stream.until("new");
  const data = eventsOf(stream.text).flatMap(({ data }) => data ?? []);
  assertEquals(data, ["old fo,o", "new"]);
});

test("SSE: an expired token ends the stream with an error event", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const rest = new Rest({ ...service.options(), clock });
  const { token } = await rest.auth.requestToken({ ttl: 5_000 });
  const path = `/sse?channels=c&v=1.2&accessToken=${encodeURIComponent(token)}`;
  await using stream = await open(service, path);
  await clock.advance(5_000);
  const [, { event, data }] = eventsOf(await stream.until("40142")) as [
    unknown,
    Record<string, string>,
  ];
  assertEquals(event, "error");
  const { code, statusCode, href, message } = JSON.parse(data!);
  assertEquals([code, statusCode], [40142, 401]);
  assertEquals(href, "https://help.ably.io/error/40142");
  assert(message.includes("expired"));
  assert(await stream.isOver());
  const { response } = await ask(service, path);
  assertEquals([response.status, (await response.json()).error.code], [401, 40142]);
});

test("SSE: a failure to open is a response with the error in JSON", async () => {
  await using service = createService();
  const { token } = await new Rest(service.options()).auth.requestToken({
    capability: { other: ["*"], c: ["publish"] },
  });
  const cases: [string, number, number][] = [
    ["/sse?channels=c&v=1.2", 401, 40106],
    ["/sse?channels=c&v=1.2&key=no.key:x", 401, 40101],
    ["/sse?channels=c&key=KEY", 400, 40000],
    ["/sse?v=1.2&key=KEY", 400, 40000],
    ["/sse?channels=:c&v=1.2&key=KEY", 400, 40010],
    ["/sse?channels=c,,d&v=1.2&key=KEY", 400, 40010],
    [`/sse?channels=other,c&v=1.2&accessToken=${encodeURIComponent(token)}`, 401, 40160],
  ];
  for (const [path, status, code] of cases) {
    const { response } = await ask(service, path);
    const { error } = await response.json();
    assertEquals([response.status, error.code], [status, code], path);
  }
  const { status } = await channelOf(service, "other").status();
  assertEquals(status.occupancy.metrics.connections, 0, "a refused stream leaves nothing behind");
});

test("SSE: signs of life are comments, empty lines, or events", async () => {
  const clock = new FakeClock();
  await using service = createService({ clock });
  const forms = [
    ["/sse?", ":keepalive\n\n:keepalive\n\n"],
    ["/event-stream?", "\n\n"],
    ["/sse?heartbeats=true&", ":keepalive\n\nevent: heartbeat\n\n"],
    ["/event-stream?heartbeats=true&", '\n{"event":"heartbeat"}\n'],
  ];
  const streams = [];
  for (const [path] of forms) {
    streams.push(await open(service, `${path}channels=c&v=1.2&key=KEY`));
  }
  await clock.advance(15_000);
  for (const [index, stream] of streams.entries()) {
    const [, text] = forms[index]!;
    assertEquals(await stream.until(text!), text);
    await stream[Symbol.asyncDispose]();
  }
});

test("SSE: presence is left out, and a stream counts as a subscriber while it is read", async () => {
  await using service = createService();
  await using member = new Realtime({ ...service.options(), clientId: "m", logHandler: () => {} });
  const channel = member.channels.get("c");
  await channel.presence.enter("before");
  const stream = await open(service, "/sse?channels=c&v=1.2&key=KEY");
  await channel.presence.update("after");
  await channel.publish("n", "end");
  assertEquals(eventsOf(await stream.until("end")).map(({ event }) => event), [
    undefined,
    "message",
  ]);
  const metrics = async () => (await channelOf(service, "c").status()).status.occupancy.metrics;
  assertEquals([(await metrics()).connections, (await metrics()).subscribers], [2, 2]);
  await stream[Symbol.asyncDispose]();
  assertEquals([(await metrics()).connections, (await metrics()).subscribers], [1, 1]);
});

test("SSE: delta=vcdiff sends deltas to the message before", async () => {
  await using service = createService();
  await using stream = await open(service, "/sse?channels=c&v=1.2&key=KEY&delta=vcdiff");
  const channel = channelOf(service, "c");
  for (const n of [1, 2]) await channel.publish("n", `${"long text ".repeat(20)}${n}`);
  const events = eventsOf(await stream.until(/vcdiff.*\n\n/));
  const [first, second] = events.slice(1).map(({ data }) => JSON.parse(data!));
  assertEquals(second.encoding, "utf-8/vcdiff/base64");
  assertEquals(second.extras.delta.from, first.id);
});

test("SSE: faults apply to streams as to connections", async () => {
  await using service = createService();
  const path = "/sse?channels=c&v=1.2&key=KEY";
  const dropped = await open(service, path);
  await dropped.until("keepalive");
  service.faults.drop({ channel: "c" });
  await assertRejects(() => dropped.isOver());
  const ended = await open(service, path);
  await ended.until("keepalive");
  service.faults.disconnect({ code: 80003, message: "Bye" });
  assertEquals(eventsOf(await ended.until("Bye"))[1]!.event, "error");
  assert(await ended.isOver());
  using _fault = service.faults.toClient({ action: 15 }, { swallow: true }, { times: 1 });
  await using stream = await open(service, `${path}&enveloped=false`);
  await channelOf(service, "c").publish("n", "lost");
  await channelOf(service, "c").publish("n", "received");
  const data = eventsOf(await stream.until("received")).flatMap(({ data }) => data ?? []);
  assertEquals(data, ["received"]);
});

test("SSE: an aborted request and a closed service end a stream", async () => {
  const service = createService();
  const controller = new AbortController();
  const url = `https://service.local/sse?channels=c&v=1.2&key=${service.key}`;
  const response = await service.fetch(url, { signal: controller.signal });
  const stream = new TextStream(response);
  await stream.until("keepalive");
  controller.abort();
  await assertRejects(() => stream.isOver());
  const other = new TextStream(await service.fetch(url));
  await other.until("keepalive");
  await service.close();
  while (!await other.isOver());
});
