import type { ResolvedChannelMode } from "../../protocol/actions.ts";
import { permits } from "../auth/capability_rules.ts";
import { ServiceCode, serviceError } from "../core/service_error.ts";
import type { ResumableConnection } from "./resumable_connection.ts";

/**
 * Checks that a connection may perform an operation on a channel, whether it is attached or not.
 *
 * @param mode The channel mode of the operation.
 * @throws {ErrorInfo} 40160 if the credentials do not permit it, 40165 if the channel was attached without the mode.
 */
export function requireOperation(
  connection: ResumableConnection,
  channel: string,
  mode: ResolvedChannelMode,
): void {
  requireCapability(connection, channel, mode.replace("_", "-"));
  const attachment = connection.attachments.get(channel);
  if (attachment === undefined || attachment.has(mode)) return;
  throw serviceError(ServiceCode.ModeNotGranted, `The channel was attached without mode ${mode}`);
}

/**
 * Checks that the credentials of a connection permit an operation on a channel.
 *
 * @throws {ErrorInfo} 40160 if they do not.
 */
export function requireCapability(
  connection: ResumableConnection,
  channel: string,
  operation: string,
): void {
  if (permits(connection.grant.grants, channel, operation)) return;
  throw serviceError(
    ServiceCode.CapabilityDenied,
    `The credentials do not permit to ${operation} on the channel ${JSON.stringify(channel)}`,
  );
}
