/**
 * The cost of objects in a realtime client: bare code without an SDK (the floor), this SDK, and `ably`. Measured is the
 * processor time of this process; the server is another one. Then the memory of objects, in processes of their own.
 *
 * @module
 */
import process from "node:process";
import { Action } from "../../src/protocol/actions.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import type { WireObjectMessage } from "../../src/protocol/wire_object_message.ts";
import { processorTime } from "./support/compare.ts";
import { inProcess, memory, processArgs } from "./support/memory.ts";
import {
  type Address,
  channelOf,
  type Client,
  type Closable,
  compareAndClose,
  makeClient,
  NAMES,
  openBare,
  WITHOUT_PLUGIN,
} from "./support/object_clients.ts";
import { MANY } from "./support/object_frames.ts";
import { startServer } from "./support/start_server.ts";

const RECEIVED = 20_000;
const SUBSCRIPTIONS = 1_000;
const CHANNELS = 1_000;

const [contender, kind, portOfServer] = processArgs ?? [];
if (contender === undefined) await compareAll();
else await measureMemory(contender, kind!, Number(portOfServer));

async function compareAll(): Promise<void> {
  await using server = await startServer("frame_server.ts");
  const { port } = server;
  for (const codec of [jsonCodec, msgpackCodec]) {
    for (const kind of ["increment", "set"]) {
      for (const isHeard of [false, true]) {
        await receive(`10 a frame, ${isHeard ? "a listener" : "no listener"}`, {
          codec,
          kind,
          port,
          isHeard,
        });
      }
    }
    await receive(`10 a frame, a listener and ${SUBSCRIPTIONS} on other paths`, {
      codec,
      kind: "set",
      port,
      isHeard: true,
      others: SUBSCRIPTIONS,
    });
    for (const kind of ["entries", "counters"]) {
      const work = { codec, kind, port };
      await compareAndClose(`sync ${codec.format} of ${MANY} ${kind}, with attach and detach`, [
        bareSync(work),
        ...NAMES.map((name) => synced(name, work)),
      ]);
    }
  }
  const work = { codec: jsonCodec, kind: "entries", port };
  for (const method of ["compact", "compactJson"] as const) {
    await compareAndClose(`${method}() of ${MANY} entries`, [
      bareCopy(),
      ...NAMES.map((name) => compacted(name, method, work)),
    ]);
  }
  for (const kind of ["counters", "entries"]) {
    for (const name of ["bare", ...NAMES]) {
      const [heap] = await inProcess(import.meta.url, [name, kind, port]);
      console.log(`memory of ${kind}: ${name.padEnd(16)} ${(heap! / MANY).toFixed(0)} bytes each`);
    }
  }
  for (const name of [WITHOUT_PLUGIN, ...NAMES]) {
    const [heap] = await inProcess(import.meta.url, [name, "channels", port]);
    const each = (heap! / CHANNELS).toFixed(0);
    console.log(`memory of an attached channel without objects: ${name.padEnd(20)} ${each} bytes`);
  }
}

interface Receiving extends Address {
  kind: string;
  isHeard: boolean;
  /** The number of subscriptions to other paths. */
  others?: number;
}

async function receive(title: string, work: Receiving): Promise<void> {
  await compareAndClose(`receive ${work.kind} ${work.codec.format}, ${title}`, [
    bareReceiver(work),
    ...NAMES.map((name) => receiver(name, work)),
  ]);
}

/** Asks for operations, and waits until the last one has been seen. */
function receiving(channel: string, { kind, port }: Receiving) {
  let done = () => {};
  const order = new URLSearchParams({ channel, kind, frames: String(RECEIVED / 10) });
  const receive = () =>
    new Promise<void>((resolve) => {
      done = resolve;
      void fetch(`http://127.0.0.1:${port}/operations?${order}`).then((response) =>
        response.body?.cancel()
      );
    });
  return { onEnd: () => done(), run: () => processorTime(RECEIVED, receive) };
}

async function bareReceiver(work: Receiving): Promise<Closable> {
  const { onEnd, run } = receiving("objects-bare", work);
  const { codec, isHeard } = work;
  const values = new Map<string, unknown>();
  const counts = new Map<string, number>();
  let heard = 0;
  const listener = () => void heard++;
  const socket = await openBare(work);
  socket.onmessage = ({ data }) => {
    const raw = typeof data === "string" ? data : new Uint8Array(data);
    const { action, state } = codec.decode(raw) as ProtocolMessage;
    if (action !== Action.Object) return;
    for (const { operation } of state as WireObjectMessage[]) {
      const { objectId, counterInc, mapSet } = operation!;
      if (mapSet) values.set(mapSet.key, mapSet.value);
      else counts.set(objectId, (counts.get(objectId) ?? 0) + (counterInc!.number as number));
      if (objectId.startsWith("counter:end")) onEnd();
      else if (isHeard) listener();
    }
  };
  socket.send(codec.encode({ action: Action.Attach, channel: "objects-bare" }));
  return { name: "bare", run, close: () => socket.close() };
}

