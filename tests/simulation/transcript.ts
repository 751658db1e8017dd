import { actionName } from "../../src/protocol/actions.ts";
import { FAULTS } from "./faults.ts";
import type { Inhabitant } from "./inhabitant.ts";
import type { Heard } from "./user.ts";
import type { World } from "./world.ts";

interface Line {
  readonly at: number;
  readonly text: string;
}

/** The faults of a world, and all that its clients called, sent and received, in the order of time. */
export function transcriptOf({ inhabitants, departed, plan }: World): string[] {
  const faults = plan.steps.flatMap(({ at, what, client, channel, size = "" }) =>
    what in FAULTS ? [{ at, text: `-- ${what} ${size} (${client}, ${channel})` }] : []
  );
  return [...faults, ...[...departed, ...inhabitants].flatMap(linesOf)]
    .sort((a, b) => a.at - b.at)
    .map(({ at, text }) => `${at} ${text}`);
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
    ...user.ears.flatMap(({ list, heard }, index) =>
      heard.map((one) => ({
        at: one.at,
        text: `hears ${heardText(one)} on ${list}, as listener ${index}`,
      }))
    ),
  ];
  return lines.map(({ at, text }) => ({ at, text: `${name} ${text}` }));
}

function heardText(one: Heard): string {
  if ("key" in one) return one.name || one.key;
  const { event, resumed } = one.change;
  return `"${event}"${resumed ? ", resumed" : ""}`;
}
