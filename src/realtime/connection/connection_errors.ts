import { messageOf } from "../../util/message_of.ts";
import { because } from "../../util/redact.ts";
import type { AuthFailure } from "../../auth/auth_failure.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { createError, errorFromWire, ErrorInfo } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { ConnectionState } from "./connection_state.ts";

/** The error of a lost connection, if no other code is more specific. */
export function disconnected(
  message: string,
  cause?: unknown,
  remediation = "Check the network and the endpoint; the client connects again by itself.",
): ErrorInfo {
  return createError(ErrorCode.Disconnected, message, remediation, { cause, statusCode: 503 });
}

/** The error of a connection that the service closed without giving a reason. */
export function closedByService(): ErrorInfo {
  return disconnected("Ably closed the connection");
}

/** RTN14e: the error of a connection that becomes suspended. */
export function suspended(cause: ErrorInfo): ErrorInfo {
  return createError(
    ErrorCode.ConnectionSuspended,
    `There was no connection to Ably for longer than it keeps the state of one${because(cause)}`,
    "Check the network; the client keeps trying.",
    { cause, statusCode: 400 },
  );
}

/** The error of a call that the user has ended by closing the connection. */
export function connectionClosed(): ErrorInfo {
  return createError(
    ErrorCode.ConnectionClosed,
    "The connection was closed by the client",
    "Call connect() to open it again.",
    { statusCode: 400 },
  );
}

/** RTN23a: the error of a connection over which nothing arrives. */
export function connectionIdle(): ErrorInfo {
  return createError(
    ErrorCode.Disconnected,
    "Nothing was received from Ably for too long",
    "Check the network; the client connects again by itself.",
    { statusCode: 408 },
  );
}

/** The error of attached channels after a frame that cannot be read: any of them may have missed messages. */
export function lostFrame(cause: ErrorInfo): ErrorInfo {
  return disconnected(
    "Skipped a frame that could not be read, even when it was sent again",
    cause,
    "Read the history of the channels if you must not miss a message.",
  );
}

/** The error of a connection whose request on Workers has ended. */
export function leftBehind(cause: unknown): ErrorInfo {
  return disconnected(
    "The connection to Ably belonged to a request that has ended; this request opens another one",
    cause,
    "Make a Realtime client for each request, use a Rest client, or keep the Realtime client in a Durable Object.",
  );
}

/** RTN14c: the error of an attempt to connect, or of an AUTH, without an answer in time. */
export function timedOut(timeout: number): ErrorInfo {
  return createError(
    ErrorCode.ConnectionTimedOut,
    `Ably did not answer within ${timeout} ms`,
    "Check the network and the endpoint, or raise realtimeRequestTimeout.",
    { statusCode: 504 },
  );
}

/** RSA4c1, RSA4d: the error when no token can be obtained. An error of configuration is returned as it is. */
export function authProviderFailed(cause: ErrorInfo, failure: AuthFailure): ErrorInfo {
  if (failure === "fatal" || cause.code === ErrorCode.AuthProviderFailed) return cause;
  return createError(
    ErrorCode.AuthProviderFailed,
    `Failed to get a token: ${cause.message}`,
    cause.remediation || "Fix the authCallback or authUrl.",
    failure === "forbidden"
      ? { cause: refusalIn(cause), statusCode: 403 }
      : { cause, statusCode: 401 },
  );
}

/** The refusal with status 403 in an error. For an authUrl, that is the error of its response, as in `ably`. */
function refusalIn(error: ErrorInfo): ErrorInfo {
  const { cause } = error;
  if (error.statusCode === 403) return error;
  if (cause instanceof ErrorInfo && cause.statusCode === 403) return cause;
  return new ErrorInfo({ ...error.toJSON(), cause, statusCode: 403 });
}

/** The error of a message that cannot be encoded. */
export function unsendable(cause: unknown): ErrorInfo {
  if (cause instanceof ErrorInfo) return cause;
  return createError(
    ErrorCode.InvalidMessageData,
    `Failed to send a message: ${messageOf(cause)}`,
    "Remove the values that JSON or MessagePack cannot hold from the message.",
    { cause },
  );
}

/** The error of a message that the service refused. */
export function refusedByService({ error }: ProtocolMessage): ErrorInfo {
  return errorFromWire(error, {
    message: "The service refused the message without a reason",
    code: ErrorCode.PublishRefused,
    statusCode: 500,
  });
}

/** The error of a message that the service skipped in its acknowledgements. */
export function passedOver(): ErrorInfo {
  return createError(
    ErrorCode.PublishRefused,
    "The service answered later messages but not this one",
    "It may have been published; look it up in the history before publishing again.",
  );
}

/** The error of a message without an acknowledgement in time. */
export function unacknowledged(timeout: number): ErrorInfo {
  return createError(
    ErrorCode.RequestTimeout,
    `Ably did not acknowledge a message within ${timeout} ms`,
    "It may have been published; look it up in the history before publishing again.",
    { statusCode: 504 },
  );
}

/** RTN13c: the error of a ping without an answer in time. */
export function pingTimedOut(timeout: number): ErrorInfo {
  return createError(
    ErrorCode.RequestTimeout,
    `Ably did not answer a ping within ${timeout} ms`,
    "Check the network, or raise realtimeRequestTimeout.",
    { statusCode: 504 },
  );
}

/** The error of a call that the state of the connection does not allow. */
export function wrongConnectionState(
  action: string,
  state: ConnectionState,
  cause: ErrorInfo | null,
): ErrorInfo {
  const ended = state === "closed" || state === "closing";
  return createError(
    ended ? ErrorCode.ConnectionClosed : cause?.code ?? ErrorCode.Disconnected,
    `Failed to ${action}: the connection is ${state}${because(cause)}`,
    "Call connect(), or wait for the connection to become connected.",
    { cause, statusCode: ended ? 400 : cause?.statusCode ?? 400 },
  );
}
