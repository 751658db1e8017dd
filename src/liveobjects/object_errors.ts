import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import type { ChannelManager } from "../realtime/channel/channel_manager.ts";
import { type Path, printPath } from "./core/object_path.ts";

/** The HTTP status of LiveObjects codes, which do not begin with it. */
const REFUSED = { statusCode: 400 };

/** The modes that objects need. */
export type ObjectMode = "object_subscribe" | "object_publish";

/** RTO2a2, RTO2b2 */
export function modeMissing({ name, state }: ChannelManager, mode: ObjectMode): ErrorInfo {
  return createError(
    ErrorCode.ObjectModeMissing,
    state === "attached"
      ? `The service has not granted the "${mode}" mode on channel "${name}"`
      : `The options of channel "${name}" do not include the "${mode}" mode`,
    `Name "${mode}" in the modes of the channel options, not in params, with all other modes that the channel needs; and give the key or token the capability for it.`,
  );
}

/** RTO26c */
export function echoMissing(): ErrorInfo {
  return createError(
    ErrorCode.BadRequest,
    "Objects cannot be changed by a client whose echoMessages is off",
    "Leave echoMessages on.",
  );
}

/** RTPO3c2 */
export function leadsNowhere(path: Path, action: string): ErrorInfo {
  return createError(
    ErrorCode.ObjectPathUnresolvable,
    `Failed to ${action}: there is no value at the path ${JSON.stringify(printPath(path))}`,
    "Set the keys that the path consists of first.",
    REFUSED,
  );
}

/** RTPO15e, RTPO16e, RTPO17e, RTPO18e, RTINS12d, RTINS13d, RTINS14d, RTINS15d, RTINS16c */
export function wrongType(action: string, wanted: string): ErrorInfo {
  return createError(
    ErrorCode.ObjectTypeMismatch,
    `Failed to ${action}: the value is not a ${wanted}`,
    `Call it on a ${wanted}.`,
    REFUSED,
  );
}

/** RTO20e1, RTO23c1 */
export function syncInterrupted(
  action: string,
  { name, state, errorReason }: ChannelManager,
): ErrorInfo {
  return createError(
    ErrorCode.ObjectsSyncInterrupted,
    `Failed to ${action} on channel "${name}": it became ${state} before its objects were known`,
    "Attach the channel, and await channel.object.get() to see the current values.",
    { ...REFUSED, cause: errorReason },
  );
}

/** The error if the service does not complete a sync. */
export function syncTimedOut(action: string, name: string, timeout: number): ErrorInfo {
  return createError(
    ErrorCode.RequestTimeout,
    `Failed to ${action} on channel "${name}": its objects were not complete within ${timeout} ms`,
    "Try again, or raise realtimeRequestTimeout.",
    { statusCode: 504 },
  );
}

/** RTO15d */
export function tooLarge(size: number, limit: number): ErrorInfo {
  return createError(
    ErrorCode.MessageTooLarge,
    `The change has ${size} bytes, more than the limit of ${limit}`,
    "Make it in several steps.",
  );
}

/** The error if a batch is used after its function has returned. */
export function batchClosed(): ErrorInfo {
  return createError(
    ErrorCode.BadRequest,
    "Batch is closed",
    "Use the context only while the function that got it runs, and do not await anything in it.",
  );
}
