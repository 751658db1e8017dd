import type {
  AnyInstance,
  AnyPathObject,
  InstanceSubscriptionEvent,
  PathObjectSubscriptionEvent,
} from "../../src/liveobjects/mod.ts";
import { Action, Flag } from "../../src/protocol/actions.ts";
import { assert, assertEquals, assertRejects, test } from "../harness.ts";
import { failureOf } from "../support/outcomes.ts";
import {
  clear,
  counterState,
  createMap,
  deleted,
  increment,
  mapState,
  remove,
  set,
  type Wire,
} from "./core/core_rig.ts";
import { GRANTED, ObjectsRig } from "./objects_rig.ts";

const STATES = [
  mapState("root", { users: "map:1", userPosts: 1, c: "counter:1" }),
  mapState("map:1", { emma: "map:2" }),
  mapState("map:2", { visits: "counter:2", name: "Emma" }),
  counterState("counter:1", 0),
  counterState("counter:2", 0),
];

/** Subscribes, and collects the paths of the events. */
function paths(place: AnyPathObject, depth?: number): string[] {
  const told: string[] = [];
  place.subscribe(({ object }) => told.push(object.path()), depth === undefined ? null : { depth });
  return told;
}

// RTO24c2: the change, and the event paths of a subscription to "users" by depth.
const COVERAGE: [string, Wire, string | undefined, string | undefined, string | undefined][] = [
  ["a key of users itself", set("5", "new", { number: 1 }, "map:1"), "users", "users", "users"],
  [
    "a key of users.emma",
    set("5", "name", { string: "x" }, "map:2"),
    "users.emma",
    undefined,
    "users.emma",
  ],
  ["users.emma.visits", increment("5", 1, "counter:2"), "users.emma.visits", undefined, undefined],
  [
    "the key users of the root",
    set("5", "users", { objectId: "map:1" }),
    "users",
    "users",
    "users",
  ],
  ["the removal of users", remove("5", "users"), "users", "users", "users"],
  [
    "another key of the root",
    set("5", "userPosts", { number: 2 }),
    undefined,
    undefined,
    undefined,
  ],
  ["a counter beside it", increment("5", 1), undefined, undefined, undefined],
];

for (const [name, operation, all, one, two] of COVERAGE) {
  test(`RTO24–RTO24b2a2, RTO24c–RTO24c2d, RTLO4b4c3–RTLO4b4c3b: the listeners that are called for ${name}`, async () => {
    await using rig = new ObjectsRig();
    const { root } = await rig.synced(...STATES);
    const users = root.get("users") as AnyPathObject;
    const told = [paths(users), paths(users, 1), paths(users, 2)];
    await rig.operate(operation);
    assertEquals(told.map((list) => list[0]), [all, one, two]);
    assert(told.every(({ length }) => length <= 1));
  });
}

test("RTO24b2b–RTO24b2b2: each subscription once for each path; the map itself is preferred to its keys", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const told = [
    paths(root),
    paths(root.get("a") as AnyPathObject),
    paths(root.get("b") as AnyPathObject),
  ];
  await rig.operate(set("5", "a", { objectId: "map:7" }), set("5b", "b", { objectId: "map:7" }));
  assertEquals(told.map((list) => list.splice(0)), [["", ""], ["a"], ["b"]]);
  await rig.operate(createMap("6", { x: { timeserial: "1", data: { number: 1 } } }, "map:7"));
  // A listener above two places of an object gets two events.
  assertEquals(told.map((list) => list.splice(0).sort()), [["a", "b"], ["a"], ["b"]]);
  await rig.operate(clear("7"));
  assertEquals(told, [[""], ["a"], ["b"]]);
});

test("RTPO19–RTPO19a2, RTPO19f: a path can be subscribed to before anything is there", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced();
  const told = paths(root.at("a.b") as AnyPathObject);
  await rig.operate(set("5", "a", { objectId: "map:1" }));
  assertEquals(told, []);
  await rig.operate(set("6", "b", { number: 1 }, "map:1"));
  assertEquals(told, ["a.b"]);
});

