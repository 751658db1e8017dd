import { completeMessage, type InboundMessage, type WireMessage } from "../messages/message.ts";
import { type ChannelRef, decodeContext } from "../client/channel_ref.ts";
import { channelPath } from "../client/paths.ts";
import type { ClientContext } from "../client/context.ts";
import { decodeItems, fetchPage, itemsOf } from "./paging/fetch_page.ts";
import type { PaginatedResult } from "./paging/paginated_result.ts";
import { type RangeParams, rangeQuery } from "./range_params.ts";

/** The params for reading a channel's history (RSL2b). */
export type HistoryParams = RangeParams;

/**
 * Reads the history of a channel (RSL2).
 *
 * @typeParam M The type of the messages, which is not checked.
 * @param params The range of messages, and the signal. Unknown members become query parameters.
 * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
 */
export async function history<M = InboundMessage>(
  context: ClientContext,
  channel: ChannelRef,
  params?: HistoryParams | null,
): Promise<PaginatedResult<M>> {
  const { query, signal } = rangeQuery(params, context.options);
  const path = `${channelPath(channel)}/messages`;
  return await fetchMessages(context, channel, { path, params: query, signal });
}

/** Fetches a page of messages and decodes them. */
export function fetchMessages<M>(
  { http, options: { logger } }: ClientContext,
  { cipher }: ChannelRef,
  request: { path: string; params?: Record<string, string>; signal?: AbortSignal | null },
): Promise<PaginatedResult<M>> {
  const decoding = decodeContext(logger, cipher);
  return fetchPage({
    http,
    request: { method: "GET", ...request },
    decode: (body) =>
      decodeItems(itemsOf<WireMessage>(body), completeMessage, decoding) as M[] | Promise<M[]>,
  });
}
