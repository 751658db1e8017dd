/**
 * The growth of costs with the number of channels, listeners, pending publishes and members: bare code without an SDK (the floor,
 * which decodes with `JSON.parse`), this SDK, and `ably`. Measured is the processor time of this process; the server is another
 * one.
 *
 * @module
 */
import * as Ably from "ably";
import { Realtime } from "../../mod.ts";
import { compare, isWanted, measured, median, processorTime } from "./support/compare.ts";
import type { Job } from "./support/realtime_contenders.ts";
import { startServer } from "./support/start_server.ts";

const MESSAGES = 20_000;
const CHANNELS = [10, 100, 1_000, 10_000];

interface Channel {
  attach(): Promise<unknown>;
  detach(): Promise<unknown>;
  subscribe(name: string, listener: () => void): Promise<unknown>;
  publish(name: string, data: unknown): Promise<unknown>;
  presence: { get(): Promise<unknown[]> };
}

interface Client {
  connection: { once(state: "connected"): PromiseLike<unknown> };
  channels: { get(name: string): Channel; release(name: string): unknown };
  close(): void | Promise<void>;
}

await using server = await startServer("frame_server.ts");
const { port } = server;
const options = {
  endpoint: "127.0.0.1",
  port,
  tls: false,
  key: "app.key:secret",
  useBinaryProtocol: false,
};

const SDKS: Record<string, () => Client> = {
  "@ably-edge/sdk": () => new Realtime(options) as unknown as Client,
  "ably": () => new Ably.Realtime({ ...options, logLevel: 0 }) as unknown as Client,
};
type Maker = (name: string) => Promise<Job>;

/** Compares the floor and the SDKs. Each has channels of its own on the server. */
async function compareAll(title: string, bare: Maker, own: Maker, few = false): Promise<void> {
  const all = Object.entries({
    bare,
    ...Object.fromEntries(Object.keys(SDKS).map((n) => [n, own])),
  });
  await compare(
    title,
    () => all.map(async ([name, make]) => measured(name, await make(name))),
    few ? { rounds: 3, warmup: 1 } : { rounds: 7, warmup: 2 },
  );
}

for (const count of CHANNELS) {
  await compareAll(
    `receive a message, ${count} channels`,
    (name) => bareReceiver(name, { count, listeners: 1 }),
    (name) => receiver(name, { count, names: ["event"] }),
  );
}
for (const count of [1, 10, 100, 1_000]) {
  const others = Array.from({ length: count - 1 }, (_, index) => `event${index}`);
  await compareAll(
    `receive a message, one of ${count} listeners is for it`,
    (name) => bareReceiver(name, { count: 1, listeners: 1 }),
    (name) => receiver(name, { count: 1, names: [...others, "event"] }),
  );
}
for (const count of [1, 10, 100, 1_000]) {
  await compareAll(
    `call one of ${count} listeners for a message`,
    (name) => bareReceiver(name, { count: 1, listeners: count }),
    (name) => receiver(name, { count: 1, names: Array(count).fill("event") }),
  );
}
for (const count of [10, 100, 1_000, 10_000]) {
  await compareAll(
    `publish to ACK, ${count} at once`,
    (name) => barePublisher(name, count),
    (name) => publisher(name, count),
  );
}
for (const count of [100, 1_000, 10_000, 100_000]) {
  await compareAll(
    `attach and get() a member of ${count}`,
    (name) => bareMembers(name, count),
    (name) => members(name, count),
    true,
  );
}
for (const count of CHANNELS) await lives(count);

/** Asks for messages and is done when all listeners have been called. */
function receiving(name: string, { count, listeners }: { count: number; listeners: number }) {
  const messages = Math.max(MESSAGES / listeners, 1_000);
  const order = new URLSearchParams({
    channel: name,
    channels: String(count),
    frames: String(messages / 10),
    size: "10",
  });
  let left = 0;
  let done = () => {};
  return {
    units: messages * listeners,
    listener: () => {
      if (--left === 0) done();
    },
    work: () =>
      new Promise<void>((resolve) => {
        left = messages * listeners;
        done = resolve;
        void get(`burst?${order}`);
      }),
  };
}

async function receiver(
  name: string,
  { count, names }: { count: number; names: string[] },
): Promise<Job> {
  const listeners = names.filter((name) => name === "event").length;
  const { listener, ...rest } = receiving(name, { count, listeners });
  const client = SDKS[name]!();
  const all = channelsOf(client, name, count);
  await Promise.all(
    all.flatMap((channel) => names.map((event) => channel.subscribe(event, () => listener()))),
  );
  return { ...rest, close: () => client.close() };
}

async function bareReceiver(
  name: string,
  { count, listeners }: { count: number; listeners: number },
): Promise<Job> {
  const { listener, ...rest } = receiving(name, { count, listeners });
  const socket = await openBare();
  const all = new Map<string, (() => void)[]>();
  for (let index = 0; index < count; index++) {
    all.set(name + index, Array.from({ length: listeners }, () => () => listener()));
  }
  await attachAll(socket, [...all.keys()]);
  socket.onmessage = ({ data }) => {
    const { channel, messages } = JSON.parse(data);
    for (const message of messages) {
      message.data = JSON.parse(message.data);
      for (const listener of all.get(channel)!) listener();
    }
  };
  return { ...rest, close: () => socket.close() };
}

