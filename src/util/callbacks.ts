import { ErrorCode } from "../error_codes.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import type { Logger } from "./logger.ts";

// `ably` 1.x took a callback as the last argument of each call. It would never be called here, and the caller would wait.

/** The error for a callback. */
export function noCallbacks(): ErrorInfo {
  return createError(
    ErrorCode.ApiNoLongerSupported,
    "A callback was given to a call that returns a promise",
    "Leave the callback out, and await the promise.",
    { statusCode: 400 },
  );
}

/** Refuses arguments that end with a callback. Gives a rejected promise, or undefined where there is no callback. */
export function callbackRefused(given: ArrayLike<unknown>): Promise<never> | undefined {
  return endsWithCallback(given) ? Promise.reject(noCallbacks()) : undefined;
}

/**
 * Refuses arguments that end with a callback.
 *
 * @throws {ErrorInfo} 40025 if they do.
 */
export function checkNoCallback(given: ArrayLike<unknown>): void {
  if (endsWithCallback(given)) throw noCallbacks();
}

function endsWithCallback(given: ArrayLike<unknown>): boolean {
  return typeof given[given.length - 1] === "function";
}

/**
 * Warns of a callback where the call has an effect that does not depend on it.
 *
 * @param value What was given where `ably` 1.x took the callback.
 * @returns Whether it is one, to be ignored.
 */
export function isIgnoredCallback(logger: Logger, method: string, value: unknown): boolean {
  if (typeof value !== "function") return false;
  logger.warn(() => `${method}() does not call its callback. Await its promise`);
  return true;
}
