import type {
  ConnectionStateChange,
  ErrorInfo,
  Message,
  PaginatedResult,
  RealtimeChannel,
} from "../../mod.ts";
import { ErrorCode } from "../../src/error_codes.ts";
import { Action } from "../../src/protocol/actions.ts";
import { AUTHORIZE, BAD_CALLBACK, PAGE } from "./deeds.ts";
import { followEar } from "./hearing.ts";
import { type Inhabitant, SECRET, type SentFrame } from "./inhabitant.ts";
import { channelFaults, connectionFaults } from "./stories.ts";
import { type Call, listed, memberText } from "./user.ts";
import { versionKey } from "./truth.ts";
import type { World } from "./world.ts";

/** A rule that holds in every world. */
export interface Oracle {
  readonly rule: string;
  readonly because: string;
  /** When it is looked at: while the clients are still connected, or after all are closed. */
  readonly when: "at rest" | "closed";
  /** The violations by one client. */
  readonly judge: (one: Inhabitant, world: World) => string[];
}

const ENDED = ["failed", "initialized"];

/** The delay of the first retry (`disconnectedRetryTimeout`), in milliseconds. */
const BASE = 15_000;

/** The longest window in which loops are looked for, in milliseconds, and the most of each kind in it. */
const WINDOW = 10_000;
const MOST = { attempts: 10, attaches: 30, tokens: 15 };

/** The time for which the service remembers the ids of messages, in milliseconds. */
const ID_RETENTION = 120_000;

/** The age up to which messages are certainly in the history, in milliseconds. */
const SURELY_KEPT = 100_000;

/** The longest that a call may take which needs no answer, in milliseconds. */
const AT_ONCE = 50;

/** The time after which a request tries no other host (`httpMaxRetryDuration`), in milliseconds. */
const MOST_RETRYING = 15_000;

/** The end of a channel for that of its connection (RTL3). */
const ENDS: Readonly<Record<string, string>> = {
  suspended: "suspended",
  closed: "detached",
  failed: "failed",
};

