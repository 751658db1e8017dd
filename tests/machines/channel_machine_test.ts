import type {
  ChannelEffect,
  ChannelInput,
  ChannelStatus,
} from "../../src/realtime/channel/channel_state.ts";
import { transition } from "../../src/realtime/channel/channel_state_machine.ts";
import { assert, assertEquals, test } from "../harness.ts";
import { seeded } from "../support/seeded.ts";
import { INPUTS, isOnline, nameOf, REASON, STATUSES, told } from "./support/channel_machine.ts";

/** The transition for every state and input; an empty text stands for no change. */
const TABLE: Record<keyof typeof INPUTS, Record<keyof typeof STATUSES, string>> = {
  // RTL4a, RTL4c, RTL4g, RTL4h
  "attach": {
    "initialized": "attaching(0): noError -retry ATTACH +answer !attaching",
    "attaching(2)": "",
    "attaching(2), then detach": "attaching(2):",
    "attaching(2), then release": "",
    "attached": "",
    "detaching": "detaching, then attach:",
    "detaching, then attach": "",
    "detaching again": "detaching again, then attach:",
    "detached": "attaching(0): noError -retry ATTACH +answer !attaching",
    "suspended(2)": "attaching(2): -retry ATTACH +answer !attaching",
    "failed": "attaching(0): noError -retry ATTACH +answer !attaching",
  },
  // RTL4i
  "attach offline": {
    "initialized": "attaching(0): noError -retry !attaching",
    "attaching(2)": "",
    "attaching(2), then detach": "attaching(2):",
    "attaching(2), then release": "",
    "attached": "",
    "detaching": "detaching, then attach:",
    "detaching, then attach": "",
    "detaching again": "detaching again, then attach:",
    "detached": "attaching(0): noError -retry !attaching",
    "suspended(2)": "attaching(2): -retry !attaching",
    "failed": "attaching(0): noError -retry !attaching",
  },
  // RTL5a, RTL5b, RTL5d, RTL5i, RTL5j
  "detach": {
    "initialized": "",
    "attaching(2)": "attaching(2), then detach:",
    "attaching(2), then detach": "",
    "attaching(2), then release": "",
    "attached": "detaching: DETACH +answer !detaching",
    "detaching": "",
    "detaching, then attach": "detaching:",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "detached: -answer -retry noSerial !detached",
    "failed": "",
  },
  // RTL5l
  "detach offline": {
    "initialized": "",
    "attaching(2)": "detached: -answer -retry noSerial !detached",
    "attaching(2), then detach": "detached: (detach) -answer -retry noSerial !detached",
    "attaching(2), then release": "detached: (release) -answer -retry noSerial !detached",
    "attached": "detached: -answer -retry noSerial !detached",
    "detaching": "",
    "detaching, then attach": "detaching:",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "detached: -answer -retry noSerial !detached",
    "failed": "",
  },
  // RTS4a
  "release": {
    "initialized": "",
    "attaching(2)": "attaching(2), then release:",
    "attaching(2), then detach": "attaching(2), then release:",
    "attaching(2), then release": "",
    "attached": "detaching again: DETACH +answer !detaching",
    "detaching": "detaching again:",
    "detaching, then attach": "detaching again:",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "detached: -answer -retry noSerial !detached",
    "failed": "",
  },
  // RTS4a, RTL5l
  "release offline": {
    "initialized": "",
    "attaching(2)": "detached: -answer -retry noSerial !detached",
    "attaching(2), then detach": "detached: (detach) -answer -retry noSerial !detached",
    "attaching(2), then release": "detached: (release) -answer -retry noSerial !detached",
    "attached": "detached: -answer -retry noSerial !detached",
    "detaching": "detaching again:",
    "detaching, then attach": "detaching again:",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "detached: -answer -retry noSerial !detached",
    "failed": "",
  },
  // RTL18c
  "recover": {
    "initialized": "",
    "attaching(2)": "",
    "attaching(2), then detach": "",
    "attaching(2), then release": "",
    "attached": "attaching(0): -retry ATTACH +answer !attaching[12345]",
    "detaching": "",
    "detaching, then attach": "",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "",
    "failed": "",
  },
  // RTL13c
  "recover while closing": {
    "initialized": "",
    "attaching(2)": "",
    "attaching(2), then detach": "",
    "attaching(2), then release": "",
    "attached": "attaching(0): -retry !attaching[12345]",
    "detaching": "",
    "detaching, then attach": "",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "",
    "failed": "",
  },
  // RTL16a
  "negotiate": {
    "initialized": "",
    "attaching(2)": "ATTACH +answer",
    "attaching(2), then detach": "ATTACH +answer",
    "attaching(2), then release": "ATTACH +answer",
    "attached": "ATTACH +answer",
    "detaching": "",
    "detaching, then attach": "",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "",
    "failed": "",
  },
  // RTL3d says it later
  "negotiate offline": {
    "initialized": "",
    "attaching(2)": "",
    "attaching(2), then detach": "",
    "attaching(2), then release": "",
    "attached": "",
    "detaching": "",
    "detaching, then attach": "",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "",
    "failed": "",
  },
  // RTL4c, RTL5k, RTL12
  "ATTACHED": {
    "initialized": "",
    "attaching(2)": "attached: -answer -retry !attached[12345 backlog]",
    "attaching(2), then detach": "attached: (detach) -answer -retry !attached[12345 backlog]",
    "attaching(2), then release": "attached: (release) -answer -retry !attached[12345 backlog]",
    "attached": "-answer !update[12345 backlog]",
    "detaching": "DETACH",
    "detaching, then attach": "DETACH",
    "detaching again": "DETACH",
    "detached": "detaching again: DETACH +answer !detaching",
    "suspended(2)": "attached: -answer -retry !attached[12345 backlog]",
    "failed": "",
  },
  // RTL2f, RTL12
  "ATTACHED resumed": {
    "initialized": "",
    "attaching(2)": "attached: -answer -retry !attached[resumed]",
    "attaching(2), then detach": "attached: (detach) -answer -retry !attached[resumed]",
    "attaching(2), then release": "attached: (release) -answer -retry !attached[resumed]",
    "attached": "-answer",
    "detaching": "DETACH",
    "detaching, then attach": "DETACH",
    "detaching again": "DETACH",
    "detached": "detaching again: DETACH +answer !detaching",
    "suspended(2)": "attached: -answer -retry !attached[resumed]",
    "failed": "",
  },
  // RTL5d, RTL13a, RTL13b
  "DETACHED": {
    "initialized": "",
    "attaching(2)": "suspended(3): -answer +retry(3) !suspended[12345]",
    "attaching(2), then detach": "suspended(3): (detach) -answer +retry(3) !suspended[12345]",
    "attaching(2), then release": "suspended(3): (release) -answer +retry(3) !suspended[12345]",
    "attached": "attaching(0): -retry ATTACH +answer !attaching[12345]",
    "detaching": "detached: -answer -retry noSerial !detached[12345]",
    "detaching, then attach": "detached: (attach) -answer -retry noSerial !detached[12345]",
    "detaching again": "detached: -answer -retry noSerial !detached[12345]",
    "detached": "",
    "suspended(2)": "attaching(2): -retry ATTACH +answer !attaching[12345]",
    "failed": "",
  },
  // RTL13c
  "DETACHED while closing": {
    "initialized": "",
    "attaching(2)": "suspended(3): -answer !suspended",
    "attaching(2), then detach": "suspended(3): (detach) -answer !suspended",
    "attaching(2), then release": "suspended(3): (release) -answer !suspended",
    "attached": "attaching(0): -retry !attaching",
    "detaching": "detached: -answer -retry noSerial !detached",
    "detaching, then attach": "detached: (attach) -answer -retry noSerial !detached",
    "detaching again": "detached: -answer -retry noSerial !detached",
    "detached": "",
    "suspended(2)": "attaching(2): -retry !attaching",
    "failed": "",
  },
  // RTL14, RTL2g
  "ERROR": {
    "initialized": "failed: -answer -retry noSerial !failed[12345]",
    "attaching(2)": "failed: -answer -retry noSerial !failed[12345]",
    "attaching(2), then detach": "failed: (detach) -answer -retry noSerial !failed[12345]",
    "attaching(2), then release": "failed: (release) -answer -retry noSerial !failed[12345]",
    "attached": "failed: -answer -retry noSerial !failed[12345]",
    "detaching": "failed: -answer -retry noSerial !failed[12345]",
    "detaching, then attach": "failed: (attach) -answer -retry noSerial !failed[12345]",
    "detaching again": "failed: -answer -retry noSerial !failed[12345]",
    "detached": "failed: -answer -retry noSerial !failed[12345]",
    "suspended(2)": "failed: -answer -retry noSerial !failed[12345]",
    "failed": "",
  },
  // RTL3d, RTN19b
  "connected": {
    "initialized": "",
    "attaching(2)": "ATTACH +answer",
    "attaching(2), then detach": "ATTACH +answer",
    "attaching(2), then release": "ATTACH +answer",
    "attached": "attaching(0): -retry ATTACH +answer !attaching",
    "detaching": "DETACH +answer",
    "detaching, then attach": "DETACH +answer",
    "detaching again": "DETACH +answer",
    "detached": "",
    "suspended(2)": "attaching(2): -retry ATTACH +answer !attaching",
    "failed": "",
  },
  // RTL3e, RTL13c
  "connection offline": {
    "initialized": "",
    "attaching(2)": "-answer",
    "attaching(2), then detach": "detached: (detach) -answer -retry noSerial !detached",
    "attaching(2), then release": "detached: (release) -answer -retry noSerial !detached",
    "attached": "-answer",
    "detaching": "",
    "detaching, then attach": "",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "-retry",
    "failed": "",
  },
  // RTL3c
  "connection suspended": {
    "initialized": "",
    "attaching(2)": "suspended(0): -answer -retry !suspended[12345]",
    "attaching(2), then detach": "suspended(0): (detach) -answer -retry !suspended[12345]",
    "attaching(2), then release": "suspended(0): (release) -answer -retry !suspended[12345]",
    "attached": "suspended(0): -answer -retry !suspended[12345]",
    "detaching": "",
    "detaching, then attach": "",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "",
    "failed": "",
  },
  // RTL3b
  "connection closed": {
    "initialized": "-retry",
    "attaching(2)": "detached: -answer -retry noSerial !detached",
    "attaching(2), then detach": "detached: (detach) -answer -retry noSerial !detached",
    "attaching(2), then release": "detached: (release) -answer -retry noSerial !detached",
    "attached": "detached: -answer -retry noSerial !detached",
    "detaching": "+answer(immediate)",
    "detaching, then attach": "+answer(immediate)",
    "detaching again": "+answer(immediate)",
    "detached": "-retry",
    "suspended(2)": "-retry",
    "failed": "-retry",
  },
  // RTL3a
  "connection failed": {
    "initialized": "-retry",
    "attaching(2)": "failed: -answer -retry noSerial !failed[12345]",
    "attaching(2), then detach": "failed: (detach) -answer -retry noSerial !failed[12345]",
    "attaching(2), then release": "failed: (release) -answer -retry noSerial !failed[12345]",
    "attached": "failed: -answer -retry noSerial !failed[12345]",
    "detaching": "+answer(immediate)",
    "detaching, then attach": "+answer(immediate)",
    "detaching again": "+answer(immediate)",
    "detached": "-retry",
    "suspended(2)": "-retry",
    "failed": "-retry",
  },
  // RTN11d
  "connection reset": {
    "initialized": "noSerial noError",
    "attaching(2)": "initialized: -answer -retry noSerial noError !initialized",
    "attaching(2), then detach":
      "initialized: (detach) -answer -retry noSerial noError !initialized",
    "attaching(2), then release":
      "initialized: (release) -answer -retry noSerial noError !initialized",
    "attached": "initialized: -answer -retry noSerial noError !initialized",
    "detaching": "initialized: -answer -retry noSerial noError !initialized",
    "detaching, then attach": "initialized: (attach) -answer -retry noSerial noError !initialized",
    "detaching again": "initialized: -answer -retry noSerial noError !initialized",
    "detached": "initialized: -answer -retry noSerial noError !initialized",
    "suspended(2)": "initialized: -answer -retry noSerial noError !initialized",
    "failed": "initialized: -answer -retry noSerial noError !initialized",
  },
  // RTL4f, RTL5f
  "answer due": {
    "initialized": "",
    "attaching(2)": "suspended(3): -answer +retry(3) !suspended[90007]",
    "attaching(2), then detach": "suspended(3): (detach) -answer +retry(3) !suspended[90007]",
    "attaching(2), then release": "suspended(3): (release) -answer +retry(3) !suspended[90007]",
    "attached": "suspended(1): -answer +retry(1) !suspended[90007]",
    "detaching": "attached: !attached[90007]",
    "detaching, then attach": "attached: (attach) !attached[90007]",
    "detaching again": "detached: -answer -retry noSerial !detached",
    "detached": "",
    "suspended(2)": "",
    "failed": "",
  },
  // RTL5l
  "answer due offline": {
    "initialized": "",
    "attaching(2)": "suspended(3): -answer !suspended[90007]",
    "attaching(2), then detach": "suspended(3): (detach) -answer !suspended[90007]",
    "attaching(2), then release": "suspended(3): (release) -answer !suspended[90007]",
    "attached": "suspended(1): -answer !suspended[90007]",
    "detaching": "detached: -answer -retry noSerial !detached",
    "detaching, then attach": "detached: (attach) -answer -retry noSerial !detached",
    "detaching again": "detached: -answer -retry noSerial !detached",
    "detached": "",
    "suspended(2)": "",
    "failed": "",
  },
  // RTL13b
  "retry due": {
    "initialized": "",
    "attaching(2)": "",
    "attaching(2), then detach": "",
    "attaching(2), then release": "",
    "attached": "",
    "detaching": "",
    "detaching, then attach": "",
    "detaching again": "",
    "detached": "",
    "suspended(2)": "attaching(2): -retry ATTACH +answer !attaching",
    "failed": "",
  },
};

