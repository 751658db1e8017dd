import { ErrorCode } from "../error_codes.ts";
import { createError, ErrorInfo } from "../errors.ts";

/** An answer that is not what the protocol says it should be. */
export function unexpectedAnswer(action: string, cause?: unknown): ErrorInfo {
  return createError(
    ErrorCode.InternalError,
    `Failed to ${action}: the answer has an unexpected form`,
    "Check that the endpoint is Ably's and that no proxy alters its answers.",
    { cause },
  );
}

/**
 * Makes what is wanted of an answer. RSF1: an answer of another form than expected is an error of the call, not of the
 * runtime.
 *
 * @param action What the answer is for, for the error.
 * @param read Makes what is wanted.
 * @throws {ErrorInfo} 50000 if that is not possible.
 */
export async function readAnswer<T>(action: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw cause instanceof ErrorInfo ? cause : unexpectedAnswer(action, cause);
  }
}
