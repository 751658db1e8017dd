import type { ErrorInfo } from "../../mod.ts";
import { type AnyPathObject, LiveCounter, LiveMap } from "../../src/liveobjects/mod.ts";
import { Action, Flag, MODE_FLAGS } from "../../src/protocol/actions.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { aborted, failureOf, outcome, until } from "../support/outcomes.ts";
import { counterState, increment, mapState, set } from "./core/core_rig.ts";
import { GRANTED, MODES, ObjectsRig } from "./objects_rig.ts";

const STATES = [
  mapState("root", { c: "counter:1", m: "map:1", s: "text" }),
  mapState("map:1", { x: 1 }),
  counterState("counter:1", 10),
];

const time = () => Promise.resolve(Response.json([1_700_000_000_000]));

test("RTO15–RTO15h, RTLM20–RTLM20h2, RTLM21–RTLM21g, RTLC12–RTLC12g, RTLC13–RTLC13c, RTPO15–RTPO15d, RTPO16–RTPO16d, RTPO17–RTPO17d, RTPO18–RTPO18d, RTINS12–RTINS12c, RTINS13–RTINS13c, RTINS14–RTINS14c, RTINS15–RTINS15c: the frames of all changes", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const changes = [
    root.set("k", "text"),
    root.set("k", 1),
    root.set("k", true),
    root.set("k", { x: [1] }),
    root.set("k", [1]),
    root.set("k", new Uint8Array([1, 2, 3])),
    root.set("", ""),
    root.get("m").set("y", 2),
    root.remove("k"),
    root.get("c").increment(),
    root.get("c").increment(2.5),
    root.get("c").increment(null),
    root.get("c").decrement(),
    root.get("c").decrement(3),
    root.get("c").decrement(0),
    root.get("m").instance()!.set("z", 1),
    root.get("m").instance()!.remove("x"),
    root.get("c").instance()!.increment(5),
    root.get("c").instance()!.decrement(6),
  ];
  await rig.settle();
  const toRoot = (value: object) => ({ action: 1, objectId: "root", mapSet: { key: "k", value } });
  const add = (number: number) => ({ action: 4, objectId: "counter:1", counterInc: { number } });
  assertEquals(
    rig.operations(),
    [
      toRoot({ string: "text" }),
      toRoot({ number: 1 }),
      toRoot({ boolean: true }),
      toRoot({ json: '{"x":[1]}' }),
      toRoot({ json: "[1]" }),
      toRoot({ bytes: "AQID" }),
      { action: 1, objectId: "root", mapSet: { key: "", value: { string: "" } } },
      { action: 1, objectId: "map:1", mapSet: { key: "y", value: { number: 2 } } },
      { action: 2, objectId: "root", mapRemove: { key: "k" } },
      add(1),
      add(2.5),
      add(1),
      add(-1),
      add(-3),
      add(0),
      { action: 1, objectId: "map:1", mapSet: { key: "z", value: { number: 1 } } },
      { action: 2, objectId: "map:1", mapRemove: { key: "x" } },
      add(5),
      add(-6),
    ].map((operation) => [operation]),
  );
  const [frame] = rig.sent(Action.Object);
  assertEquals([frame!.channel, Object.keys(frame!).sort()], [
    "c",
    ["action", "channel", "msgSerial", "state"],
  ]);
  assert(!JSON.stringify(rig.sent(Action.Object)).includes("-0"));
  await rig.acknowledge();
  await Promise.all(changes);
});

test("RTO20–RTO20b, RTO20d–RTO20d3, RTO20f, RTO22–RTO22b, RTO9a2a4: a change is seen when it is acknowledged, before it resolves; its echo changes nothing", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const changing = root.get("c").increment(5).then(() => root.get("c").value());
  assertEquals([await outcome(changing, rig), root.get("c").value()], ["pending", 10]);
  await rig.ack("9");
  assertEquals(await changing, 15);
  await rig.operate({ ...increment("9", 5), siteCode: "here" });
  assertEquals(root.get("c").value(), 15);
  await rig.operate({ ...increment("8", 1), siteCode: "here" });
  assertEquals(root.get("c").value(), 16);
});

