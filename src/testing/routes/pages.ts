import { ServiceCode, serviceError } from "../core/service_error.ts";
import { type Exchange, queryOf, reply } from "./exchange.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** The description of a list, for its pages. */
export interface Paging<T> {
  /** The identity of an item within the list, as text. */
  keyOf: (item: T) => string;
  /** The wire form of an item. */
  write: (item: T) => unknown;
}

/**
 * Responds with one page of a list, and with links to the first, the current and the next one (RSC19, TG).
 *
 * A link names the first item of its page, so that pages stay the same while new items arrive.
 */
export function replyPage<T>(c: Exchange, items: readonly T[], paging: Paging<T>): Response {
  const query = queryOf(c);
  const limit = readLimit(query);
  const from = query.get("from");
  const found = from === null ? 0 : items.findIndex((item) => paging.keyOf(item) === from);
  const begin = found < 0 ? items.length : found;
  const page = items.slice(begin, begin + limit);
  const origin = query.get("origin") ?? keyAt(items, 0, paging);
  // With the limit the query is never empty: `ably` does not recognise a link that ends with the question mark.
  const link = (rel: string, from: string | undefined) =>
    `<./${segment(c)}?${linkQuery(query, { limit: String(limit), from, origin })}>; rel="${rel}"`;
  const links = [link("first", origin), link("current", keyAt(items, begin, paging))];
  const next = keyAt(items, begin + limit, paging);
  if (next !== undefined) links.push(link("next", next));
  return reply(c, page.map(paging.write), { headers: { Link: links.join(", ") } });
}

/**
 * Reads `limit`: at most 1,000 items a page.
 *
 * @throws {ErrorInfo} 40003 if it is not a positive number.
 */
export function readLimit(query: URLSearchParams): number {
  const text = query.get("limit");
  if (text === null || text === "") return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) {
    throw serviceError(
      ServiceCode.InvalidParameter,
      "The parameter limit must be a positive integer",
    );
  }
  return Math.min(limit, MAX_LIMIT);
}

function keyAt<T>(items: readonly T[], index: number, { keyOf }: Paging<T>): string | undefined {
  const item = items[index];
  return item === undefined ? undefined : keyOf(item);
}

function linkQuery(
  query: URLSearchParams,
  set: Readonly<Record<string, string | undefined>>,
): string {
  const copy = new URLSearchParams(query);
  // Remove credentials, because links are logged. The client sends them again with every request.
  for (const name of ["key", "accessToken", "access_token"]) copy.delete(name);
  for (const [name, value] of Object.entries(set)) {
    if (value === undefined) copy.delete(name);
    else copy.set(name, value);
  }
  return String(copy);
}

/** The last part of the request's path, which the links are relative to. */
function segment(c: Exchange): string {
  const path = new URL(c.req.url).pathname;
  return path.slice(path.lastIndexOf("/") + 1);
}
