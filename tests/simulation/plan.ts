import { Chance } from "./chance.ts";

/** The things that users do, by how often they do them. */
const DEEDS = {
  publish: 30,
  publishOnce: 3,
  restPublish: 3,
  subscribe: 5,
  subscribeAttached: 2,
  iterate: 2,
  unsubscribe: 2,
  attach: 4,
  detach: 2,
  release: 1,
  setOptions: 2,
  enter: 4,
  update: 2,
  leave: 1,
  enterGuest: 2,
  members: 1,
  watchMembers: 2,
  edit: 9,
  annotate: 5,
  watchAnnotations: 3,
  setObject: 4,
  removeObject: 2,
  watchObjects: 2,
  increment: 4,
  connect: 2,
  close: 1,
  ping: 2,
  authorize: 1,
  badCallback: 1,
  history: 3,
  catchUp: 3,
} as const;

/** The faults, by how often they occur. */
const FAULTS = {
  cut: 5,
  silence: 2,
  jam: 3,
  deafen: 1,
  refuse: 2,
  refuseHost: 2,
  flap: 1,
  slow: 1,
  stall: 1,
  jump: 1,
  reload: 2,
  loseAnswer: 2,
  loseRequest: 2,
  spoilDelta: 1,
  refuseSocket: 2,
  hangSocket: 1,
  disconnect: 1,
  shed: 1,
  forgetConnections: 1,
  forgetEvents: 1,
  detachAll: 1,
  failChannel: 1,
  fail: 1,
  expireTokens: 1,
  inviteAuth: 1,
  restart: 1,
  amnesia: 1,
} as const;

/** The name of something that a user does. */
export type Deed = keyof typeof DEEDS;

/** The name of something that happens to a client, its network or the service. */
export type FaultName = keyof typeof FAULTS;

/** One thing that happens in a world. */
export interface Step {
  /** The time, in milliseconds since the world began. */
  readonly at: number;
  readonly what: Deed | FaultName;
  /** The client that does it, or that it happens to. */
  readonly client: string;
  readonly channel: string;
  /** The number of messages, or the length in milliseconds, or a choice; the meaning depends on the step. */
  readonly size?: number;
  /** The listener of the user in whose next call it happens. */
  readonly inside?: "message" | "state";
  /** Whether the user does it twice in a row. */
  readonly twice?: true;
}

/** The way in which a client gets its credentials. */
export type Credentials = "key" | "signed" | "signer" | "callback" | "url";

/** A client of the world. */
export interface ClientPlan {
  readonly name: string;
  readonly credentials: Credentials;
  readonly binary: boolean;
  readonly echo: boolean;
  readonly queue: boolean;
  /** Whether it has other hosts to fall back to. */
  readonly fallbacks: boolean;
  /** Whether it may act for others, and has no name of its own. */
  readonly isAnyone?: true;
}

/** A world and all that happens in it. The same plan has the same outcome each time. */
export interface Plan {
  readonly seed: number;
  readonly clients: readonly ClientPlan[];
  readonly steps: readonly Step[];
}

/** The channels of a world. The name says the options. */
export const CHANNELS = ["plain", "sealed", "delta", "rewound", "mutable:log", "objects"] as const;

const LENGTHS = [50, 400, 3_000, 12_000, 40_000, 150_000];

/** Makes the plan of a seed. */
export function makePlan(seed: number): Plan {
  const chance = new Chance("plan", seed);
  const names = ["ann", "bob", "cat", "dan"].slice(0, 1 + chance.below(4));
  const clients = names.map((name) => makeClient(name, chance));
  const count = 20 + chance.below(40);
  const pace = chance.pick([5, 50, 300, 2_000, 8_000]);
  // Few channels with much traffic find more than many with little.
  const channels = CHANNELS.filter(() => !chance.oneIn(3));
  if (channels.length === 0) channels.push(chance.pick(CHANNELS));
  const steps: Step[] = names.flatMap((client, index) =>
    channels.filter(() => !chance.oneIn(4)).map((channel) =>
      ({ at: index, what: "subscribe", client, channel }) as const
    )
  );
  const deeds = deedsOn(channels);
  const faultiness = chance.pick([2, 3, 3, 6]);
  for (let at = 100; steps.length < count;) {
    at += chance.oneIn(3) ? 0 : chance.below(pace);
    const what = chance.oneIn(faultiness) ? chance.weighted(FAULTS) : chance.weighted(deeds);
    const client = chance.pick(names);
    if (what === "reload") {
      const isAnyone = clients.some(({ name, isAnyone }) => name === client && isAnyone);
      steps.push(...makeReload({ at, client, isAnyone }, channels, chance));
      at = steps.at(-1)!.at;
      continue;
    }
    const step = makeStep({ at, what, client }, channels, chance);
    if (what !== "setOptions") {
      steps.push(step);
      continue;
    }
    // It is of interest while a message arrives, above all where the service sends it again after its answer.
    const channel = channels.includes("delta") && chance.oneIn(2) ? "delta" : step.channel;
    steps.push({ at, what: "publish", client: chance.pick(names), channel });
    at += chance.below(10);
    steps.push({ ...step, at, channel });
  }
  const tried = clients.find(({ fallbacks }) => fallbacks);
  if (tried && chance.oneIn(4)) return { seed, clients, steps: withHostOutage(steps, tried.name) };
  if (!chance.oneIn(6)) return { seed, clients, steps };
  const deed = chance.pick(["detach", chance.weighted(deeds)] as const);
  return { seed, clients, steps: withOutage(steps, names, deed) };
}