test("RTO20d2: an operation older than the creation of a map does not replace an initial entry", async () => {
  await using rig = new ObjectsRig({ fetch: time });
  const { root } = await rig.synced(...STATES);
  const changing = root.set("new", LiveMap.create({ key: 1 }));
  await until(() => rig.sent(Action.Object).length === 1);
  await rig.ack("8", "9");
  await changing;
  const { id } = root.get("new").instance()!;
  await rig.operate(set("far:7", "key", { number: 2 }, id));
  assertEquals(root.get("new").compact(), { key: 1 });
  await rig.operate(set("far:91", "key", { number: 3 }, id));
  assertEquals(root.get("new").compact(), { key: 3 });
});

test("RTO20: an echo that comes before the ACK", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const changing = root.get("c").increment(5);
  await rig.operate({ ...increment("9", 5), siteCode: "here" });
  assertEquals([await outcome(changing, rig), root.get("c").value()], ["pending", 15]);
  await rig.ack("9");
  await changing;
  assertEquals(root.get("c").value(), 15);
});

test("RTO20b, RTO15g: what the service refuses is not applied", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const changing = failureOf(() => root.get("c").increment(5));
  await rig.settle();
  const error = { code: 40160, statusCode: 401 };
  await rig.receive({ action: Action.Nack, msgSerial: 0, count: 1, error });
  assertEquals([(await changing).code, root.get("c").value()], [40160, 10]);
});

// RTO20c, RTO20d1: what the service does not tell.
for (
  const [name, details, serials, value] of [
    ["RTO20c1: no site", {}, ["9"], 10],
    ["RTO20c2: no serials", { siteCode: "here" }, [], 10],
    ["RTO20c2: too many serials", { siteCode: "here" }, ["9", "10"], 10],
    ["RTO20d1: no serial of its own", { siteCode: "here" }, [null], 10],
    ["RTO20d2: all of them", { siteCode: "here" }, ["9"], 15],
  ] as const
) {
  test(`${name}: the change resolves, and is applied ${value === 10 ? "by its echo" : "at once"}`, async () => {
    await using rig = new ObjectsRig();
    await rig.connect(details);
    const { root } = await rig.synced(...STATES);
    const changing = root.get("c").increment(5);
    await rig.settle();
    await rig.ack(...serials);
    await changing;
    assertEquals(root.get("c").value(), value);
    assertEquals(rig.logged.some((line) => line.startsWith("error")), name.startsWith("RTO20c"));
    await rig.operate({ ...increment("9", 5), siteCode: "here" });
    assertEquals(root.get("c").value(), 15);
  });
}

test("RTO20c2: an ACK without results", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const changing = root.get("c").increment(5);
  await rig.settle();
  await rig.receive({ action: Action.Ack, msgSerial: 0, count: 1 });
  await changing;
  assertEquals(root.get("c").value(), 10);
});

test("RTO20e: a change that is acknowledged during a sync is applied after it", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const changing = root.get("c").increment(5);
  await rig.settle();
  await rig.attached("c", { flags: GRANTED });
  await rig.ack("9");
  assertEquals([await outcome(changing, rig), root.get("c").value()], ["pending", 10]);
  await rig.sync("t:", mapState("root", { c: "counter:1" }), counterState("counter:1", 20));
  await changing;
  assertEquals(root.get("c").value(), 25);
});

for (
  const [name, end, state] of [
    ["detach()", (rig: ObjectsRig) => {
      void rig.client.channels.get("c").detach();
      return rig.receive({ action: Action.Detached, channel: "c" });
    }, "detached"],
    [
      "ERROR",
      (rig: ObjectsRig) =>
        rig.receive({
          action: Action.Error,
          channel: "c",
          error: { code: 90000, statusCode: 400 },
        }),
      "failed",
    ],
    ["a long interruption", (rig: ObjectsRig) => rig.suspend(), "suspended"],
    ["release()", async (rig: ObjectsRig) => {
      void rig.client.channels.release("c");
      await rig.settle();
      await rig.receive({ action: Action.Detached, channel: "c" });
    }, "detached"],
  ] as const
) {
  test(`RTO20e1: a change that waits for a sync fails when the channel is ${state} by ${name}`, async () => {
    await using rig = new ObjectsRig();
    const { root, channel } = await rig.synced(...STATES);
    const changing = failureOf(() => root.get("c").increment(5));
    await rig.settle();
    await rig.attached("c", { flags: GRANTED });
    await rig.ack("9");
    await end(rig);
    const error = await changing;
    assertEquals([error.code, error.statusCode, channel.state], [92008, 400, state]);
    assertEquals((error.cause as ErrorInfo | undefined)?.code, channel.errorReason?.code);
  });
}

