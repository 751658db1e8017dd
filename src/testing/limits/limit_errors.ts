import { ErrorInfo } from "../../errors.ts";
import { chosenError } from "../core/known_errors.ts";
import { ServiceCode } from "../core/service_error.ts";

const SLOW_DOWN = "Try again after a while, and wait longer each time.";

const REMEDIATION: Readonly<Record<number, string>> = {
  [ServiceCode.ConnectionLimit]: "Close connections that are not needed.",
  [ServiceCode.ChannelLimit]: "Detach channels that are not needed.",
  [ServiceCode.TooManyChannels]: "Detach channels that the connection does not need.",
};

/** The error of an exceeded limit, as Ably words it. */
export function limitExceeded(code: number, limit: number): ErrorInfo {
  const { message, statusCode } = chosenError(code);
  return new ErrorInfo({
    message: `${message}; permitted = ${limit}`,
    code,
    statusCode,
    remediation: REMEDIATION[code] ?? SLOW_DOWN,
  });
}