async function receiver(name: string, work: Receiving): Promise<Closable> {
  const channel = `objects-${name}`;
  const { onEnd, run } = receiving(channel, work);
  const client = makeClient(name, work);
  const root = await channelOf(client, channel).object.get();
  root.get("end").instance()!.subscribe(onEnd);
  let heard = 0;
  const listener = () => void heard++;
  for (let other = 0; other < (work.others ?? 0); other++) {
    root.get(`other${other}`).subscribe(listener);
  }
  if (work.isHeard) (work.kind === "set" ? root : root.get("many").instance()!).subscribe(listener);
  return { name, run, close: () => client.close() };
}

interface Syncing extends Address {
  kind: string;
}

/** Attaches to a channel with many objects or entries, waits for them, and detaches. */
async function synced(name: string, work: Syncing): Promise<Closable> {
  const client = makeClient(name, work);
  const channel = channelOf(client, `${work.kind}-${name}`);
  const run = () =>
    processorTime(MANY, async () => {
      await channel.object.get();
      await channel.detach();
    });
  await run();
  return { name, run, close: () => client.close() };
}

async function bareSync(work: Syncing): Promise<Closable> {
  const socket = await openBare(work);
  const all = new Map<string, unknown>();
  const load = () =>
    new Promise<void>((resolve) => {
      socket.onmessage = ({ data }) => {
        const raw = typeof data === "string" ? data : new Uint8Array(data);
        const { action, state } = work.codec.decode(raw) as ProtocolMessage;
        if (action !== Action.ObjectSync) return;
        for (const { object } of state as WireObjectMessage[]) {
          all.set(object!.objectId, object);
          for (const [key, entry] of Object.entries(object!.map?.entries ?? {})) {
            all.set(key, entry);
          }
        }
        resolve();
      };
      socket.send(work.codec.encode({ action: Action.Attach, channel: `${work.kind}-bare` }));
    });
  return { name: "bare", run: () => processorTime(MANY, load), close: () => socket.close() };
}

async function compacted(
  name: string,
  method: "compact" | "compactJson",
  work: Syncing,
): Promise<Closable> {
  const client = makeClient(name, work);
  const root = await channelOf(client, `${work.kind}-${name}`).object.get();
  return { name, run: () => copying(() => void root[method]()), close: () => client.close() };
}

/** A copy of a map as a plain object. */
function bareCopy(): Closable {
  const all = new Map(Array.from({ length: MANY }, (_, index) => [`key${index}`, { value: "x" }]));
  const copy = () => {
    const plain: Record<string, string> = {};
    for (const [key, { value }] of all) plain[key] = value;
    if (plain.key0 !== "x") throw new Error("Nothing was read");
  };
  return { name: "bare", run: () => copying(copy), close: () => {} };
}

function copying(copy: () => void): Promise<number> {
  return processorTime(10 * MANY, async () => {
    for (let turn = 0; turn < 10; turn++) copy();
  });
}

/** Prints the heap that the objects of a channel take. */
async function measureMemory(name: string, kind: string, port: number): Promise<void> {
  const work = { codec: jsonCodec, port };
  const keep: unknown[] = [];
  if (kind === "channels") return await measureChannels(makeClient(name, work));
  const load = async (channel: string) => {
    keep.push(
      name === "bare"
        ? await loadBare(channel, work)
        : await channelOf(keep[0] as Client, channel).object.get(),
    );
  };
  if (name !== "bare") keep.push(makeClient(name, work));
  await load("objects");
  const before = await memory();
  await load(kind);
  await load("objects-2"); // The runtime may keep the last frame that was received.
  const { heapUsed } = await memory();
  console.log(JSON.stringify([heapUsed - before.heapUsed]));
  process.exit(0);
}

/** Prints the heap that attached channels take. */
async function measureChannels(client: Client): Promise<void> {
  const attach = (prefix: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => channelOf(client, `${prefix}${index}`).attach()),
    );
  await attach("first", 10); // The costs of the first channels are not counted.
  const before = await memory();
  await attach("more", CHANNELS);
  const { heapUsed } = await memory();
  console.log(JSON.stringify([heapUsed - before.heapUsed]));
  process.exit(0);
}

/** The floor: a map of `{ value, timeserial }`, or of counts. */
async function loadBare(channel: string, work: Address): Promise<Map<string, unknown>> {
  const socket = await openBare(work);
  const all = new Map<string, unknown>();
  await new Promise<void>((resolve) => {
    socket.onmessage = ({ data: text }) => {
      const { action, state } = work.codec.decode(text) as ProtocolMessage;
      if (action !== Action.ObjectSync) return;
      for (const { object } of state as WireObjectMessage[]) {
        if (object!.counter) all.set(object!.objectId, object!.counter.count);
        for (const [key, { data, timeserial }] of Object.entries(object!.map?.entries ?? {})) {
          if (!data!.objectId) all.set(key, { value: data!.string, timeserial });
        }
      }
      resolve();
    };
    socket.send(work.codec.encode({ action: Action.Attach, channel: `${channel}-bare` }));
  });
  socket.close();
  return all;
}
