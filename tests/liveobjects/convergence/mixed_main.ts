/**
 * Rounds with clients of `ably` among those of this module, on Deno or Bun. The arguments are rounds and seed.
 *
 * @module
 */
import process from "node:process";
import { addReports, convergeInLots, describeReport } from "./converge.ts";
import { mixedStage } from "./mixed_stage.ts";

/** Stages side by side: a connection that broke twice within a second waits before it comes back. */
const LANES = 20;

const [rounds, seed] = process.argv.slice(2).map(Number) as [number, number];
const reports = await Promise.all(
  Array.from({ length: LANES }, (_, lane) => {
    const share = Math.ceil((rounds - lane) / LANES);
    return convergeInLots(mixedStage, { rounds: share, seed: seed + 1_000 * lane });
  }),
);
const report = addReports(reports);
for (const text of [...report.faults, ...report.deviations]) console.error(text);
console.log(describeReport(report));
process.exit(report.faults.length === 0 ? 0 : 1);
