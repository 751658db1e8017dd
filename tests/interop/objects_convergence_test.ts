import { assertEquals, test } from "../harness.ts";
import { converge } from "../liveobjects/convergence/converge.ts";
import { mixedStage } from "../liveobjects/convergence/mixed_stage.ts";
import { LEAKY } from "./sandbox.ts";

// The long one is `deno task converge`.
for (const echoFirst of [false, true]) {
  test(
    `objects of ably and of this client agree after losses, repetitions and syncs (${
      echoFirst ? "echo" : "ACK"
    } first)`,
    async () => {
      await using stage = await mixedStage(echoFirst);
      const { rounds, faults } = await converge(stage, { rounds: 5, seed: 2 });
      assertEquals(faults, []);
      assertEquals(rounds, 5);
    },
    LEAKY,
  );
}
