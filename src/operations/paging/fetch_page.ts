import { type DecodeContext, decodePayloads, type PayloadCarrier } from "../../encoding/chain.ts";
import type { HttpRequest, HttpResponse } from "../../http/http_message.ts";
import { readAnswer } from "../../client/answers.ts";
import { type KnownParams, queryOf } from "../../client/call_options.ts";
import { type ChannelRef, decodeContext } from "../../client/channel_ref.ts";
import type { ClientContext } from "../../client/context.ts";
import { Page, type PaginatedResult } from "./paginated_result.ts";

/** A list of the service, and the parameters of the call for it. */
export interface List {
  /** The path. */
  path: string;
  /** The parameters as they were given. */
  params: object | null | undefined;
  /** The known parameters. */
  known?: KnownParams;
  /** Query parameters that the caller cannot change. */
  fixed?: Record<string, string>;
}

/** A list with the decoder of its pages. */
export interface PageSource<T> extends List {
  /** Turns what a page contains into its items. */
  decode(items: unknown[]): T[] | Promise<T[]>;
}

/**
 * Fetches the first page of a list.
 *
 * @throws {ErrorInfo} 40003 if a parameter cannot be used; or if the request fails, or the response is an error.
 */
export async function fetchPage<T>(
  { http, options: { logger } }: ClientContext,
  { path, params, known, fixed, decode }: PageSource<T>,
): Promise<PaginatedResult<T>> {
  const { query, signal } = queryOf(params, known, logger);
  const fetch = async (request: HttpRequest): Promise<PaginatedResult<T>> => {
    const { body, error, headers } = await http.send(request);
    if (error) throw error;
    const items = await readAnswer("read a page", () => decode(itemsOf(body)));
    return new Page({ request, headers, items }, fetch);
  };
  return await fetch({ method: "GET", path, params: { ...query, ...fixed }, signal });
}

/**
 * Fetches the first page of a list of a channel whose items have payloads (RSP5).
 *
 * @throws {ErrorInfo} As {@linkcode fetchPage}.
 */
export function fetchDecoded<Wire, T extends PayloadCarrier>(
  context: ClientContext,
  channel: ChannelRef,
  { complete, ...list }: List & { complete: (wire: Wire) => T },
): Promise<PaginatedResult<T>> {
  const decoding = decodeContext(context.options.logger, channel);
  const decode = (items: unknown[]) => decodeItems(items as Wire[], complete, decoding);
  return fetchPage(context, { ...list, decode });
}

/**
 * The array in a body.
 *
 * @returns The items; none for an empty body.
 */
export function itemsOf<T>(body: HttpResponse["body"]): T[] {
  if (body == null) return [];
  return (Array.isArray(body) ? body : [body]) as T[];
}

/**
 * Completes items and decodes their payloads, all in place and with one call of the cipher.
 *
 * @param complete Turns one wire object into its public form, in place.
 * @returns The same array; a promise of it only if a cipher has to work.
 */
export function decodeItems<Wire, T extends PayloadCarrier>(
  items: Wire[],
  complete: (wire: Wire) => T,
  context: DecodeContext,
): T[] | Promise<T[]> {
  const completed = items as unknown as T[];
  for (let i = 0; i < items.length; i++) completed[i] = complete(items[i]!);
  const pending = decodePayloads(completed, context);
  return pending === undefined ? completed : pending.then(() => completed);
}