test("RTPO19e2, RTINS16e2: changes of a sync come without a message", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const events: (PathObjectSubscriptionEvent | InstanceSubscriptionEvent)[] = [];
  root.subscribe((event) => events.push(event));
  (root.get("c").instance() as AnyInstance).subscribe((event) => events.push(event));
  await rig.sync("t:", ...STATES);
  // RTLC14b, RTLM22b: every known object emits an update.
  assertEquals(events.length, 6);
  assert(events.every((event) => !("message" in event)));
  await rig.attached("c", { flags: GRANTED & ~Flag.HasObjects }); // RTO4b2a
  assertEquals(events.length, 7);
  assert(!("message" in events.at(-1)!));
});

// RTPO19c1a and what else cannot be subscribed with.
for (const depth of [0, -1, 1.5, NaN, Infinity, "1", {}]) {
  test(`RTPO19c1a: the depth ${JSON.stringify(depth)} is refused`, async () => {
    await using rig = new ObjectsRig();
    const { root } = await rig.synced();
    const options = { depth: depth as number };
    assertEquals((await failureOf(() => root.subscribe(() => {}, options))).code, 40003);
    assertEquals((await failureOf(() => root.subscribeIterator(options))).code, 40003);
  });
}

test("RTPO19a, RTINS16a: what is no listener or no options is refused", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  assertEquals((await failureOf(() => root.subscribe(undefined as never))).code, 40003);
  assertEquals((await failureOf(() => root.subscribe(() => {}, 1 as never))).code, 40000);
  const instance = root.instance() as AnyInstance;
  assertEquals((await failureOf(() => instance.subscribe({} as never))).code, 40003);
});

test("SUB1–SUB2b, RTPO19d, RTINS16f, RTLO4b7: unsubscribe works by itself, at once, and twice", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  let calls = 0;
  const counter = root.get("c").instance() as AnyInstance;
  const subscriptions = [
    root.subscribe(() => void calls++),
    root.get("c").subscribe(() => void calls++),
    counter.subscribe(() => void calls++),
  ];
  await rig.operate(increment("5", 1));
  assertEquals(calls, 3);
  for (const { unsubscribe } of subscriptions) {
    unsubscribe();
    unsubscribe();
  }
  await rig.operate(increment("6", 1));
  assertEquals(calls, 3);
  {
    using _ = root.subscribe(() => void calls++);
    await rig.operate(increment("7", 1));
  }
  await rig.operate(increment("8", 1));
  assertEquals(calls, 4);
});

test("RTO24b2b: who is removed during a change is not told of it any more, who is added not yet", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const told: string[] = [];
  const counter = root.get("c").instance() as AnyInstance;
  for (const place of [root, counter]) {
    const name = place === root ? "path" : "instance";
    place.subscribe(() => {
      told.push(`${name} first`);
      second.unsubscribe();
      place.subscribe(() => told.push(`${name} added`));
    });
    const second = place.subscribe(() => told.push(`${name} second`));
  }
  await rig.operate(increment("5", 1));
  assertEquals(told.splice(0), ["instance first", "path first"]);
  await rig.operate(increment("6", 1));
  assertEquals(told, ["instance first", "instance added", "path first", "path added"]);
});

test("RTO24b2c: a listener that throws or rejects is logged, and stops no other", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  let calls = 0;
  for (const place of [root, root.get("c").instance() as AnyInstance]) {
    place.subscribe(() => {
      throw new Error("thrown");
    });
    place.subscribe(async () => {
      throw new Error("rejected");
    });
    place.subscribe(() => void calls++);
  }
  await rig.operate(increment("5", 1));
  assertEquals(calls, 2);
  const errors = rig.logged.filter((line) => line.startsWith("error"));
  assertEquals(errors.filter((line) => line.includes("thrown")).length, 2);
  assertEquals(errors.filter((line) => line.includes("rejected")).length, 2);
});

