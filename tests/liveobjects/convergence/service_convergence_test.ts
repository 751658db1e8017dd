import { assertEquals, test } from "../../harness.ts";
import { converge } from "./converge.ts";
import { ownStage } from "./own_stage.ts";

// The long one, with clients of `ably` among these, is `deno task converge`.
for (const echoFirst of [false, true]) {
  test(`RTO5, RTO8, RTO20: clients agree after losses, repetitions and syncs (${echoFirst ? "echo" : "ACK"} first)`, async () => {
    await using stage = ownStage(echoFirst);
    const { rounds, faults } = await converge(stage, { rounds: 20, seed: 1 });
    assertEquals(faults, []);
    assertEquals(rounds, 20);
  });
}
