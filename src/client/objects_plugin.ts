import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";

/**
 * The objects of a channel, which only a plugin can make (RTL27).
 *
 * @throws {ErrorInfo} 40019 without the plugin.
 */
export function requireObjects<T>(objects: T | undefined): T {
  if (objects !== undefined) return objects;
  throw createError(
    ErrorCode.PluginMissing,
    "The plugin for LiveObjects is missing",
    'Import LiveObjects from "@ably-edge/sdk/liveobjects", and give the client plugins: { LiveObjects }.',
  );
}
