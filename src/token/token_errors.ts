import type { ErrorCode } from "../error_codes.ts";
import { createError, type ErrorInfo } from "../errors.ts";

// The error codes that token issuers meet, as single constants: importing the registry would bring all codes into their bundle.
// The types keep the values equal.

/** {@linkcode ErrorCode}`.BadRequest`. */
export const BAD_REQUEST: typeof ErrorCode.BadRequest = 40000;
/** {@linkcode ErrorCode}`.InvalidParameter`. */
export const INVALID_PARAMETER: typeof ErrorCode.InvalidParameter = 40003;
/** {@linkcode ErrorCode}`.InvalidCredential`. */
export const INVALID_CREDENTIAL: typeof ErrorCode.InvalidCredential = 40005;
/** {@linkcode ErrorCode}`.InvalidClientId`. */
export const INVALID_CLIENT_ID: typeof ErrorCode.InvalidClientId = 40012;

/** The error for a value that a token cannot have. */
export function invalidTokenParameter(message: string, remediation: string): ErrorInfo {
  return createError(INVALID_PARAMETER, message, remediation);
}

/**
 * Checks a parameter of a token or of an endpoint.
 *
 * @throws {ErrorInfo} 40003 if it is not valid.
 */
export function checkParameter(isValid: boolean, message: string, remediation: string): void {
  if (!isValid) throw invalidTokenParameter(message, remediation);
}
