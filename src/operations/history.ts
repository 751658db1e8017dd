import { completeMessage, type InboundMessage } from "../messages/message.ts";
import type { ChannelRef } from "../client/channel_ref.ts";
import { channelPath } from "../client/paths.ts";
import type { ClientContext } from "../client/context.ts";
import { fetchDecoded, type List } from "./paging/fetch_page.ts";
import type { PaginatedResult } from "./paging/paginated_result.ts";
import { RANGE, type RangeParams } from "./range_params.ts";

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
  const path = `${channelPath(channel)}/messages`;
  return await fetchMessages(context, channel, { path, params, known: RANGE });
}

/** Fetches a page of messages and decodes them. */
export function fetchMessages<M>(
  context: ClientContext,
  channel: ChannelRef,
  list: List,
): Promise<PaginatedResult<M>> {
  const messages = fetchDecoded(context, channel, { ...list, complete: completeMessage });
  return messages as Promise<PaginatedResult<unknown>> as Promise<PaginatedResult<M>>;
}
