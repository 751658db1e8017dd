import { bundleWorker } from "../../runtimes/workerd_bundle.ts";
import { workerdBinary } from "../../runtimes/binaries.ts";
import type { Contender } from "./compare.ts";

/** A Worker in workerd, until the scope ends. */
export interface Worker extends AsyncDisposable {
  origin: string;
  /** The processor time that workerd has used, in microseconds. The clocks in it stand still while it computes. */
  processorTime(): number;
}

/** Bundles a Worker and serves it in workerd, on a free port. Works on Deno only, on Linux. */
export async function startWorker(file: URL): Promise<Worker> {
  return await serveWorker(await bundleWorker(file.pathname));
}

/** Serves a Worker in workerd. */
export async function serveWorker(code: string): Promise<Worker> {
  const { path, newestDate } = workerdBinary();
  const folder = await Deno.makeTempDir();
  const port = freePort();
  await Deno.writeTextFile(`${folder}/worker.js`, code);
  await Deno.writeTextFile(`${folder}/config.capnp`, config(port, newestDate));
  const process = new Deno.Command(path, { args: ["serve", "config.capnp"], cwd: folder }).spawn();
  const origin = `http://127.0.0.1:${port}`;
  while (!await answers(origin)) await new Promise((resolve) => setTimeout(resolve, 5));
  return {
    origin,
    processorTime: () => processorTime(process.pid),
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/**
 * A contender that works in a Worker, whenever a message on a WebSocket asks for it. Its objects belong to the request of that
 * WebSocket, and live as long as it does.
 *
 * @param query The work, as the Worker knows it.
 */
export async function workerContender(
  name: string,
  worker: Worker,
  query: Record<string, string>,
): Promise<Contender> {
  const url = `${worker.origin.replace("http", "ws")}/?${new URLSearchParams(query)}`;
  const socket = new WebSocket(url);
  const answer = () =>
    new Promise<string>((resolve, reject) => {
      socket.onmessage = ({ data }) => resolve(data);
      socket.onclose = () => reject(new Error(`The Worker has ended "${name}"`));
    });
  const units = Number(await answer());
  if (!(units > 0)) throw new Error(`The Worker has no work "${name}"`);
  return {
    name,
    async run() {
      const before = worker.processorTime();
      const done = answer();
      socket.send("work");
      await done;
      return (worker.processorTime() - before) / units;
    },
    close() {
      socket.onclose = null;
      socket.close();
    },
  };
}

/** The sum over the threads, which Linux counts in nanoseconds. */
function processorTime(pid: number): number {
  let nanoseconds = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const text = Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`);
    nanoseconds += Number(text.split(" ", 1)[0]);
  }
  return nanoseconds / 1_000;
}

function config(port: number, date: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["local", "private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "${date}",
);
`;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

async function answers(origin: string): Promise<boolean> {
  try {
    await (await fetch(origin)).body?.cancel();
    return true;
  } catch {
    return false;
  }
}
