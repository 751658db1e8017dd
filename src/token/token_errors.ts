import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";

/** The error for a value that a token cannot have. */
export function invalidTokenParameter(message: string, remediation: string): ErrorInfo {
  return createError(ErrorCode.InvalidParameter, message, remediation);
}

/**
 * Checks a parameter of a token or of an endpoint.
 *
 * @throws {ErrorInfo} 40003 if it is not valid.
 */
export function checkParameter(isValid: boolean, message: string, remediation: string): void {
  if (!isValid) throw invalidTokenParameter(message, remediation);
}
