import { type ClientOptions, Realtime, Rest } from "../../mod.ts";
import {
  type AnyPathObject,
  LiveCounter,
  LiveMap,
  LiveObjects,
  type RestLiveMap,
} from "../../src/liveobjects/mod.ts";
import {
  createService,
  FakeClock,
  type LocalService,
  type ServiceOptions,
} from "../../src/testing/mod.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { failureOf } from "../support/outcomes.ts";
import { seeded } from "../support/seeded.ts";

const modes = ["object_subscribe" as const, "object_publish" as const];

interface Under {
  service: LocalService;
  connect(options?: ClientOptions): Realtime;
  /** The root of the objects of the channel, as a new client has it. */
  root(options?: ClientOptions): Promise<AnyPathObject>;
}

function testObjects(
  name: string,
  run: (under: Under) => Promise<void>,
  options?: ServiceOptions,
): void {
  for (const useBinaryProtocol of [false, true]) {
    test(`${name} (${useBinaryProtocol ? "MessagePack" : "JSON"})`, async () => {
      await using service = createService(options);
      const clients: Realtime[] = [];
      const connect = (more?: ClientOptions) => {
        const client = new Realtime({
          ...service.options(),
          useBinaryProtocol,
          plugins: { LiveObjects },
          logHandler: () => {},
          ...more,
        });
        clients.push(client);
        return client;
      };
      const root = async (more?: ClientOptions) =>
        await connect(more).channels.get("c", { modes }).object.get() as unknown as AnyPathObject;
      try {
        await run({ service, connect, root });
      } finally {
        await Promise.all(clients.map((client) => client.close()));
      }
    });
  }
}

/** Resolves with the next change that makes something true. */
async function until(root: AnyPathObject, isDone: () => boolean): Promise<void> {
  if (isDone()) return;
  for await (const _ of root.subscribeIterator()) if (isDone()) return;
}

const VALUES = {
  string: "text é",
  empty: "",
  number: 1,
  fraction: -0.1,
  large: 2 ** 53,
  yes: true,
  no: false,
  object: { x: [1, { y: null }] },
  array: [1, "2"],
};

for (const echoFirst of [false, true]) {
  testObjects(
    `LiveObjects: what one client sets, another one reads, echo ${echoFirst ? "first" : "last"}`,
    async ({ root }) => {
      const [one, other] = [await root(), await root()];
      for (const [key, value] of Object.entries(VALUES)) await one.set(key, value);
      await one.set("bytes", new Uint8Array([0, 255]));
      await one.set("counter", LiveCounter.create(5));
      await one.set(
        "map",
        LiveMap.create({ deep: LiveMap.create({ c: LiveCounter.create() }), x: 1 }),
      );
      await (one.get("counter") as AnyPathObject).increment(2.5);
      await (one.at("map.deep.c") as AnyPathObject).decrement();
      await one.remove("empty");
      await one.set("last", true);
      await until(other, () => other.get("last").value() === true);
      const { empty: _, ...values } = VALUES;
      const expected = {
        ...values,
        bytes: "AP8=",
        counter: 7.5,
        map: { deep: { c: -1 }, x: 1 },
        last: true,
      };
      assertEquals(one.compactJson(), expected as never);
      assertEquals(other.compactJson(), expected as never);
      assertEquals((await root()).compactJson(), expected as never); // Of a sync.
    },
    { objects: { echoFirst } },
  );
}

testObjects("LiveObjects: own changes can be read as soon as they resolve", async ({ root }) => {
  const one = await root();
  const values: unknown[] = [];
  await one.set("c", LiveCounter.create());
  for (let i = 0; i < 5; i++) {
    await (one.get("c") as AnyPathObject).increment();
    values.push(one.get("c").value());
  }
  assertEquals(values, [1, 2, 3, 4, 5]);
});

