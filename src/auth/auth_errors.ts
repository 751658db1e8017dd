import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";

/**
 * RSA4a2: a token is needed, and there is no way to get one.
 *
 * @param cause The refusal of the current token, if there was one.
 */
export function tokenNotRenewable(cause?: ErrorInfo): ErrorInfo {
  return createError(
    ErrorCode.TokenNotRenewable,
    "A new token is needed, and there is no way to get one",
    "Give the client an authCallback, an authUrl or a key besides the token.",
    { requestId: cause?.requestId, cause },
  );
}

/** RSA15: a token or the service names another clientId than the options; or a call passes another key. */
export function incompatibleCredentials(message: string, remediation: string): ErrorInfo {
  return createError(ErrorCode.IncompatibleCredentials, message, remediation);
}

/** RSA9: a token request cannot be signed without a key. */
export function signingKeyMissing(): ErrorInfo {
  return createError(
    ErrorCode.InvalidCredentials,
    "A token request can't be signed without an API key",
    "Give the key in the client options, or in the authOptions of this call.",
  );
}
