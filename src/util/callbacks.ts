import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import type { Logger } from "./logger.ts";

// `ably` 1.x accepted a callback as the last argument of each call. Here it would never be called, and its caller would wait.

/** The error for a callback. */
export function noCallbacks(): ErrorInfo {
  return createError(
    ErrorCode.ApiNoLongerSupported,
    "A callback was given to a call that returns a promise",
    "Leave it out, and await the promise.",
  );
}

/** Refuses arguments that end with a callback. Returns a rejected promise, or undefined if there is no callback. */
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
 * Warns of a callback in a call that has its effect without it.
 *
 * @param value The argument in the position of the callback of `ably` 1.x.
 * @returns Whether it is a callback, to be ignored.
 */
export function isIgnoredCallback(logger: Logger, method: string, value: unknown): boolean {
  if (typeof value !== "function") return false;
  logger.warn(() => `${method}() does not call its callback. Await its promise`);
  return true;
}
