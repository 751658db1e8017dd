import type { ResolvedOptions } from "../../defaults.ts";
import { withDeadline } from "../../util/deadline.ts";

/** Whether there is an internet connection at all: the check URL answers, and says "yes" (RTN17j, REC3). */
export async function isOnline(options: ResolvedOptions): Promise<boolean> {
  const { clock, connectivityCheckUrl, realtimeRequestTimeout: timeout } = options;
  try {
    return await withDeadline(async (signal) => {
      const response = await options.fetch(connectivityCheckUrl, { signal });
      return (await response.text()).includes("yes") && response.ok;
    }, { clock, timeout });
  } catch {
    return false;
  }
}
