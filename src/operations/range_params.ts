import type { CallOptions } from "../client/call_options.ts";
import { invalidParameter } from "../client/checks.ts";
import { type Names, oneOf, type Rule } from "../util/read_members.ts";
import { numberOf, TIME } from "../util/time_rule.ts";

/** A rule for the number of items on a page. */
export function upTo(maximum: number): Rule {
  return {
    allows: (value) =>
      Number.isInteger(numberOf(value)) && Number(value) >= 1 && Number(value) <= maximum,
    text: `a whole number from 1${maximum === Infinity ? "" : ` to ${maximum}`}`,
    remediation: "Leave it out for 100; more items are on the next pages.",
  };
}

/** The number of items on a page of history, statistics, members or channels (RSL2b3). */
export const LIMIT: Rule = /* @__PURE__ */ upTo(1000);

/** A boolean, also as text. */
const FLAG: Rule = {
  allows: (value) => typeof value === "boolean" || value === "true" || value === "false",
  text: "a boolean",
};

/** The range of a list to read, and the order (RSL2b, RSP4b, RSC6b). */
export interface RangeParams extends CallOptions {
  /**
   * The earliest time, inclusive: milliseconds since the Unix epoch, or a Date. Not later than `end` (RSL2b1, RSP4b1, RSC6b1).
   */
  start?: number | Date | null;
  /** The latest time, inclusive: milliseconds since the Unix epoch, or a Date (RSL2b1). */
  end?: number | Date | null;
  /** The order: newest or oldest first. Defaults to `"backwards"`, newest first (RSL2b2, RSP4b2, RSC6b2). */
  direction?: "backwards" | "forwards" | null;
  /** The number of items in a page, from 1 to 1000. Defaults to 100 (RSL2b3, RSP4b3, RSC6b3). */
  limit?: number | null;
}

/** The parameters of a range. */
export const RANGE = {
  names: {
    start: TIME,
    end: TIME,
    direction: oneOf("backwards", "forwards"),
    limit: LIMIT,
    signal: true,
    untilAttach: FLAG, // RTL10b: realtime channels read it, and its near misses are found with those of the others.
  } satisfies Names<RangeParams & { untilAttach: boolean }>,
  check({ start, end }: Readonly<Record<string, unknown>>): void {
    if (start === undefined || end === undefined || !(Number(start) > Number(end))) return;
    throw invalidParameter(
      `"start" (${Number(start)}) is later than "end" (${Number(end)})`,
      'Swap them; for newest first, set direction: "backwards".',
    );
  },
} as const;
