/**
 * The long form of the tests with hostile input: `deno run tests/service/fuzz_long.ts [rounds] [seed]`. Half of the
 * rounds are frames, the other half requests.
 *
 * @module
 */
import { fuzzFrames, fuzzRequests } from "./fuzz.ts";

const [rounds = "100000", seed = String(Date.now() % 1_000_000)] = Deno.args;
const half = Math.ceil(Number(rounds) / 2);

function summary(counts: Map<number, number>): string {
  return [...counts].sort(([a], [b]) => a - b).map(([code, count]) => `${code}: ${count}`).join(
    ", ",
  );
}

addEventListener("unhandledrejection", ({ reason }) => {
  console.error("Not caught:", reason);
  Deno.exit(1);
});
console.log(`${half} frames and as many requests, seed ${seed}`);
console.log(`error codes of frames  ${summary(await fuzzFrames(half, Number(seed)))}`);
console.log(`statuses of requests   ${summary(await fuzzRequests(half, Number(seed) + 1))}`);
