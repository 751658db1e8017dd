import * as ErrorCode from "../../error_numbers.ts";
import { createError } from "../../errors.ts";
import { readParams } from "../../client/call_options.ts";
import { RANGE, type RangeParams } from "../../operations/range_params.ts";
import type { ChannelManager } from "./channel_manager.ts";

/**
 * History parameters with `untilAttach` in the service's own terms (RTL10b). The caller's object is not changed.
 *
 * @throws {ErrorInfo} 40000 if it is set and the channel is not attached.
 */
export function untilAttachParams(
  channel: ChannelManager,
  params: (RangeParams & { untilAttach?: boolean | null }) | null | undefined,
): RangeParams | null | undefined {
  if (typeof params !== "object" || Array.isArray(params)) return params; // It is refused later, together with other params.
  const { untilAttach, ...range } = readParams(params ?? {}, RANGE);
  if (!untilAttach || untilAttach === "false") return range; // Parameters from a URL are text.
  // RTL15c: there is no attachSerial if the service has resumed the channel ever since.
  const fromSerial = channel.position.attached ?? channel.position.received;
  if (channel.state !== "attached" || fromSerial === null) {
    const why = channel.state === "attached" ? "the service named no position" : channel.state;
    throw createError(
      ErrorCode.BadRequest,
      `Failed to read the history until channel "${channel.name}" was attached: ${why}`,
      "Attach the channel first, or leave untilAttach out.",
    );
  }
  return { ...range, fromSerial } as RangeParams;
}