function publisher(name: string, count: number): Promise<Job> {
  const client = SDKS[name]!();
  const channel = client.channels.get(name);
  const publish = () => channel.publish("event", "some text");
  return channel.attach().then(() => publishing(count, publish, () => client.close()));
}

async function barePublisher(channel: string, count: number): Promise<Job> {
  const socket = await openBare();
  const pending = new Map<number, () => void>();
  let msgSerial = 0;
  socket.onmessage = ({ data }) => {
    const { msgSerial } = JSON.parse(data);
    pending.get(msgSerial)!();
    pending.delete(msgSerial);
  };
  const publish = () =>
    new Promise<void>((resolve) => {
      const messages = [{ name: "event", data: "some text" }];
      socket.send(JSON.stringify({ action: 15, channel, msgSerial, messages }));
      pending.set(msgSerial++, resolve);
    });
  return publishing(count, publish, () => socket.close());
}

function publishing(count: number, publish: () => Promise<unknown>, close: Job["close"]): Job {
  const times = Math.max(10_000 / count, 1) / 2;
  return {
    units: Math.ceil(times) * count,
    async work() {
      for (let time = 0; time < times; time++) {
        await Promise.all(Array.from({ length: count }, publish));
      }
    },
    close,
  };
}

function members(name: string, count: number): Promise<Job> {
  const client = SDKS[name]!();
  let round = 0;
  const once = async () => {
    const channel = `members:${count}:${name}${round++}`;
    const { length } = await client.channels.get(channel).presence.get();
    if (length !== count) throw new Error(`There are ${length} members`);
    await client.channels.get(channel).detach();
    client.channels.release(channel);
  };
  return Promise.resolve(repeated(count, once, () => client.close()));
}

async function bareMembers(name: string, count: number): Promise<Job> {
  const socket = await openBare();
  const once = () =>
    new Promise<void>((resolve) => {
      const all = new Map<string, unknown>();
      socket.onmessage = ({ data }) => {
        for (const member of JSON.parse(data).presence ?? []) {
          all.set(`${member.connectionId}:${member.clientId}`, member);
        }
        if (all.size === count) resolve();
      };
      socket.send(JSON.stringify({ action: 10, channel: `members:${count}:${name}` }));
    });
  return repeated(count, once, () => socket.close());
}

/** Repeats work of few units, as too short a time can't be measured. */
function repeated(count: number, once: () => Promise<void>, close: Job["close"]): Job {
  const times = Math.ceil(5_000 / count);
  return {
    units: times * count,
    async work() {
      for (let time = 0; time < times; time++) await once();
    },
    close,
  };
}

/** The life of channels, a phase after the other. A row has the cost of each phase for a channel. */
async function lives(count: number): Promise<void> {
  const title = `the life of ${count} channels`;
  if (!isWanted(title)) return;
  const names = Object.keys(SDKS);
  const costs: Record<string, Record<string, number>[]> = {};
  for (let round = -1; round < 8; round++) {
    // In turns, because the second pays for the garbage of the first.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const row = await life(name, count);
      if (round >= 0) (costs[name] ??= []).push(row);
    }
  }
  console.log(title);
  for (const name of names) {
    const rows = costs[name]!;
    const phases = Object.keys(rows[0]!).map((phase) =>
      `${phase} ${median(rows.map((row) => row[phase]!)).toFixed(1)}`
    );
    console.log(`  ${name.padEnd(24)} µs: ${phases.join(", ")}`);
  }
}

async function life(name: string, count: number): Promise<Record<string, number>> {
  const client = SDKS[name]!();
  await client.connection.once("connected");
  const all = channelsOf(client, name, count);
  const attach = async () => void await Promise.all(all.map((channel) => channel.attach()));
  const costs = {
    attach: await processorTime(count, attach),
    reconnect: await processorTime(count, async () => {
      const connected = client.connection.once("connected");
      await get(`drop?channel=${name}0`);
      await connected;
      await attach();
    }),
    detach: await processorTime(
      count,
      async () => void await Promise.all(all.map((channel) => channel.detach())),
    ),
    "attach again": await processorTime(count, attach),
    release: await (async () => {
      await Promise.all(all.map((channel) => channel.detach()));
      return await processorTime(count, async () => {
        await Promise.all(all.map((_, index) => client.channels.release(name + index)));
      });
    })(),
  };
  await client.close();
  return costs;
}

function channelsOf({ channels }: Client, name: string, count: number): Channel[] {
  return Array.from({ length: count }, (_, index) => channels.get(name + index));
}

function openBare(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?format=json`);
  return new Promise((resolve) => socket.onmessage = () => resolve(socket));
}

function attachAll(socket: WebSocket, channels: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    let left = channels.length;
    socket.onmessage = () => --left === 0 && resolve();
    for (const channel of channels) socket.send(JSON.stringify({ action: 10, channel }));
  });
}

async function get(path: string): Promise<void> {
  await (await fetch(`http://127.0.0.1:${port}/${path}`)).body?.cancel();
}