testObjects(
  "LiveObjects: clients that change the same things at once agree in the end",
  async ({ root }) => {
    const random = seeded(5);
    const roots = [await root(), await root(), await root()];
    await roots[0]!.set("c", LiveCounter.create());
    await roots[0]!.set("m", LiveMap.create());
    await Promise.all(roots.map((one) => until(one, () => one.get("m").instance() !== undefined)));
    const changes = Array.from({ length: 90 }, () => {
      const one = roots[random(3)]!;
      const key = `k${random(4)}`;
      switch (random(5)) {
        case 0:
          return (one.get("c") as AnyPathObject).increment(random(5));
        case 1:
          return one.remove(key);
        case 2:
          return (one.get("m") as AnyPathObject).set(key, LiveCounter.create(random(9)));
        case 3:
          return one.batch((context) => {
            (context as never as { set(key: string, value: number): void }).set(key, random(100));
            (context as never as { set(key: string, value: number): void }).set(
              "both",
              random(100),
            );
          });
        default:
          return one.set(key, random(100));
      }
    });
    await Promise.all(changes);
    await roots[0]!.set("end", 1);
    await Promise.all(roots.map((one) => until(one, () => one.get("end").value() === 1)));
    const [first, ...others] = roots.map((one) => sorted(one.compactJson()));
    for (const other of others) assertEquals(other, first);
    assertEquals(sorted((await root()).compactJson()), first);
  },
);

/** The order of keys is promised nowhere. */
function sorted(value: unknown): string {
  return JSON.stringify(
    value,
    (_, member) =>
      typeof member === "object" && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort())
        : member,
  );
}

testObjects("RTO4b: a channel without objects", async ({ root }) => {
  const one = await root();
  assertEquals(one.compactJson(), {} as never);
  await one.set("a", 1);
  assertEquals((await root()).compactJson(), { a: 1 } as never);
}, { objects: { announceNone: true } });

testObjects(
  "RTO5: a server may delete objects, sync at any time and be several sites",
  async ({ service, root }) => {
    const one = await root();
    await one.set("c", LiveCounter.create(5));
    const counter = one.get("c").instance()!;
    const objects = service.objects("c");
    await objects.apply({ action: 4, objectId: counter.id, counterInc: { number: 1 } }, {
      siteCode: "far",
    });
    await until(one, () => one.get("c").value() === 6);
    let synced = 0;
    const { object } = { object: one };
    object.subscribe(({ message }) => message ?? synced++);
    objects.sync();
    await until(one, () => synced > 0);
    assertEquals(one.get("c").value(), 6);
    objects.delete(counter.id!);
    await until(one, () => one.get("c").instance() === undefined);
    assertEquals([one.size(), counter.value()], [0, 0] as never);
    const error = await failureOf(() => counter.increment());
    assertEquals(error.code, 92002);
  },
);

testObjects("RTO7, RTO8a: changes between the pages of a sync", async ({ service, root }) => {
  const clock = service.clock as FakeClock;
  const one = await root();
  for (const key of ["a", "b", "c"]) await one.set(key, key.repeat(60_000));
  let isThere = false;
  const waiting = root().then((other) => {
    isThere = true;
    return other;
  });
  for (let i = 0; !isThere; i++) {
    await one.set(`between${i}`, i);
    await clock.advance(100);
    if (i > 100) throw new Error("The sync does not end");
  }
  const other = await waiting;
  await one.set("end", 1);
  await until(other, () => other.get("end").value() === 1);
  assertEquals(sorted(other.compactJson()), sorted(one.compactJson()));
}, { objects: { syncInterval: 100 }, clock: new FakeClock() });

