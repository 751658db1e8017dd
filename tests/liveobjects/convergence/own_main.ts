/**
 * Rounds with clients of this module alone, in simulated time, on Deno or Bun. The arguments are rounds and seed.
 *
 * @module
 */
import process from "node:process";
import { convergeInLots, describeReport } from "./converge.ts";
import { ownStage } from "./own_stage.ts";

const [rounds, seed] = process.argv.slice(2).map(Number) as [number, number];
const report = await convergeInLots(ownStage, { rounds, seed });
for (const fault of report.faults) console.error(fault);
console.log(describeReport(report));
process.exit(report.faults.length === 0 ? 0 : 1);
