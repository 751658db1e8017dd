import { ErrorCode } from "../error_codes.ts";
import { ErrorInfo } from "../errors.ts";

/**
 * What a failed attempt to authenticate means to a realtime connection:
 * - `"forbidden"`: whoever gives tokens refused, with status 403. The connection fails with 80019/403 (RSA4d).
 * - `"fatal"`: trying again can't help: no way to get a token (RSA4a2), a token for someone else (RSA15c), a key without
 *   TLS. The connection fails with this very error.
 * - `"retriable"`: the connection is tried again later, and the error is the cause of an 80019/401 (RSA4c).
 */
export type AuthFailure = "forbidden" | "fatal" | "retriable";

/** Errors that somebody else has raised, whatever their codes mean when the client itself does. */
const foreign = new WeakSet<ErrorInfo>();

/** Notes that an error came from whoever gives tokens: it says nothing final about this client (RSA4c). */
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

/** Tells what an error of {@linkcode Credentials} means to a realtime connection. */
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
