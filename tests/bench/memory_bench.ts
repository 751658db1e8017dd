/**
 * The memory of a realtime client and of an attached channel, beside `ably`: resident memory and heap of a process
 * that holds many, before and after. Resident memory includes what the runtime has not given back yet.
 *
 * @module
 */
import process from "node:process";
import { isWanted, median } from "./support/compare.ts";
import { inProcess, memory, processArgs } from "./support/memory.ts";
import { startServer } from "./support/start_server.ts";

const SHAPES = [{ clients: 100, channels: 20 }, { clients: 1, channels: 10_000 }];
const ROUNDS = 3;

interface Client {
  connection: { once(state: "connected"): PromiseLike<unknown> };
  channels: { get(name: string): { attach(): Promise<unknown> } };
}

if (processArgs === undefined) await compareAll();
else {
  const [name, clients, channels, port] = processArgs;
  await measure(name!, { clients: Number(clients), channels: Number(channels) }, Number(port));
}

async function compareAll(): Promise<void> {
  await using server = await startServer("frame_server.ts");
  for (const { clients, channels } of SHAPES) {
    const title = `memory of ${clients} clients with ${channels} attached channels each`;
    if (!isWanted(title)) continue;
    console.log(title);
    for (const name of ["@ably-edge/sdk", "ably"]) {
      const rows: number[][] = [];
      for (let round = 0; round < ROUNDS; round++) {
        rows.push(await inProcess(import.meta.url, [name, clients, channels, server.port]));
      }
      const [clientRss, rss, clientHeap, heap] = [0, 1, 2, 3].map((column) =>
        median(rows.map((row) => row[column]!)).toFixed(1)
      );
      const client = `a client ${clientRss} kB resident, ${clientHeap} kB heap; `;
      console.log(
        `  ${name.padEnd(16)} ${
          clients > 1 ? client : ""
        }a channel ${rss} kB resident, ${heap} kB heap`,
      );
    }
  }
}

async function measure(
  name: string,
  { clients, channels }: { clients: number; channels: number },
  port: number,
): Promise<void> {
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
  const measured = all.length;
  const before = await memory();
  await connect(clients);
  const connected = await memory();
  await Promise.all(
    all.slice(measured).flatMap((client) =>
      Array.from(
        { length: channels },
        (_, index) => client.channels.get(`channel${index}`).attach(),
      )
    ),
  );
  const attached = await memory();
  const [resident, heap] = (["rss", "heapUsed"] as const).map((kind) => [
    (connected[kind] - before[kind]) / clients / 1000,
    (attached[kind] - connected[kind]) / clients / channels / 1000,
  ]);
  console.log(JSON.stringify([...resident!, ...heap!]));
  process.exit(0);

  async function connect(count: number): Promise<void> {
    const some = Array.from({ length: count }, () => new make(options));
    await Promise.all(some.map(({ connection }) => connection.once("connected")));
    all.push(...some);
  }
}
