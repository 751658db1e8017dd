import type { ResolvedOptions } from "../../client/resolve_options.ts";
import { withDeadline } from "../../util/deadline.ts";

/**
 * Whether there is an internet connection at all: the check URL answers, and says "yes" (RTN17j, REC3).
 *
 * @param options The URL to request, and the time to wait.
 * @param signal Ends the wait; there is no connection then.
 */
export async function isOnline(options: ResolvedOptions, signal: AbortSignal): Promise<boolean> {
  const { clock, connectivityCheckUrl, realtimeRequestTimeout: timeout } = options;
  try {
    return await withDeadline(async (signal) => {
      const response = await options.fetch(connectivityCheckUrl, { signal });
      const text = await response.text(); // Read in any case: an unread body keeps its connection.
      return response.ok && text.includes("yes");
    }, { clock, timeout, signal });
  } catch {
    return false;
  }
}
