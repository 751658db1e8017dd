import { type DecodeContext, decodePayloads, type PayloadCarrier } from "../../encoding/chain.ts";
import type { HttpRequest, HttpResponse, HttpSender } from "../../http/http_message.ts";
import { readAnswer } from "../../client/answers.ts";
import { PageLinks } from "./page_links.ts";
import { Page, type PaginatedResult } from "./paginated_result.ts";

/** The source of pages, and the decoder of their bodies. */
export interface PageSource<T> {
  /** Sends the requests. */
  http: HttpSender;
  /** The request for the first page. */
  request: HttpRequest;
  /** Turns a body into items; an empty body is `undefined`. */
  decode(body: unknown): T[] | Promise<T[]>;
}

/**
 * Fetches a page.
 *
 * @throws {ErrorInfo} If the request fails, or the response is an error.
 */
export async function fetchPage<T>(source: PageSource<T>): Promise<PaginatedResult<T>> {
  const { http, request } = source;
  const { body, error, headers } = await http.send(request);
  if (error) throw error;
  const items = await readAnswer("read a page", () => source.decode(body));
  const links = new PageLinks(request, headers);
  return new Page(items, links, (request) => fetchPage({ ...source, request }));
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
