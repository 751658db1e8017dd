/**
 * The memory of a realtime client and of an attached channel, beside `ably`: resident memory and heap of a process
 * that holds many, before and after. Resident memory includes what the runtime has not given back yet.
 *
 * @module
 */
import process from "node:process";
import { median } from "./support/compare.ts";
import { inProcess, memory } from "./support/memory.ts";
import { startServer } from "./support/start_server.ts";

const CLIENTS = 100;
const CHANNELS = 20;
const ROUNDS = 3;

interface Client {
  connection: { once(state: "connected"): PromiseLike<unknown> };
  channels: { get(name: string): { attach(): Promise<unknown> } };
}

const [, , contender, port] = process.argv;
if (contender === undefined) await compareAll();
else await measure(contender, Number(port));

async function compareAll(): Promise<void> {
  await using server = await startServer("frame_server.ts");
  for (const name of ["@ably-edge/sdk", "ably"]) {
    const rows: number[][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rows.push(await inProcess(import.meta.url, [name, String(server.port)]));
    }
    const [resident, heap] = [0, 2].map((first) =>
      [first, first + 1].map((column) => median(rows.map((row) => row[column]!)).toFixed(1))
    );
    console.log(
      `${name.padEnd(16)} a client ${resident![0]} kB resident, ${heap![0]} kB heap; ` +
        `an attached channel ${resident![1]} kB resident, ${heap![1]} kB heap`,
    );
  }
}

async function measure(name: string, port: number): Promise<void> {
  const { Realtime } = name === "ably" ? await import("ably") : await import("../../mod.ts");
  const make = Realtime as unknown as new (options: object) => Client;
  const options = {
    endpoint: "127.0.0.1",
    port,
    tls: false,
    key: "app.key:secret",
    useBinaryProtocol: false,
  };
  const all: Client[] = [];
  await connect(5); // The costs of a first client are not counted.
  const before = await memory();
  await connect(CLIENTS);
  const connected = await memory();
  await Promise.all(
    all.flatMap(({ channels }) =>
      Array.from({ length: CHANNELS }, (_, index) => channels.get(`channel${index}`).attach())
    ),
  );
  const attached = await memory();
  const [resident, heap] = (["rss", "heapUsed"] as const).map((kind) => [
    (connected[kind] - before[kind]) / CLIENTS / 1000,
    (attached[kind] - connected[kind]) / all.length / CHANNELS / 1000,
  ]);
  console.log(JSON.stringify([...resident!, ...heap!]));
  process.exit(0);

  async function connect(count: number): Promise<void> {
    const some = Array.from({ length: count }, () => new make(options));
    await Promise.all(some.map(({ connection }) => connection.once("connected")));
    all.push(...some);
  }
}
