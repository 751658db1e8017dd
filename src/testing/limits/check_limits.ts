import { ErrorInfo } from "../../errors.ts";
import { readMembers, type Shape } from "../../util/read_members.ts";
import { ServiceCode } from "../core/service_error.ts";
import type { ServiceLimits } from "./service_limits.ts";

const LIMITS: Shape<ServiceLimits> = {
  what: "The limits of the service",
  names: {
    maxMessageSize: true,
    connections: true,
    connectionRate: true,
    channelsPerConnection: true,
    channels: true,
    channelRate: true,
    presenceMembers: true,
    channelMessageRate: true,
    channelBandwidth: true,
    connectionMessageRate: true,
    outboundMessageRate: true,
    messageRate: true,
    requestRate: true,
  },
};

/**
 * A copy of the limits.
 *
 * @throws {ErrorInfo} 40003 if one of them is not a number, or is negative.
 */
export function checkLimits(given: ServiceLimits): ServiceLimits {
  const limits = readMembers(given, LIMITS);
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value === "number" && value >= 0) continue;
    throw new ErrorInfo({
      message: `The limit ${name} is ${String(value)}, which is not a number from 0`,
      code: ServiceCode.InvalidParameter,
      statusCode: 400,
      remediation: "Give a number, or leave the limit out.",
    });
  }
  return limits;
}
