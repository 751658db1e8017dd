import type { Stringifiable } from "../client_options.ts";
import { ErrorCode } from "../error_codes.ts";
import { invalidParameter } from "./arguments.ts";

/** What every call takes beside its own arguments. */
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
  /** What goes into the query string. */
  query: Record<string, string>;
  /** What ends the call. */
  signal: AbortSignal | null;
}

/**
 * The signal of a call.
 *
 * @throws {ErrorInfo} 40025 if a callback stands where the options belong, 40003 if it is something else.
 */
export function signalOf(options: CallOptions | null | undefined): AbortSignal | null | undefined {
  checkOptions(options);
  return options?.signal;
}

/**
 * Checks that options are an object, or absent. A callback would never be called, and whoever waits for it would not learn
 * why.
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
 * @throws {ErrorInfo} 40003 if a value cannot be a query parameter, 40025 if a callback stands where they belong.
 */
export function splitParams(params: object | null | undefined): SplitParams {
  const query: Record<string, string> = {};
  let signal: AbortSignal | null = null;
  checkOptions(params);
  for (const [name, value] of Object.entries(params ?? {})) {
    if (value == null) continue;
    if (name === "signal" && typeof value === "object") signal = value as AbortSignal;
    else query[name] = toText(name, value);
  }
  return { query, signal };
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
