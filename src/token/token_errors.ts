import type { ErrorCode } from "../error_codes.ts";
import { createError, type ErrorInfo } from "../errors.ts";

// The codes that token issuers meet, one by one: a bundler leaves the rest of the registry out. The types keep them equal.

/** See {@linkcode ErrorCode}. */
export const BAD_REQUEST: typeof ErrorCode.BadRequest = 40000;
/** See {@linkcode ErrorCode}. */
export const INVALID_PARAMETER: typeof ErrorCode.InvalidParameter = 40003;
/** See {@linkcode ErrorCode}. */
export const INVALID_CREDENTIAL: typeof ErrorCode.InvalidCredential = 40005;
/** See {@linkcode ErrorCode}. */
export const INVALID_CLIENT_ID: typeof ErrorCode.InvalidClientId = 40012;

/** The error for a value that can't be. */
export function invalidTokenParameter(message: string, remediation: string): ErrorInfo {
  return createError(INVALID_PARAMETER, message, remediation);
}
