/**
 * The long storm: `deno task soak [seed]`.
 *
 * @module
 */
import { storm } from "./storm.ts";

const seed = Number(Deno.args[0] ?? 1);
const started = performance.now();
const report = await storm({ seed, clients: 20, channels: 50, messages: 20_000 });
const seconds = ((performance.now() - started) / 1000).toFixed(1);
for (const fault of report.faults.slice(0, 20)) console.error(fault);
console.log(
  `Seed ${seed}: ${report.accepted} messages accepted, ${report.delivered} deliveries, ` +
    `${report.breakages} breakages, ${report.faults.length} faults, ${seconds} s`,
);
Deno.exit(report.faults.length === 0 ? 0 : 1);
