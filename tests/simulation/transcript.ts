import { actionName } from "../../src/protocol/actions.ts";
import type { Inhabitant } from "./inhabitant.ts";
import type { World } from "./world.ts";

interface Line {
  readonly at: number;
  readonly text: string;
}

/** All that the clients of a world called, sent and changed to, in the order of time. */
export function transcriptOf({ inhabitants }: World): string[] {
  return inhabitants.flatMap(linesOf).sort((a, b) => a.at - b.at)
    .map(({ at, text }) => at === Infinity ? text : `${at} ${text}`);
}

function linesOf({ user, sent, network, tokenCalls }: Inhabitant): Line[] {
  const { name, calls, changeTimes, changes } = user;
  const lines: Line[] = [
    ...calls.map(({ at, label }) => ({ at, text: `calls ${label}` })),
    ...calls.flatMap(({ at, label, settledAt, error }) =>
      settledAt === undefined
        ? []
        : { at: settledAt, text: `${error ?? "has an answer"} for ${label}, called at ${at}` }
    ),
    ...sent.map(({ at, action, channel = "", names }) => ({
      at,
      text: `sends ${[actionName(action), channel, ...names].join(" ")}`,
    })),
    ...changes.map(({ current, reason }, index) => ({
      at: changeTimes[index]!,
      text: `is ${current} ${reason?.message ?? ""}`,
    })),
    ...network.attempts.map((at) => ({ at, text: "opens a socket" })),
    ...tokenCalls.at.map((at) => ({ at, text: "asks its server for a token" })),
    ...user.ears.map(({ channel, heard }, index) => ({
      at: Infinity,
      text: `heard as listener ${index} on ${channel}: ${
        heard.map((one) => "change" in one ? one.change.current : one.name).join(", ")
      }`,
    })),
  ];
  return lines.map(({ at, text }) => ({ at, text: `${name} ${text}` }));
}