test("RTINS16–RTINS16b, RTINS16d–RTINS16e2, RTINS16g, RTLO4b–RTLO4b4: an instance follows its object to any place", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const counter = root.get("c").instance() as AnyInstance;
  const values: unknown[] = [];
  counter.subscribe(({ object, message }) =>
    values.push([object.id, object.value(), message?.operation.action])
  );
  await rig.operate(set("5", "c", { number: 1 }), increment("6", 2));
  assertEquals(values, [["counter:1", 2, "counter.inc"]]);
});

test("RTLO4b4c3c, RTLO4b4c3c1: a deletion is the last that an instance hears; a path goes on", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const counter = root.get("c").instance() as AnyInstance;
  const told: string[] = [];
  counter.subscribe(({ object, message }) =>
    told.push(`${message?.operation.action} ${object.value()}`)
  );
  const items = counter.subscribeIterator();
  const places = paths(root.get("c") as AnyPathObject);
  await rig.operate(increment("5", 2), deleted("6", "counter:1"));
  assertEquals(told, ["counter.inc 2", "object.delete 0"]);
  assertEquals(places, ["c", "c"]);
  assertEquals((await items.next()).value.message.operation.action, "counter.inc");
  assertEquals((await items.next()).value.message.operation.action, "object.delete");
  assertEquals((await items.next()).done, true);
  await rig.operate(set("7", "c", { objectId: "counter:3" }), increment("8", 1, "counter:3"));
  assertEquals([told.length, places.length], [2, 4]);
});

test("RTO5c2, RTO4b1: an iteration over an object ends when the object is forgotten", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const visits = (root.at("users.emma.visits").instance() as AnyInstance).subscribeIterator();
  const counter = (root.get("c").instance() as AnyInstance).subscribeIterator();
  const next = visits.next();
  await rig.sync("t:", mapState("root", { c: "counter:1" }), counterState("counter:1", 0));
  assertEquals((await next).done, true);
  assertEquals((await counter.next()).done, false);
  await rig.attached("c", { flags: GRANTED & ~Flag.HasObjects });
  assertEquals((await counter.next()).done, true);
});

test("RTLO4b6, RTPO19g, RTINS16h: to subscribe changes nothing of the channel", async () => {
  await using rig = new ObjectsRig();
  const { root, channel } = await rig.synced(...STATES);
  const before = rig.sent().length;
  root.subscribe(() => {});
  (root.instance() as AnyInstance).subscribe(() => {});
  await rig.settle();
  assertEquals([rig.sent().length, channel.state], [before, "attached"]);
});

test("RTPO19b: subscriptions outlast a detachment", async () => {
  await using rig = new ObjectsRig();
  const { root, channel } = await rig.synced(...STATES);
  const told = paths(root.get("c") as AnyPathObject);
  const counter: string[] = [];
  (root.get("c").instance() as AnyInstance).subscribe(({ object }) =>
    counter.push(`${object.value()}`)
  );
  void channel.detach();
  await rig.receive({ action: Action.Detached, channel: "c" });
  assertEquals(told, []);
  void channel.attach();
  await rig.settle();
  await rig.attached("c", { flags: GRANTED });
  await rig.sync("t:", ...STATES.slice(0, -2), counterState("counter:1", 7));
  // Once as a key of the root, whose data was gone, and once as a counter.
  assertEquals([told, counter], [["c", "c"], ["7"]]);
});

test("each listener gets messages of its own", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const seen: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    root.subscribe(({ message }) => {
      const { value } = message!.operation.mapSet!;
      seen.push((value.json as { x: number }).x, (message!.extras as Wire).y);
      (value.json as { x: number }).x = 9;
      message!.extras!.y = 9;
    });
  }
  await rig.operate({ ...set("5", "j", { json: '{"x":1}' }), extras: { y: 2 } });
  assertEquals(seen, [1, 2, 1, 2]);
  assertEquals(root.get("j").value(), { x: 1 });
});