test("RTL11a: a change that is acknowledged after the channel was detached resolves", async () => {
  await using rig = new ObjectsRig();
  const { root, channel } = await rig.synced(...STATES);
  const changing = root.get("c").increment(5);
  void channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  await rig.ack("9");
  await changing;
});

test("RTO15b, RTL6c2: changes wait for a connection, and fail with it", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  await rig.lose();
  const changing = root.get("c").increment(5);
  assertEquals(await outcome(changing, rig), "pending");
  await rig.connect();
  await rig.attached("c", { flags: GRANTED });
  await rig.sync("t:", ...STATES);
  await rig.ack("9");
  await changing;
  const other = failureOf(() => root.get("c").increment(5));
  await rig.settle();
  void rig.client.close();
  await rig.receive({ action: Action.Closed });
  assertEquals((await other).code, 80017);
});

// RTO26, in the order of the checks.
test("RTO26a, RTO26b, RTO26c, RTPO15b, RTPO16b, RTPO17b, RTPO18b, RTINS12b, RTINS13b, RTINS14b, RTINS15b: what changes need of the channel and the client", async () => {
  await using rig = new ObjectsRig({ echoMessages: false });
  const { root, channel } = await rig.synced(...STATES);
  const changes = [
    () => root.set("k", 1),
    () => root.remove("k"),
    () => root.get("c").increment(),
    () => root.get("c").decrement(),
    () => root.batch(() => {}),
    () => root.instance()!.set("k", 1),
    () => root.instance()!.remove("k"),
    () => root.get("c").instance()!.increment(),
    () => root.get("c").instance()!.batch(() => {}),
  ];
  const codes = async () => {
    const errors = await Promise.all(changes.map((change) => failureOf(change)));
    return new Set(errors.map(({ code, statusCode }) => `${code}/${statusCode}`));
  };
  assertEquals(await codes(), new Set(["40000/400"]));
  await rig.attached("c", { flags: MODE_FLAGS.object_subscribe | Flag.HasObjects });
  assertEquals(await codes(), new Set(["40024/400"]));
  assertEquals(channel.state, "attached");
});

test("RTO26b: a channel that is detached or has failed cannot be changed", async () => {
  await using rig = new ObjectsRig();
  const { root, channel } = await rig.synced(...STATES);
  void channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  const error = await failureOf(() => root.set("k", 1));
  assertEquals([error.code, error.statusCode], [90001, 400]);
});

