import { workerdBinary } from "./binaries.ts";
import { findTestFiles } from "./files.ts";
import { lines, printLines } from "./lines.ts";
import type { Summary } from "./summary.ts";
import { bundleForWorkerd, bundleWorker, type TestBundle } from "./workerd_bundle.ts";
import { type Report, REPORT_MARK } from "./workerd_host.ts";
import { runWorkers } from "./workers.ts";

interface Setting {
  where: string;
  date: string;
  flags: string[];
}

interface Job {
  path: string;
  folder: string;
  bundle: TestBundle;
}

const OLD_DATE = "2025-06-01";
const RUN_DEADLINE = 10 * 60_000;
const NOISE = /debug: \[ (?:TEST|PASS) \]/;

/** Runs the suite in workerd, with and without Node compatibility, at an old and at a new date. */
export async function runOnWorkerd(filter: string): Promise<Summary[]> {
  const several = "tests/workers/".includes(filter) ? await runServed() : [];
  const files = findTestFiles(filter).filter((file) => !file.endsWith("_sockets_test.ts"));
  if (files.length === 0) return several;
  // Errors in the bundle are printed while it is made.
  const bundle = await bundleForWorkerd(files).catch(() => undefined);
  if (!bundle) return [{ where: "workerd, bundle", passed: 0, failed: 1, skipped: [] }];
  const { path, newestDate } = workerdBinary();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/worker.js`, bundle.code);
    const summaries: Summary[] = [...several];
    for (const setting of settings(newestDate)) {
      await Deno.writeTextFile(`${folder}/config.capnp`, config(setting));
      summaries.push(await runSetting({ path, folder, bundle }, setting));
    }
    return summaries;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Workers that are sent more than one request, which the tests above are not. */
async function runServed(): Promise<Summary[]> {
  const code = await bundleWorker("tests/workers/worker.ts");
  const { path, newestDate } = workerdBinary();
  const summaries: Summary[] = [];
  for (const setting of settings(newestDate)) {
    summaries.push(await runWorkers({ path, code }, setting));
  }
  return summaries;
}

// From 2026-08-04 on Node compatibility is there unless it is switched off.
function settings(newestDate: string): Setting[] {
  return [
    { where: `workerd ${OLD_DATE}`, date: OLD_DATE, flags: [] },
    { where: `workerd ${OLD_DATE} with Node`, date: OLD_DATE, flags: ["nodejs_compat"] },
    {
      where: `workerd ${newestDate}`,
      date: newestDate,
      flags: ["no_nodejs_compat", "no_nodejs_compat_v2"],
    },
    { where: `workerd ${newestDate} with Node`, date: newestDate, flags: [] },
  ];
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

async function runSetting({ path, folder, bundle }: Job, setting: Setting): Promise<Summary> {
  console.log(`\n${setting.where}`);
  const workerd = new Deno.Command(path, {
    args: ["test", "config.capnp"],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(RUN_DEADLINE),
  }).spawn();
  const [reports] = await Promise.all([
    readReports(setting.where, workerd.stdout, bundle),
    printLines(workerd.stderr, NOISE, (line) => `${setting.where}: ${bundle.locate(line)}`),
  ]);
  const { success } = await workerd.status;
  return summarize(setting.where, reports, success);
}

async function readReports(
  where: string,
  stream: ReadableStream<Uint8Array>,
  bundle: TestBundle,
): Promise<Report[]> {
  const reports: Report[] = [];
  for await (const line of lines(stream)) {
    const at = line.indexOf(REPORT_MARK);
    if (at < 0) {
      console.log(`${where}: ${line}`);
      continue;
    }
    const report: Report = JSON.parse(line.slice(at + REPORT_MARK.length));
    reports.push(report);
    if (report.type === "failed") {
      const error = bundle.locate(report.error);
      console.log(`${where}: FAILED ${report.file}: ${report.name}\n${error}\n`);
    }
  }
  return reports;
}

function summarize(where: string, reports: Report[], success: boolean): Summary {
  const names = (wanted: Report["type"]) =>
    reports.flatMap((report) =>
      report.type === wanted && report.type !== "plan" ? [report.name] : []
    );
  const planned = reports.reduce((sum, one) => sum + (one.type === "plan" ? one.cases : 0), 0);
  const [passed, failed, skipped] = [names("passed"), names("failed"), names("skipped")];
  const lost = planned - passed.length - failed.length - skipped.length;
  if (lost > 0) console.log(`${where}: ${lost} cases did not end`);
  const failures = failed.length + lost;
  return {
    where,
    passed: passed.length,
    failed: failures === 0 && !success ? 1 : failures,
    skipped,
  };
}
