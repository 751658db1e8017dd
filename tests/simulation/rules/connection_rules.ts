import type { ConnectionStateChange, ErrorInfo } from "../../../mod.ts";
import { ErrorCode } from "../../../src/error_codes.ts";
import { Action } from "../../../src/protocol/actions.ts";
import { AUTHORIZE } from "../deeds.ts";
import { type Inhabitant, SECRET } from "../inhabitant.ts";
import { channelFaults, connectionFaults } from "../stories.ts";
import type { Call, User } from "../user.ts";
import type { World } from "../world.ts";
import type { Rule } from "./rule.ts";

/** The delay of the first retry (`disconnectedRetryTimeout`), in milliseconds. */
const BASE = 15_000;

/** The longest window in which loops are looked for, in milliseconds, and the most of each kind in it. */
const WINDOW = 10_000;
const MOST = { attempts: 10, attaches: 30, tokens: 15 };

/** The time after which a request tries no other host (`httpMaxRetryDuration`), in milliseconds. */
const MOST_RETRYING = 15_000;

/** The longest silence: `maxIdleInterval`, `realtimeRequestTimeout` and the delay of the network, in milliseconds. */
const LONGEST_SILENCE = 15_000 + 10_000 + 1_000;

/** The longest that a ping may take (`realtimeRequestTimeout`), in milliseconds. */
const LONGEST_PING = 10_000 + 100;

/** The time in which a client finds another host, if nothing else goes wrong, in milliseconds. */
const OTHER_HOST = 20_000;

/** The end of a channel for that of its connection (RTL3). */
const ENDS: Readonly<Record<string, string>> = {
  suspended: "suspended",
  closed: "detached",
  failed: "failed",
};