// The call and the code, in the order of the checks.
const BAD: [string, (root: AnyPathObject) => unknown, number][] = [
  ["RTPO3c2, RTPO15c: set", (root) => root.get("none").set("k", 1), 92005],
  ["RTPO3c2, RTPO16c: remove", (root) => root.at("s.x").remove("k"), 92005],
  ["RTPO3c2, RTPO17c: increment", (root) => root.get("none").increment(), 92005],
  ["RTPO3c2, RTPO18c: decrement", (root) => root.get("none").decrement(), 92005],
  ["batch of nothing", (root) => root.get("none").batch(() => {}), 92005],
  ["RTPO15e: set of a counter", (root) => root.get("c").set("k", 1), 92007],
  ["RTPO15e: set of a value", (root) => root.get("s").set("k", 1), 92007],
  ["RTPO16e: remove of a counter", (root) => root.get("c").remove("k"), 92007],
  ["RTPO17e: increment of a map", (root) => root.increment(), 92007],
  ["RTPO18e: decrement of a value", (root) => root.get("s").decrement(), 92007],
  ["batch of a value", (root) => root.get("s").batch(() => {}), 92007],
  ["RTINS12d: set", (root) => root.get("c").instance()!.set("k", 1), 92007],
  ["RTINS13d: remove", (root) => root.get("s").instance()!.remove("k"), 92007],
  ["RTINS14d: increment", (root) => root.instance()!.increment(), 92007],
  ["RTINS15d: decrement", (root) => root.get("s").instance()!.decrement(), 92007],
  [
    "RTINS16c: subscribe to a value",
    (root) => root.get("s").instance()!.subscribe(() => {}),
    92007,
  ],
  ["iterate over a value", (root) => root.get("s").instance()!.subscribeIterator(), 92007],
  ["RTLM20e1: a key of set", (root) => root.set(5 as never, 1), 40003],
  ["RTLM21e1: a key of remove", (root) => root.remove(null as never), 40003],
  ["RTLM20e1: a value", (root) => root.set("k", null as never), 40013],
  ["RTLM20e1: a key before a value", (root) => root.set(5 as never, null as never), 40003],
  ["RTLC12e1: text", (root) => root.get("c").increment("5" as never), 40003],
  ["RTLC12e1: NaN", (root) => root.get("c").increment(NaN), 40003],
  ["RTLC13c: Infinity", (root) => root.get("c").decrement(Infinity), 40003],
  ["RTLC13c: text is not negated", (root) => root.get("c").decrement("5" as never), 40003],
  ["RTLMV4a: a map of null", (root) => root.set("k", LiveMap.create(null as never)), 40003],
  ["RTLCV4a: a counter of text", (root) => root.set("k", LiveCounter.create("5" as never)), 40003],
  [
    "RTLMV4c: a map with a bad value",
    (root) => root.set("k", LiveMap.create({ x: undefined as never })),
    40013,
  ],
  ["OD4a: a path as a value", (root) => root.set("k", root.get("m") as never), 40013],
  [
    "OD4a: an instance as a value",
    (root) => root.set("k", root.get("m").instance() as never),
    40013,
  ],
  ["RTPO5b: a key of get", (root) => root.get(5 as never), 40003],
  ["RTPO6: a path of at", (root) => root.at(undefined as never), 40003],
  ["RTINS5: a key of get", (root) => root.instance()!.get(5 as never), 40003],
  ["batch without a function", (root) => root.batch(undefined as never), 40003],
];

for (const [name, call, code] of BAD) {
  test(`${name} is refused with ${code}, and nothing is sent`, async () => {
    await using rig = new ObjectsRig();
    const { root } = await rig.synced(...STATES);
    const error = await failureOf(() => call(root));
    assertEquals([error.code, error.statusCode], [code, 400]);
    assert(error.remediation !== "");
    assertEquals(rig.operations(), []);
  });
}

test("RTO15d, OM3: what is larger than a message may be is not sent; as large as it may be it is", async () => {
  await using rig = new ObjectsRig();
  await rig.connect({ siteCode: "here", maxMessageSize: 20 });
  const { root } = await rig.synced(...STATES);
  const error = await failureOf(() => root.set("k", "x".repeat(20)));
  assertEquals([error.code, error.statusCode], [40009, 400]);
  const both = failureOf(() =>
    root.batch((context) => {
      (context as never as { set(key: string, value: string): void }).set("k", "x".repeat(9));
      (context as never as { set(key: string, value: string): void }).set("k", "x".repeat(10));
    })
  );
  assertEquals((await both).code, 40009);
  assertEquals(rig.operations(), []);
  const fits = root.set("k", "x".repeat(19));
  await rig.settle();
  await rig.ack("9");
  await fits;
});

test("RTLM20e7g–RTLM20e7g2, RTLM20h1, RTLMV4h–RTLMV4k, RTLCV4e–RTLCV4h, RTO16, RTO16a, OOP1, OOP3–OOP3r, MCRO1–MCRO2b, CCRO1–CCRO2b, PAOOP3b2, PAOOP3c2: objects are created in the same message, and the time is asked for once", async () => {
  const asked: string[] = [];
  await using rig = new ObjectsRig({
    fetch: (input) => {
      asked.push(new URL(String(input instanceof Request ? input.url : input)).pathname);
      return time();
    },
  });
  const { root } = await rig.synced(...STATES);
  const value = LiveMap.create({ n: LiveMap.create({ c: LiveCounter.create(5) }), x: 1 });
  const first = root.set("k", value);
  await until(() => rig.sent(Action.Object).length === 1);
  const [operations] = rig.operations();
  assertEquals(operations!.map(({ action }) => action), [3, 0, 0, 1]);
  assertEquals(operations![3]!.mapSet, { key: "k", value: { objectId: operations![2]!.objectId } });
  assertEquals(Object.keys(operations![0]!), ["action", "objectId", "counterCreateWithObjectId"]);
  assert(/^map:[\w-]{43}@1700000000000$/.test(operations![2]!.objectId as string));
  const { nonce } = operations![0]!.counterCreateWithObjectId as { nonce: string };
  assert(nonce.length >= 16); // RTLCV4d
  await rig.ack("1", "2", "3", "4");
  await first;
  assertEquals(root.get("k").compactJson(), { n: { c: 5 }, x: 1 }); // RTLC16, RTLM23
  const second = root.set("k", value);
  await until(() => rig.sent(Action.Object).length === 2);
  await rig.ack("5", "6", "7", "8");
  await second;
  assertEquals(asked, ["/time"]);
});

