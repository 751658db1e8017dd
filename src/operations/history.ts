import { completeMessage, type InboundMessage, type WireMessage } from "../messages/message.ts";
import { type ChannelRef, decodeContext } from "../client/channel_ref.ts";
import { channelPath } from "../client/paths.ts";
import type { ClientContext } from "../client/context.ts";
import {
  decodeItems,
  fetchPage,
  itemsOf,
  type PaginatedResult,
} from "./paging/paginated_result.ts";
import { type RangeParams, rangeQuery } from "./range_params.ts";

/** Which messages of a channel's history to read (RSL2b). */
export type HistoryParams = RangeParams;

/**
 * Reads the history of a channel (RSL2).
 *
 * @param params Which messages, and the signal. Members unknown here go into the query string.
 * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
 */
export async function history(
  context: ClientContext,
  channel: ChannelRef,
  params?: HistoryParams | null,
): Promise<PaginatedResult<InboundMessage>> {
  const { query, signal } = rangeQuery(params);
  const path = `${channelPath(channel)}/messages`;
  return await fetchMessages(context, channel, { path, params: query, signal });
}

/** Fetches a page of messages and decodes them. */
export function fetchMessages(
  { http, options: { logger } }: ClientContext,
  { cipher }: ChannelRef,
  request: { path: string; params?: Record<string, string>; signal?: AbortSignal | null },
): Promise<PaginatedResult<InboundMessage>> {
  const decoding = decodeContext(logger, cipher);
  return fetchPage({
    http,
    request: { method: "GET", ...request },
    decode: (body) => decodeItems(itemsOf<WireMessage>(body), completeMessage, decoding),
  });
}
