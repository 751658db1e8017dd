import type { Stringifiable } from "./client_options.ts";
import { checkNoCallback } from "../util/callbacks.ts";
import { withoutNulls } from "../util/copy.ts";
import type { Logger } from "../util/logger.ts";
import { warnOfMisses } from "../util/near_misses.ts";
import {
  checkMembers,
  copyMembers,
  kindOf,
  readMembers,
  type Shape,
  type Wanted,
} from "../util/read_members.ts";
import { invalidParameter } from "./checks.ts";

/** The options that every call takes. */
export interface CallOptions {
  /** Ends the call when aborted: the call rejects, and its requests and waits are aborted. */
  signal?: AbortSignal | null;
}

/** Query parameters of a call. A parameter `signal` with an `AbortSignal` is not sent, but ends the call. */
export interface CallParams {
  /** Ends the call when aborted. */
  signal?: AbortSignal | Stringifiable | null;
  /** A parameter for the query string; `null` and `undefined` are left out. */
  [name: string]: Stringifiable | AbortSignal | Date | null | undefined;
}

/** The query parameters of a call as text, and its signal. */
export interface Query {
  /** The parameters of the query string. */
  query: Record<string, string>;
  /** The signal that ends the call. */
  signal: AbortSignal | null;
}

/** The known parameters of a call. */
export interface KnownParams {
  /** Their names, and the values that they may have. */
  readonly names: Readonly<Record<string, true | Wanted>>;
  /** Checks several values together. */
  readonly check?: (values: Readonly<Record<string, unknown>>) => void;
}

/**
 * The signal of a call.
 *
 * @throws {ErrorInfo} 40025 if a callback is passed in place of the options, 40003 if it is something else.
 */
export function signalOf(options: CallOptions | null | undefined): AbortSignal | null | undefined {
  checkNoCallback([options]);
  return checkedSignal(readMembers(options, CALL_OPTIONS).signal);
}

const CALL_OPTIONS: Shape<CallOptions> = { what: "The options", names: { signal: true } };

/**
 * Checks that a value is an AbortSignal.
 *
 * @throws {ErrorInfo} 40003 if it is not.
 */
export function checkedSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || typeof signal === "object" && "aborted" in signal) return signal;
  throw invalidParameter(
    `The signal is not an AbortSignal: ${kindOf(signal)}`,
    "Give the signal of an AbortController, or leave it out.",
  );
}

/**
 * Checks the query parameters of a call, turns them into text (RTC1f), and separates the signal.
 *
 * @param params The parameters, as an object or as `URLSearchParams`.
 * @param known The known parameters, which may also be inherited.
 * @param logger Receives a warning for names that differ slightly from known ones.
 * @throws {ErrorInfo} 40003 if a value cannot be a query parameter, 40025 if a callback is passed in their place.
 */
export function queryOf(
  params: object | null | undefined,
  known?: KnownParams,
  logger?: Logger,
): Query {
  const query: Record<string, string> = {};
  let signal: AbortSignal | null = null;
  if (params == null) return { query, signal }; // The usual case.
  const values = readParams(params, known, logger);
  for (const [name, value] of Object.entries(values)) {
    if (name === "signal" && typeof value === "object") {
      signal = checkedSignal(value as AbortSignal) ?? null;
    } else query[name] = toText(name, value);
  }
  return { query, signal };
}

/**
 * Reads the parameters of a call, without those that are null.
 *
 * @throws {ErrorInfo} 40025 if a callback is passed in their place, 40003 if they can't be read, or one has a wrong value.
 */
export function readParams(
  params: object,
  known?: KnownParams,
  logger?: Logger,
): Record<string, unknown> {
  checkNoCallback([params]);
  const shape: Shape<Record<string, unknown>> = {
    what: "The parameters",
    names: { ...known?.names, signal: true },
  };
  if (logger) warnOfMisses(logger, params, shape);
  const values = params instanceof URLSearchParams
    ? uniqueParams(params)
    : withoutNulls(copyMembers(params as Record<string, unknown>, shape));
  checkMembers(values, shape);
  known?.check?.(values);
  return values;
}

function uniqueParams(params: URLSearchParams): Record<string, string> {
  const values = Object.fromEntries(params);
  if (Object.keys(values).length === [...params].length) return values;
  throw invalidParameter(
    "A parameter is given twice, of which only one would be sent",
    "Give each parameter once.",
  );
}

function toText(name: string, given: unknown): string {
  const value = given instanceof Date ? given.getTime() : given;
  if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) {
    return String(value);
  }
  throw invalidParameter(
    `The parameter "${name}" cannot be sent: ${typeof value === "number" ? value : typeof value}`,
    "Give a string, a finite number or a boolean.",
  );
}
