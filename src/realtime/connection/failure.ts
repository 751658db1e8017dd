import { authFailure } from "../../auth/auth_failure.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { errorFromWire, type ErrorInfo, isTokenError } from "../../errors.ts";
import * as Action from "../../protocol/action_numbers.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { authProviderFailed, closedByService } from "./connection_errors.ts";
import type { Failure } from "./connection_state.ts";

/** The failure with which a frame ends an attempt or a connection; `undefined` if it ends neither. */
export function failureOf(frame: ProtocolMessage): Failure | undefined {
  switch (frame.action) {
    case Action.Error: // RTN14b, RTN14g
      if (frame.channel) return undefined;
      return { ...failureWith(frame, ErrorCode.ConnectionFailed), kind: "fatal" };
    case Action.Disconnected: {
      const failure = failureWith(frame, ErrorCode.Disconnected);
      return { ...failure, tryOtherHosts: isHostAtFault(failure) };
    }
    case Action.Closed: {
      const { isTokenError: _, ...failure } = failureWith(frame, ErrorCode.Disconnected);
      return failure.fromService ? failure : { ...failure, reason: closedByService() };
    }
    default:
      return undefined;
  }
}

/** The failure when no token can be obtained. Only a refusal, or what trying again cannot help, is final (RSA4c, RSA4d). */
export function authFailed(error: ErrorInfo): Failure {
  const failure = authFailure(error);
  return {
    kind: failure === "retriable" ? "transient" : "fatal",
    reason: authProviderFailed(error, failure),
  };
}

function failureWith({ error }: ProtocolMessage, code: number): Failure {
  const reason = errorFromWire(error, { code, statusCode: 400 });
  return {
    kind: "transient",
    reason,
    isTokenError: isTokenError(reason),
    fromService: error != null,
  };
}

/** Whether the error is one that another host may not have (RTN17f1). */
function isHostAtFault({ reason: { statusCode } }: Failure): boolean {
  return statusCode >= 500 && statusCode <= 504;
}
