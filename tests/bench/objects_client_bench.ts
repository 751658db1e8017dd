/**
 * The cost of objects in a realtime client: bare code without an SDK (the floor), this SDK, and `ably`. Measured is the
 * processor time of this process; the server is another one. Then the memory of objects, in processes of their own.
 *
 * @module
 */
import * as Ably from "ably";
import { LiveObjects as AblyPlugin } from "ably/liveobjects";
import process from "node:process";
import { Realtime } from "../../mod.ts";
import { LiveObjects } from "../../src/liveobjects/mod.ts";
import { Action } from "../../src/protocol/actions.ts";
import type { Codec } from "../../src/protocol/codec.ts";
import { jsonCodec } from "../../src/protocol/json_codec.ts";
import { msgpackCodec } from "../../src/protocol/msgpack_codec.ts";
import type { ProtocolMessage } from "../../src/protocol/protocol_message.ts";
import type { WireObjectMessage } from "../../src/protocol/wire_object_message.ts";
import { compare, type Contender, processorTime } from "./support/compare.ts";
import { inProcess, memory, processArgs } from "./support/memory.ts";
import { MANY } from "./support/object_frames.ts";
import { startServer } from "./support/start_server.ts";

const RECEIVED = 20_000;
const CHANGED = 5_000;
const IN_FLIGHT = 100;

type Closable = Contender & { close(): void | Promise<void> };

/** The members of both clients that are used here. */
interface Client {
  channels: {
    get(name: string, options?: object): {
      attach(): Promise<unknown>;
      publish(name: string, data: unknown): Promise<unknown>;
      object: { get(): Promise<Root> };
    };
  };
  close(): void | Promise<void>;
}

interface Root {
  get(key: string): Root;
  instance(): { subscribe(listener: () => void): unknown } | undefined;
  subscribe(listener: () => void): unknown;
  increment(amount: number): Promise<void>;
}

const [contender, kind, portOfServer] = processArgs ?? [];
if (contender === undefined) await compareAll();
else await measureMemory(contender, kind!, Number(portOfServer));

async function compareAll(): Promise<void> {
  await using server = await startServer("frame_server.ts");
  for (const codec of [jsonCodec, msgpackCodec]) {
    for (const kind of ["increment", "set"]) {
      for (const isHeard of [false, true]) {
        const work = { codec, kind, isHeard, port: server.port };
        await run(
          `receive ${kind} ${codec.format}, 10 a frame, ${isHeard ? "a listener" : "no listener"}`,
          [bareReceiver(work), receiver("@ably-edge/sdk", work), receiver("ably", work)],
        );
      }
    }
    const work = { codec, port: server.port };
    await run(`change ${codec.format} to ACK, ${IN_FLIGHT} in flight`, [
      publisher("@ably-edge/sdk", work),
      changer("@ably-edge/sdk", work),
      changer("ably", work),
    ]);
  }
  for (const kind of ["counters", "entries"]) {
    for (const name of ["bare", "@ably-edge/sdk", "ably"]) {
      const [heap] = await inProcess(import.meta.url, [name, kind, server.port]);
      console.log(`memory of ${kind}: ${name.padEnd(16)} ${(heap! / MANY).toFixed(0)} bytes each`);
    }
  }
}

async function run(title: string, promised: readonly Promise<Closable>[]): Promise<void> {
  const contenders = await Promise.all(promised);
  await compare(title, contenders);
  for (const { close } of contenders) await close();
}

function makeClient(name: string, { codec, port }: { codec: Codec; port: number }): Client {
  const address = { endpoint: "127.0.0.1", port, tls: false, key: "app.key:secret" };
  const options = { ...address, useBinaryProtocol: codec === msgpackCodec };
  const client = name === "ably"
    ? new Ably.Realtime({ ...options, logLevel: 0, plugins: { LiveObjects: AblyPlugin } })
    : new Realtime({ ...options, plugins: { LiveObjects } });
  return client as unknown as Client;
}

function channelOf(client: Client, name: string) {
  const modes = ["object_subscribe", "object_publish"];
  return client.channels.get(name, { modes });
}

interface Receiving {
  codec: Codec;
  kind: string;
  isHeard: boolean;
  port: number;
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

function openBare({ codec, port }: { codec: Codec; port: number }): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?format=${codec.format}`);
  socket.binaryType = "arraybuffer";
  return new Promise((resolve) => socket.onmessage = () => resolve(socket));
}

async function receiver(name: string, work: Receiving): Promise<Closable> {
  const channel = `objects-${name}`;
  const { onEnd, run } = receiving(channel, work);
  const client = makeClient(name, work);
  const root = await channelOf(client, channel).object.get();
  root.get("end").instance()!.subscribe(onEnd);
  let heard = 0;
  const listener = () => void heard++;
  if (work.isHeard) (work.kind === "set" ? root : root.get("many").instance()!).subscribe(listener);
  return { name, run, close: () => client.close() };
}

/** The floor of a change: a plain message of this SDK. */
async function publisher(name: string, work: { codec: Codec; port: number }): Promise<Closable> {
  const client = makeClient(name, work);
  const channel = client.channels.get("messages");
  await channel.attach();
  const run = () => inFlight(() => channel.publish("event", "one"));
  return { name: "publish() of this SDK", run, close: () => client.close() };
}

async function changer(name: string, work: { codec: Codec; port: number }): Promise<Closable> {
  const client = makeClient(name, work);
  const counter = (await channelOf(client, `objects-${name}`).object.get()).get("many");
  return { name, run: () => inFlight(() => counter.increment(1)), close: () => client.close() };
}

function inFlight(change: () => Promise<unknown>): Promise<number> {
  return processorTime(CHANGED, async () => {
    for (let done = 0; done < CHANGED; done += IN_FLIGHT) {
      await Promise.all(Array.from({ length: IN_FLIGHT }, change));
    }
  });
}

/** Prints the heap that the objects of a channel take. */
async function measureMemory(name: string, kind: string, port: number): Promise<void> {
  const work = { codec: jsonCodec, port };
  const keep: unknown[] = [];
  const load = name === "bare" ? () => loadBare(kind, work, keep) : async (channel: string) => {
    const client = keep[0] as Client;
    keep.push(await channelOf(client, channel).object.get());
  };
  if (name !== "bare") keep.push(makeClient(name, work));
  await load("objects");
  const before = await memory();
  await load(kind);
  const { heapUsed } = await memory();
  console.log(JSON.stringify([heapUsed - before.heapUsed]));
  process.exit(0);
}

/** The floor: a map of `{ value, timeserial }`, or of counts. */
async function loadBare(
  kind: string,
  work: { codec: Codec; port: number },
  keep: unknown[],
): Promise<void> {
  const socket = await openBare(work);
  const all = new Map<string, unknown>();
  keep.push(all);
  await new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => {
      const { action, state } = work.codec.decode(data) as ProtocolMessage;
      if (action !== Action.ObjectSync) return;
      for (const { object } of state as WireObjectMessage[]) {
        const entries = Object.entries(object!.map?.entries ?? {});
        if (object!.counter) all.set(object!.objectId, object!.counter.count);
        else if (kind === "entries") {
          for (const [key, { data, timeserial }] of entries) {
            all.set(key, { value: data!.string, timeserial });
          }
        }
      }
      resolve();
    };
    socket.send(work.codec.encode({ action: Action.Attach, channel: `${kind}-bare` }));
  });
  socket.close();
}
