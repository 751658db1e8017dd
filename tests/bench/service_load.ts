/**
 * Puts a load on the local service in a process of its own: 1,000 connections with 5,000 attached channels, while 20
 * others publish as fast as they are acknowledged. Checks that each message reaches each attachment once and in order.
 *
 * `deno task load [deno|bun] [seconds]`: the argument is what the service runs on. The load comes from Bun,
 * whose WebSockets cost so little that it is the service that is measured. Afterwards, `service_retention.ts` measures the
 * memory over an hour of virtual time.
 *
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import process from "node:process";
import { bunPath } from "../runtimes/binaries.ts";
import { Action } from "../../src/protocol/actions.ts";

const CONNECTIONS = 1_000;
const CHANNELS = 100;
const CHANNELS_EACH = 5;
const PUBLISHERS = 20;
/** The number of messages that a publisher may have under way. */
const WINDOW = 20;
const PAYLOAD = 100;
const SETTLING = 2_000;

const TEXT = { encoding: "utf8" } as const;
const KEY = "localApp.root:local-development-only";
const SCRIPT = new URL("../../src/testing/serve/main.ts", import.meta.url).pathname;

interface Server extends AsyncDisposable {
  port: number;
  /** Its resident memory, in kB. */
  memory(): number;
  /** The CPU time it has used so far, in seconds. */
  processorTime(): number;
}

