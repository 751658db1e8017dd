import { Realtime } from "../../mod.ts";
import { assert, assertEquals, test } from "../harness.ts";

interface Sizes {
  grown: number;
  shrunk: number;
}

/** As the packages that Ably builds on its client make their own emitters: any type may name the events. */
class Tree extends Realtime.EventEmitter<(size: number) => void, number, keyof Sizes> {
  constructor() {
    super({ logger: "of the client" });
  }
}

test("Realtime.EventEmitter: emit() calls the listeners of the event with all arguments", () => {
  const tree = new Tree();
  const seen: unknown[] = [];
  tree.on("grown", function (this: { event: string }, ...sizes) {
    seen.push([this.event, ...sizes]);
  });
  tree.on((size) => void seen.push(["any", size]));
  tree.once("grown", (size) => void seen.push(["once", size]));
  tree.emit("grown", 1, 2);
  tree.emit("shrunk");
  tree.emit("grown", 3);
  assertEquals(seen, [
    ["grown", 1, 2],
    ["any", 1],
    ["once", 1],
    ["any", undefined],
    ["grown", 3],
    ["any", 3],
  ]);
});

test("Realtime.EventEmitter: once() without a listener returns a promise", async () => {
  const tree = new Tree();
  const next = tree.once("grown");
  tree.emit("grown", 7);
  assertEquals(await next, 7);
});

test("Realtime.EventEmitter: a listener that throws does not stop the others", () => {
  const logged: string[] = [];
  const tree = new Realtime.EventEmitter<() => void, number, string>(
    new Realtime({
      key: "app.key:secret",
      autoConnect: false,
      logHandler: (text) => void logged.push(text),
    }).logger,
  );
  let reached = 0;
  tree.on("grown", () => {
    throw new Error("Out of order");
  });
  tree.on("grown", () => void reached++);
  tree.emit("grown", 1);
  assertEquals([reached, logged.length], [1, 1]);
});

test("Realtime.EventEmitter: the fields any, events, anyOnce and eventsOnce list the listeners", () => {
  const tree = new Tree();
  const listener = () => {};
  assertEquals([tree.any, tree.anyOnce], [[], []]);
  assertEquals([Object.keys(tree.events), Object.keys(tree.eventsOnce)], [[], []]);
  tree.on(listener);
  tree.once(listener);
  tree.on(["grown", "shrunk"], listener);
  tree.once("grown", listener);
  assertEquals([tree.any, tree.anyOnce], [[listener], [listener]]);
  assertEquals({ ...tree.events }, { grown: [listener], shrunk: [listener] });
  assertEquals({ ...tree.eventsOnce }, { grown: [listener] });
  tree.off("shrunk", listener);
  assertEquals(Object.keys(tree.events), ["grown"]);
  tree.off();
  assertEquals([tree.any, tree.anyOnce], [[], []]);
  assertEquals([Object.keys(tree.events), Object.keys(tree.eventsOnce)], [[], []]);
});

test("listeners() is null where no listener is registered, on every emitter", async () => {
  const emitters = [new Tree()];
  assertEquals(emitters[0]!.listeners(), null);
  assertEquals(emitters[0]!.listeners("grown"), null);
  await using client = new Realtime({ key: "app.key:secret", autoConnect: false });
  assertEquals(client.connection.listeners(), null);
  assertEquals(client.channels.get("a").listeners("attached"), null);
  client.connection.on("connected", () => {});
  assert(client.connection.listeners("connected")?.length === 1);
});
