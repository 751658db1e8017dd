import { readMembers, type Shape } from "../../util/read_members.ts";
import type { ServiceLimits } from "./service_limits.ts";

const LIMITS: Shape<ServiceLimits> = {
  what: "The limits of the service",
  names: {
    maxMessageSize: "number",
    connections: "number",
    connectionRate: "number",
    channelsPerConnection: "number",
    channels: "number",
    channelRate: "number",
    presenceMembers: "number",
    channelMessageRate: "number",
    channelBandwidth: "number",
    connectionMessageRate: "number",
    outboundMessageRate: "number",
    messageRate: "number",
    requestRate: "number",
  },
};

/**
 * A copy of the limits.
 *
 * @throws {ErrorInfo} 40003 if one of them is not a number, or is negative.
 */
export function checkLimits(given: ServiceLimits): ServiceLimits {
  return readMembers(given, LIMITS);
}
