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

test("a silence after the clock was set back breaks no rule", async () => {
  const { violations } = await simulate({
    seed: 770141,
    clients: [
      {
        name: "ann",
        credentials: "callback",
        binary: false,
        echo: true,
        queue: true,
        fallbacks: false,
      },
    ],
    steps: [
      { at: 1259, what: "jump", client: "ann", channel: "plain", size: -3600000 },
      { at: 2010, what: "silence", client: "ann", channel: "objects" },
    ],
  });
  assertEquals(violations, []);
});

test("a client without echo that recovers a position past its own message breaks no rule", async () => {
  const common = { binary: false, queue: true, fallbacks: true, isAnyone: true } as const;
  const { violations } = await simulate({
    seed: 770194,
    clients: [
      { ...common, name: "bob", credentials: "callback", echo: true },
      { ...common, name: "dan", credentials: "key", echo: false },
    ],
    steps: [
      { at: 3, what: "subscribe", client: "dan", channel: "rewound" },
      { at: 4110, what: "forgetConnections", client: "dan", channel: "sealed" },
      { at: 5954, what: "publish", client: "bob", channel: "rewound", size: 1 },
      { at: 11789, what: "publish", client: "dan", channel: "rewound", size: 1 },
      { at: 24894, what: "enter", client: "bob", channel: "rewound" }, // It moves the position.
      { at: 28890, what: "reload", client: "dan", channel: "sealed", size: 40000 },
    ],
  });
  assertEquals(violations, []);
});

test("a message that close() rejects may arrive after one of the next connection", async () => {
  const { violations } = await simulate({
    seed: 24000924,
    clients: [
      { name: "ann", credentials: "key", binary: false, echo: true, queue: true, fallbacks: true },
    ],
    steps: [
      { at: 116, what: "jam", client: "ann", channel: "plain", size: 12000 },
      { at: 119, what: "publish", client: "ann", channel: "plain", size: 1 },
      { at: 124, what: "close", client: "ann", channel: "plain" },
      { at: 125, what: "connect", client: "ann", channel: "rewound" },
      { at: 137, what: "publish", client: "ann", channel: "plain", size: 1 },
    ],
  });
  assertEquals(violations, []);
});
