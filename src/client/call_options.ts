import type { Stringifiable } from "./client_options.ts";
import { noCallbacks } from "../util/callbacks.ts";
import { withoutNulls } from "../util/copy.ts";
import type { Logger } from "../util/logger.ts";
import { warnOfMisses } from "../util/near_misses.ts";
import { copyMembers, kindOf, readMembers, type Shape } from "../util/read_members.ts";
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

/** Query parameters, and the signal. */
export interface SplitParams {
  /** The parameters of the query string. */
  query: Record<string, string>;
  /** The signal that ends the call. */
  signal: AbortSignal | null;
  /** All values, unchanged. */
  values: Record<string, unknown>;
}

/**
 * The signal of a call.
 *
 * @throws {ErrorInfo} 40025 if a callback is passed in place of the options, 40003 if it is something else.
 */
export function signalOf(options: CallOptions | null | undefined): AbortSignal | null | undefined {
  checkOptions(options);
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
 * Checks that options are an object, or absent. A callback would never be called, so it is refused with an error of its own.
 *
 * @throws {ErrorInfo} 40025 if it is a callback, 40003 if it is something else.
 */
export function checkOptions(options: unknown): void {
  if (options == null || typeof options === "object" && !Array.isArray(options)) return;
  if (typeof options === "function") throw noCallbacks();
  throw invalidParameter(
    `The options must be an object, got ${typeof options}`,
    "Give an object, or nothing.",
  );
}

/**
 * Separates the query parameters of a call from its signal, and turns them into text (RTC1f).
 *
 * @param params The parameters, as an object or as `URLSearchParams`.
 * @param known The known parameters, which may also be inherited.
 * @throws {ErrorInfo} 40003 if a value cannot be a query parameter, 40025 if a callback is passed in their place.
 */
export function splitParams(
  params: object | null | undefined,
  known: KnownParams = {},
): SplitParams {
  if (params == null) return { query: {}, signal: null, values: {} }; // The usual case.
  return writeParams(readParams(params, known));
}

/** The known parameters of a call. */
export interface KnownParams {
  /** Their names. */
  names?: object;
  /** Receives a warning for names that differ slightly from known ones. */
  logger?: Logger;
}

/**
 * Turns parameters from {@linkcode readParams} into the text of a query string, and separates the signal.
 *
 * @throws {ErrorInfo} 40003 if a value cannot be a query parameter.
 */
export function writeParams(values: Record<string, unknown>): SplitParams {
  const query: Record<string, string> = {};
  let signal: AbortSignal | null = null;
  for (const [name, value] of Object.entries(values)) {
    if (name === "signal" && typeof value === "object") {
      signal = checkedSignal(value as AbortSignal) ?? null;
    } else query[name] = toText(name, value);
  }
  return { query, signal, values };
}

/**
 * Reads the parameters of a call, without those that are null.
 *
 * @throws {ErrorInfo} 40025 if a callback is passed in their place, 40003 if they can't be read.
 */
export function readParams(
  params: object | null | undefined,
  { names, logger }: KnownParams,
): Record<string, unknown> {
  checkOptions(params);
  if (params instanceof URLSearchParams) return uniqueParams(params);
  const shape: Shape<Record<string, unknown>> = {
    what: "The parameters",
    names: { ...names, signal: true },
  };
  if (logger) warnOfMisses(logger, params, shape);
  return params == null ? {} : withoutNulls(copyMembers(params as Record<string, unknown>, shape));
}

function uniqueParams(params: URLSearchParams): Record<string, string> {
  const values = Object.fromEntries(params);
  if (Object.keys(values).length === [...params].length) return values;
  throw invalidParameter(
    "A parameter is given twice, of which only one would be sent",
    "Give each parameter once.",
  );
}

function toText(name: string, value: unknown): string {
  if (typeof value === "string" || typeof value === "boolean") return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return String(value.getTime());
  const shown = typeof value === "number" || value instanceof Date ? String(value) : typeof value;
  throw invalidParameter(
    `The parameter "${name}" cannot be sent: ${shown}`,
    "Give a string, a finite number or a boolean.",
  );
}
