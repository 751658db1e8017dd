import { assertEquals, test } from "../../harness.ts";
import { storm } from "./storm.ts";

// The long one is `deno task soak`.
for (const seed of [1, 2, 3]) {
  test(`RTN15, RTN19, RTL4: a storm loses and repeats nothing (seed ${seed})`, async () => {
    const { accepted, faults } = await storm({ seed, clients: 6, channels: 9, messages: 600 });
    assertEquals(faults, []);
    assertEquals(accepted, 600);
  });
}
