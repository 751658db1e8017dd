import {
  completePresenceMessage,
  type InboundPresenceMessage,
} from "../messages/presence_message.ts";
import type { CallOptions } from "../client/call_options.ts";
import type { Names } from "../util/read_members.ts";
import type { ChannelRef } from "../client/channel_ref.ts";
import { channelPath } from "../client/paths.ts";
import type { ClientContext } from "../client/context.ts";
import { fetchDecoded, type List } from "./paging/fetch_page.ts";
import type { PaginatedResult } from "./paging/paginated_result.ts";
import { LIMIT, RANGE, type RangeParams } from "./range_params.ts";

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
  limit: LIMIT,
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
  const path = `${channelPath(channel)}/presence`;
  return await fetchPresence(context, channel, { path, params, known: { names: PRESENCE_PARAMS } });
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
  const path = `${channelPath(channel)}/presence/history`;
  return await fetchPresence(context, channel, { path, params, known: RANGE });
}

export function fetchPresence(
  context: ClientContext,
  channel: ChannelRef,
  list: List,
): Promise<PaginatedResult<InboundPresenceMessage>> {
  return fetchDecoded(context, channel, { ...list, complete: completePresenceMessage });
}
