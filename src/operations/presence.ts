import {
  completePresenceMessage,
  type InboundPresenceMessage,
  type WirePresenceMessage,
} from "../messages/presence_message.ts";
import type { Names } from "../util/read_members.ts";
import { type CallOptions, splitParams } from "../client/call_options.ts";
import { type ChannelRef, decodeContext } from "../client/channel_ref.ts";
import { channelPath } from "../client/paths.ts";
import type { ClientContext } from "../client/context.ts";
import { decodeItems, fetchPage, itemsOf } from "./paging/fetch_page.ts";
import type { PaginatedResult } from "./paging/paginated_result.ts";
import { checkLimit, MAX_LIMIT, type RangeParams, rangeQuery } from "./range_params.ts";

/** The params for reading the members of a presence set (RSP3a). */
export interface RestPresenceParams extends CallOptions {
  /** The number of members in a page, from 1 to 1000. Defaults to 100 (RSP3a1). */
  limit?: number | null;
  /** Only members with this clientId (RSP3a2). */
  clientId?: string | null;
  /** Only members on this connection (RSP3a3). */
  connectionId?: string | null;
}

export const PRESENCE_PARAMS: Names<RestPresenceParams> = {
  limit: true,
  clientId: true,
  connectionId: true,
  signal: true,
};

/**
 * Reads the members of a presence set (RSP3).
 *
 * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
 */
export async function getPresence(
  context: ClientContext,
  channel: ChannelRef,
  params?: RestPresenceParams | null,
): Promise<PaginatedResult<InboundPresenceMessage>> {
  const { query, signal, values } = splitParams(params, {
    names: PRESENCE_PARAMS,
    logger: context.options.logger,
  });
  checkLimit(values, MAX_LIMIT);
  const path = `${channelPath(channel)}/presence`;
  return await fetchPresence(context, channel, { path, params: query, signal });
}

/**
 * Reads the history of a presence set (RSP4).
 *
 * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
 */
export async function presenceHistory(
  context: ClientContext,
  channel: ChannelRef,
  params?: RangeParams | null,
): Promise<PaginatedResult<InboundPresenceMessage>> {
  const { query, signal } = rangeQuery(params, context.options);
  const path = `${channelPath(channel)}/presence/history`;
  return await fetchPresence(context, channel, { path, params: query, signal });
}

export function fetchPresence(
  { http, options: { logger } }: ClientContext,
  { cipher }: ChannelRef,
  request: { path: string; params?: Record<string, string>; signal?: AbortSignal | null },
): Promise<PaginatedResult<InboundPresenceMessage>> {
  const decoding = decodeContext(logger, cipher); // RSP5
  return fetchPage({
    http,
    request: { method: "GET", ...request },
    decode: (body) =>
      decodeItems(
        itemsOf<WirePresenceMessage>(body),
        completePresenceMessage,
        decoding,
      ),
  });
}
