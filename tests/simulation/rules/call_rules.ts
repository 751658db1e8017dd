import type { ErrorInfo } from "../../../mod.ts";
import { ErrorCode } from "../../../src/error_codes.ts";
import { BAD_CALLBACK } from "../deeds.ts";
import type { Inhabitant } from "../inhabitant.ts";
import type { Call } from "../user.ts";
import type { Rule } from "./rule.ts";

const ENDED = ["failed", "initialized"];

/** The longest that a call may take which needs no answer, in milliseconds. */
const AT_ONCE = 50;

/** The rules for the calls of users: each settles, and the last one decides. */
export const CALL_RULES: readonly Rule[] = [
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
];

function unsettled(calls: readonly Call[]): string[] {
  return calls.filter(({ settledAt, isEndless }) => settledAt === undefined && !isEndless)
    .map(({ label, at }) => `${label}, called at ${at}, has not settled`);
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
