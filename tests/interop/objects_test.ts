import {
  LiveCounter as AblyCounter,
  LiveMap as AblyMap,
  LiveObjects as AblyPlugin,
} from "ably/liveobjects";
import {
  type AnyPathObject,
  LiveCounter,
  LiveMap,
  LiveObjects,
} from "../../src/liveobjects/mod.ts";
import { assertEquals, test } from "../harness.ts";
import { seeded } from "../support/seeded.ts";
import { FORMAT_PAIRS, Scene } from "./clients.ts";
import { LEAKY } from "./sandbox.ts";

/** The methods of both clients that this test uses. */
interface Root {
  get(key: string): Root;
  set(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
  increment(amount?: number): Promise<void>;
  batch(run: (context: Root) => void): Promise<void>;
  compactJson(): unknown;
  value(): unknown;
  subscribe(listener: () => void): { unsubscribe(): void };
}

async function until(root: Root, isDone: () => boolean): Promise<void> {
  if (isDone()) return;
  await new Promise<void>((resolve) => {
    const { unsubscribe } = root.subscribe(() => {
      if (!isDone()) return;
      unsubscribe();
      resolve();
    });
  });
}

const VALUES = {
  text: "é",
  whole: 5,
  fraction: 0.1,
  large: 2 ** 53,
  yes: true,
  no: false,
  object: { a: [1, { b: null }] },
  array: [1, "2"],
  bytes: new Uint8Array([0, 1, 255]),
};

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

for (const [official, ours] of FORMAT_PAIRS) {
  test(`objects of ably (${official}) and of this client (${ours}) are the same`, async () => {
    await using scene = await Scene.start();
    const modes = [
      "OBJECT_SUBSCRIBE",
      "OBJECT_PUBLISH",
    ] as ("OBJECT_SUBSCRIBE" | "OBJECT_PUBLISH")[];
    const theirs = scene.ablyRealtime({ format: official, plugins: { LiveObjects: AblyPlugin } });
    const their = await theirs.channels.get("c", { modes }).object.get() as unknown as Root;
    const own = scene.realtime({ format: ours, plugins: { LiveObjects } });
    const our = await own.channels.get("c", { modes }).object
      .get() as unknown as AnyPathObject as unknown as Root;

    for (const [key, value] of Object.entries(VALUES)) {
      await their.set(`their-${key}`, value instanceof Uint8Array ? value.buffer : value);
      await our.set(`our-${key}`, value);
    }
    await their.set(
      "theirMap",
      AblyMap.create({ c: AblyCounter.create(5), m: AblyMap.create({ x: 1 }) } as never),
    );
    await our.set(
      "ourMap",
      LiveMap.create({ c: LiveCounter.create(5), m: LiveMap.create({ x: 1 }) }),
    );
    await until(our, () => our.get("theirMap").compactJson() !== undefined);
    await until(their, () => their.get("ourMap").compactJson() !== undefined);

    const random = seeded(3);
    const changes = Array.from({ length: 60 }, () => {
      const root = random(2) === 0 ? our : their;
      const map = root.get(random(2) === 0 ? "ourMap" : "theirMap");
      const key = `k${random(3)}`;
      const number = random(100);
      if (random(4) === 0) return map.get("c").increment(number);
      if (random(4) === 0) return map.remove(key);
      if (random(4) === 0) {
        return map.batch((context) => context.set(key, number) as unknown as void);
      }
      return map.set(key, number);
    });
    await Promise.all(changes);
    await our.set("ourEnd", 1);
    await their.set("theirEnd", 1);
    await until(our, () => our.get("theirEnd").value() === 1);
    await until(their, () => their.get("ourEnd").value() === 1);
    assertEquals(sorted(our.compactJson()), sorted(their.compactJson()));
    const late = scene.realtime({ format: ours, plugins: { LiveObjects } });
    const synced = await late.channels.get("c", { modes }).object.get();
    assertEquals(sorted(synced.compactJson()), sorted(their.compactJson()));
  }, LEAKY);
}