/** The rules for connections, requests and the states of channels. */
export const CONNECTION_RULES: readonly Rule[] = [
  {
    rule: "A client that its user has not closed is connected again once the network is well",
    because: "RTN14, RTN15: it keeps trying for as long as it exists",
    when: "at rest",
    judge({ user }) {
      const { state } = user.client.connection;
      return ["connected", "closed", "failed"].includes(state) ? [] : [`the state is ${state}`];
    },
  },
  {
    rule: "No channel stays on its way, or suspended, once the network is well",
    because: "RTL4f, RTL13b: it is attached, or its user knows why it is not",
    when: "at rest",
    judge: ({ user }) =>
      user.client.connection.state !== "connected"
        ? []
        : [...user.channels.keys()].filter(({ state }) =>
          ["attaching", "detaching", "suspended"].includes(state)
        ).map(({ name, state }) => `${name} is ${state}`),
  },
  {
    rule: "A channel ends as its connection does",
    because: "RTL3: a user who watches only the channel must know whether it comes back",
    when: "closed",
    judge: otherEnds,
  },
  {
    rule: "The time before an attempt grows as RTB1 says",
    because: "RTN14d: thousands of clients must not return to a service in trouble at once",
    when: "closed",
    judge: ({ user }) => impatience(user.changes),
  },
  {
    rule: "States change as the diagrams show",
    because: "docs/architecture.md: users write code for these changes only",
    when: "closed",
    judge: ({ user }) => [
      ...connectionFaults(user.changes),
      ...[...user.channels].flatMap(([{ name }, changes]) =>
        channelFaults(changes).map((text) => `${name}: ${text}`)
      ),
    ],
  },
  {
    rule: "Every listener hears the same changes",
    because: "RTE6a: parts of a program that disagree about the state do harm",
    when: "closed",
    judge: otherStories,
  },
  {
    rule: "Attempts and requests do not become a loop",
    because: "RTB1, RTN14d: a service that is in trouble must not get a flood on top",
    when: "closed",
    judge: loops,
  },
  {
    rule: "A request fails as unreachable only after another host was tried",
    because: "RSC15: a failure of one host must not be one of the service",
    when: "closed",
    judge: hastyFailures,
  },
  {
    rule: "An outage of the primary host alone does not stop a client",
    because: "RSC15, RTN17: the other hosts are there for that",
    when: "closed",
    judge: stoppedByOutages,
  },
  {
    rule: "A silent connection is noticed in time",
    because: "RTN23a: until then the client takes itself for connected",
    when: "closed",
    judge: ({ user, network, process }) =>
      network.silences.filter((at) =>
        // A clock that was set back since the last frame makes the client wait once more.
        wasConnected(user, at) && process.isEven(at - LONGEST_SILENCE, at + LONGEST_SILENCE) &&
        !user.changeTimes.some((time) => time >= at && time <= at + LONGEST_SILENCE)
      ).map((at) => `nothing was noticed after the silence from ${at} on`),
  },
  {
    rule: "A ping ends in time, and measures its round trip",
    because: "RTN13a, RTN13c: programs show it as the quality of the connection",
    when: "closed",
    judge: ({ user, process }) =>
      user.calls.filter(({ label, at, isOffline, settledAt = Infinity, value }) =>
        label === "ping" && process.isEven(at, settledAt) &&
        (settledAt - at > LONGEST_PING && !isOffline ||
          typeof value === "number" && !(value >= 0 && value <= settledAt - at))
      ).map(({ at, settledAt, value }) => `called at ${at}, took until ${settledAt} for ${value}`),
  },
  {
    rule: "One token is asked for at a time",
    because: "RSA4b: the server for tokens is not to be flooded by one client",
    when: "closed",
    judge({ user, tokenCalls: { most } }) {
      const extra = overlap(user.calls.filter(({ label }) => label === AUTHORIZE));
      return most > 1 + extra ? [`${most} calls for a token at a time`] : [];
    },
  },
  {
    rule: "No secret is logged",
    because: "logs are read by others, and kept",
    when: "closed",
    judge({ user, logged, tokenCalls }) {
      const secrets = [SECRET, ...tokenCalls.tokens, ...user.tokens];
      return logged.filter((line) => secrets.some((secret) => line.includes(secret))).slice(0, 1);
    },
  },
  {
    rule: "A closed client leaves no timer and no socket",
    because: "a process does not end while one is open",
    when: "closed",
    judge: ({ process, network }) => [
      ...(process.pending > 0 ? [`${process.pending} timers are left`] : []),
      ...(network.live > 0 ? [`${network.live} sockets are left`] : []),
    ],
  },
];

/** The largest number of calls that were pending at the same time. */
function overlap(calls: readonly Call[]): number {
  const at = (time: number) =>
    calls.filter((call) => call.at <= time && time <= (call.settledAt ?? Infinity)).length;
  return Math.max(0, ...calls.map((call) => at(call.at)));
}

