import * as ErrorCode from "../error_numbers.ts";
import { ErrorInfo } from "../errors.ts";

/**
 * The effect of a failed authentication on a realtime connection:
 * - `"forbidden"`: the token provider refused, with status 403. The connection fails with 80019/403 (RSA4d).
 * - `"fatal"`: another attempt would fail, too: no way to get a token (RSA4a2), a token for another clientId (RSA15c), a key
 *   without TLS. The connection fails with this very error.
 * - `"retriable"`: the connection is tried again later, and the error is the cause of an 80019/401 (RSA4c).
 */
export type AuthFailure = "forbidden" | "fatal" | "retriable";

/** Errors that came from a token provider. Their codes have another meaning than those that the client itself raises. */
const foreign = new WeakSet<ErrorInfo>();

/** Records that an error came from a token provider, so it is not final for this client (RSA4c). */
export function fromProvider(error: ErrorInfo): ErrorInfo {
  foreign.add(error);
  return error;
}

const FATAL: readonly number[] = [
  ErrorCode.TokenNotRenewable,
  ErrorCode.IncompatibleCredentials,
  ErrorCode.BasicAuthOverHttp,
  ErrorCode.NoCredentials,
];

/** The effect that an error of {@linkcode Credentials} has on a realtime connection. */
export function authFailure(error: unknown): AuthFailure {
  if (!(error instanceof ErrorInfo)) return "retriable";
  if (FATAL.includes(error.code) && !foreign.has(error)) return "fatal";
  const wrapped = error.code === ErrorCode.TokenProviderFailed && error.statusCode !== 403;
  return statusOf(wrapped ? error.cause : error) === 403 ? "forbidden" : "retriable";
}

function statusOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "statusCode" in error
    ? error.statusCode
    : undefined;
}
