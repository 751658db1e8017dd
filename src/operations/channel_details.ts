import { fetchBody } from "../http/fetch_body.ts";
import { unexpectedAnswer } from "../client/answers.ts";
import { type CallOptions, signalOf } from "../client/call_options.ts";
import { channelPath } from "../client/paths.ts";
import type { ClientContext } from "../client/context.ts";
import { fetchPage } from "./paging/fetch_page.ts";
import type { PaginatedResult } from "./paging/paginated_result.ts";
import { LIMIT } from "./range_params.ts";

/** The details of a channel (CHD1). */
export interface ChannelDetails {
  /** The name of the channel (CHD2a). */
  channelId: string;
  /** Whether it is active, and its occupancy (CHD2b). */
  status: ChannelStatus;
}

/** Whether a channel is active, and its occupancy (CHS1). */
export interface ChannelStatus {
  /** Whether it is active: always true at present, because the request activates it (CHS2a). */
  isActive: boolean;
  /** Its occupancy (CHS2b). */
  occupancy: ChannelOccupancy;
}

/** The occupancy of a channel (CHO1). */
export interface ChannelOccupancy {
  /** The numbers (CHO2a). */
  metrics: ChannelMetrics;
}

/** The number of connections that use a channel, by purpose (CHM1). */
export interface ChannelMetrics {
  /** Connections attached to it (CHM2a). */
  connections: number;
  /** Attachments that may enter presence (CHM2b). */
  presenceConnections: number;
  /** Members of the presence set (CHM2c). */
  presenceMembers: number;
  /** Attachments that receive presence messages (CHM2d). */
  presenceSubscribers: number;
  /** Attachments that may publish (CHM2e). */
  publishers: number;
  /** Attachments that receive messages (CHM2f). */
  subscribers: number;
  /** Attachments that may publish object messages (CHM2g). */
  objectPublishers: number;
  /** Attachments that receive object messages (CHM2h). */
  objectSubscribers: number;
}

const METRICS: readonly (keyof ChannelMetrics)[] = [
  "connections",
  "presenceConnections",
  "presenceMembers",
  "presenceSubscribers",
  "publishers",
  "subscribers",
  "objectPublishers",
  "objectSubscribers",
];

/**
 * Fetches the status and occupancy of a channel (RSL8).
 *
 * @throws {ErrorInfo} The error that the service returned.
 */
export async function channelStatus(
  { http }: ClientContext,
  channel: { name: string },
  options?: CallOptions | null,
): Promise<ChannelDetails> {
  const path = channelPath(channel);
  const request = { method: "GET", path, signal: signalOf(options) };
  return completeDetails(await fetchBody(http, request));
}

/** The params for listing the application's active channels. */
export interface ListChannelsParams extends CallOptions {
  /** The number of channels in a page, from 1 to 1000. Defaults to 100. */
  limit?: number | null;
  /** Only channels with names that begin with this text. */
  prefix?: string | null;
}

/**
 * Lists the names of the application's active channels.
 *
 * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
 */
export function listChannelNames(
  context: ClientContext,
  params?: ListChannelsParams | null,
): Promise<PaginatedResult<string>> {
  return list(context, "id", { params, decode: (item) => item as string });
}

/**
 * Lists the application's active channels with their occupancy.
 *
 * @throws {ErrorInfo} 40003 if a parameter is out of its range; or the error that the service returned.
 */
export function listChannelDetails(
  context: ClientContext,
  params?: ListChannelsParams | null,
): Promise<PaginatedResult<ChannelDetails>> {
  return list(context, "value", { params, decode: completeDetails });
}

async function list<T>(
  context: ClientContext,
  by: "id" | "value",
  { params, decode }: { params?: ListChannelsParams | null; decode: (item: unknown) => T },
): Promise<PaginatedResult<T>> {
  return await fetchPage(context, {
    path: "/channels",
    params,
    known: { names: { limit: LIMIT, prefix: true } },
    fixed: { by },
    decode: (items) => items.map(decode),
  });
}

/** Fills in missing numbers with 0. */
function completeDetails(wire: unknown): ChannelDetails {
  const { channelId, status } = (wire ?? {}) as Partial<ChannelDetails>;
  if (typeof channelId !== "string") throw unexpectedAnswer("read the status of a channel");
  const sent = status?.occupancy?.metrics;
  const metrics = Object.fromEntries(METRICS.map((name) => [name, sent?.[name] ?? 0]));
  return {
    ...wire as ChannelDetails,
    status: {
      ...status,
      isActive: status?.isActive ?? true,
      occupancy: {
        ...status?.occupancy,
        metrics: { ...sent, ...metrics } as unknown as ChannelMetrics,
      },
    },
  };
}
