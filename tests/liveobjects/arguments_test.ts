import { Realtime, Rest } from "../../mod.ts";
import { type AnyPathObject, LiveMap, LiveObjects } from "../../src/liveobjects/mod.ts";
import { createService, type LocalService } from "../../src/testing/mod.ts";
import { assertEquals, test } from "../harness.ts";
import { failureOf } from "../support/outcomes.ts";

const modes = ["object_subscribe" as const, "object_publish" as const];

function connect(service: LocalService): Realtime {
  return new Realtime({ ...service.options(), plugins: { LiveObjects } });
}

test("liveobjects/lifecycle: a signal that is not one is refused before anything is sent", async () => {
  await using service = createService();
  await using client = connect(service);
  const { object } = client.channels.get("c", { modes });
  const root = await object.get() as AnyPathObject;
  for (const signal of [{}, 5, "abort", true] as never[]) {
    const options = { signal };
    for (
      const call of [
        () => object.get(options),
        () => root.set("a", 1, options),
        () => root.remove("a", options),
        () => root.batch((context) => context.set("a", 1), options),
        () => root.subscribeIterator(options),
        () => root.instance()!.subscribeIterator(options),
        () => root.set("a", 1, "text" as never),
      ]
    ) assertEquals((await failureOf(call)).code, 40003, `${signal} in ${call}`);
  }
  assertEquals(root.size(), 0);
  assertEquals(service.log.frames({ action: "OBJECT", direction: "in" }), []);
});

test("liveobjects/rest-api-usage: parameters of a wrong form are refused", async () => {
  await using service = createService();
  const { object } = new Rest({ ...service.options(), plugins: { LiveObjects } }).channels.get("c");
  for (const given of ["path", 5, true, ["path"], { path: 5 }, { objectId: 5 }, { signal: 5 }]) {
    const failure = await failureOf(() => object.get(given as never));
    assertEquals(failure.code, 40003, JSON.stringify(given));
  }
  assertEquals(service.log.requests({ path: "/channels/c/object" }), []);
  class Params {
    get compact(): true {
      return true;
    }
  }
  assertEquals(await object.get(new Params()), {});
});

test("liveobjects/instance: an iterator over an object that is deleted or gone ends at once", async () => {
  await using service = createService();
  await using client = connect(service);
  const root = await client.channels.get("c", { modes }).object.get() as AnyPathObject;
  await root.set("deleted", LiveMap.create());
  const deleted = root.get("deleted").instance()!;
  const during = deleted.subscribeIterator();
  service.objects("c").delete(deleted.id!);
  assertEquals((await during.next()).value?.message?.operation.action, "object.delete");
  for (const changes of [during, deleted.subscribeIterator()]) {
    assertEquals(await changes.next(), { done: true, value: undefined });
  }
});
