import { assertEquals, test } from "../../harness.ts";
import { convergeOwn } from "./own_stage.ts";

// The long one, with clients of `ably` among these, is `deno task converge`.
test("RTO5, RTO8, RTO20: clients agree after losses, repetitions, syncs and broken connections", async () => {
  const { rounds, faults } = await convergeOwn({ rounds: 40, seed: 1 });
  assertEquals(faults, []);
  assertEquals(rounds, 40);
});
