import { describeError } from "../../util/logger.ts";
import { untilAborted } from "../../util/deadline.ts";
import { modeMissing } from "./channel_errors.ts";
import type { ChannelManager } from "./channel_manager.ts";
import type { ChannelStateChange } from "./channel_state.ts";

/** The modes that decide whether anything is delivered. */
export type DeliveryMode = "subscribe" | "presence_subscribe" | "annotation_subscribe";

/**
 * Attaches a channel that something subscribes to, unless the options say otherwise (RTL7g, RTP6d, RTAN4d).
 *
 * @returns The change; `null` if nothing had to be done.
 * @throws {ErrorInfo} If attaching fails; 90009 if it was attached without the `subscribe` mode and `strictMode` is on.
 */
export async function attachForSubscribe(
  channel: ChannelManager,
  mode: DeliveryMode,
): Promise<ChannelStateChange | null> {
  void channel.connection.checkOwner();
  if (channel.isReleased) throw channel.cannot("subscribe");
  let change: ChannelStateChange | null = null;
  if (channel.state === "failed") throw channel.cannot("subscribe");
  if (channel.options.attachOnSubscribe && channel.state !== "suspended") {
    change = await untilAborted(channel.attach());
  }
  if (mode !== "presence_subscribe") checkMode(channel, mode); // RTP11f: of presence only get() is checked.
  return change;
}

/** RTL33: makes sure that the channel is attached, or was and will be again. */
export async function ensureActive(channel: ChannelManager, action: string): Promise<void> {
  const moving = channel.connection.checkOwner();
  if (moving && channel.state === "attached") await moving;
  if (channel.state === "attached" || channel.state === "suspended") return; // RTL33a
  if (channel.state === "failed") throw channel.cannot(action); // RTL33c
  await untilAborted(channel.attach()); // RTL33b, RTL33b1
}

/**
 * Checks what the service granted, once attached (RTL7i, RTP11f, RTAN4e).
 *
 * @throws {ErrorInfo} 90009 or 91008 if the mode is missing and `strictMode` is on.
 */
export function checkMode(channel: ChannelManager, mode: DeliveryMode): void {
  if (channel.state !== "attached" || channel.modes.includes(mode)) return; // RTL7i3, RTAN4e1
  const { options } = channel.context;
  const logger = options.logger.of("channel");
  const error = () => modeMissing(channel.name, mode);
  if (mode === "annotation_subscribe") {
    return channel.warnOnce(mode, () => logger.warn(() => describeError(error()))); // RTAN4e
  }
  if (options.strictMode) throw error(); // RTL7i1, RTP11f1
  channel.warnOnce(
    mode,
    () => logger.error(() => `This fails if strictMode is on: ${describeError(error())}`),
  ); // TO3r2
}