test("RTO16: without the time nothing is created, and later changes go on", async () => {
  await using rig = new ObjectsRig({
    httpMaxRetryCount: 0,
    fetch: () => Promise.reject(new TypeError("There is no network")),
  });
  const { root } = await rig.synced(...STATES);
  const failing = failureOf(() => root.set("k", LiveCounter.create()));
  const later = root.set("k", 1);
  assert((await failing).code >= 50000);
  await rig.settle();
  assertEquals(rig.operations().length, 1);
  await rig.ack("9");
  await later;
});

test("RTLM20: changes keep the order of the calls, though some have to make ids first", async () => {
  let answer = (_: Response) => {};
  const waiting = new Promise<Response>((resolve) => answer = resolve);
  await using rig = new ObjectsRig({ fetch: () => waiting });
  const { root, channel } = await rig.synced(...STATES);
  const changes = [
    root.set("k", LiveCounter.create()),
    root.set("k", 5),
    root.batch((context) => (context as never as { remove(key: string): void }).remove("s")),
    channel.publish("event", "data"),
  ];
  await rig.settle();
  assertEquals(rig.sentActions().filter((action) => action !== Action.Attach), []);
  answer(await time());
  await until(() => rig.sent(Action.Message).length === 1);
  assertEquals(rig.sentActions().slice(-4), [
    Action.Object,
    Action.Object,
    Action.Object,
    Action.Message,
  ]);
  assertEquals(rig.operations().map((operations) => operations.at(-1)!.action), [1, 1, 2]);
  for (const frame of rig.sent().slice(-4)) {
    const serials = (frame.state ?? [1]).map((_, index) => `${frame.msgSerial}${index}`);
    await rig.receive({
      action: Action.Ack,
      msgSerial: frame.msgSerial,
      count: 1,
      res: [{ serials }],
    });
  }
  await Promise.all(changes);
  assertEquals(root.get("k").value(), 5);
});

test("RTLM20: what is given to set() may be changed right afterwards", async () => {
  await using rig = new ObjectsRig({ fetch: time });
  const { root } = await rig.synced(...STATES);
  const json = { x: 1 };
  const entries: Record<string, number> = { a: 1 };
  const map = LiveMap.create(entries);
  entries.b = 2;
  void root.set("j", json);
  void root.set("m", map);
  json.x = 2;
  entries.a = 3;
  await until(() => rig.sent(Action.Object).length === 2);
  const [first, second] = rig.operations();
  assertEquals((first![0]!.mapSet as { value: object }).value, { json: '{"x":1}' });
  const { initialValue } = second![0]!.mapCreateWithObjectId as { initialValue: string };
  assertEquals(JSON.parse(initialValue).entries, { a: { data: { number: 1 } } });
  await rig.acknowledge(["9", "9"]);
});

test("a change that is given up before its turn is not sent; one that was sent is not taken back", async () => {
  let answer = (_: Response) => {};
  await using rig = new ObjectsRig({ fetch: () => new Promise((resolve) => answer = resolve) });
  const { root } = await rig.synced(...STATES);
  const rejected = async (change: Promise<void>) =>
    (await Promise.allSettled([change]))[0]!.status === "rejected";
  assert(await rejected(root.set("k", 1, { signal: aborted() })));
  const controller = new AbortController();
  const options = { signal: controller.signal };
  const sent = root.set("k", 2, options);
  const waiting = [
    root.set("k", LiveCounter.create(), options),
    root.get("c").increment(1, options),
  ];
  await rig.settle();
  controller.abort(new DOMException("Enough", "AbortError"));
  for (const change of [sent, ...waiting]) assert(await rejected(change));
  answer(await time());
  const last = root.set("k", 3);
  await until(() => rig.sent(Action.Object).length === 2);
  assertEquals(rig.operations().map(([operation]) => operation!.mapSet), [
    { key: "k", value: { number: 2 } },
    { key: "k", value: { number: 3 } },
  ]);
  await rig.acknowledge(["9"]);
  await last;
});

