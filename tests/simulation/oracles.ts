import type { Inhabitant, World } from "./world.ts";
import type { Ear } from "./user.ts";

/** A rule that holds in every world. */
export interface Oracle {
  readonly rule: string;
  readonly because: string;
  /** When it is looked at: while the clients are still connected, or after all are closed. */
  readonly when: "at rest" | "closed";
  /** The violations. */
  readonly judge: (world: World) => string[];
}

/** The rules. */
export const ORACLES: readonly Oracle[] = [
  {
    rule: "A listener receives each message once and in order, or its channel announces a gap",
    because: "RTL4c1, RTP15, RTN15c6: a subscriber must be able to know when to read the history",
    when: "at rest",
    judge: (world) => each(world, ({ user }) => user.ears.flatMap((ear) => hearing(world, ear))),
  },
  {
    rule: "An acknowledged message exists, under the serial of the acknowledgement",
    because: "RTN7a, TR4s: an ACK is the only receipt that a publisher gets",
    when: "at rest",
    judge: (world) => each(world, (one) => receipts(world, one)),
  },
  {
    rule: "A message is not sent after its publish was rejected",
    because: "RTN7d: a caller publishes again after an error, and would publish twice",
    when: "closed",
    judge: (world) => each(world, lateSends),
  },
  {
    rule: "Every call settles while the network is well",
    because: "a call that never settles stops the program of its caller",
    when: "at rest",
    judge: (world) =>
      each(world, ({ user }) => {
        // A client that its user has closed or not connected may keep what waits for a connection.
        return user.client.connection.state === "connected" ? unsettled(user.calls) : [];
      }),
  },
  {
    rule: "Every call settles when the client is closed",
    because: "RTN12: close() ends all that waits",
    when: "closed",
    judge: (world) => each(world, ({ user }) => unsettled(user.calls)),
  },
  {
    rule: "No error is left to the runtime",
    because: "an unhandled rejection ends the process on most runtimes",
    when: "closed",
    judge: (world) => world.unhandled,
  },
  {
    rule: "A closed client leaves no timer and no socket",
    because: "a process does not end while one is open",
    when: "closed",
    judge: (world) =>
      each(world, ({ process, network }) => [
        ...(process.pending > 0 ? [`${process.pending} timers are left`] : []),
        ...(network.live > 0 ? [`${network.live} sockets are left`] : []),
      ]),
  },
];

function each(world: World, judge: (one: Inhabitant) => string[]): string[] {
  return world.inhabitants.flatMap((one) => judge(one).map((text) => `${one.user.name}: ${text}`));
}

function unsettled(calls: Inhabitant["user"]["calls"]): string[] {
  return calls.filter(({ settledAt }) => settledAt === undefined)
    .map(({ label, at }) => `${label}, called at ${at}, has not settled`);
}

/** Follows the messages of a listener along those that the service accepted. */
function hearing({ truth, inhabitants }: World, ear: Ear): string[] {
  const { channel, heard, object } = ear;
  const { plan, name: self } = inhabitants.find(({ user }) => user.ears.includes(ear))!.user;
  const all = truth.on(channel);
  const isOwn = (name: string) => !plan.echo && name.startsWith(`${self}-`);
  /** The place of the message that must come next, if that is known. */
  let next: number | undefined;
  let last = -1;
  const skipOwn = (place: number) => {
    while (place < all.length && isOwn(all[place]!.name)) place++;
    return place;
  };
  for (const one of heard) {
    if ("change" in one) {
      const { change, attachSerial } = one;
      if (change.current !== "attached" || change.resumed || attachSerial === undefined) continue;
      // Back to attached because a detach failed; what arrived in between is lost, and the position is unknown.
      if (change.previous === "detaching") next = undefined;
      else next = Math.max(truth.placeAfter(channel, attachSerial), last + 1);
      continue;
    }
    if (isOwn(one.name)) continue;
    const place = truth.placeOf(channel, one.id);
    if (place === undefined) return [`${channel} brought ${one.name}, which does not exist`];
    if (place <= last) return [`${channel} brought ${one.name} twice or late`];
    if (next !== undefined && place !== skipOwn(next)) {
      return [`${channel} brought ${one.name} where ${all[skipOwn(next)]?.name} was due`];
    }
    const text = (one.data as { text?: unknown } | null)?.text;
    if (text !== `from ${one.name}`) {
      return [`${channel} brought ${one.name} with ${JSON.stringify(one.data)}`];
    }
    last = place;
    next = place + 1;
  }
  if (ear.isOver || object.state !== "attached" || next === undefined) return [];
  const missing = all[skipOwn(next)];
  return missing ? [`${channel} did not bring ${missing.name}, nor announce a gap`] : [];
}

function receipts({ truth }: World, { user }: Inhabitant): string[] {
  return user.calls.flatMap(({ names, settledAt, error, value }) => {
    if (settledAt === undefined || error !== undefined) return [];
    const { serials = [] } = (value ?? {}) as { serials?: unknown[] };
    return names.flatMap((name, index) => {
      const accepted = truth.named(name);
      if (accepted.length === 0) return [`${name} was acknowledged and does not exist`];
      return accepted.some(({ serial }) => serial === serials[index])
        ? []
        : [`${name} was acknowledged as ${serials[index]}, and is ${accepted[0]!.serial}`];
    });
  });
}

function lateSends({ user, sent }: Inhabitant): string[] {
  const rejected = new Map<string, number>();
  for (const { names, error, settledAt } of user.calls) {
    if (error === undefined) continue;
    for (const name of names) rejected.set(name, settledAt!);
  }
  return sent.filter(({ at, name }) => at > (rejected.get(name) ?? Infinity))
    .map(({ at, name }) => `${name} was sent at ${at}, after it was rejected`);
}