async function startServer(runtime: string): Promise<Server> {
  const [command, ...args] = runtime === "bun"
    ? [process.execPath, SCRIPT]
    : [process.env.DENO ?? "deno", "run", "--allow-net", "--no-prompt", SCRIPT];
  const child = spawn(command!, [...args, "--port", "0", "--host", "127.0.0.1", "--key", KEY], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let text = "";
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      const found = /:(\d+) /.exec(text += chunk);
      if (found) resolve(found[1]!);
    });
    void ended.then(() => reject(new Error("The service did not start")));
  });
  return {
    port: Number(port),
    memory: () => Number(ask(child.pid!, "rss")),
    processorTime: () => {
      const [seconds = 0, minutes = 0, hours = 0] = ask(child.pid!, "cputime").trim().split(":")
        .map(Number).reverse();
      return seconds + 60 * minutes + 3600 * hours;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

function ask(pid: number, what: string): string {
  return execFileSync("ps", ["-o", `${what}=`, "-p", String(pid)], TEXT);
}

/** A client of bare frames, so that its cost does not hide the service's. */
class Client {
  readonly socket: WebSocket;
  #waiting: { action: number; resolve: () => void } | undefined;
  onMessage: (frame: string) => void = () => {};
  onAck: (count: number) => void = () => {};

  constructor(port: number) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/?v=6&format=json&key=${KEY}`);
    this.socket.onmessage = ({ data }) => this.#take(data as string);
  }

  /** Sends a frame if there is one, and waits for the answer. */
  answered(action: number, frame?: object): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { action, resolve };
    if (frame !== undefined) this.socket.send(JSON.stringify(frame));
    return promise;
  }

  #take(frame: string): void {
    const action = Number(/^\{"action":(\d+)/.exec(frame)?.[1]);
    if (action === Action.Message) return this.onMessage(frame);
    if (action === Action.Ack) return this.onAck(Number(/"count":(\d+)/.exec(frame)![1]));
    if (action === Action.Nack || action === Action.Error) throw new Error(frame);
    if (this.#waiting?.action === action) this.#waiting.resolve();
  }
}

const channelName = (index: number): string => `load-${index}`;

async function connectAll(port: number, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const some = Array.from({ length: 50 }, () => new Client(port)).slice(0, count);
    await Promise.all(some.map((client) => client.answered(Action.Connected)));
    clients.push(...some);
  }
  return clients;
}

/** Watches that what arrives on each attachment is complete and in order. */
class Witness {
  received = 0;
  /** When the last message arrived. */
  last = 0;
  readonly faults: string[] = [];

  watch(client: Client): void {
    const next = new Map<string, number>();
    client.onMessage = (frame) => {
      this.received++;
      this.last = performance.now();
      const channel = /"channel":"([^"]*)"/.exec(frame)![1]!;
      const sequence = Number(/"data":"(\d+)/.exec(frame)![1]);
      const expected = next.get(channel) ?? 0;
      if (sequence !== expected) this.faults.push(`${channel}: ${sequence} instead of ${expected}`);
      next.set(channel, sequence + 1);
    };
  }
}

/** Publishes round-robin on its own channels until it is stopped; each channel has one publisher. */
function publishOn(client: Client, channels: readonly number[]): () => Promise<number> {
  const sequences = channels.map(() => 0);
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  let msgSerial = 0;
  let acknowledged = 0;
  let stopped = false;
  const publish = () => {
    const at = msgSerial % channels.length;
    const data = String(sequences[at]!++).padStart(8, "0").padEnd(PAYLOAD, "x");
    client.socket.send(JSON.stringify({
      action: Action.Message,
      channel: channelName(channels[at]!),
      msgSerial: msgSerial++,
      messages: [{ name: "load", data }],
    }));
  };
  client.onAck = (count) => {
    acknowledged += count;
    for (let i = 0; i < count && !stopped; i++) publish();
    if (stopped && acknowledged === msgSerial) resolve();
  };
  for (let i = 0; i < WINDOW; i++) publish();
  return async () => {
    stopped = true;
    await finished;
    return acknowledged;
  };
}

if ("Deno" in globalThis) {
  const { code } = await new Deno.Command(bunPath(), {
    args: [new URL(import.meta.url).pathname, ...Deno.args],
    env: { DENO: Deno.execPath() },
  }).spawn().status;
  if (code !== 0) Deno.exit(code);
  // The memory of an hour, on a virtual clock and without sockets.
  const retention = new URL("./service_retention.ts", import.meta.url).pathname;
  const hour = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--v8-flags=--expose-gc", retention],
  }).spawn().status;
  Deno.exit(hour.code);
}

const [, , runtime = "deno", seconds = "15"] = process.argv;
await using server = await startServer(runtime);
const { port } = server;

await connectAll(port, 50); // The costs of the first ones are not counted.
const before = server.memory();
const clients = await connectAll(port, CONNECTIONS);
const connected = server.memory();
await Promise.all(clients.map(async (client, index) => {
  for (let i = 0; i < CHANNELS_EACH; i++) {
    const channel = channelName((index * CHANNELS_EACH + i) % CHANNELS);
    await client.answered(Action.Attached, { action: Action.Attach, channel });
  }
}));
const attached = server.memory();
const witness = new Witness();
for (const client of clients) witness.watch(client);

const publishers = await connectAll(port, PUBLISHERS);
const each = CHANNELS / PUBLISHERS;
const worked = server.processorTime();
const start = performance.now();
const stops = publishers.map((client, index) =>
  publishOn(client, Array.from({ length: each }, (_, i) => index * each + i))
);
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
const published = (await Promise.all(stops.map((stop) => stop()))).reduce((sum, n) => sum + n);
const fanOut = CONNECTIONS * CHANNELS_EACH / CHANNELS;
const wanted = published * fanOut;
for (let last = -1; witness.received < wanted && witness.received !== last;) {
  last = witness.received;
  await new Promise((resolve) => setTimeout(resolve, SETTLING));
}
const elapsed = (witness.last - start) / 1000;
const after = server.memory();
const cost = (server.processorTime() - worked) / (published + witness.received);

const figure = (value: number) => Math.round(value).toLocaleString("en");
console.log(
  `${runtime}: ${figure(CONNECTIONS)} connections, ${
    figure(CONNECTIONS * CHANNELS_EACH)
  } attachments`,
);
console.log(
  `in    ${figure(published / Number(seconds))} messages a second, ${figure(published)} in all`,
);
console.log(
  `out   ${figure(witness.received / elapsed)} messages a second, ${figure(witness.received)} of ${
    figure(wanted)
  }`,
);
console.log(`cost  ${(cost * 1e6).toFixed(0)} µs of processor time a message, in or out`);
console.log(
  `memory ${((connected - before) / CONNECTIONS).toFixed(1)} kB a connection, ` +
    `${((attached - connected) / CONNECTIONS / CHANNELS_EACH).toFixed(1)} kB an attachment, ` +
    `${figure(before / 1024)} MB before, ${figure(after / 1024)} MB after`,
);
console.log(
  witness.faults.length === 0 ? "nothing reordered" : witness.faults.slice(0, 10).join("\n"),
);
const failed = witness.faults.length > 0 || witness.received !== wanted;
if (failed) console.error("Messages were lost or reordered");
for (const { socket } of [...clients, ...publishers]) socket.close();
process.exitCode = failed ? 1 : 0;