/** The rules. */
export const ORACLES: readonly Oracle[] = [
  {
    rule: "A listener receives each message once and in order, or its channel announces a gap",
    because: "RTL4c1, RTL15b, RTN15c: a subscriber must know when to read the history",
    when: "at rest",
    judge: ({ user }, { truth }) => user.ears.flatMap((ear) => followEar(truth, user, ear)),
  },
  {
    rule: "The history until the attachment is all that its listeners could not receive",
    because: "RTL10b: it closes the gap, without showing anything twice",
    when: "at rest",
    judge: otherHistories,
  },
  {
    rule: "An acknowledged message exists, under the serial of its acknowledgement",
    because: "RTN7a, RTL6j: an ACK is the only receipt that a publisher gets",
    when: "at rest",
    judge: receipts,
  },
  {
    rule: "A message exists once, unless its connection or its id was forgotten",
    because: "RTN19a2, RSL1k: a resend has the same serial, and a retry the same id",
    when: "at rest",
    judge: repetitions,
  },
  {
    rule: "A message is not sent again over another connection after its id was forgotten",
    because: "RSL1k: its publisher gave it an id so that it cannot exist twice",
    when: "at rest",
    judge: lateRepetitions,
  },
  {
    rule: "The messages of a publisher keep the order of the calls",
    because: "RTL6: a later message may depend on an earlier one, also if a cipher takes its time",
    when: "at rest",
    judge: disorder,
  },
  {
    rule: "A message is not sent after its publish was rejected",
    because: "RTN7d: the caller publishes again after an error, and would publish twice",
    when: "closed",
    judge: lateSends,
  },
  {
    rule: "No message is passed over by the service",
    because: "RTN19a: what has no answer is resent, in order, before anything else",
    when: "at rest",
    judge: ({ user }) =>
      user.calls.filter(({ names, error }) =>
        names.length > 0 && (error as ErrorInfo | undefined)?.code === ErrorCode.PublishRefused
      ).map(({ label, error }) => `${label} failed: ${(error as ErrorInfo).message}`),
  },
  {
    rule: "Every call settles while the network is well",
    because: "a call that never settles stops the program of its caller",
    when: "at rest",
    // Without a connection a call may wait until the user connects or closes.
    judge: ({ user }) => user.client.connection.state === "connected" ? unsettled(user.calls) : [],
  },
  {
    rule: "Every call settles when the client is closed",
    because: "RTN12: close() ends all that waits",
    when: "closed",
    judge: ({ user }) => unsettled(user.calls.map((call) => ({ ...call, isEndless: false }))),
  },
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
    rule: "The last call that attaches or detaches decides",
    because: "RTL4h, RTL5i: a subscriber hears nothing on a channel that ended up detached",
    when: "at rest",
    judge: lastCalls,
  },
  {
    rule: "A detach does not wait for a connection",
    because: "RTL5l: without a connection there is nothing to ask for",
    when: "at rest",
    judge: ({ user }) =>
      user.calls.filter(({ label, at, isOffline, settledAt = Infinity }) =>
        label.startsWith("detach") && isOffline && settledAt - at > AT_ONCE
      ).map(({ label, at, settledAt }) => `${label}, called at ${at}, took until ${settledAt}`),
  },
  {
    rule: "Without a queue, a publish does not wait for a connection",
    because: "RTL6c2: with queueMessages: false a message is sent now or never",
    when: "at rest",
    judge: ({ user }) =>
      user.plan.queue ? [] : user.calls.filter((call) =>
        // A cipher takes time without a connection, too.
        call.publisher !== undefined && call.channel !== "sealed" && call.isOffline &&
        call.settledAt !== call.at
      ).map(({ label, at, settledAt }) => `${label}, called at ${at}, took until ${settledAt}`),
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
    rule: "A released channel is forgotten at once",
    because: "RTS4a: the next caller of get() would receive an object that never attaches",
    when: "closed",
    judge: ({ user }) => user.kept.map((name) => `${name} is still there`),
  },
  {
    rule: "A callback that returns nothing is refused at once",
    because: "RSA4c: with a mistake in a program, it is better to fail than to wait",
    when: "closed",
    judge: ({ user }) =>
      user.calls.filter(({ label, at, settledAt = Infinity, error }) =>
        label === BAD_CALLBACK && (error === undefined || settledAt - at > AT_ONCE)
      ).map(({ at, settledAt }) => `called at ${at}, settled at ${settledAt}`),
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
    rule: "The members that a client shows are those of the service",
    because: "RTP2, RTP19: ghosts and missing members are seen by every user of an app",
    when: "at rest",
    judge: otherMembers,
  },
  {
    rule: "A member that entered is present until it leaves",
    because: "RTP17: the client enters it again when the service has lost it",
    when: "at rest",
    judge: lostMembers,
  },
  {
    rule: "The objects that a client shows are those of the service",
    because: "RTO5: clients that disagree never find out",
    when: "at rest",
    judge: otherObjects,
  },
  {
    rule: "A listener is called for each change of objects",
    because: "RTPO19: a page shows what the last call of its listener has shown",
    when: "at rest",
    judge: unnoticedChanges,
  },
  {
    rule: "An acknowledged increment counts once",
    because: "RTO15: a count that is wrong stays wrong",
    when: "at rest",
    judge: miscounted,
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

function unsettled(calls: readonly Call[]): string[] {
  return calls.filter(({ settledAt, isEndless }) => settledAt === undefined && !isEndless)
    .map(({ label, at }) => `${label}, called at ${at}, has not settled`);
}

/** The largest number of calls that were pending at the same time. */
function overlap(calls: readonly Call[]): number {
  const at = (time: number) =>
    calls.filter((call) => call.at <= time && time <= (call.settledAt ?? Infinity)).length;
  return Math.max(0, ...calls.map((call) => at(call.at)));
}

function otherHistories({ user }: Inhabitant, { truth, hasForgotten, clock }: World): string[] {
  if (hasForgotten) return [];
  return user.calls.flatMap(({ label, at, channel = "", untilSerial, value, error }) => {
    if (untilSerial === undefined || value === undefined || error !== undefined) return [];
    const due = truth.on(channel).slice(0, truth.placeAfter(channel, untilSerial))
      .filter(({ key, serial }) => key === versionKey(serial, undefined)).reverse();
    const { items } = value as PaginatedResult<Message>;
    const other = items.findIndex(({ serial }, index) => serial !== due[index]?.serial);
    if (other >= 0) {
      return [`${label} at ${at} has ${items[other]!.name} in place of ${due[other]?.name}`];
    }
    const rest = items.length < PAGE ? due[items.length] : undefined;
    const isKept = rest !== undefined &&
      rest.timestamp > clock.now() - clock.elapsed + at - SURELY_KEPT;
    return isKept ? [`${label} at ${at} lacks ${rest.name}`] : [];
  });
}

function receipts({ user }: Inhabitant, { truth }: World): string[] {
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

function repetitions({ user, sent }: Inhabitant, { truth, hasForgotten }: World): string[] {
  if (hasForgotten) return [];
  return user.calls.flatMap(({ names, hasId }) =>
    names.flatMap((name) => {
      const connections = new Set(
        sent.filter((frame) => frame.names.includes(name)).map(({ connectionId }) => connectionId),
      );
      const most = hasId ? 1 : Math.max(1, connections.size);
      const { length } = truth.named(name).filter(({ timestamp }, index, all) =>
        index === 0 || timestamp - all[index - 1]!.timestamp < ID_RETENTION
      );
      return length > most ? [`${name} exists ${length} times`] : [];
    })
  );
}

function lateRepetitions({ process, sent }: Inhabitant): string[] {
  if (process.wasSetBack) return []; // It cannot know how old a message is.
  const first = new Map<string, SentFrame>();
  return sent.flatMap((frame) =>
    frame.names.flatMap((name) => {
      if (name === "") return []; // Changes of messages have no name.
      const { at, connectionId } = first.get(name) ?? frame;
      if (!first.has(name)) first.set(name, frame);
      const isLate = frame.at - at > ID_RETENTION && frame.connectionId !== connectionId;
      return isLate ? [`${name} was sent at ${at}, and again at ${frame.at}`] : [];
    })
  );
}

function disorder({ user }: Inhabitant, { truth }: World): string[] {
  const last = new Map<RealtimeChannel, { place: number; name: string }>();
  return user.calls.flatMap(({ names, channel = "", publisher }) =>
    names.flatMap((name) => {
      const [first] = truth.named(name);
      if (first === undefined || publisher === undefined) return [];
      const place = truth.placeOf(channel, first.key)!;
      const before = last.get(publisher);
      if (before !== undefined && before.place > place) {
        return [`${name} came before ${before.name}`];
      }
      last.set(publisher, { place, name });
      return [];
    })
  );
}

function lateSends({ user, sent }: Inhabitant): string[] {
  const rejected = new Map<string, number>();
  for (const { names, error, settledAt } of user.calls) {
    if (error === undefined) continue;
    for (const name of names) rejected.set(name, settledAt!);
  }
  return sent.flatMap(({ at, names }) =>
    names.filter((name) => at > (rejected.get(name) ?? Infinity))
      .map((name) => `${name} was sent at ${at}, after it was rejected`)
  );
}

function lastCalls({ user }: Inhabitant): string[] {
  if (user.client.connection.state !== "connected") return [];
  return [...user.last].flatMap(([object, { wants, call, changesBefore }]) => {
    const { name, state } = object;
    const changes = user.channels.get(object)!.slice(changesBefore);
    if (isUndone(call, changes) && !user.changes.some(({ current }) => current === "closed")) {
      return [`${name} is ${state} after ${call.label}`];
    }
    if ((call.error as ErrorInfo | undefined)?.code === ErrorCode.ChannelOperationFailed) {
      return [`${call.label} was the last call, and failed with "${call.error}"`];
    }
    // The service or the connection may have ended it afterwards.
    if (call.error !== undefined || changes.some(({ current }) => ENDED.includes(current))) {
      return [];
    }
    if (wants === "attached" && changes.some(({ current }) => current === "detached")) {
      return state === "attached" ? [] : [`${name} is ${state} after ${call.label}`];
    }
    const isRight = wants === "attached" ? state === "attached" : state !== "attached";
    return isRight ? [] : [`${name} is ${state} after ${call.label}`];
  });
}

/** Whether an attach() failed because of a detach() before it. */
function isUndone({ label, error }: Call, changes: readonly { current: string }[]): boolean {
  return label.startsWith("attach ") && error !== undefined && changes.length === 1 &&
    changes[0]!.current === "detached";
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

function otherMembers({ user }: Inhabitant, world: World): string[] {
  return [...user.final.members].flatMap(([object, call]) => {
    // A call that has not settled is the business of another rule.
    if (object.state !== "attached" || !Array.isArray(call.value)) return [];
    const wanted = world.members(object.name);
    const shown = listed(object.name, call.value);
    if (shown !== wanted) return [`${object.name} shows ${shown}, not ${wanted}`];
    const { value } = user.final.membersByRest.get(object)!;
    const overHttp = Array.isArray(value) ? listed(object.name, value) : wanted;
    if (overHttp !== wanted) return [`${object.name} lists ${overHttp}, not ${wanted}`];
    const followed = user.followed.get(object);
    if (followed === undefined || !followed.isWhole) return [];
    const told = [...followed.members].map(([key, data]) => memberText(object.name, key, data))
      .sort().join();
    return told === wanted ? [] : [`events on ${object.name} lead to ${told}, not ${wanted}`];
  });
}

function lostMembers({ user }: Inhabitant, world: World): string[] {
  const { connection } = user.client;
  return [...user.wishes.values()].flatMap(({ object, member, call, data, changesBefore }) => {
    const { name: channel } = object;
    const changes = user.channels.get(object)!.slice(changesBefore);
    // Members of a channel that is detached or failed are not entered again.
    const isOver = changes.some(({ current }) => ["detached", "failed"].includes(current));
    const isClear = call?.settledAt !== undefined && call.error === undefined;
    if (!isClear || isOver || object.state !== "attached") return [];
    if (connection.state !== "connected") return [];
    const own = `${connection.id}/${member}`;
    const present = world.members(channel).split(",").find((shown) => shown.startsWith(own));
    if (present === (data && memberText(channel, own, data))) return [];
    return [
      `${member} is to be ${data ?? "absent"} on ${channel}, and is ${present ?? "absent"}`,
    ];
  });
}

function otherObjects({ user }: Inhabitant, world: World): string[] {
  return [...user.final.objects].flatMap(([object, call]) => {
    if (object.state !== "attached" || call.error !== undefined) return [];
    const wanted = world.objects(object.name);
    return call.value === wanted ? [] : [`${object.name} shows ${call.value}, not ${wanted}`];
  });
}

function unnoticedChanges({ user }: Inhabitant, world: World): string[] {
  return [...user.noted].flatMap(([object, noted]) => {
    if (noted === undefined || object.state !== "attached") return [];
    const wanted = world.objects(object.name);
    return noted === wanted
      ? []
      : [`${object.name} was ${noted} in the last call, and is ${wanted}`];
  });
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

function miscounted(_one: Inhabitant, world: World): string[] {
  if (world.hasForgotten) return [];
  const all = [...world.inhabitants, ...world.departed];
  const calls = all.flatMap(({ user }) =>
    user.calls.filter(({ label }) => label.startsWith("increment"))
  );
  const accepted = calls.filter(({ settledAt, error }) => settledAt !== undefined && !error).length;
  const { total } = JSON.parse(world.objects("objects")) as { total: number };
  // A change that is sent again over another connection counts again.
  const isSure = all.every(({ user }) => user.connectionIds.size < 2);
  return total >= accepted && (total <= calls.length || !isSure)
    ? []
    : [`the total is ${total} after ${accepted} acknowledged increments of ${calls.length}`];
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
