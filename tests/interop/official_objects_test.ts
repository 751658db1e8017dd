import { LiveCounter, LiveMap, LiveObjects } from "ably/liveobjects";
import { assertEquals, test } from "../harness.ts";
import { FORMATS, LEAKY, type Sandbox, withSandbox } from "./sandbox.ts";

/** The objects of the channel `c`, for a client of its own. */
async function objects(sandbox: Sandbox) {
  const client = sandbox.realtime({ plugins: { LiveObjects } } as object);
  const modes = ["OBJECT_SUBSCRIBE", "OBJECT_PUBLISH"] as const;
  const channel = client.channels.get("c", { modes: [...modes] });
  return { client, root: await channel.object.get() };
}

/** Waits until a map has a key. */
async function has(root: Awaited<ReturnType<typeof objects>>["root"], key: string): Promise<void> {
  const found = Promise.withResolvers<void>();
  const look = () => {
    if (root.get(key).value() !== undefined) found.resolve();
  };
  root.subscribe(look);
  look();
  await found.promise;
}

for (const format of FORMATS) {
  const official = (name: string, run: Parameters<typeof withSandbox>[1]): void =>
    test(`official client, contract ${name} (${format})`, () => withSandbox(format, run), LEAKY);

  official("13: two clients and a third that comes later see the same objects", async (sandbox) => {
    const { root } = await objects(sandbox);
    const { root: other } = await objects(sandbox);
    const bytes = new Uint8Array([1, 2, 255]).buffer;
    await root.set("text", "x");
    await root.set("number", Number.MAX_SAFE_INTEGER);
    await root.set("flag", false);
    await root.set("bytes", bytes);
    await root.set("json", { a: [1, null] });
    await root.set("count", LiveCounter.create(10));
    await root.set("map", LiveMap.create({ a: "b", inner: LiveMap.create({ c: 1 }), bytes }));
    await root.get("count").increment(5);
    await root.get("map").remove("a");
    await root.remove("text");
    await root.set("last", true);
    await has(other, "last");
    const { root: late } = await objects(sandbox);
    for (const each of [root, other, late]) {
      assertEquals(each.compactJson() as object, {
        number: Number.MAX_SAFE_INTEGER,
        flag: false,
        bytes: "AQL/",
        json: { a: [1, null] },
        count: 15,
        map: { inner: { c: 1 }, bytes: "AQL/" },
        last: true,
      });
    }
  });

  official("13: a map that is larger than a frame arrives whole", async (sandbox) => {
    const { root } = await objects(sandbox);
    const large = "x".repeat(65_000);
    for (const key of ["1", "2", "3"]) await root.set(key, large);
    const { root: late } = await objects(sandbox);
    assertEquals(late.compactJson() as object, { 1: large, 2: large, 3: large });
    const frames = sandbox.scene.service.log.frames({ action: 20, direction: "out" });
    assertEquals(frames.slice(-3).map(({ state }) => state!.length), [1, 1, 1]);
  });

  official("13: what was missed is there after a resume", async (sandbox) => {
    const { root, client } = await objects(sandbox);
    const { root: other } = await objects(sandbox);
    sandbox.scene.service.faults.drop({ connectionId: client.connection.id! });
    await other.set("missed", "x");
    await has(root, "missed");
  });

  official("5.14: REST reads and writes the same objects", async (sandbox) => {
    const { root } = await objects(sandbox);
    await root.set("count", LiveCounter.create(1));
    const rest = sandbox.rest();
    const path = "/channels/c/object";
    const written = await rest.request("post", path, 6, undefined, [
      { path: "count", counterInc: { number: 41 } },
      { objectId: "root", mapSet: { key: "done", value: { boolean: true } } },
    ]);
    assertEquals([written.statusCode, written.items[0].objectIds.length], [201, 2]);
    await has(root, "done");
    assertEquals(root.get("count").value(), 42);
    const compact = await rest.request("get", path, 6);
    assertEquals(compact.items, [{ count: 42, done: true }]);
    const full = await rest.request("get", path, 6, { compact: "false", path: "count" });
    assertEquals(full.items[0].counter, { data: { number: 42 } });
    const nowhere = await rest.request("get", `${path}/map:unknown@1`, 6);
    assertEquals([nowhere.statusCode, nowhere.errorCode], [404, 92004]);
  });
}
