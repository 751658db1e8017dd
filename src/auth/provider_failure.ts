import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { utf8 } from "../util/bytes.ts";

/** The largest size of a token, token details or token request, in bytes (RSA4f). */
export const MAX_TOKEN_BYTES = 128 * 1024;

/** The error for a token provider that failed (RSA4e). */
export function providerFailed(
  message: string,
  { cause, remediation }: { cause?: unknown; remediation?: string } = {},
): ErrorInfo {
  return createError(
    ErrorCode.TokenProviderFailed,
    message,
    remediation ??
      "Let it return or promise a token, token details, or a token request made by createTokenRequest, in time.",
    { cause },
  );
}

/** The error for a result that is not a token. */
export function badToken(source: string, what: string, remediation?: string): ErrorInfo {
  return providerFailed(`The ${source} gave ${what}`, { remediation });
}

/** The error for a result that is too large to be a token. */
export function tooLarge(source: string): ErrorInfo {
  return badToken(source, "more than the 128 KiB that a token may have");
}

/** @throws {ErrorInfo} 40170 if a text is too large to be a token (RSA4f). */
export function checkTokenSize(text: string, source: string): void {
  // No character takes more than three bytes, so a text of this length is never too large.
  if (text.length * 3 <= MAX_TOKEN_BYTES) return;
  if (utf8(text).length > MAX_TOKEN_BYTES) throw tooLarge(source);
}
