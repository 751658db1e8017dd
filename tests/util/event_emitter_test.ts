import { ErrorInfo } from "../../src/errors.ts";
import { emit, EventEmitter, onListenerError } from "../../src/util/event_emitter.ts";
import { assertEquals, assertStringIncludes, assertThrows, test } from "../harness.ts";

type Name = "a" | "b" | "c";

function emitter(): { events: EventEmitter<Name, number>; seen: string[] } {
  return { events: new EventEmitter<Name, number>(), seen: [] };
}

test("RTE3: on without an event listens to all, on with an event to that one", () => {
  const { events, seen } = emitter();
  events.on((payload) => seen.push(`all ${payload}`));
  events.on("a", (payload) => seen.push(`a ${payload}`));
  events[emit]("a", 1);
  events[emit]("b", 2);
  assertEquals(seen, ["all 1", "a 1", "all 2"]);
});

test("RTE3: the same listener registered twice is called twice", () => {
  const { events, seen } = emitter();
  const listener = () => void seen.push("called");
  events.on("a", listener);
  events.on("a", listener);
  events.on(listener);
  events[emit]("a", 1);
  assertEquals(seen.length, 3);
});

test("RTE3: on with several events listens to each of them", () => {
  const { events, seen } = emitter();
  events.on(["a", "b"], function () {
    seen.push(this.event);
  });
  for (const name of ["a", "c", "b", "a"] as const) events[emit](name, 0);
  assertEquals(seen, ["a", "b", "a"]);
});

test("RTE4: once calls the listener for the first event only", () => {
  const { events, seen } = emitter();
  events.once((payload) => seen.push(`any ${payload}`));
  events.once("b", (payload) => seen.push(`b ${payload}`));
  events[emit]("a", 1);
  events[emit]("b", 2);
  events[emit]("b", 3);
  assertEquals(seen, ["any 1", "b 2"]);
});

test("RTE4: the same listener registered twice with once is called twice, at one event", () => {
  const { events, seen } = emitter();
  const listener = (payload: number) => void seen.push(`${payload}`);
  events.once("a", listener);
  events.once("a", listener);
  events[emit]("a", 1);
  events[emit]("a", 2);
  assertEquals(seen, ["1", "1"]);
});

test("RTE4: once with several events calls the listener once in all", () => {
  const { events, seen } = emitter();
  events.once(["a", "b"], (payload) => seen.push(`${payload}`));
  for (const name of ["c", "b", "a"] as const) events[emit](name, seen.length);
  assertEquals(seen, ["0"]);
});

test("RTE4: a once listener that emits the same event is not called again", () => {
  const { events, seen } = emitter();
  events.once("a", () => {
    seen.push("once");
    events[emit]("a", 2);
  });
  events.on("a", (payload) => seen.push(`on ${payload}`));
  events[emit]("a", 1);
  assertEquals(seen, ["once", "on 2", "on 1"]);
});

test("RTE4: once without a listener is a promise of the payload", async () => {
  const { events } = emitter();
  const any = events.once();
  const b = events.once("b");
  const several = events.once(["b", "c"]);
  events[emit]("a", 1);
  events[emit]("b", 2);
  events[emit]("c", 3);
  assertEquals(await Promise.all([any, b, several]), [1, 2, 2]);
});

test("RTE5: off with an event and a listener removes what matches both", () => {
  const { events, seen } = emitter();
  const one = () => void seen.push("one");
  const other = () => void seen.push("other");
  events.on("a", one);
  events.on("a", one);
  events.on("a", other);
  events.on("b", one);
  events.on(one);
  events.off("a", one);
  events[emit]("a", 0);
  assertEquals(seen, ["other", "one"]); // The one is registered for every event, not for "a".
  events[emit]("b", 0);
  assertEquals(seen, ["other", "one", "one", "one"]);
});

test("RTE5: off with a listener removes it wherever it is registered", () => {
  const { events, seen } = emitter();
  const one = () => void seen.push("one");
  events.on(one);
  events.on("a", one);
  events.on(["b", "c"], one);
  events.once(one);
  events.on("a", () => seen.push("other"));
  events.off(one);
  for (const name of ["a", "b", "c"] as const) events[emit](name, 0);
  assertEquals(seen, ["other"]);
});

