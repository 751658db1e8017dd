/**
 * The simulator: `deno task simulate [seeds] [first seed]`. With "first" after these it stops at the first world that breaks a rule; with
 * "transcript" it prints all that the clients did.
 *
 * @module
 */
import { makePlan } from "./plan.ts";
import { asTest, shrink } from "./shrink.ts";
import { simulate } from "./simulate.ts";
import { transcriptOf } from "./transcript.ts";

/** The number of failing worlds that are cut down. */
const MOST_SHRUNK = 3;

const seeds = Number(Deno.args[0] ?? 1_000);
const first = Number(Deno.args[1] ?? 1);
const started = performance.now();
const total = { elapsed: 0, calls: 0, messages: 0, faults: 0, failed: 0 };
for (let seed = first; seed < first + seeds; seed++) {
  const { violations, ...report } = await simulate(makePlan(seed), (world) => {
    if (Deno.args[2] === "transcript") console.log(transcriptOf(world).join("\n"));
  });
  total.elapsed += report.elapsed;
  total.calls += report.calls;
  total.messages += report.messages;
  total.faults += report.faults;
  if (violations.length === 0) continue;
  total.failed++;
  console.error(`Seed ${seed}:\n  ${violations.join("\n  ")}`);
  if (Deno.args[2] === "first") break;
  if (total.failed > MOST_SHRUNK) continue;
  const rule = violations[0]!.slice(0, violations[0]!.indexOf(":"));
  console.error("To be pasted into tests/simulation/simulation_test.ts:");
  console.error(asTest(await shrink(makePlan(seed), rule), rule));
}
const seconds = (performance.now() - started) / 1000;
console.log(
  `${seeds} worlds, ${
    (total.elapsed / 3_600_000).toFixed(0)
  } virtual hours, ${total.calls} calls, ` +
    `${total.messages} messages, ${total.faults} faults; ${total.failed} worlds broke a rule; ${
      seconds.toFixed(1)
    } s`,
);
Deno.exit(total.failed === 0 ? 0 : 1);
