import type { AuthFailure } from "../../auth/auth_failure.ts";
import { ErrorCode } from "../../error_codes.ts";
import { createError, errorFromWire, ErrorInfo } from "../../errors.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import type { ConnectionState } from "./connection_state.ts";

/** Why a connection without a more telling reason is gone. */
export function disconnected(
  message: string,
  cause?: unknown,
  remediation = "Check the network and the endpoint; the client connects again by itself.",
): ErrorInfo {
  return createError(
    ErrorCode.Disconnected,
    message,
    remediation,
    { cause, statusCode: 400 },
  );
}

/** Why a connection that the service closed without a word is gone. */
export function closedByService(): ErrorInfo {
  return disconnected("Ably closed the connection");
}

/** RTN14e: why a connection is suspended. */
export function suspended(cause: ErrorInfo): ErrorInfo {
  return createError(
    ErrorCode.ConnectionSuspended,
    "There has been no connection to Ably for longer than the service keeps its state",
    "Check the network; the client keeps trying. See `cause` for the last failure.",
    { cause, statusCode: 400 },
  );
}

/** Why a connection that the user closed can do nothing. */
export function connectionClosed(): ErrorInfo {
  return createError(
    ErrorCode.ConnectionClosed,
    "The connection was closed by the client",
    "Call connect() to open it again.",
    { statusCode: 400 },
  );
}

/** RTN23a: why a silent transport is given up. */
export function connectionIdle(): ErrorInfo {
  return createError(
    ErrorCode.Disconnected,
    "Nothing was received from Ably for too long",
    "Check the network; the client connects again by itself.",
    { statusCode: 408 },
  );
}

/** Why something may be missing on all channels that are attached. */
export function lostFrame(cause: ErrorInfo): ErrorInfo {
  return createError(
    ErrorCode.Disconnected,
    "A frame was passed over that could not be read, also when it was sent again",
    "Read the history of the channels if nothing may be missed; see `cause` for what is wrong with the frame.",
    { cause, statusCode: 400 },
  );
}

/** Why a connection that another request on Workers has opened is gone. */
export function leftBehind(cause: unknown): ErrorInfo {
  return disconnected(
    "The connection to Ably belonged to a request that has ended, and is opened anew by this one",
    cause,
    "Make a Realtime client for each request, use a Rest client, or keep the Realtime client in a Durable Object.",
  );
}

/** RTN14c: why an attempt to connect is given up. */
export function timedOut(timeout: number): ErrorInfo {
  return createError(
    ErrorCode.ConnectionTimedOut,
    `Ably did not answer within ${timeout} ms`,
    "Check the network and the endpoint, or raise realtimeRequestTimeout.",
    { statusCode: 504 },
  );
}

/** Why the runtime let no WebSocket be made. */
export function refusedByRuntime(cause: unknown): ErrorInfo {
  return createError(
    ErrorCode.BadRequest,
    `The runtime refused to open a connection: ${
      cause instanceof Error ? cause.message : String(cause)
    }`,
    "Check the endpoint. Deno needs the permission --allow-net, Node version 22. On Cloudflare Workers, make the client while a request or a Durable Object is being served.",
    { cause },
  );
}

/** RSA4c1, RSA4d: what the auth provider did wrong is the cause. An error of configuration stands for itself. */
export function authProviderFailed(cause: ErrorInfo, failure: AuthFailure): ErrorInfo {
  if (failure === "fatal" || cause.code === ErrorCode.AuthProviderFailed) return cause;
  return createError(
    ErrorCode.AuthProviderFailed,
    `Failed to get a token: ${cause.message}`,
    "See `cause`, and fix the authCallback or authUrl.",
    failure === "forbidden"
      ? { cause: withStatus(cause, 403), statusCode: 403 }
      : { cause, statusCode: 401 },
  );
}

function withStatus(error: ErrorInfo, statusCode: number): ErrorInfo {
  return error.statusCode === statusCode
    ? error
    : new ErrorInfo({ ...error.toJSON(), cause: error.cause, statusCode });
}

/** Why a message can't be sent at all. */
export function unsendable(cause: unknown): ErrorInfo {
  if (cause instanceof ErrorInfo) return cause;
  return createError(
    ErrorCode.InvalidMessageData,
    `Failed to send a message: ${cause instanceof Error ? cause.message : String(cause)}`,
    "Leave out of the message what JSON or MessagePack cannot hold.",
    { cause },
  );
}

/** Why the service refused a message. */
export function refusedByService(message: ProtocolMessage): ErrorInfo {
  return errorFromWire(message.error, {
    message: "The service refused the message without saying why",
    code: ErrorCode.PublishRefused,
    statusCode: 500,
  });
}

/** Why a message that the service passed over has failed. */
export function passedOver(): ErrorInfo {
  return createError(
    ErrorCode.PublishRefused,
    "The service answered later messages but not this one",
    "The message may or may not have been published; look it up in the history before publishing again.",
  );
}

/** Why a message is given up that was sent and never answered. */
export function unacknowledged(timeout: number): ErrorInfo {
  return createError(
    ErrorCode.RequestTimeout,
    `Ably did not acknowledge a message within ${timeout} ms`,
    "The message may or may not have been published; look it up in the history before publishing again.",
    { statusCode: 504 },
  );
}

/** RTN13c: why a ping is given up. */
export function pingTimedOut(timeout: number): ErrorInfo {
  return createError(
    ErrorCode.RequestTimeout,
    `Ably did not answer a ping within ${timeout} ms`,
    "Check the network, or raise realtimeRequestTimeout.",
    { statusCode: 504 },
  );
}

/** Why something cannot be done while the connection is as it is. */
export function wrongConnectionState(
  action: string,
  state: ConnectionState,
  cause: ErrorInfo | null,
): ErrorInfo {
  const ended = state === "closed" || state === "closing";
  return createError(
    ended ? ErrorCode.ConnectionClosed : cause?.code ?? ErrorCode.Disconnected,
    `Failed to ${action}: the connection is ${state}`,
    "Call connect(), or wait for the connection to become connected.",
    { cause, statusCode: ended ? 400 : cause?.statusCode ?? 400 },
  );
}
