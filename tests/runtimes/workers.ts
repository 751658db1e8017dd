import { createService, serve } from "../../src/testing/mod.ts";
import { cases } from "../workers/cases.ts";
import { lines } from "./lines.ts";
import type { Summary } from "./summary.ts";

/** The time after which a request counts as hanging, in milliseconds. */
const LIMIT = 5_000;
const NOISE =
  /A promise was resolved or rejected from a different request context|^ {4}at |^stack:/;

interface Setting {
  where: string;
  date: string;
  flags: string[];
}

interface Job {
  path: string;
  /** The bundle of `tests/workers/worker.ts`. */
  code: string;
}

/** Sends several requests to workers that keep their clients at module scope. */
export async function runWorkers({ path, code }: Job, setting: Setting): Promise<Summary> {
  const where = `${setting.where}, several requests`;
  console.log(`\n${where}`);
  await using service = createService();
  await using served = await serve(service);
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/worker.js`, code);
  await Deno.writeTextFile(`${folder}/config.capnp`, config(setting, served.options()));
  const workerd = new Deno.Command(path, {
    args: ["serve", "--control-fd=1", "config.capnp"],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const printed = lines(workerd.stdout)[Symbol.asyncIterator]();
  const errors = (async () => {
    for await (const line of lines(workerd.stderr)) {
      if (!NOISE.test(line)) console.log(`${where}: ${line}`);
    }
  })();
  try {
    const { port } = JSON.parse((await printed.next()).value!);
    const summary: Summary = { where, passed: 0, failed: 0, skipped: [] };
    for (const one of cases) {
      const failure = await runCase(one, `http://127.0.0.1:${port}`);
      if (failure === undefined) summary.passed++;
      else {
        summary.failed++;
        console.log(`${where}: FAILED ${one.name}: ${failure}`);
      }
    }
    return summary;
  } finally {
    workerd.kill();
    await Promise.all([workerd.status, errors]);
    while (!(await printed.next()).done);
    await Deno.remove(folder, { recursive: true });
  }
}

async function runCase(one: typeof cases[number], origin: string): Promise<string | undefined> {
  const plan = one.plan ?? one.steps.map((_step, index) => [index]);
  const answers: unknown[] = [];
  const times: number[] = [];
  for (const group of plan) {
    await Promise.all(group.map(async (index, position) => {
      // Requests of one group overlap, in this order.
      await new Promise((resolve) => setTimeout(resolve, 30 * position));
      const begun = performance.now();
      answers[index] = await ask(`${origin}/${encodeURIComponent(one.name)}/${index}`, one.durable);
      times[index] = Math.round(performance.now() - begun);
    }));
  }
  if (Deno.env.has("WORKERS_TIMES")) console.log(`${one.name} | ${times.join(", ")} ms`);
  const late = times.some((time) => time > (one.limit ?? 1_000));
  if (JSON.stringify(answers) === JSON.stringify(one.expect) && !late) return undefined;
  return `${JSON.stringify(answers)} instead of ${JSON.stringify(one.expect)}, after ${times} ms`;
}

async function ask(url: string, durable = false): Promise<unknown> {
  try {
    const response = await fetch(url, {
      headers: durable ? { "x-durable-object": "1" } : {},
      signal: AbortSignal.timeout(LIMIT),
    });
    if (response.headers.has("x-stream")) return await readFirst(response);
    const text = await response.text();
    return response.ok ? JSON.parse(text).result : text;
  } catch (error) {
    return String(error);
  }
}

/** Reads the first piece of a stream, and goes away. */
async function readFirst(response: Response): Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return value!;
}

function config({ date, flags }: Setting, options: { port: number }): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "ably", external = (address = "127.0.0.1:${options.port}", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "${date}",
  compatibilityFlags = ${JSON.stringify(flags)},
  globalOutbound = "ably",
  durableObjectNamespaces = [(className = "Room", uniqueKey = "room")],
  durableObjectStorage = (inMemory = void),
  bindings = [
    (name = "OPTIONS", json = ${JSON.stringify(JSON.stringify(options))}),
    (name = "ROOM", durableObjectNamespace = "Room"),
  ],
);
`;
}