test("RTE5: off with an event removes its listeners, off with several those of each", () => {
  const { events, seen } = emitter();
  for (const name of ["a", "b", "c"] as const) events.on(name, () => seen.push(name));
  events.on(() => seen.push("all"));
  events.off("a");
  for (const name of ["a", "b", "c"] as const) events[emit](name, 0);
  assertEquals(seen, ["all", "b", "all", "c", "all"]);
  seen.length = 0;
  events.off(["b", "c"]);
  for (const name of ["a", "b", "c"] as const) events[emit](name, 0);
  assertEquals(seen, ["all", "all", "all"]);
});

test("RTE5: off without arguments removes every listener", () => {
  for (
    const remove of [
      (e: EventEmitter<Name, number>) => e.off(),
      (e: EventEmitter<Name, number>) => e.off(null),
    ]
  ) {
    const { events, seen } = emitter();
    events.on(() => seen.push("all"));
    events.once("a", () => seen.push("once"));
    remove(events);
    events[emit]("a", 0);
    assertEquals(seen, []);
  }
});

test("RTE6: a listener that throws stops no other, and is reported", () => {
  const { events, seen } = emitter();
  const reported: unknown[] = [];
  events[onListenerError] = (error, event) => reported.push([(error as Error).message, event]);
  events.on("a", () => {
    throw new Error("broken");
  });
  events.on("a", () => seen.push("second"));
  events[emit]("a", 0);
  assertEquals(seen, ["second"]);
  assertEquals(reported, [["broken", "a"]]);
});

test("RTE6: an async listener that rejects is reported, and is no unhandled rejection", async () => {
  const { events } = emitter();
  const reported: unknown[] = [];
  events[onListenerError] = (error, event) => reported.push([(error as Error).message, event]);
  events.on("a", () => Promise.reject(new Error("broken")));
  events[emit]("a", 0);
  await Promise.resolve();
  assertEquals(reported, [["broken", "a"]]);
});

test("RTE6: without anyone to report to, a listener that throws does no harm", () => {
  const { events, seen } = emitter();
  events.once("a", () => {
    throw new Error("broken");
  });
  events.on("a", () => seen.push("second"));
  events[emit]("a", 0);
  events[emit]("a", 0);
  assertEquals(seen, ["second", "second"]);
});

test("RTE6: emit is not part of the public interface", () => {
  const { events } = emitter();
  assertEquals("emit" in events, false);
  assertEquals(Object.keys(events), []);
});

test("RTE6a: a listener added during an emit is not called by it", () => {
  const { events, seen } = emitter();
  events.on("a", () => {
    seen.push("first");
    events.on("a", () => seen.push("added"));
    events.once("a", () => seen.push("added once"));
  });
  events[emit]("a", 0);
  assertEquals(seen, ["first"]);
});

test("RTE6a: a listener removed during an emit is still called by it", () => {
  const { events, seen } = emitter();
  const second = () => void seen.push("second");
  const third = () => void seen.push("third");
  events.on("a", () => {
    seen.push("first");
    events.off(second);
    events.off();
  });
  events.on("a", second);
  events.once("a", third);
  events[emit]("a", 0);
  events[emit]("a", 0);
  assertEquals(seen, ["first", "second", "third"]);
});

test("RTE1: the event's name is this.event, and listeners() shows who is registered", () => {
  const { events, seen } = emitter();
  const all = () => {};
  function named(this: { event: Name }) {
    seen.push(this.event);
  }
  events.on(all);
  events.on("a", named);
  assertEquals(events.listeners(), [all]);
  assertEquals(events.listeners("a"), [named]);
  assertEquals(events.listeners("b"), null);
  events[emit]("a", 0);
  assertEquals(seen, ["a"]);
});

test("RTE3: refuses listeners that are no functions", () => {
  const { events } = emitter();
  for (const listener of [undefined, null, "text", {}]) {
    const error = assertThrows(() => events.on("a", listener as never), ErrorInfo);
    assertEquals([error.code, error.statusCode], [40003, 400]);
    assertStringIncludes(error.message, "must be a function");
  }
  assertThrows(() => events.on(undefined as never), ErrorInfo);
  assertThrows(() => events.once("a", "text" as never), ErrorInfo);
});
