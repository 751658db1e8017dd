import { workerdBinary } from "./binaries.ts";
import { findTestFiles } from "./files.ts";
import type { Summary } from "./summary.ts";
import { bundleForWorkerd } from "./workerd_bundle.ts";
import { type Report, REPORT_MARK } from "./workerd_host.ts";

interface Setting {
  date: string;
  flags: string[];
}

const OLD_DATE = "2025-06-01";
const RUN_DEADLINE = 10 * 60_000;

/** Runs the suite in workerd, with and without Node compatibility, at an old and at a new date. */
export async function runOnWorkerd(filter: string): Promise<Summary[]> {
  const files = findTestFiles(filter).filter((file) => !file.endsWith("_sockets_test.ts"));
  if (files.length === 0) return [];
  const { path, newestDate } = workerdBinary();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/worker.js`, await bundleForWorkerd(files));
    const summaries: Summary[] = [];
    for (const date of [OLD_DATE, newestDate]) {
      for (const flags of [[], ["nodejs_compat"]]) {
        const setting = { date, flags };
        await Deno.writeTextFile(`${folder}/config.capnp`, config(setting));
        summaries.push(await runSetting(path, folder, setting));
      }
    }
    return summaries;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

// The worker is its own way out: a test that asks for the network gets its "fetch" handler.
function config({ date, flags }: Setting): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "${date}",
  compatibilityFlags = ${JSON.stringify(flags)},
  globalOutbound = "main",
);
`;
}

async function runSetting(path: string, folder: string, setting: Setting): Promise<Summary> {
  const where = ["workerd", setting.date, ...setting.flags].join(" ");
  console.log(`\n${where}`);
  const process = new Deno.Command(path, {
    args: ["test", "config.capnp"],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(RUN_DEADLINE),
  }).spawn();
  const counts = { plan: 0, passed: 0, failed: 0, skipped: 0 };
  for await (const line of lines(process.stdout)) {
    if (!line.startsWith(REPORT_MARK)) {
      console.log(line);
      continue;
    }
    const report: Report = JSON.parse(line.slice(REPORT_MARK.length));
    counts[report.type] += report.type === "plan" ? report.cases : 1;
    print(report);
  }
  const { success } = await process.status;
  const { plan, passed, failed, skipped } = counts;
  const lost = plan - passed - failed - skipped;
  if (lost > 0) console.log(`${lost} cases did not end`);
  const broken = failed + lost === 0 && !success ? 1 : 0;
  return { where, passed, failed: failed + lost + broken, skipped };
}

function print(report: Report): void {
  if (report.type === "skipped") console.log(`skipped: ${report.name}`);
  if (report.type === "failed") {
    console.log(`FAILED ${report.file}: ${report.name}\n${report.error}\n`);
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}
