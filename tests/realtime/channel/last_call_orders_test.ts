import { assert, assertEquals, runtime, test } from "../../harness.ts";
import { outcome } from "../../support/outcomes.ts";
import { BEGINNINGS, type Stage } from "../time/stage.ts";

interface Call {
  /** The state that the call asks for; absent if it asks for no other state. */
  readonly wants?: "attached" | "detached" | "released";
  make(stage: Stage): Promise<unknown>;
}

// Each call uses the channel that get() returns at that moment: after release() it is a new one.
const CALLS: Record<string, Call> = {
  "attach": { wants: "attached", make: ({ client }) => client.channels.get("c").attach() },
  "detach": { wants: "detached", make: ({ client }) => client.channels.get("c").detach() },
  "release": { wants: "released", make: ({ client }) => client.channels.release("c") },
  "subscribe": {
    wants: "attached",
    make: ({ client }) => client.channels.get("c").subscribe(() => {}),
  },
  // RTP8d, RTP16: it attaches a channel only from "initialized"; elsewhere it waits or rejects.
  "presence.enter": {
    make: ({ client }) => client.channels.get("c").presence.enter("x"),
  },
  "setOptions": {
    make: ({ client }) => client.channels.get("c").setOptions({ params: { rewind: "1" } }),
  },
  "authorize": { make: ({ client }) => client.auth.authorize() },
};

/** A state to begin with, and a call without waiting. */
const FROM: Record<string, readonly [beginning: string, before?: string]> = {
  "before connecting": ["before connecting"],
  "connecting": ["connecting"],
  "initialized": ["initialized"],
  "attaching": ["initialized", "attach"],
  "attached": ["attached"],
  "detaching": ["attached", "detach"],
  "disconnected": ["attached, disconnected"],
};

/** Deno runs all orders, the other runtimes each 5th: 5 does not divide the number of calls. */
const EVERY = runtime === "deno" ? 1 : 5;

let index = 0;

for (const beginning of Object.keys(FROM)) {
  test(`RTL4h, RTL5i, RTS4a: of three calls at once, the last one decides, and all settle (${beginning})`, async () => {
    const names = Object.keys(CALLS);
    for (const first of names) {
      for (const second of names) {
        for (const third of names) {
          if (index++ % EVERY !== 0) continue;
          await check(beginning, [first, second, third]);
        }
      }
    }
  });
}

async function check(beginning: string, names: string[]): Promise<void> {
  const step = `${beginning}: ${names.join(", ")}`;
  const [prepared, before] = FROM[beginning]!;
  const stage = await BEGINNINGS[prepared]!();
  const { client, rig } = stage;
  stage.mend();
  if (before) void CALLS[before]!.make(stage).catch(() => {});
  const states: string[] = [];
  const settled = Promise.allSettled(names.map((name) => {
    states.push(client.channels.get("c").state);
    return CALLS[name]!.make(stage);
  }));
  await rig.settle();
  await stage.connect();
  const results = await outcome(settled, rig);
  assert(Array.isArray(results), `A call still waits: ${step}`);
  const wants = names.map((name, at) =>
    name === "presence.enter" && ["initialized", "attaching"].includes(states[at]!)
      ? "attached"
      : CALLS[name]!.wants
  );
  const last = wants.findLastIndex((want) => want !== undefined);
  if (last >= 0) {
    assertEquals(results[last]!.status, "fulfilled", step);
    const { state } = client.channels.get("c");
    if (wants[last] === "attached") assertEquals(state, "attached", step);
    else assert(state === "detached" || state === "initialized", `${state}: ${step}`);
  }
  await stage.end(step);
}