test("RTL2: every event in every state of a channel does what the table says", () => {
  let rows = 0;
  for (const [event, input] of Object.entries(INPUTS)) {
    for (const [state, status] of Object.entries(STATUSES)) {
      const expected = TABLE[event as keyof typeof INPUTS][state as keyof typeof STATUSES];
      const result = transition(status, input, isOnline(event));
      assertEquals(told(status, result), expected, `${event} in ${state}`);
      rows++;
    }
  }
  assertEquals(rows, 264);
});

/** The surroundings of a channel in a random walk: a connection, and timers that the effects start and stop. */
class World {
  connection: "connecting" | "connected" | "closing" | "suspended" | "closed" | "failed" =
    "connecting";
  readonly timers = new Set<"answer" | "retry">();
  immediate = false;

  get online(): boolean {
    return this.connection === "connected";
  }

  /** RTL4b is the manager's business. */
  get mayAttach(): boolean {
    return this.online || this.connection === "connecting";
  }

  /** Everything that can happen next. */
  choices(): [ChannelInput, then?: () => void][] {
    const { online } = this;
    const to = (
      event: Extract<ChannelInput, { type: "connection" }>["event"],
      next: World["connection"],
    ): [ChannelInput, () => void] => [
      { type: "connection", event, reason: event === "failed" ? REASON : undefined },
      () => this.connection = next,
    ];
    const choices: [ChannelInput, (() => void)?][] = [
      [{ type: "detach" }],
      [{ type: "release" }],
      [{ type: "recover", reason: REASON }],
      [{ type: "negotiate" }],
    ];
    if (this.mayAttach) choices.push([{ type: "attach" }]);
    for (const timer of this.timers) {
      choices.push([{ type: "due", timer }, () => this.timers.delete(timer)]);
    }
    if (online || this.connection === "closing") {
      choices.push(
        [{ type: "attached", resumed: false, hasBacklog: false }],
        [{ type: "attached", resumed: true, hasBacklog: true }],
        [{ type: "detached", reason: REASON }],
        [{ type: "error", reason: REASON }],
      );
    }
    switch (this.connection) {
      case "connecting":
        return [
          ...choices,
          to("connected", "connected"),
          to("suspended", "suspended"),
          to("failed", "failed"),
          to("closed", "closed"),
        ];
      case "connected":
        return [
          ...choices,
          to("offline", "connecting"),
          to("offline", "closing"),
          to("failed", "failed"),
        ];
      case "closing":
        return [...choices, to("closed", "closed")];
      case "suspended":
        return [
          ...choices,
          to("connected", "connected"),
          to("failed", "failed"),
          to("closed", "closed"),
        ];
      case "closed":
      case "failed":
        return [...choices, to("reset", "connecting")];
    }
  }

