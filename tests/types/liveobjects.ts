/**
 * The types of LiveObjects. Nothing is run: every line has to compile, those after `@ts-expect-error` must not.
 *
 * @module
 */
import { Realtime, type RealtimeChannel, Rest } from "@ably-edge/sdk";
import {
  type BatchContext,
  type Instance,
  LiveCounter,
  LiveMap,
  LiveObjects,
  type PathObject,
  type Value,
} from "@ably-edge/sdk/liveobjects";

/** Compiles only if both types are the same. */
function same<Found, Wanted>(
  _: (<T>() => T extends Found ? 1 : 2) extends (<T>() => T extends Wanted ? 1 : 2) ? true : never,
): void {}

interface Address {
  street: string;
  floors?: number[];
}

interface Task {
  title: string;
  votes: LiveCounter;
}

/** An interface, as many write it. */
interface App {
  tasks: LiveMap<{ [id: string]: LiveMap<Task> }>;
  score?: LiveCounter;
  name: string;
  address: Address;
  image: ArrayBuffer;
  mixed: LiveCounter | string;
  flag?: boolean;
}

/** The plugin goes into the options of both clients. */
export function plugins(): void {
  new Realtime({ key: "a.b:c", plugins: { LiveObjects } });
  new Rest({ key: "a.b:c", plugins: { LiveObjects } });
  // @ts-expect-error it is no plugin
  new Rest({ key: "a.b:c", plugins: { LiveObjects: {} } });
}

/** The type of a path follows from the type of the root. */
export async function paths(channel: RealtimeChannel): Promise<void> {
  const root = await channel.object.get<App>();
  same<ReturnType<typeof root.path>, string>(true);
  same<Awaited<ReturnType<ReturnType<typeof root.get<"score">>["increment"]>>, void>(true);
  const score: number | undefined = root.get("score").value();
  const name: string | undefined = root.get("name").value();
  const street: string | undefined = root.get("address").value()?.street;
  const image: Uint8Array<ArrayBuffer> | undefined = root.get("image").value();
  const votes: number | undefined = root.get("tasks").get("x").get("votes").value();
  await root.get("mixed").increment();
  root.get("mixed").value();
  for (const [id, task] of root.get("tasks").entries()) console.log(id, task.get("title").value());
  const compact = root.compact();
  const total: number | undefined = compact?.tasks["x"]?.votes;
  const at: string | undefined = root.at<string>("tasks.x.title").value();
  console.log(score, name, street, image, votes, total, at);
  // @ts-expect-error there is no such key
  root.get("none");
  // @ts-expect-error text cannot be incremented
  root.get("name").increment();
  // @ts-expect-error a counter has no keys
  root.get("score").keys();
  // @ts-expect-error a map has no value
  root.value();
}

/** Binary data may have the types that people write, whose buffer may be shared. */
interface Files {
  data: Uint8Array;
  view: DataView;
  any?: ArrayBufferView;
  inner: LiveMap<{ floats: Float64Array }>;
}

export async function binary(channel: RealtimeChannel): Promise<void> {
  const root = await channel.object.get<Files>();
  await root.set("data", new ArrayBuffer(1));
  await root.set("inner", LiveMap.create({ floats: new Float64Array(1) }));
  const floats: Uint8Array<ArrayBuffer> | undefined = root.get("inner").get("floats").value();
  const text: string | undefined = root.compactJson()?.data;
  console.log(floats, text);
  // @ts-expect-error it is not binary data
  await root.set("data", "x");
}

/** The types of values that a key accepts. */
export async function writes(channel: RealtimeChannel): Promise<void> {
  const root = await channel.object.get<App>();
  await root.set("name", "x");
  await root.set("score", LiveCounter.create(5));
  await root.set("address", { street: "x" });
  await root.set("image", new Uint8Array(1));
  await root.set(
    "tasks",
    LiveMap.create({ a: LiveMap.create({ title: "x", votes: LiveCounter.create() }) }),
  );
  await root.get("tasks").set(
    "b",
    LiveMap.create<Task>({ title: "x", votes: LiveCounter.create() }),
  );
  await root.remove("score", { signal: null });
  // @ts-expect-error it is text
  await root.set("name", 5);
  // @ts-expect-error a record is no map
  await root.get("tasks").set("b", { title: "x", votes: 5 });
  // @ts-expect-error there is no such key
  await root.remove("none");
  await root.batch((context) => {
    context.get("score")?.increment(5);
    context.set("name", "x");
    context.get("tasks")?.get("x")?.get("votes")?.decrement();
    // @ts-expect-error it is text
    context.set("name", 5);
  });
  await root.get("score").batch((context) => context.increment());
}

/** The types of events. */
export async function subscriptions(channel: RealtimeChannel): Promise<void> {
  const root = await channel.object.get<App>();
  const { unsubscribe } = root.subscribe(({ object, message }) => {
    console.log(object.path(), message?.operation.action, message?.clientId);
  }, { depth: 2 });
  unsubscribe();
  using subscription = root.get("score").instance()?.subscribe(({ object }) =>
    object.value().toFixed()
  );
  console.log(subscription);
  for await (const { object, message } of root.subscribeIterator({ depth: 1, bufferLimit: 5 })) {
    console.log(object.path(), message?.operation.mapSet?.value.string);
  }
  const status = channel.object.on("synced", () => {});
  status.off();
  // @ts-expect-error there is no such event
  channel.object.on("attached", () => {});
}

/** Without a type everything is there, and may be nothing. */
export async function untyped(channel: RealtimeChannel): Promise<void> {
  const root = await channel.object.get();
  await root.get("a").get("b").increment();
  const keys: string[] = [...root.get("a").keys()];
  await root.set("a", { x: [1, null] });
  await root.set("a", LiveMap.create({ b: LiveCounter.create() }));
  console.log(keys, root.get("a").value(), root.get("a").instance()?.id, root.compactJson());
  // @ts-expect-error functions cannot be stored
  await root.set("a", () => {});
}

/** Names for what is passed around. */
export function names(
  task: PathObject<LiveMap<Task>>,
  votes: Instance<LiveCounter>,
  context: BatchContext<LiveMap<Task>>,
  value: Value,
): void {
  const title: string | undefined = task.get("title").value();
  const count: number = votes.value();
  context.set("title", title ?? "");
  console.log(count, value);
  if (value instanceof Object && value instanceof LiveMap) console.log("a map to be made");
}

// @ts-expect-error functions cannot be stored
export type Functions = LiveMap<{ f: () => void }>;
// @ts-expect-error a Date is text in JSON
export type Dates = LiveMap<{ d: Date }>;

/** REST: what is asked for decides what comes. */
export async function rest(): Promise<void> {
  const { object } = new Rest({ key: "a.b:c", plugins: { LiveObjects } }).channels.get("c");
  const full = await object.get({ compact: false });
  if ("map" in full) console.log(full.map.entries["a"]?.data);
  await object.publish({ path: "a", counterInc: { number: 1 } });
  await object.publish([{ objectId: "root", mapSet: { key: "a", value: { json: { x: 1 } } } }]);
  await object.publish({ counterCreate: { count: 5 } });
  // @ts-expect-error an operation on what
  await object.publish({ mapRemove: { key: "a" } });
  const { objectId, nonce, initialValue } = await object.generateObjectId({
    counterCreate: { count: 5 },
  });
  await object.publish({ objectId, counterCreateWithObjectId: { nonce, initialValue } });
}