test("OD4c3: over MessagePack numbers are float64", async () => {
  await using rig = new ObjectsRig({ useBinaryProtocol: true });
  const { root } = await rig.synced(...STATES);
  void root.set("n", 1);
  void root.get("c").increment(2);
  await rig.settle();
  assertEquals(rig.operations().map(([operation]) => operation!.mapSet ?? operation!.counterInc), [
    { key: "n", value: { number: 1 } },
    { number: 2 },
  ]);
  for (const msgSerial of [0, 1]) {
    const res = [{ serials: [`9${msgSerial}`] }];
    await rig.receive({ action: Action.Ack, msgSerial, count: 1, res });
  }
  assertEquals([root.get("n").value(), root.get("c").value()], [1, 12]);
});

test("PAOM1–PAOM3d, RTPO19e–RTPO19e2, RTO20d: the message of an own change has what was sent, its serial and its site", async () => {
  await using rig = new ObjectsRig({ clientId: "ann" });
  const { root } = await rig.synced(...STATES);
  const messages: unknown[] = [];
  root.subscribe(({ message }) => messages.push(message));
  const changing = root.get("c").increment(5);
  await rig.settle();
  await rig.ack("9");
  await changing;
  assertEquals(messages, [{
    channel: "c",
    operation: { action: "counter.inc", objectId: "counter:1", counterInc: { number: 5 } },
    serial: "9",
    siteCode: "here",
  }]);
  await rig.operate({ ...set("9b", "k", { number: 1 }), clientId: "bob", timestamp: 5 });
  assertEquals(messages[1], {
    id: "frame:0",
    clientId: "bob",
    connectionId: "other",
    timestamp: 5,
    channel: "c",
    operation: { action: "map.set", objectId: "root", mapSet: { key: "k", value: { number: 1 } } },
    serial: "9b",
    siteCode: "a",
  });
});

test("RTO2b–RTO2b1: before the channel is attached, the modes that were asked for count", async () => {
  await using rig = new ObjectsRig();
  await rig.connect();
  const channel = rig.client.channels.get("c", { modes: [...MODES] });
  const attaching = channel.attach();
  await rig.settle();
  await rig.attached("c", { flags: GRANTED });
  await attaching;
  await rig.sync("s:", ...STATES);
  const root = await channel.object.get() as unknown as AnyPathObject;
  await rig.lose();
  assertEquals(channel.state, "attached");
  assertEquals(root.get("c").value(), 10);
});

test("RTO5c6, RTO5c9: a change is not lost when its ACK overtakes a sync that waits for the decryption of a message", async () => {
  await using rig = new ObjectsRig();
  await rig.connect();
  const cipher = { key: new Uint8Array(32) };
  const flags = GRANTED | MODE_FLAGS.subscribe;
  const channel = await rig.attach({ flags }, { modes: [...MODES, "subscribe"], cipher });
  await rig.sync("s:", ...STATES);
  const root = await channel.object.get() as unknown as AnyPathObject;
  await channel.subscribe(() => {});
  const changed = root.get("c").increment(5);
  await rig.settle();
  const { msgSerial } = rig.lastFrame(Action.Object);
  const state = [{ ...increment("5", 5), siteCode: "here" }];
  const encoding = "utf-8/cipher+aes-256-cbc/base64";
  await rig.receive(
    { action: Action.Message, channel: "c", messages: [{ data: `${"A".repeat(43)}=`, encoding }] },
    {
      action: Action.ObjectSync,
      channel: "c",
      channelSerial: "t:more",
      state: STATES.slice(0, 2).map((object) => ({ object })),
    },
    { action: Action.Ack, msgSerial, count: 1, res: [{ serials: ["5"] }] },
    { action: Action.Object, channel: "c", id: "frame", connectionId: "other", state },
  );
  const synced = new Promise<void>((resolve) => channel.object.on("synced", resolve));
  await rig.sync("t:", STATES[2]!); // From before the change.
  await Promise.all([changed, synced]);
  assertEquals(root.get("c").value(), 15 as never);
});
