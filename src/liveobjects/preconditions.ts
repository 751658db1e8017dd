import type { ChannelManager } from "../realtime/channel/channel_manager.ts";
import { echoMissing, modeMissing, type ObjectMode } from "./object_errors.ts";

/**
 * Checks that a mode was granted; before the channel is attached, that it was requested (RTO2).
 *
 * @throws {ErrorInfo} 40024 if not.
 */
export function checkMode(channel: ChannelManager, mode: ObjectMode): void {
  const modes = channel.state === "attached" ? channel.modes : channel.options.modes; // RTO2a, RTO2b
  if (!modes.includes(mode)) throw modeMissing(channel, mode); // RTO2a1, RTO2a2, RTO2b1, RTO2b2
}

/**
 * Checks that objects may be read (RTO25).
 *
 * @throws {ErrorInfo} 40024, 90001
 */
export function checkAccess(channel: ChannelManager): void {
  checkMode(channel, "object_subscribe"); // RTO25a
  const { state } = channel;
  if (state === "detached" || state === "failed") throw channel.cannot("read objects"); // RTO25b
}

/**
 * Checks that objects may be changed (RTO26).
 *
 * @throws {ErrorInfo} 40024, 90001; 40000 if the client receives no echo of its own messages.
 */
export function checkWrite(channel: ChannelManager): void {
  checkMode(channel, "object_publish"); // RTO26a
  const { state } = channel;
  if (state === "detached" || state === "failed" || state === "suspended") {
    throw channel.cannot("change objects"); // RTO26b
  }
  if (!channel.context.options.echoMessages) throw echoMissing(); // RTO26c
}