// The ends of an iteration.
for (
  const [name, end, error] of [
    ["detach()", async (rig: ObjectsRig) => {
      void rig.client.channels.get("c").detach();
      await rig.receive({ action: Action.Detached, channel: "c" });
    }, undefined],
    ["release()", async (rig: ObjectsRig) => {
      void rig.client.channels.release("c");
      await rig.settle();
      await rig.receive({ action: Action.Detached, channel: "c" });
    }, undefined],
    ["close()", async (rig: ObjectsRig) => {
      void rig.client.close();
      await rig.receive({ action: Action.Closed });
    }, undefined],
    [
      "an error of the channel",
      (rig: ObjectsRig) =>
        rig.receive({
          action: Action.Error,
          channel: "c",
          error: { code: 90000, statusCode: 400 },
        }),
      90000,
    ],
  ] as const
) {
  test(`subscribeIterator() ends by ${name}, after what waits`, async () => {
    await using rig = new ObjectsRig();
    const { root } = await rig.synced(...STATES);
    const counter = root.get("c").instance() as AnyInstance;
    const streams = [root.subscribeIterator(), counter.subscribeIterator()];
    await rig.operate(increment("5", 1));
    await end(rig);
    for (const stream of streams) {
      assertEquals((await stream.next()).done, false);
      if (error === undefined) assertEquals((await stream.next()).done, true);
      else assertEquals((await failureOf(() => stream.next())).code, error);
      assertEquals((await stream.next()).done, true);
    }
  });
}

test("subscribeIterator() goes on over an interruption, and ends with its loop or its signal", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const controller = new AbortController();
  const places = root.get("c").subscribeIterator({ depth: 1, signal: controller.signal });
  await rig.suspend();
  await rig.clock.advance(31_000);
  await rig.connect();
  await rig.attached("c", { flags: GRANTED });
  await rig.sync("t:", ...STATES);
  await rig.operate(increment("5", 1));
  let count = 0;
  for await (const { object } of places) {
    assertEquals(object.path(), "c");
    if (++count === 2) break;
  }
  assertEquals((await places.next()).done, true);
  const others = root.subscribeIterator({ signal: controller.signal });
  const next = others.next();
  controller.abort();
  assertEquals((await next).done, true);
});

test("subscribeIterator(): bufferLimit and onOverflow", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const strict = root.subscribeIterator({ bufferLimit: 1 });
  const newest = root.subscribeIterator({ bufferLimit: 1, onOverflow: "drop-oldest" });
  await rig.operate(set("5", "a", { number: 1 }), set("6", "b", { number: 1 }));
  await strict.next();
  await assertRejects(() => strict.next());
  assertEquals((await newest.next()).value.message.operation.mapSet.key, "b");
});

test("RTO24b: 2^40 paths to a changed object are not all told, and this is logged", async () => {
  await using rig = new ObjectsRig();
  const maps = Array.from(
    { length: 40 },
    (_, i) => mapState(i === 0 ? "root" : `map:${i}`, { l: `map:${i + 1}`, r: `map:${i + 1}` }),
  );
  const { root } = await rig.synced(...maps, mapState("map:40", {}));
  const told = paths(root);
  await rig.operate(set("5", "x", { number: 1 }, "map:40"));
  assertEquals(told.length, 1_000);
  assertEquals(rig.logged.filter((line) => line.startsWith("error")).length, 1);
});

test("RTO24b: a thousand subscriptions elsewhere are not asked", async () => {
  await using rig = new ObjectsRig();
  const { root } = await rig.synced(...STATES);
  const lists = Array.from({ length: 1_000 }, (_, i) => paths(root.get(`k${i}`) as AnyPathObject));
  await rig.operate(
    ...Array.from({ length: 1_000 }, (_, i) => set(`5${i + 1_000}`, `k${i}`, { number: i })),
  );
  assert(lists.every(([path, ...others], i) => path === `k${i}` && others.length === 0));
});
