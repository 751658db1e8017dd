import { build, stop } from "esbuild";
import { workerdBinary } from "../../runtimes/binaries.ts";

/** A Worker in workerd, until the scope ends. */
export interface Worker extends AsyncDisposable {
  origin: string;
}

/** Bundles a Worker and serves it in workerd, on a free port. Works on Deno only. */
export async function startWorker(file: URL): Promise<Worker> {
  const { path, newestDate } = workerdBinary();
  const folder = await Deno.makeTempDir();
  const port = freePort();
  const { outputFiles } = await build({
    entryPoints: [file.pathname],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
  });
  await stop();
  await Deno.writeTextFile(`${folder}/worker.js`, outputFiles[0]!.text);
  await Deno.writeTextFile(`${folder}/config.capnp`, config(port, newestDate));
  const process = new Deno.Command(path, { args: ["serve", "config.capnp"], cwd: folder }).spawn();
  const origin = `http://127.0.0.1:${port}`;
  while (!await answers(origin)) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    origin,
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function config(port: number, date: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
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
