import type { Stringifiable } from "./client_options.ts";
import { ErrorCode } from "../error_codes.ts";
import { withoutNulls } from "../util/copy.ts";
import { copyMembers, kindOf, readMembers, type Shape } from "../util/read_members.ts";
import { invalidParameter } from "./checks.ts";

/** The options that every call takes. */
export interface CallOptions {
  /** Ends the call when aborted: it rejects, and what it waits for is given up. */
  signal?: AbortSignal | null;
}

/**
 * Query parameters of a call. The name `signal` is not sent if its value is an `AbortSignal`: that one ends the call.
 */
export interface CallParams {
  /** Ends the call when aborted. */
  signal?: AbortSignal | Stringifiable | null;
  /** A parameter for the query string; `null` and `undefined` are left out. */
  [name: string]: Stringifiable | AbortSignal | Date | null | undefined;
}

/** Query parameters and the signal, told apart. */
export interface SplitParams {
  /** The parameters of the query string. */
  query: Record<string, string>;
  /** A signal that ends the call. */
  signal: AbortSignal | null;
  /** All that was given, as it was given. */
  values: Record<string, unknown>;
}

/**
 * The signal of a call.
 *
 * @throws {ErrorInfo} 40025 if a callback stands where the options belong, 40003 if it is something else.
 */
export function signalOf(options: CallOptions | null | undefined): AbortSignal | null | undefined {
  checkOptions(options);
  return checkedSignal(readMembers(options, CALL_OPTIONS).signal);
}

const CALL_OPTIONS: Shape<CallOptions> = { what: "The options", names: { signal: true } };

/**
 * Checks that something can end a call.
 *
 * @throws {ErrorInfo} 40003 if it can't.
 */
export function checkedSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || typeof signal === "object" && "aborted" in signal) return signal;
  throw invalidParameter(
    `The signal is not an AbortSignal: ${kindOf(signal)}`,
    "Give the signal of an AbortController, or leave it out.",
  );
}

/**
 * Checks that options are an object, or absent. A callback would never be called, so refuse it with an error that says so.
 *
 * @throws {ErrorInfo} 40025 if it is a callback, 40003 if it is something else.
 */
export function checkOptions(options: unknown): void {
  if (options == null || typeof options === "object" && !Array.isArray(options)) return;
  throw invalidParameter(
    `The options must be an object, got ${typeof options}`,
    "Give an object or nothing, and await the promise.",
    typeof options === "function" ? ErrorCode.ApiNoLongerSupported : undefined,
  );
}

/**
 * Tells the query parameters of a call from its signal, and turns them into text (RTC1f).
 *
 * @param params The parameters, as an object or as `URLSearchParams`.
 * @param names Those that are known, which count also where they are inherited.
 * @throws {ErrorInfo} 40003 if a value cannot be a query parameter, 40025 if a callback stands where they belong.
 */
export function splitParams(params: object | null | undefined, names: object = {}): SplitParams {
  return writeParams(readParams(params, names));
}

/**
 * Turns parameters that {@linkcode readParams} has read into the text of a query string, and takes out the signal.
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
 * @throws {ErrorInfo} 40025 if a callback stands where they belong, 40003 if they can't be read.
 */
export function readParams(
  params: object | null | undefined,
  names: object,
): Record<string, unknown> {
  checkOptions(params);
  if (params instanceof URLSearchParams) return uniqueParams(params);
  const shape: Shape<Record<string, unknown>> = {
    what: "The parameters",
    names: { ...names, signal: true },
  };
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
