import { readAnswer } from "../../client/answers.ts";
import { type CallOptions, signalOf } from "../../client/call_options.ts";
import * as ErrorCode from "../../error_numbers.ts";
import { createError } from "../../errors.ts";
import type { HttpRequest } from "../../http/http_message.ts";
import { type Links, parseLinks, resolveLink } from "../../http/link_header.ts";
import { inspect, shownAs } from "../../util/inspect.ts";

/**
 * A page of results (TG1). Iterating over it yields the items of this page and of all later pages.
 *
 * @typeParam T The type of the items.
 *
 * @example Reading the whole history of a channel
 * ```ts
 * import { Rest } from "@ably-edge/sdk";
 *
 * export async function readAll(rest: Rest): Promise<void> {
 *   const history = await rest.channels.get("orders").history({ limit: 1000 });
 *   for await (const message of history) console.log(message.data);
 * }
 * ```
 */
export interface PaginatedResult<T> extends AsyncIterable<T> {
  /** The items of this page (TG3). */
  readonly items: T[];
  /**
   * Fetches the next page (TG4).
   *
   * @param options A signal, which replaces that of the call that returned this page.
   * @returns The next page, or `null` on the last one.
   * @throws {ErrorInfo} If the page could not be fetched.
   */
  next(options?: CallOptions | null): Promise<PaginatedResult<T> | null>;
  /**
   * Fetches the first page again (TG5).
   *
   * @throws {ErrorInfo} If the page could not be fetched; 40400 if the request was not a GET and its
   * response has no link to a first page.
   */
  first(options?: CallOptions | null): Promise<PaginatedResult<T>>;
  /**
   * Fetches this page again.
   *
   * @throws {ErrorInfo} If the page could not be fetched.
   */
  current(options?: CallOptions | null): Promise<PaginatedResult<T>>;
  /** Whether there is a next page (TG6). */
  hasNext(): boolean;
  /** Whether the service has sent a link to the first page. */
  hasFirst(): boolean;
  /** Whether this is the last page (TG7). */
  isLast(): boolean;
  /** The items of this page and of all later pages. A page is fetched when the iteration reaches it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/** A response with a page, and its request. */
export interface PageResponse<T> {
  /** The request that returned the page. */
  request: HttpRequest;
  /** The headers of the response. They contain the links to other pages. */
  headers: Headers;
  /** The items of the page. */
  items: T[];
}

/**
 * A received page.
 *
 * @typeParam T The type of the items.
 * @typeParam P The type of the other pages.
 */
export class Page<T, P extends PaginatedResult<T>> {
  readonly items: T[];
  readonly #request: HttpRequest;
  readonly #headers: Headers;
  readonly #fetch: (request: HttpRequest) => Promise<P>;
  #links: Links | undefined;

  /**
   * @param response The page and its request.
   * @param fetch Fetches another page.
   */
  constructor(
    { items, request, headers }: PageResponse<T>,
    fetch: (request: HttpRequest) => Promise<P>,
  ) {
    this.items = items;
    this.#request = request;
    this.#headers = headers;
    this.#fetch = fetch;
  }

  [inspect](...given: unknown[]): unknown {
    const name = "statusCode" in this ? "HttpPaginatedResponse" : "PaginatedResult";
    return shownAs(name, { ...this, hasNext: this.hasNext() }, given);
  }

  async next(options?: CallOptions | null): Promise<P | null> {
    const signal = signalOf(options);
    return this.hasNext() ? await this.#follow("next", signal) : null;
  }

  async first(options?: CallOptions | null): Promise<P> {
    return await this.#follow("first", signalOf(options));
  }

  async current(options?: CallOptions | null): Promise<P> {
    return await this.#follow("current", signalOf(options));
  }

  hasFirst(): boolean {
    return this.#link("first") !== undefined;
  }

  hasNext(): boolean {
    return this.#link("next") !== undefined;
  }

  isLast(): boolean {
    return !this.hasNext();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* this.items;
    let page: PaginatedResult<T> | null = await this.next();
    for (; page !== null; page = await page.next()) yield* page.items;
  }

  /** The header is parsed when a link is first needed. */
  #link(relation: string): string | undefined {
    this.#links ??= parseLinks(this.#headers.get("link"));
    return this.#links[relation];
  }

  async #follow(relation: string, given: AbortSignal | null | undefined): Promise<P> {
    const { body, params, ...rest } = this.#request;
    const request = { ...rest, signal: given ?? rest.signal };
    const link = this.#link(relation);
    if (link !== undefined) {
      request.path = await readAnswer("find another page", () => resolveLink(rest.path, link));
      // Pages are always read with GET, even if the first request used another verb.
      return await this.#fetch({ ...request, method: "GET" });
    }
    // TG2: without links, this page is the only one.
    if (request.method === "GET") return await this.#fetch({ ...request, body, params });
    throw createError(
      ErrorCode.NotFound,
      `The response to a ${request.method} has no link to the ${relation} page`,
      "Send the request again if that is what you want.",
    );
  }
}
