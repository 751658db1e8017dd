/**
 * The long proof that objects converge: `deno task converge [rounds] [seed]`. On Deno all rounds are played twice: with clients
 * of `ably` among those of this module, and with those alone. Bun plays a tenth of both, and workerd a tenth of the
 * latter, since `ably` is tested on Deno and Bun only.
 *
 * @module
 */
import { startWorker } from "../../bench/support/start_worker.ts";
import { bunPath } from "../../runtimes/binaries.ts";
import { describeReport, type Report } from "./converge.ts";

const rounds = Number(Deno.args[0] ?? 10_000);
const seed = Number(Deno.args[1] ?? 1);
const tenth = Math.ceil(rounds / 10);
const RUNTIMES = {
  Deno: { command: [Deno.execPath(), "run", "--allow-all"], rounds },
  Bun: { command: [bunPath()], rounds: tenth },
};

let isGood = true;
for (const [runtime, { command: [program, ...args], rounds }] of Object.entries(RUNTIMES)) {
  for (const script of ["own_main.ts", "mixed_main.ts"]) {
    const path = new URL(script, import.meta.url).pathname;
    await timed(
      `${runtime}, ${script === "own_main.ts" ? "own clients" : "with ably"}`,
      async () => {
        const { success } = await new Deno.Command(program!, {
          args: [...args, path, String(rounds), String(seed)],
        }).spawn().status;
        return success;
      },
    );
  }
}
await timed("workerd, own clients", async () => {
  await using worker = await startWorker(new URL("worker.ts", import.meta.url));
  const response = await fetch(`${worker.origin}/?rounds=${tenth}&seed=${seed}`);
  const report: Report = await response.json();
  for (const fault of report.faults) console.error(fault);
  console.log(describeReport(report));
  return report.faults.length === 0;
});
Deno.exit(isGood ? 0 : 1);

async function timed(title: string, run: () => Promise<boolean>): Promise<void> {
  console.log(title);
  const started = performance.now();
  if (!await run()) isGood = false;
  console.log(`  ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
