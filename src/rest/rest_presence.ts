import {
  completePresenceMessage,
  type InboundPresenceMessage,
  type WirePresenceMessage,
} from "../messages/presence_message.ts";
import type { Names } from "../util/read_members.ts";
import { type CallOptions, splitParams } from "./call_options.ts";
import { channelPath, type ChannelTarget, decodeContext } from "./channel_target.ts";
import type { ClientContext } from "./context.ts";
import { decodeItems, fetchPage, itemsOf, type PaginatedResult } from "./paginated_result.ts";
import { checkLimit, MAX_LIMIT, type RangeParams, rangeQuery } from "./range_params.ts";

/** Which members of a presence set to read (RSP3a). */
export interface RestPresenceParams extends CallOptions {
  /** How many members a page has: from 1 to 1000. Defaults to 100 (RSP3a1). */
  limit?: number | null;
  /** Only members with this clientId (RSP3a2). */
  clientId?: string | null;
  /** Only members on this connection (RSP3a3). */
  connectionId?: string | null;
}

const PRESENCE_PARAMS: Names<RestPresenceParams> = {
  limit: true,
  clientId: true,
  connectionId: true,
  signal: true,
};

/**
 * Reads the members of a presence set (RSP3).
 *
 * @throws {ErrorInfo} 40003 if a parameter is out of its range; or whatever the service answered.
 */
export async function getPresence(
  context: ClientContext,
  channel: ChannelTarget,
  params?: RestPresenceParams | null,
): Promise<PaginatedResult<InboundPresenceMessage>> {
  const { query, signal, values } = splitParams(params, PRESENCE_PARAMS);
  checkLimit(values, MAX_LIMIT);
  const path = `${channelPath(channel)}/presence`;
  return await fetchPresence(context, channel, { path, params: query, signal });
}

/**
 * Reads the history of a presence set (RSP4).
 *
 * @throws {ErrorInfo} 40003 if a parameter is out of its range; or whatever the service answered.
 */
export async function presenceHistory(
  context: ClientContext,
  channel: ChannelTarget,
  params?: RangeParams | null,
): Promise<PaginatedResult<InboundPresenceMessage>> {
  const { query, signal } = rangeQuery(params);
  const path = `${channelPath(channel)}/presence/history`;
  return await fetchPresence(context, channel, { path, params: query, signal });
}

function fetchPresence(
  { http, logger }: ClientContext,
  { cipher }: ChannelTarget,
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

/** Who is present on a channel, and who was (RSP1). Entering takes a realtime client (RSP2). */
export class RestPresence {
  readonly #context: ClientContext;
  readonly #channel: ChannelTarget;

  /** Made by its channel. */
  constructor(context: ClientContext, channel: ChannelTarget) {
    this.#context = context;
    this.#channel = channel;
  }

  /**
   * Reads who is present (RSP3).
   *
   * @param params Which members, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is out of its range; or whatever the service answered.
   */
  get(params?: RestPresenceParams | null): Promise<PaginatedResult<InboundPresenceMessage>> {
    return getPresence(this.#context, this.#channel, params);
  }

  /**
   * Reads who entered, left and updated (RSP4).
   *
   * @param params Which events, and the signal.
   * @throws {ErrorInfo} 40003 if a parameter is out of its range; or whatever the service answered.
   */
  history(params?: RangeParams | null): Promise<PaginatedResult<InboundPresenceMessage>> {
    return presenceHistory(this.#context, this.#channel, params);
  }
}
