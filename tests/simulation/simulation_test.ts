import { assert, assertEquals, runtime, test } from "../harness.ts";
import { makePlan } from "./plan.ts";
import { simulate } from "./simulate.ts";
import { transcriptOf } from "./transcript.ts";

/** The worlds of each runtime. More of them, and those of new seeds: `deno task simulate`. */
const SEEDS = { deno: [1, 300], bun: [301, 400], workerd: [401, 430] } as const;

/** The worlds of one case, few enough for its deadline on a machine that is busy. */
const WORLDS = 50;

const [first, last] = SEEDS[runtime];
for (let from = first; from <= last; from += WORLDS) {
  const to = Math.min(from + WORLDS - 1, last);
  test(`the rules hold in the worlds ${from} to ${to}`, async () => {
    for (let seed = from; seed <= to; seed++) {
      const { violations } = await simulate(makePlan(seed));
      assertEquals(violations, [], `Seed ${seed}: run deno task simulate 1 ${seed}`);
    }
  });
}

test("a world has the same transcript each time", async () => {
  for (const seed of [3, 5, 24]) {
    const run = async () => {
      let transcript: string[] = [];
      const report = await simulate(makePlan(seed), (world) => transcript = transcriptOf(world));
      return { report, transcript };
    };
    const first = await run();
    assert(first.transcript.length > 100);
    assertEquals(await run(), first);
  }
});
