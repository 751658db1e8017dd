import { assertEquals, test } from "../harness.ts";
import { makePlan } from "./plan.ts";
import { simulate } from "./simulate.ts";

// More worlds, and those of new seeds: `deno task simulate`.
test("the rules hold in simulated worlds", async () => {
  for (let seed = 1; seed <= 80; seed++) {
    const { violations } = await simulate(makePlan(seed));
    assertEquals(violations, [], `Seed ${seed}`);
  }
});