testObjects(
  "LiveObjects: a client that was away catches up",
  async ({ service, connect, root }) => {
    const one = await root();
    await one.set("c", LiveCounter.create(1));
    const client = connect({ disconnectedRetryTimeout: 1 });
    const other = await client.channels.get("c", { modes }).object
      .get() as unknown as AnyPathObject;
    const counter = other.get("c").instance()!;
    assertEquals(counter.value(), 1 as never);
    service.faults.disconnect?.();
    await (one.get("c") as AnyPathObject).increment(5);
    await until(other, () => other.get("c").value() === 6);
    assertEquals(counter.value(), 6 as never);
  },
);

testObjects("LiveObjects: objects are not encrypted on a channel that is", async ({ connect }) => {
  const cipher = { key: new Uint8Array(32) };
  const one = await connect().channels.get("c", { modes, cipher }).object
    .get() as unknown as AnyPathObject;
  await one.set("a", { x: 1 });
  const plain = await connect().channels.get("c", { modes }).object
    .get() as unknown as AnyPathObject;
  assertEquals(plain.compactJson(), { a: { x: 1 } } as never);
});

testObjects("LiveObjects: without the capability", async ({ service, connect }) => {
  const rest = new Rest(service.options());
  const token = await rest.auth.requestToken({ capability: { c: ["object-subscribe"] } });
  const client = connect({ key: null, token });
  const channel = client.channels.get("c", { modes });
  const one = await channel.object.get() as unknown as AnyPathObject;
  assertEquals((await failureOf(() => one.set("a", 1))).code, 40024);
});

// REST

function testRest(name: string, run: (rest: Rest, service: LocalService) => Promise<void>): void {
  for (const useBinaryProtocol of [false, true]) {
    test(`${name} (${useBinaryProtocol ? "MessagePack" : "JSON"})`, async () => {
      await using service = createService();
      await run(
        new Rest({ ...service.options(), useBinaryProtocol, plugins: { LiveObjects } }),
        service,
      );
    });
  }
}

testRest("rest-api-usage: publish and get, plain and in full", async (rest) => {
  const { object } = rest.channels.get("c");
  const made = await object.publish([
    {
      path: "people",
      mapCreate: {
        semantics: "lww",
        entries: { jim: { data: { string: "x" } }, tags: { data: { json: ["a"] } } },
      },
    },
    { path: "people.visits", counterCreate: { count: 3 } },
    { path: "people.visits", counterInc: { number: 4.5 } },
    { path: "people", mapSet: { key: "bytes", value: { bytes: new Uint8Array([1, 2]) } } },
    { path: "people", mapSet: { key: "yes", value: { boolean: true } } },
  ]);
  assertEquals([made.channel, made.objectIds.length], ["c", 3]);
  const people = await object.get({ path: "people" }) as Record<string, unknown>;
  assertEquals([people.jim, people.tags, people.visits, people.yes], ["x", '["a"]', 7.5, true]);
  const full = await object.get({ path: "people", compact: false }) as RestLiveMap;
  assertEquals(full.map.semantics, "lww");
  assertEquals(full.map.entries.bytes, { data: { bytes: new Uint8Array([1, 2]) } });
  assertEquals(full.map.entries.tags, { data: { json: ["a"] } });
  assertEquals(full.map.entries.jim, { data: { string: "x" } });
  const { data } = full.map.entries.visits as { data: { objectId: string } };
  assertEquals(data, { objectId: data.objectId, counter: { data: { number: 7.5 } } } as never);
  assertEquals(await object.get({ objectId: data.objectId }), 7.5);
  assertEquals(await object.get({ path: "people.jim", compact: false }), { string: "x" });
});

testRest(
  "rest-api-usage: generateObjectId makes ids that operations of one request refer to",
  async (rest) => {
    const { object } = rest.channels.get("c");
    const counter = await object.generateObjectId({ counterCreate: { count: 5 } });
    const map = await object.generateObjectId({
      mapCreate: { semantics: "lww", entries: { c: { data: { objectId: counter.objectId } } } },
    });
    const parts = ({ initialValue, nonce }: { initialValue: string; nonce: string }) => ({
      initialValue,
      nonce,
    });
    await object.publish([
      { objectId: counter.objectId, counterCreateWithObjectId: parts(counter) },
      { objectId: map.objectId, mapCreateWithObjectId: parts(map) },
      { objectId: "root", mapSet: { key: "m", value: { objectId: map.objectId } } },
    ]);
    assertEquals(await object.get(), { m: { c: 5 } });
  },
);

