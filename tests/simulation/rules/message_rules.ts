import type { ErrorInfo, Message, PaginatedResult, RealtimeChannel } from "../../../mod.ts";
import { ErrorCode } from "../../../src/error_codes.ts";
import { PAGE } from "../deeds.ts";
import { followEar } from "../hearing.ts";
import type { Inhabitant, SentFrame } from "../inhabitant.ts";
import { versionKey } from "../truth.ts";
import type { World } from "../world.ts";
import type { Rule } from "./rule.ts";

/** The time for which the service remembers the ids of messages, in milliseconds. */
const ID_RETENTION = 120_000;

/** The age up to which messages are certainly in the history, in milliseconds. */
const SURELY_KEPT = 100_000;

/** The rules for messages: they arrive once and in order, or a gap is announced. */
export const MESSAGE_RULES: readonly Rule[] = [
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
];

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
  return user.calls.flatMap(({ names, channel = "", publisher, error }) =>
    names.flatMap((name) => {
      const [first] = truth.named(name);
      if (first === undefined || publisher === undefined) return [];
      const place = truth.placeOf(channel, first.key)!;
      const before = last.get(publisher);
      if (before !== undefined && before.place > place) {
        return [`${name} came before ${before.name}`];
      }
      // A message that close() rejected may still wait in the socket, and arrive after those of the next connection.
      if (error === undefined) last.set(publisher, { place, name });
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
