import type { CallOptions, ParamCheck } from "../client/call_options.ts";
import { invalidParameter } from "../client/checks.ts";
import { shown } from "../util/read_members.ts";

/** The largest number of items on a page of history or statistics (RSL2b3). */
const MAX_LIMIT = 1000;

const DIRECTIONS = ["backwards", "forwards"];

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
export const RANGE: { readonly [Name in keyof RangeParams | "untilAttach"]-?: true | ParamCheck } =
  {
    start: (value) => checkTime("start", value),
    end: checkEnd,
    direction: (value) => checkChoice("direction", value, DIRECTIONS),
    limit: checkLimit,
    signal: true,
    untilAttach: true, // RTL10b: realtime channels read it, and its near misses are found with those of the others.
  };

/**
 * Checks a parameter that has one of some values.
 *
 * @throws {ErrorInfo} 40003 for another value.
 */
export function checkChoice(name: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  throw invalidParameter(
    `"${name}" must be one of ${choices.join(", ")}, got ${shown(value)}`,
    "Give one of them, or leave it out.",
  );
}

/**
 * Checks the number of items in a page of history, statistics, members or channels.
 *
 * @throws {ErrorInfo} 40003 if it is not a whole number from 1 to 1000.
 */
export function checkLimit(limit: unknown): void {
  checkPageSize(limit, MAX_LIMIT);
}

/**
 * Checks the number of items in a page.
 *
 * @throws {ErrorInfo} 40003 if it is not a whole number from 1.
 */
export function checkPageSize(limit: unknown, maximum: number): void {
  const count = numberOf(limit);
  if (Number.isInteger(count) && count >= 1 && count <= maximum) return;
  const range = maximum === Infinity ? "" : ` to ${maximum}`;
  throw invalidParameter(
    `"limit" must be a whole number from 1${range}, got ${
      typeof limit === "number" ? limit : typeof limit
    }`,
    "Leave it out for 100; more items are on the next pages.",
  );
}

/** A number, also as digits: values from a URL or a form are text. */
export function numberOf(value: unknown): number {
  const isNumber = typeof value === "number" || typeof value === "string" && /^\d+$/.test(value);
  return isNumber ? Number(value) : NaN;
}

function checkTime(name: string, value: unknown): void {
  if (value instanceof Date || typeof value === "number" || !Number.isNaN(numberOf(value))) return;
  throw invalidParameter(
    `"${name}" is not a time: ${typeof value}`,
    "Give milliseconds since the Unix epoch as a number, or a Date.",
  );
}

function checkEnd(end: unknown, { start }: Readonly<Record<string, unknown>>): void {
  checkTime("end", end);
  if (start === undefined || !(Number(start) > Number(end))) return; // NaN is refused later.
  throw invalidParameter(
    `"start" (${Number(start)}) is later than "end" (${Number(end)})`,
    'Swap them; for newest first, set direction: "backwards".',
  );
}