function otherStories({ user }: Inhabitant): string[] {
  const found: string[] = [];
  if (!isSame(user.changes, user.changesAgain)) found.push("listeners of the connection differ");
  for (const { object, since, heard, channel } of user.ears) {
    const changes = heard.flatMap((one) => "change" in one ? [one.change] : []);
    if (!isSame(user.channels.get(object)!.slice(since), changes)) {
      found.push(`listeners of ${channel} differ`);
    }
  }
  return found;
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

function otherEnds({ user }: Inhabitant): string[] {
  return [...user.channels].flatMap(([object, changes]) =>
    changes.flatMap((change) => {
      const connection = user.connectionAt.get(change) ?? "";
      const { current, previous } = change;
      const end = ENDS[connection];
      if (end === undefined || !["attached", "attaching"].includes(previous)) return [];
      // A listener of another channel, which ended before, may have detached this one.
      const mayBeDetached = user.calls.some(({ label }) =>
        label.endsWith(`detach ${object.name}`) || label === `release ${object.name}`
      );
      if (current === "detached" && mayBeDetached) return [];
      return current === end
        ? []
        : [`${object.name} was ${current} with the connection ${connection}`];
    })
  );
}

function hastyFailures({ user, network, process }: Inhabitant): string[] {
  if (!user.plan.fallbacks) return [];
  const others = network.requests.filter(({ host }) => host.includes("fallback"));
  return user.calls.flatMap(({ label, at, settledAt = Infinity, error }) => {
    const isUnreachable = (error as ErrorInfo | undefined)?.code === ErrorCode.Disconnected;
    if (!/^(history|rest) /.test(label) || !isUnreachable) return [];
    // After that time, also by a clock that was set, a request tries no other host.
    const wasLate = settledAt - at >= MOST_RETRYING ||
      process.turns.some((time) => time >= at && time <= settledAt);
    // The call may have waited for a token that an earlier one has asked for.
    const wasTried = others.some((other) =>
      other.at >= at - MOST_RETRYING && other.at <= settledAt
    );
    return wasLate || wasTried
      ? []
      : [`${label}, called at ${at}, failed at ${settledAt}: ${error}`];
  });
}

function stoppedByOutages({ user, network, process }: Inhabitant, world: World): string[] {
  if (!user.plan.fallbacks) return [];
  return network.outages.flatMap(({ from, to }) => {
    const end = from + OTHER_HOST;
    const isAlone = process.isEven(from - OTHER_HOST, end) &&
      world.faultTimes.filter((at) => at >= from - 2 * OTHER_HOST && at <= end).length === 1;
    if (!isAlone || to < end || !wasConnected(user, from)) return [];
    const later = user.changes.filter((_, index) =>
      user.changeTimes[index]! >= from && user.changeTimes[index]! <= end
    );
    return later.some(({ current }) => ["connected", "closing", "failed"].includes(current))
      ? []
      : [`not connected ${OTHER_HOST} ms after the outage from ${from} on`];
  });
}

/** Whether a client took itself for connected. */
function wasConnected({ changes, changeTimes }: User, at: number): boolean {
  return changes.findLast((_, index) => changeTimes[index]! < at)?.current === "connected";
}

/** RTB1a, RTB1b: 1, 4/3, 5/3, 2, 2, … times the base, less a fifth at the most. */
function impatience(changes: readonly ConnectionStateChange[]): string[] {
  let attempt = 0;
  return changes.flatMap(({ current, retryIn = 0 }) => {
    if (["connected", "closed", "failed"].includes(current)) attempt = 0;
    if (current !== "disconnected" || retryIn === 0) return [];
    const most = BASE * Math.min((++attempt + 2) / 3, 2);
    const isRight = retryIn <= most && retryIn >= most * 0.8;
    return isRight ? [] : [`attempt ${attempt} came ${retryIn} ms after the one before`];
  });
}

function loops({ user, sent, tokenCalls, process }: Inhabitant): string[] {
  const requests = user.requestsToConnect;
  // For a client whose clock was set forward, the time of the limit has passed.
  const afterTurns = process.turns.flatMap((at) => new Array<number>(MOST.attempts).fill(at));
  const attaches = new Map<string, number[]>();
  for (const { action, channel = "", at } of sent) {
    if (action === Action.Attach) attaches.set(channel, [...attaches.get(channel) ?? [], at]);
  }
  return [
    ...flood("attempts", user.attempts, MOST.attempts, [...requests, ...afterTurns]),
    ...flood("calls for a token", tokenCalls.at, MOST.tokens, requests),
    ...[...attaches].flatMap(([name, at]) => flood(`attaches of ${name}`, at, MOST.attaches, [])),
  ];
}

/** Looks for too many events within a window; each of the causes in it permits one more. */
function flood(
  what: string,
  times: readonly number[],
  most: number,
  causes: readonly number[],
): string[] {
  for (let from = 0; from < times.length; from++) {
    const start = times[from]!;
    const isIn = (time: number) => time >= start && time < start + WINDOW;
    const count = times.filter(isIn).length;
    if (count > most + causes.filter(isIn).length) return [`${count} ${what} from ${start} on`];
  }
  return [];
}