  apply(effect: ChannelEffect): void {
    if (effect.do === "start") {
      this.timers.add(effect.timer);
      this.immediate = effect.timer === "answer" && effect.immediate === true;
    } else if (effect.do === "stop") this.timers.delete(effect.timer);
  }
}

/** The invariants after every step. */
function checkInvariants(
  world: World,
  { before, input, after, effects }: {
    before: ChannelStatus;
    input: ChannelInput;
    after: ChannelStatus;
    effects: readonly ChannelEffect[];
  },
): void {
  const { online, timers, immediate } = world;
  const step = `${nameOf(before)}, ${input.type}, ${world.connection} -> ${nameOf(after)}: ${
    told(before, [after, effects])
  }`;
  const doing = (what: ChannelEffect["do"]) => effects.some((effect) => effect.do === what);

  // No call waits for ever: a request on the wire has a timer, and a suspended channel tries again.
  if (online && (after.name === "attaching" || after.name === "detaching")) {
    assert(timers.has("answer"), `No timer for an answer: ${step}`);
  }
  if (online && after.name === "suspended") assert(timers.has("retry"), `No retry: ${step}`);

  // RTL13c: no timer without a reason for it.
  if (timers.has("retry")) assert(online && after.name === "suspended", `Stray retry: ${step}`);
  if (timers.has("answer")) {
    assert(["attaching", "attached", "detaching"].includes(after.name), `Stray answer: ${step}`);
    assert(online || after.name === "detaching", `Nobody can answer: ${step}`);
  }
  if (world.connection === "closed" || world.connection === "failed") {
    assert(timers.size === 0 || immediate, `A timer outlives the connection: ${step}`);
  }

  // RTL4h, RTL5i: the call that came last decides.
  if (input.type === "attach") {
    const comes = after.name === "attached" || after.name === "attaching" ||
      after.name === "detaching" && after.then === "attach";
    const isHeard = comes && !("then" in after && after.then === "detach");
    assert(isHeard, `The attach is lost: ${step}`);
  } else if (input.type === "detach" || input.type === "release") {
    const comes = !["attached", "suspended"].includes(after.name);
    const isHeard = comes && (after.name !== "attaching" || after.then !== undefined) &&
      (after.name !== "detaching" || after.then === undefined);
    assert(isHeard, `The detach is lost: ${step}`);
  }

  // Nothing is sent without a connection.
  if (doing("sendAttach") || doing("sendDetach")) {
    assert(online || world.connection === "closing", `Sent into the void: ${step}`);
  }

  // RTL2a, RTL2g: a state is announced when it is entered, and only then; updates happen within attached.
  const events = effects.flatMap((effect) => effect.do === "announce" ? [effect.event] : []);
  if (before.name !== after.name) assertEquals(events, [after.name], step);
  else assert(events.every((event) => event === "update" && after.name === "attached"), step);

  // RTL15b2: the position is kept until the channel is detached or has failed, and no longer.
  const enters = before.name !== after.name;
  const ends = after.name === "detached" || after.name === "failed" || after.name === "initialized";
  const isReset = input.type === "connection" && input.event === "reset"; // RTN16j
  assertEquals(doing("clearSerial"), enters && ends || isReset, `Position: ${step}`);

  // FAILED is left only when asked.
  if (before.name === "failed" && enters) {
    assert(
      input.type === "attach" || input.type === "connection" && input.event === "reset",
      `Left failed: ${step}`,
    );
  }
  // RTL3: what the connection does concerns attaching and attached channels alone, but for coming back and starting over.
  if (
    input.type === "connection" && enters && ["closed", "failed", "suspended"].includes(input.event)
  ) {
    assert(before.name === "attaching" || before.name === "attached", `RTL3: ${step}`);
  }
}

for (const seed of [1, 2026]) {
  test(`RTL2: 100,000 random steps of a channel keep the invariants (seed ${seed})`, () => {
    const random = seeded(seed);
    const world = new World();
    const visited = new Set<string>();
    let status: ChannelStatus = { name: "initialized" };
    let wish: "attach" | "detach" | "release" | undefined;
    for (let i = 0; i < 100_000; i++) {
      const choices = world.choices();
      const [input, then]: [ChannelInput, (() => void)?] = wish
        ? [{ type: wish }]
        : choices[random(choices.length)]!;
      then?.();
      const [after, effects] = transition(status, input, world.online);
      wish = undefined;
      for (const effect of effects) {
        world.apply(effect);
        if (effect.do === "proceed" && (effect.with !== "attach" || world.mayAttach)) {
          wish = effect.with;
        }
      }
      checkInvariants(world, { before: status, input, after, effects });
      visited.add(`${status.name} -> ${after.name}`);
      status = after;
    }
    assert(visited.size >= 28, `Only ${visited.size} kinds of steps: ${[...visited].sort()}`);
  });
}
