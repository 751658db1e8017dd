import { build, stop } from "esbuild";
import { Rest } from "../../src/rest/rest.ts";
import { createService, serve, type ServedOptions } from "../../src/testing/mod.ts";
import { assertEquals, test } from "../harness.ts";
import { ROOT } from "../runtimes/files.ts";
import { lines } from "../runtimes/lines.ts";
import { workerdBinary } from "../runtimes/binaries.ts";

const TOKEN = "the-token-of-this-test";

/** A Worker that runs in a workerd of its own, whose only way out leads to a local service. */
interface RunningWorker extends AsyncDisposable {
  ask(method: string, path: string, body?: string): Promise<[status: number, text: string]>;
}

async function startWorker(
  file: string,
  { port, key }: ServedOptions,
  durableObject?: string,
): Promise<RunningWorker> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/worker.js`, await bundle(file));
  await Deno.writeTextFile(
    `${folder}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "ably", external = (address = "127.0.0.1:${port}", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-10-01",
  globalOutbound = "ably",
  ${
      durableObject
        ? `durableObjectNamespaces = [(className = "${durableObject}", uniqueKey = "u")],`
        : ""
    }
  durableObjectStorage = (inMemory = void),
  bindings = [
    (name = "ABLY_API_KEY", text = "${key}"),
    (name = "ORDER_TOKEN", text = "${TOKEN}"),
    (name = "ADMIN_TOKEN", text = "${TOKEN}"),
    ${durableObject ? `(name = "TALLY", durableObjectNamespace = "${durableObject}"),` : ""}
  ],
);
`,
  );
  const process = new Deno.Command(workerdBinary().path, {
    args: ["serve", "--control-fd=1", "config.capnp"],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const printed = lines(process.stdout)[Symbol.asyncIterator]();
  const { value } = await printed.next();
  const { port: ownPort } = JSON.parse(value!);
  return {
    async ask(method, path, body) {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const response = await fetch(`http://127.0.0.1:${ownPort}${path}`, { method, body, headers });
      return [response.status, await response.text()];
    },
    async [Symbol.asyncDispose]() {
      process.kill();
      await process.status;
      while (!(await printed.next()).done);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function bundle(file: string): Promise<string> {
  try {
    const { outputFiles } = await build({
      entryPoints: [`examples/${file}`],
      absWorkingDir: ROOT,
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      conditions: ["workerd", "worker", "browser"],
    });
    return outputFiles[0]!.text;
  } finally {
    await stop();
  }
}

test("examples, worker-publish: as a Worker of its own it publishes after the answer", async () => {
  await using service = createService();
  await using served = await serve(service);
  await using worker = await startWorker("worker-publish/worker.ts", served.options());
  const published = service.log.next((entry) => entry.type === "response" && entry.status === 201);
  const [status, order] = await worker.ask("POST", "/", "tea");
  assertEquals([status, JSON.parse(order).item], [202, "tea"]);
  await published;
  const { items } = await new Rest(served.options()).channels.get("orders").history();
  assertEquals(items.map(({ name, data }) => [name, data]), [["placed", JSON.parse(order)]]);
});

test("examples, durable-object: its client lives on from request to request, and connects again", async () => {
  await using service = createService();
  await using served = await serve(service);
  await using worker = await startWorker("durable-object/worker.ts", served.options(), "Tally");
  const votes = new Rest(served.options()).channels.get("votes");
  assertEquals(await worker.ask("GET", "/"), [200, "{}"]);
  assertEquals(await worker.ask("POST", "/follow"), [204, ""]);
  for (const vote of ["tea", "coffee"]) await votes.publish("vote", vote);
  await until(worker, { tea: 1, coffee: 1 });

  const back = service.log.next(({ type }) => type === "connect");
  service.faults.drop();
  await votes.publish("vote", "tea");
  await back;
  await until(worker, { tea: 2, coffee: 1 });

  assertEquals(await worker.ask("POST", "/stop"), [204, ""]);
  await votes.publish("vote", "coffee");
  assertEquals(await worker.ask("GET", "/"), [200, JSON.stringify({ tea: 2, coffee: 1 })]);
});

/** Asks until the votes have arrived: what an object does with a message is not to be seen from outside. */
async function until(worker: RunningWorker, counts: Record<string, number>): Promise<void> {
  const wanted = JSON.stringify(counts);
  while ((await worker.ask("GET", "/"))[1] !== wanted);
}
