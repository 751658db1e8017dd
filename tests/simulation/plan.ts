import { Chance } from "./chance.ts";

/** The way in which a client gets its credentials. */
export type Credentials = "key" | "callback" | "url";

/** A client of the world. */
export interface ClientPlan {
  readonly name: string;
  readonly credentials: Credentials;
  readonly binary: boolean;
  readonly echo: boolean;
  readonly queue: boolean;
}

/** The weights of the things that users do, and of the faults. */
const WEIGHTS = {
  publish: 30,
  subscribe: 6,
  unsubscribe: 2,
  attach: 4,
  detach: 2,
  release: 1,
  connect: 2,
  close: 1,
  ping: 1,
  cut: 5,
  silence: 1,
  jam: 3,
  refuse: 2,
  slow: 1,
  stall: 1,
  disconnect: 1,
  forgetConnections: 1,
  forgetEvents: 1,
  detachAll: 1,
  expireTokens: 1,
  restart: 1,
} as const;

/** The name of something that happens. */
export type Deed = keyof typeof WEIGHTS;

/** One thing that happens in a world. */
export interface Step {
  /** The time, in milliseconds since the world began. */
  readonly at: number;
  readonly deed: Deed;
  /** The client that does it, or that it happens to. */
  readonly client: string;
  readonly channel: string;
  /** A number with a meaning that depends on the deed: the number of messages, or the length in milliseconds. */
  readonly size?: number;
  /** The listener of the user in whose next call it happens. */
  readonly inside?: "message" | "state";
  /** Whether the user does it twice in a row. */
  readonly twice?: true;
}

/** A world and all that happens in it. The same plan has the same outcome each time. */
export interface Plan {
  readonly seed: number;
  readonly clients: readonly ClientPlan[];
  readonly steps: readonly Step[];
}

/** The channels of a world. The name says the options. */
export const CHANNELS = ["plain", "sealed", "delta"] as const;

const LENGTHS = [50, 400, 3_000, 12_000, 40_000, 150_000];

/** Makes the plan of a seed. */
export function makePlan(seed: number): Plan {
  const chance = new Chance("plan", seed);
  const names = ["ann", "bob", "cat", "dan"].slice(0, 2 + chance.below(3));
  const clients = names.map((name) => makeClient(name, chance));
  const count = 20 + chance.below(40);
  const pace = chance.pick([5, 50, 300, 2_000, 8_000]);
  const steps: Step[] = names.flatMap((client, index) =>
    CHANNELS.filter(() => !chance.oneIn(3)).map((channel) =>
      ({ at: index, deed: "subscribe", client, channel }) as const
    )
  );
  let at = 100;
  while (steps.length < count) {
    at += chance.oneIn(3) ? 0 : chance.below(pace);
    steps.push(makeStep(at, names, chance));
  }
  return { seed, clients, steps };
}

function makeClient(name: string, chance: Chance): ClientPlan {
  return {
    name,
    credentials: chance.weighted({ key: 3, callback: 2, url: 1 }),
    binary: chance.oneIn(2),
    echo: !chance.oneIn(4),
    queue: !chance.oneIn(5),
  };
}

function makeStep(at: number, names: readonly string[], chance: Chance): Step {
  const deed = chance.weighted(WEIGHTS);
  return {
    at,
    deed,
    client: chance.pick(names),
    channel: chance.pick(CHANNELS),
    ...sizeOf(deed, chance),
    ...(chance.oneIn(8) && { inside: chance.pick(["message", "state"] as const) }),
    ...(chance.oneIn(10) && { twice: true as const }),
  };
}

function sizeOf(deed: Deed, chance: Chance): { size?: number } {
  switch (deed) {
    case "publish":
      return { size: chance.pick([1, 1, 1, 2, 5]) };
    case "jam":
    case "refuse":
    case "stall":
      return { size: chance.pick(LENGTHS) };
    case "slow":
      return { size: chance.pick([1, 80, 900]) };
    case "restart":
      return { size: chance.pick([0, 1_000, 20_000]) };
    default:
      return {};
  }
}
