import { invalidParameter } from "../client/checks.ts";
import {
  type CallOptions,
  type KnownParams,
  readParams,
  type SplitParams,
  splitParams,
  writeParams,
} from "../client/call_options.ts";
import { type Names, shown } from "../util/read_members.ts";

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

/** The names of range parameters. */
export const RANGE: Names<RangeParams & { untilAttach: boolean }> = {
  start: true,
  end: true,
  direction: true,
  limit: true,
  signal: true,
  untilAttach: true, // RTL10b: realtime channels read it, and its near misses are found with those of the others.
};

/**
 * Checks the number of items on a page, then turns the parameters of a list into query parameters.
 *
 * @throws {ErrorInfo} 40003 if one cannot be sent, or `limit` is not a whole number from 1 to 1000.
 */
export function limitedQuery(
  params: object | null | undefined,
  known: KnownParams,
): SplitParams {
  const split = splitParams(params, known);
  checkLimit(split.values, MAX_LIMIT);
  return split;
}

/**
 * Checks range parameters, then turns them into query parameters.
 *
 * @throws {ErrorInfo} 40003 if one is of the wrong type, out of its range, or `start` is later than `end`.
 */
export function rangeQuery(
  params: object | null | undefined,
  known: KnownParams,
): SplitParams {
  const values = readParams(params, {
    names: RANGE,
    ...known,
  });
  const { start, end, direction } = values;
  checkTime("start", start);
  checkTime("end", end);
  if (start !== undefined && end !== undefined && Number(start) > Number(end)) {
    throw invalidParameter(
      `"start" (${Number(start)}) is later than "end" (${Number(end)})`,
      'Swap them; for newest first, set direction: "backwards".',
    );
  }
  checkChoice("direction", direction, DIRECTIONS);
  checkLimit(values, MAX_LIMIT);
  return writeParams(values);
}

/**
 * Checks a parameter that must be one of several words.
 *
 * @throws {ErrorInfo} 40003 if it is another value.
 */
export function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || (choices as readonly unknown[]).includes(value)) return;
  throw invalidParameter(
    `"${name}" must be one of ${choices.join(", ")}, got ${shown(value)}`,
    "Give one of them, or leave it out.",
  );
}

/**
 * Checks the number of items on a page.
 *
 * @throws {ErrorInfo} 40003 if it is not a whole number from 1 to the maximum.
 */
export function checkLimit(
  params: { limit?: unknown } | null | undefined,
  maximum: number = Infinity,
): void {
  const limit = params?.limit;
  if (limit == null) return;
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
  if (value == null || value instanceof Date || typeof value === "number") return;
  if (!Number.isNaN(numberOf(value))) return;
  throw invalidParameter(
    `"${name}" is not a time: ${typeof value}`,
    "Give milliseconds since the Unix epoch as a number, or a Date.",
  );
}
