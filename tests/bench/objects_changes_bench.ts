/**
 * The cost of changing objects and of reading them over HTTP: a floor, this SDK, and `ably`. Measured is the processor time of this
 * process; the server is another one.
 *
 * @module
 */
import * as Ably from "ably";
import { LiveObjects as AblyPlugin } from "ably/liveobjects";
import { Rest } from "../../mod.ts";
import { LiveObjects } from "../../src/liveobjects/mod.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import { utf8 } from "../../src/util/bytes.ts";
import { type Contender, processorTime } from "./support/compare.ts";
import {
  type Address,
  channelOf,
  type Closable,
  compareAndClose,
  makeClient,
  type Makers,
  makersOf,
  NAMES,
  type Root,
} from "./support/object_clients.ts";
import { startServer } from "./support/start_server.ts";

const CHANGES = 2_000;
const IN_FLIGHT = 100;
const CREATIONS = 200;
const DEPTH = 10;
const READS = 20;
const ENTRIES = 1_000;

/** A change of one or several objects. */
type Change = (root: Root, makers: Makers) => Promise<void>;

const KEYS = Array.from({ length: 100 }, (_, index) => `key${index}`);
const VALUE = "twenty characters of";

const increment: Change = (root) => root.get("many").increment(1);
const setMany: Change = (root) =>
  root.batch((context) => {
    for (const key of KEYS) context.set(key, VALUE);
  });
const createFlat: Change = (root, { map }) =>
  root.set("map", map(Object.fromEntries(KEYS.slice(0, 10).map((key) => [key, VALUE]))));
const createNested: Change = (root, { map, counter }) => {
  let value = counter(1);
  for (let depth = 1; depth < DEPTH; depth++) value = map({ inner: value });
  return root.set("map", value);
};

await using server = await startServer("frame_server.ts");
for (const codec of [jsonCodec, msgpackCodec]) {
  const address = { codec, port: server.port };
  const row = async (title: string, change: Change, work: Work) => {
    const own = NAMES.map((name) => changer(name, address, { change, ...work }));
    await compareAndClose(`${title}, ${codec.format}`, [floor(address, work), ...own]);
  };
  const many = { count: CHANGES, inFlight: IN_FLIGHT };
  await row(`increment() to ACK, ${IN_FLIGHT} in flight`, increment, many);
  await row("increment() to ACK, one after another", increment, { ...many, inFlight: 1 });
  await row("batch() of 100 sets, a set", setMany, { count: 50, inFlight: 1, size: KEYS.length });
  const creations = { count: CREATIONS, inFlight: 1 };
  await row("create a map of 10 entries", createFlat, { ...creations, digests: 1 });
  await row(`create objects ${DEPTH} deep`, createNested, { ...creations, digests: DEPTH });
  await compareAndClose(
    `get() over HTTP, an entry of ${ENTRIES}, ${codec.format}`,
    readers(address),
  );
}

interface Work {
  /** The number of changes. */
  readonly count: number;
  /** The number of changes that wait for their ACK at a time. */
  readonly inFlight: number;
  /** The number of messages or operations that a change consists of. Defaults to 1. */
  readonly size?: number;
  /** The number of digests that a change needs. Defaults to 0. */
  readonly digests?: number;
}

/** As many plain messages of this SDK, and as many digests. */
async function floor(
  address: Address,
  { size = 1, digests = 0, ...work }: Work,
): Promise<Closable> {
  const client = makeClient(NAMES[0], address);
  const channel = client.channels.get("messages");
  await channel.attach();
  const text = utf8(VALUE.repeat(10));
  const messages = Array.from({ length: size }, () => ({ name: "event", data: VALUE }));
  const publish = async () => {
    for (let index = 0; index < digests; index++) await crypto.subtle.digest("SHA-256", text);
    await channel.publish(messages);
  };
  const plain = () => channel.publish("event", VALUE);
  const run = () => repeat(size > 1 || digests > 0 ? publish : plain, { size, ...work });
  const name = `publish() of this SDK${digests > 0 ? " + SHA-256" : ""}`;
  return { name, run, close: () => client.close() };
}

async function changer(
  name: string,
  address: Address,
  { change, size = 1, ...work }: Work & { readonly change: Change },
): Promise<Closable> {
  const client = makeClient(name, address);
  const root = await channelOf(client, `objects-${name}`).object.get();
  const makers = makersOf(name);
  const run = () => repeat(() => change(root, makers), { size, ...work });
  return { name, run, close: () => client.close() };
}

function repeat(
  run: () => Promise<unknown>,
  { count, inFlight, size }: { count: number; inFlight: number; size: number },
): Promise<number> {
  return processorTime(count * size, async () => {
    for (let done = 0; done < count; done += inFlight) {
      await (inFlight === 1 ? run() : Promise.all(Array.from({ length: inFlight }, run)));
    }
  });
}

function readers({ codec, port }: Address): Closable[] {
  const address = { endpoint: "127.0.0.1", port, tls: false, key: "app.key:secret" };
  const options = { ...address, useBinaryProtocol: codec === msgpackCodec };
  const own = new Rest({ ...options, plugins: { LiveObjects } });
  const other = new Ably.Rest({ ...options, logLevel: 0, plugins: { LiveObjects: AblyPlugin } });
  const headers = { accept: codec.contentType, authorization: `Basic ${btoa(address.key)}` };
  const bare = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/channels/c/object`, { headers });
    codec.decode(new Uint8Array(await response.arrayBuffer()));
  };
  return [
    reader("bare fetch", bare),
    reader(NAMES[0], () => own.channels.get("c").object.get()),
    reader(NAMES[1], () => other.channels.get("c").object.get()),
  ].map((contender) => ({ ...contender, close: () => {} }));
}

function reader(name: string, read: () => Promise<unknown>): Contender {
  const run = () =>
    processorTime(READS * ENTRIES, async () => {
      for (let index = 0; index < READS; index++) await read();
    });
  return { name, run };
}
