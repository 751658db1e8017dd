import type { Channel } from "./channel.ts";
import { frameSerial, serialOrigin } from "./serials.ts";
import { ServiceCode, serviceError } from "./service_error.ts";

/** The requested part of a list. */
export interface RangeQuery {
  /** Milliseconds since the Unix epoch, inclusive. */
  start?: number;
  /** Milliseconds since the Unix epoch, inclusive. */
  end?: number;
  direction: "backwards" | "forwards";
}

/**
 * Reads `start`, `end` and `direction`.
 *
 * @throws {ErrorInfo} 40003 if one of them is malformed.
 */
export function readRange(query: URLSearchParams): RangeQuery {
  const direction = query.get("direction") ?? "backwards";
  if (direction !== "backwards" && direction !== "forwards") throw invalidHistoryParam("direction");
  const start = readTime(query, "start");
  const end = readTime(query, "end");
  if (start !== undefined && end !== undefined && start > end) throw invalidHistoryParam("start");
  return { start, end, direction };
}

/**
 * The items of a list that a query requests, in the requested order.
 *
 * @param items The list, oldest first.
 */
export function inRange<T extends { timestamp: number }>(
  items: readonly T[],
  { start, end, direction }: RangeQuery,
): T[] {
  const found = items.filter(({ timestamp }) =>
    (start === undefined || timestamp >= start) && (end === undefined || timestamp <= end)
  );
  return direction === "backwards" ? found.reverse() : found;
}

/**
 * Reads the end of a history, given as a channel serial (RTL10b, RTP12c).
 *
 * @throws {ErrorInfo} 90008 if it is not one of the channel.
 */
export function readAttachPoint(query: URLSearchParams, channel: Channel): string | undefined {
  const point = query.get("from_serial") ?? query.get("fromSerial") ?? "";
  if (point === "") return undefined;
  const serial = frameSerial(point);
  if (serialOrigin(point) === "own" && serial <= channel.events.position) return serial;
  throw serviceError(ServiceCode.AttachPointNotFound, "The point of attachment is not known");
}

function readTime(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw invalidHistoryParam(name);
  return value;
}

function invalidHistoryParam(name: string): Error {
  return serviceError(ServiceCode.InvalidParameter, `The parameter ${name} is invalid`);
}
