import { ErrorCode } from "../../error_codes.ts";
import { errorFromWire, isTokenError } from "../../errors.ts";
import { Action } from "../../protocol/actions.ts";
import type { ProtocolMessage } from "../../protocol/protocol_message.ts";
import { closedByService } from "./connection_errors.ts";
import type { Failure } from "./connection_state.ts";

/** The failure with which a frame ends an attempt or a connection; `undefined` if it ends neither. */
export function failureOf(message: ProtocolMessage): Failure | undefined {
  switch (message.action) {
    case Action.Error: {
      if (message.channel) return undefined;
      const failure = toldBy(message, ErrorCode.ConnectionFailed);
      // RTN14b, RTN14g
      const kind = failure.kind === "token" ? "token" : "fatal";
      return { ...failure, kind, otherwise: "fatal" };
    }
    case Action.Disconnected: {
      const failure = toldBy(message, ErrorCode.Disconnected);
      return { ...failure, tryOtherHosts: isHostAtFault(failure) };
    }
    case Action.Closed: {
      const failure = toldBy(message, ErrorCode.Disconnected);
      return {
        kind: "transient",
        ...(failure.fromService ? failure : { reason: closedByService() }),
      };
    }
    default:
      return undefined;
  }
}

function toldBy({ error }: ProtocolMessage, code: number): Failure {
  const reason = errorFromWire(error, { code, statusCode: 400 });
  return { kind: isTokenError(reason) ? "token" : "transient", reason, fromService: error != null };
}

/** Whether the error is one that another host may not have (RTN17f1). */
function isHostAtFault({ reason: { statusCode } }: Failure): boolean {
  return statusCode >= 500 && statusCode <= 504;
}
