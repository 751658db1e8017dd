import type { CallOptions, KnownParams } from "../client/call_options.ts";
import type { ClientContext } from "../client/context.ts";
import { oneOf } from "../util/read_members.ts";
import { fetchPage } from "./paging/fetch_page.ts";
import type { PaginatedResult } from "./paging/paginated_result.ts";
import { RANGE, type RangeParams } from "./range_params.ts";

/** The length of a statistics interval (TS12c). */
export type StatsUnit = "minute" | "hour" | "day" | "month";

const PARAMS: KnownParams = {
  ...RANGE,
  names: { ...RANGE.names, unit: oneOf("minute", "hour", "day", "month") },
};

/** The params for reading statistics (RSC6b). */
export interface StatsParams extends RangeParams, CallOptions {
  /** The length of the intervals. Defaults to `"minute"` (RSC6b4). */
  unit?: StatsUnit | null;
}

/** The statistics of an application in one interval (TS1). */
export interface Stats {
  /** The start of the interval, as in `2026-11-23:21:05` (TS12a). */
  intervalId: string;
  /** The start of the interval (TS12p). */
  intervalTime: Date;
  /** The length of the interval (TS12c). */
  unit: StatsUnit;
  /** The last part that is included, while the interval is not over (TS12q). */
  inProgress?: string;
  /** The counters that are not zero, for example `messages.all.all.count` (TS12r). */
  entries: Record<string, number>;
  /** The JSON schema of the entries (TS12s). */
  schema: string;
  /** The application (TS12t). */
  appId: string;
}

/**
 * Reads the statistics of the application (RSC6).
 *
 * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
 */
export async function stats(
  context: ClientContext,
  params?: StatsParams | null,
): Promise<PaginatedResult<Stats>> {
  return await fetchPage(context, {
    path: "/stats",
    params,
    known: PARAMS,
    decode: (items) => (items as Stats[]).map(complete),
  });
}

function complete(wire: Stats): Stats {
  const { intervalId } = wire ?? {};
  // RSF1: an item without its interval does not cost the others.
  return typeof intervalId === "string" ? { ...wire, intervalTime: timeOf(intervalId) } : wire;
}

/** Reads `yyyy`, `yyyy-mm`, `yyyy-mm-dd`, `yyyy-mm-dd:hh` or `yyyy-mm-dd:hh:mm`, in UTC (TS12p). */
function timeOf(intervalId: string): Date {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = intervalId.split(/[-:]/).map(Number);
  return new Date(Date.UTC(year, month - 1, day, hour, minute));
}
