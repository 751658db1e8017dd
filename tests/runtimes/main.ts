import { atOnce } from "../support/at_once.ts";
import { runPackages } from "../packages/packages.ts";
import { runPackaging } from "../packaging/packaging.ts";
import { runOnBun } from "./bun.ts";
import { runOnDeno } from "./deno.ts";
import { describe, type Summary } from "./summary.ts";
import { runOnWorkerd } from "./workerd.ts";

const RUNTIMES = ["deno", "bun", "workerd"];

const runners = new Map<string, (filter: string) => Promise<Summary[]>>([
  ["deno", runOnDeno],
  ["bun", runOnBun],
  ["workerd", runOnWorkerd],
  ["packaging", runPackaging],
  ["packages", runPackages],
]);

const [which = "all", filter = ""] = Deno.args;
const names = which.split(",").flatMap((name) => name === "all" ? RUNTIMES : [name]);
const unknown = names.find((name) => !runners.has(name));
if (unknown !== undefined) {
  throw new Error(`Unknown runtime "${unknown}": give all, ${[...runners.keys()].join(", ")}`);
}

// A run uses one processor most of the time.
const runs = (await atOnce(2, names, (name) => runners.get(name)!(filter))).flat();

for (const name of new Set(runs.flatMap((run) => run.skipped))) console.log(name);
console.log(`\n${runs.map(describe).join("\n")}`);
if (runs.length === 0) console.error(`No test file matches "${filter}"`);

const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);
const failed = sum(runs.map((run) => run.failed));
console.log(`\n${sum(runs.map((run) => run.passed))} passed, ${failed} failed`);
Deno.exit(failed === 0 && runs.length > 0 ? 0 : 1);