testRest(
  "rest-api-usage: an id makes an operation idempotent, and the client gives ids itself",
  async (rest) => {
    const { object } = rest.channels.get("c");
    await object.publish({ path: "c", counterCreate: { count: 0 } });
    for (let i = 0; i < 2; i++) {
      await object.publish({
        id: "once",
        path: "c",
        counterInc: { number: 1 },
      });
    }
    assertEquals(await object.get(), { c: 1 });
  },
);

test("rest-api-usage: what is sent", async () => {
  const bodies: unknown[] = [];
  const rest = new Rest({
    key: "a.b:c",
    useBinaryProtocol: false,
    plugins: { LiveObjects },
    random: { bytes: (length) => new Uint8Array(length), number: () => 0 },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      bodies.push(
        request.method === "GET"
          ? new URL(request.url).pathname + new URL(request.url).search
          : await request.json(),
      );
      return Response.json({});
    },
  });
  const { object } = rest.channels.get("a/b");
  await object.publish({ path: "x", mapSet: { key: "k", value: { json: { a: 1 } } } });
  await object.publish([
    { id: "mine", objectId: "root", mapRemove: { key: "k" } },
    {
      path: "m",
      mapCreate: { semantics: "lww", entries: { b: { data: { bytes: new Uint8Array([1]) } } } },
    },
  ]);
  await object.get({ objectId: "map:a/b@1", path: "x.y", compact: false });
  await object.get();
  assertEquals(bodies, [
    [{ path: "x", mapSet: { key: "k", value: { json: '{"a":1}' } }, id: "AAAAAAAAAAAA:0" }],
    [
      { id: "mine", objectId: "root", mapRemove: { key: "k" } },
      { path: "m", mapCreate: { semantics: 0, entries: { b: { data: { bytes: "AQ==" } } } } },
    ],
    "/channels/a%2Fb/object/map%3Aa%2Fb%401?path=x.y&compact=false",
    "/channels/a%2Fb/object",
  ]);
});

const BAD: [string, unknown, number][] = [
  ["nothing", undefined, 40003],
  ["no operations", [], 40003],
  ["no operation", { path: "x" }, 40003],
  ["two in one", { path: "x", mapRemove: { key: "k" }, counterInc: { number: 1 } }, 40003],
  ["a number in the place of an operation", [5], 40003],
  ["a path that is no text", { path: 5, mapRemove: { key: "k" } }, 40003],
  ["a key that is no text", { path: "", mapRemove: { key: 5 } }, 40003],
  ["no value", { path: "", mapSet: { key: "k" } }, 40003],
  ["a value without a kind", { path: "", mapSet: { key: "k", value: {} } }, 40003],
  [
    "a value of two kinds",
    { path: "", mapSet: { key: "k", value: { string: "x", number: 1 } } },
    40003,
  ],
  ["a value of another kind", { path: "", mapSet: { key: "k", value: { string: 1 } } }, 40003],
  ["a kind that there is none of", { path: "", mapSet: { key: "k", value: { date: "x" } } }, 40003],
  ["a value that JSON has no form for", {
    path: "",
    mapSet: { key: "k", value: { json: () => {} } },
  }, 40013],
  ["NaN", { path: "", mapSet: { key: "k", value: { number: NaN } } }, 40013],
  ["an increment by text", { path: "", counterInc: { number: "1" } }, 40003],
  ["a count of Infinity", { counterCreate: { count: Infinity } }, 40003],
  ["semantics from the future", { mapCreate: { semantics: "x", entries: {} } }, 40003],
  ["entries in an array", { mapCreate: { semantics: "lww", entries: [] } }, 40003],
  ["an initial value that is no text", {
    objectId: "x",
    mapCreateWithObjectId: { initialValue: {}, nonce: "n" },
  }, 40003],
];