/** Ends with an outage of the primary host alone, after a quiet time in which the client has connected. */
function withHostOutage(steps: readonly Step[], client: string): Step[] {
  const { at, channel } = steps.at(-1)!;
  const begin = at + 170_000;
  return [
    ...steps,
    { at: begin - 30_000, what: "connect", client, channel },
    { at: begin, what: "refuseHost", client, channel, size: 40_000 },
    { at: begin + 25_000, what: "history", client, channel },
  ];
}

/** Ends with an outage that is long enough for the first client to be suspended, which then does something. */
function withOutage(steps: readonly Step[], [client]: readonly string[], what: Deed): Step[] {
  const { at, channel } = steps.at(-1)!;
  const refuse = { at, what: "refuse", client: client!, channel, size: 150_000 } as const;
  const deed = { at: at + 140_000, what, client: client!, channel: channelOf(what) ?? channel };
  return [...steps, refuse, deed, { ...refuse, at: at + 145_000, what: "history" }];
}

/**
 * Ends a process, of interest while a message arrives. If it may act for others, it has entered several members: those must enter
 * again once the recovered connection is lost for good.
 */
function makeReload(
  { at, client, isAnyone }: { at: number; client: string; isAnyone: boolean },
  channels: readonly string[],
  chance: Chance,
): Step[] {
  const channel = chance.pick(channels);
  const length = sizeOf("reload", chance)!;
  const members = !isAnyone
    ? []
    : [2, 3].map((size) => ({ at, what: "enterGuest", client, channel, size }) as const);
  const end = at + 100 + chance.below(30);
  const back = end + length + 5_000;
  const loss: Step[] = !isAnyone || length > 40_000 ? [] : [
    { at: back, what: "refuse", client, channel, size: 3_000 },
    { at: back + 500, what: "forgetConnections", client, channel },
  ];
  return [
    ...members,
    { at: at + 100, what: "publish", client, channel },
    { at: end, what: "reload", client, channel, size: length },
    ...loss,
  ];
}

function makeClient(name: string, chance: Chance): ClientPlan {
  return {
    name,
    credentials: chance.weighted({ key: 3, signed: 1, signer: 1, callback: 2, url: 1 }),
    binary: chance.oneIn(2),
    echo: !chance.oneIn(4),
    queue: !chance.oneIn(5),
    fallbacks: chance.oneIn(3),
    ...(chance.oneIn(3) && { isAnyone: true as const }),
  };
}

function makeStep(
  step: Pick<Step, "at" | "what" | "client">,
  channels: readonly string[],
  chance: Chance,
): Step {
  const size = sizeOf(step.what, chance);
  const isDeed = step.what in DEEDS;
  return {
    ...step,
    channel: channelOf(step.what) ?? chance.pick(channels),
    ...(size !== undefined && { size }),
    ...(isDeed && chance.oneIn(8) && { inside: chance.pick(["message", "state"] as const) }),
    ...(isDeed && chance.oneIn(10) && { twice: true as const }),
  };
}

/** The deeds that are possible on some channels, by how often they are done. */
function deedsOn(channels: readonly string[]): Partial<Record<Deed, number>> {
  return Object.fromEntries(
    Object.entries(DEEDS).filter(([deed]) =>
      channels.includes(channelOf(deed as Deed) ?? channels[0]!)
    ),
  );
}

const OBJECT_DEEDS: readonly string[] = ["setObject", "removeObject", "watchObjects", "increment"];

/** The only channel for what not every channel can do. */
function channelOf(what: Step["what"]): string | undefined {
  if (what === "edit" || what === "annotate" || what === "watchAnnotations") return "mutable:log";
  if (OBJECT_DEEDS.includes(what)) return "objects";
  if (what === "spoilDelta") return "delta";
  return undefined;
}

function sizeOf(what: Step["what"], chance: Chance): number | undefined {
  switch (what) {
    case "publish":
      return chance.pick([1, 1, 1, 2, 5]);
    case "enterGuest":
      return chance.below(6);
    case "annotate":
      return chance.below(8);
    case "jam":
    case "flap":
    case "refuse":
    case "refuseHost":
    case "reload":
    case "stall":
      return chance.pick(LENGTHS);
    case "slow":
      return chance.pick([1, 80, 900]);
    case "restart":
    case "amnesia":
      return chance.pick([1, 1_000, 20_000]);
    case "jump":
      return chance.pick([-3_600_000, -5_000, 5_000, 600_000]);
    case "loseAnswer":
    case "loseRequest":
    case "refuseSocket":
    case "setOptions":
    case "edit":
    case "update":
      return chance.below(3);
    default:
      return undefined;
  }
}
