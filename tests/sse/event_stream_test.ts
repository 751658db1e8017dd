import { Hono } from "hono";
import { ErrorInfo, Realtime, Rest } from "../../mod.ts";
import { eventStream, type EventStreamOptions, streamMessages } from "../../src/sse/mod.ts";
import { createService, FakeClock } from "../../src/testing/mod.ts";
import { assert, assertEquals, assertThrows, test } from "../harness.ts";

const SILENT = { logHandler: () => {} };

interface Item {
  id?: string;
  data?: unknown;
  name?: string;
}

/** A source that counts what is taken from it. */
class Source implements AsyncIterableIterator<Item> {
  taken = 0;
  isEnded = false;
  readonly #items: Item[];
  readonly #end: () => Promise<IteratorResult<Item>>;

  /** @param end The result after the items; by default there is none. */
  constructor(
    items: Item[],
    end: () => Promise<IteratorResult<Item>> = () => new Promise(() => {}),
  ) {
    this.#items = items;
    this.#end = end;
  }

  next(): Promise<IteratorResult<Item>> {
    const value = this.#items[this.taken++];
    return value === undefined ? this.#end() : Promise.resolve({ done: false, value });
  }

  return(): Promise<IteratorResult<Item>> {
    this.isEnded = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const DONE = () => Promise.resolve({ done: true as const, value: undefined });

function readerOf(response: Response) {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  return {
    read: async () => {
      const { value, done } = await reader.read();
      return done ? undefined : decoder.decode(value);
    },
    cancel: () => reader.cancel(),
  };
}

/** The whole text of the events of some items. */
function textOf(items: Item[], options?: EventStreamOptions<Item>): Promise<string> {
  return eventStream(new Source(items, DONE), { retry: 5, ...options }).text();
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

test("HTML 9.2: a message becomes an event with id and JSON, in a response that is not stored", async () => {
  const response = eventStream(new Source([{ id: "1", name: "n", data: { a: "x\ny" } }], DONE), {
    headers: { "x-own": "1", "cache-control": "no-cache" },
  });
  const { headers } = response;
  assertEquals(
    ["content-type", "x-own", "cache-control", "x-accel-buffering"].map((name) =>
      headers.get(name)
    ),
    ["text/event-stream", "1", "no-cache", "no"],
  );
  assertEquals(
    await response.text(),
    'retry: 1000\n\nid: 1\ndata: {"id":"1","name":"n","data":{"a":"x\\ny"}}\n\n',
  );
});

test("HTML 9.2: the caller chooses data, type and id", async () => {
  const items = [{ id: "1", name: "a", data: "x\r\ny\rz" }, { id: "2", name: "b" }, {
    id: "3",
    name: "c",
    data: 3,
  }];
  const text = await textOf(items, {
    data: ({ data }) => data,
    event: ({ name }) => name,
    id: ({ id }) => `no. ${id}`,
  });
  assertEquals(
    text,
    "retry: 5\n\nid: no. 1\nevent: a\ndata: x\ndata: y\ndata: z\n\nid: no. 3\nevent: c\ndata: 3\n\n",
  );
});

test("HTML 9.2: a name or an id cannot add fields or events", async () => {
  const evil = "a\n\ndata: evil";
  const text = await textOf([{ id: evil, name: evil, data: evil }], {
    event: ({ name }) => name,
    data: ({ data }) => data,
  });
  assertEquals(text, "retry: 5\n\ndata: a\ndata: \ndata: data: evil\n\n");
});

test("RSL4d1: binary data is written in base64", async () => {
  const [message] = (await textOf([{ data: Uint8Array.of(1, 2, 3) }])).match(/\{.*\}/)!;
  assertEquals(JSON.parse(message), { data: "AQID", encoding: "base64" });
  assertEquals(
    await Rest.Message.fromEncoded(JSON.parse(message)).then(({ data }) => data),
    Uint8Array.of(1, 2, 3),
  );
});

test("Streams 4.2: a message is taken only when the reader has taken the one before", async () => {
  const source = new Source([{ id: "1" }, { id: "2" }, { id: "3" }]);
  const { read, cancel } = readerOf(eventStream(source));
  await turns();
  assertEquals(source.taken, 0);
  await read();
  await turns();
  assertEquals(source.taken, 0, "the first chunk has no message");
  await read();
  await turns();
  assertEquals(source.taken, 1);
  await read();
  assertEquals(source.taken, 2);
  await cancel();
  assert(source.isEnded);
});

test("Streams 4.2: the loop ends when the reader goes away, also while it waits", async () => {
  const source = new Source([]);
  const { read, cancel } = readerOf(eventStream(source, { clock: new FakeClock() }));
  await read();
  const waiting = read();
  await turns();
  assertEquals(source.taken, 1);
  await cancel();
  assertEquals(await waiting, undefined);
  assert(source.isEnded);
});

test("DOM 3.2: the signal ends the response and the loop", async () => {
  const controller = new AbortController();
  const source = new Source([]);
  const clock = new FakeClock();
  const { read } = readerOf(eventStream(source, { signal: controller.signal, clock }));
  await read();
  const waiting = read();
  await turns();
  controller.abort();
  assertEquals(await waiting, undefined);
  assert(source.isEnded);
  assertEquals(clock.pending, 0);
  const late = new Source([]);
  const response = eventStream(late, { signal: controller.signal });
  assertEquals(await response.text(), "retry: 1000\n\n");
  assert(late.isEnded);
});

test("HTML 9.2.7: signs of life are sent during silence, and do not pile up", async () => {
  const clock = new FakeClock();
  const next = Promise.withResolvers<IteratorResult<Item>>();
  const { read, cancel } = readerOf(
    eventStream(new Source([], () => next.promise), { clock, heartbeat: 10_000 }),
  );
  await read();
  for (let i = 0; i < 3; i++) {
    const waiting = read();
    await clock.advance(10_000);
    assertEquals(await waiting, ":\n\n");
  }
  await clock.advance(100_000);
  next.resolve({ done: false, value: { id: "1" } });
  await turns();
  assertEquals(await read(), ":\n\n");
  assertEquals(await read(), 'id: 1\ndata: {"id":"1"}\n\n');
  await cancel();
  assertEquals(clock.pending, 0);
});

test("TI1: an error of the loop becomes an event, without what strangers must not see", async () => {
  const failing = (error: unknown) => new Source([{ id: "1" }], () => Promise.reject(error));
  const error = new ErrorInfo({ message: "No", code: 40160, cause: new Error("inner") });
  const end = async (source: Source) => (await eventStream(source).text()).split("\n\n")[2]!;
  const read = (text: string) => JSON.parse(text.split("data: ")[1]!);
  const known = await end(failing(error));
  assert(known.startsWith("event: error\n"));
  assertEquals(read(known), {
    message: "No",
    code: 40160,
    statusCode: 401,
    href: "https://help.ably.io/error/40160",
  });
  assertEquals(read(await end(failing(new Error("password")))), {
    message: "The stream failed",
    code: 50000,
    statusCode: 500,
  });
});

test("RTL7: messages of a realtime channel are passed on, and leaving ends the subscription", async () => {
  await using service = createService();
  await using client = new Realtime({ ...service.options(), ...SILENT });
  const channel = client.channels.get("c");
  await channel.attach();
  const { read, cancel } = readerOf(eventStream(channel.messages()));
  await channel.publish("n", { a: 1 });
  await read();
  const [, id, data] = (await read())!.match(/^id: (.*)\ndata: (.*)\n\n$/)!;
  const message = JSON.parse(data!);
  assertEquals([message.data, message.serial], [{ a: 1 }, id]);
  await cancel();
});

test("HTML 9.2.4: a page that connects again to a server with Hono continues after the last event", async () => {
  await using service = createService();
  const rest = new Rest({ ...service.options(), ...SILENT });
  const app = new Hono();
  app.get("/events", (c) => {
    const lastEvent = c.req.header("last-event-id");
    const stream = streamMessages(rest.channels.get("c"), { lastEvent, rewind: 1 });
    return eventStream(stream, { data: ({ data }) => data });
  });
  const open = async (id?: string) =>
    readerOf(await app.request("/events", id ? { headers: { "last-event-id": id } } : {}));
  const channel = rest.channels.get("c");
  await channel.publish("n", "one");
  const page = await open();
  await page.read();
  const [, id] = (await page.read())!.match(/^id: (.*)\ndata: one\n\n$/)!;
  await page.cancel();
  await channel.publish([{ data: "two" }, { data: "three" }]);
  const again = await open(id);
  await again.read();
  assert((await again.read())!.endsWith("data: two\n\n"));
  assert((await again.read())!.endsWith("data: three\n\n"));
  await again.cancel();
  await turns();
  const { status } = await channel.status();
  assertEquals(status.occupancy.metrics.subscribers, 0);
});

test("RSC1: arguments of another kind are refused", () => {
  // deno-lint-ignore no-explicit-any
  const calls: any[][] = [[undefined], [[]], [{}], [new Source([]), { signal: 1 }], [
    new Source([]),
    "options",
  ]];
  for (const [messages, options] of calls) {
    const error = assertThrows(() => eventStream(messages, options), ErrorInfo) as ErrorInfo;
    assertEquals(error.code, 40003);
  }
});