for (const [what, operations, code] of BAD) {
  test(`rest-api-usage: ${what} is refused with ${code} before anything is sent`, async () => {
    const rest = new Rest({
      key: "a.b:c",
      plugins: { LiveObjects },
      fetch: () => Promise.reject(new Error("sent")),
    });
    const { object } = rest.channels.get("c");
    assertEquals((await failureOf(() => object.publish(operations as never))).code, code);
  });
}

test("rest-api-usage: parameters of get() and of generateObjectId() are checked", async () => {
  const rest = new Rest({
    key: "a.b:c",
    plugins: { LiveObjects },
    fetch: () => Promise.reject(new Error("sent")),
  });
  const { object } = rest.channels.get("c");
  assertEquals((await failureOf(() => object.get({ path: 5 as never }))).code, 40003);
  assertEquals((await failureOf(() => object.get({ objectId: {} as never }))).code, 40003);
  const both = { mapCreate: {}, counterCreate: { count: 1 } };
  for (const create of [undefined, null, 5, "map", [], {}, { mapSet: {} }, both]) {
    assertEquals((await failureOf(() => object.generateObjectId(create as never))).code, 40003);
  }
  // Null is the same as absent.
  const one = { mapCreate: null, counterCreate: 5 };
  const { message } = await failureOf(() => object.generateObjectId(one as never));
  assert(message.includes("counterCreate"), message);
});

test("rest-api-usage: every call ends with its signal", async () => {
  const rest = new Rest({
    key: "a.b:c",
    plugins: { LiveObjects },
    fetch: (_, init) =>
      new Promise((_, reject) => {
        init!.signal!.addEventListener("abort", () => reject(init!.signal!.reason));
      }),
  });
  const { object } = rest.channels.get("c");
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [
    object.get({ signal }),
    object.publish({ path: "x", counterInc: { number: 1 } }, { signal }),
  ];
  const reason = new Error("enough");
  controller.abort(reason);
  calls.push(object.generateObjectId({ counterCreate: { count: 1 } }, { signal }) as never);
  const results = await Promise.allSettled(calls);
  assertEquals(results.map((result) => (result as PromiseRejectedResult).reason === reason), [
    true,
    true,
    true,
  ]);
});

test("rest-api-usage: the semantics of a map are read in any case, and unknown kinds of values are kept", async () => {
  const values = [0, "LWW", "lww", "later", 7];
  const answers = values.map((semantics) => ({
    objectId: "root",
    map: { semantics, entries: { a: { data: { objectId: "list:1", list: { x: 1 } } } } },
  }));
  const rest = new Rest({
    key: "a.b:c",
    plugins: { LiveObjects },
    useBinaryProtocol: false,
    fetch: () => Promise.resolve(Response.json(answers.shift())),
  });
  const { object } = rest.channels.get("c");
  const read: string[] = [];
  for (const _ of values) {
    const { map } = await object.get({ compact: false }) as RestLiveMap;
    read.push(map.semantics);
    assertEquals(map.entries.a!.data, { objectId: "list:1", list: { x: 1 } } as never);
  }
  assertEquals(read, ["lww", "lww", "lww", "unknown", "unknown"]);
});

testRest("rest-api-usage: what the service refuses", async (rest) => {
  const { object } = rest.channels.get("c");
  assertEquals((await failureOf(() => object.get({ path: "none" }))).code, 92005);
  assertEquals((await failureOf(() => object.get({ objectId: "map:none@1" }))).code, 92004);
  assertEquals(
    (await failureOf(() => object.publish({ path: "none", counterInc: { number: 1 } }))).code,
    92005,
  );
});
