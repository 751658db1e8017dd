import * as ErrorCode from "../error_numbers.ts";
import { createError, ErrorInfo } from "../errors.ts";

/** The error for a response of unexpected form. */
export function unexpectedAnswer(action: string, cause?: unknown): ErrorInfo {
  return createError(
    ErrorCode.InternalError,
    `Failed to ${action}: the answer has an unexpected form`,
    "Check that the endpoint is Ably's and that no proxy alters its answers.",
    { cause },
  );
}

/**
 * Reads a response. RSF1: a response of unexpected form is an error of the call, not an exception of the runtime.
 *
 * @param action The action of the call, for the error.
 * @param read Reads the response.
 * @throws {ErrorInfo} 50000 if `read` throws.
 */
export async function readAnswer<T>(action: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw cause instanceof ErrorInfo ? cause : unexpectedAnswer(action, cause);
  }
}
