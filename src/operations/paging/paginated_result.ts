import { ErrorCode } from "../../error_codes.ts";
import { createError } from "../../errors.ts";
import { type DecodeContext, decodePayloads, type PayloadCarrier } from "../../encoding/chain.ts";
import type { HttpRequest, HttpResponse, HttpSender } from "../../http/http_message.ts";
import { type Links, parseLinks, resolveLink } from "../../http/link_header.ts";
import { readAnswer } from "../../client/answers.ts";
import { type CallOptions, signalOf } from "../../client/call_options.ts";

/**
 * A page of results (TG1). Iterating over it goes through the items of this page and of all pages after it.
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
   * @param options A signal, if another one than that of the call which gave this page.
   * @returns The next page, or `null` on the last one.
   * @throws {ErrorInfo} If the page could not be fetched.
   */
  next(options?: CallOptions | null): Promise<PaginatedResult<T> | null>;
  /**
   * Fetches the first page again (TG5).
   *
   * @throws {ErrorInfo} If the page could not be fetched; 40400 after a request that is no GET, if its answer names none.
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
  /** Whether this is the last page (TG7). */
  isLast(): boolean;
  /** The items of this page and of all pages after it, which are fetched when it is their turn. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/** The source of pages, and the decoder of their bodies. */
export interface PageSource<T> {
  /** Sends the requests. */
  http: HttpSender;
  /** The request for the first page. */
  request: HttpRequest;
  /** Makes items of a body; `undefined` is an empty one. */
  decode(body: unknown): T[] | Promise<T[]>;
}

/**
 * Fetches a page.
 *
 * @throws {ErrorInfo} If the request failed, or was answered with an error.
 */
export async function fetchPage<T>(source: PageSource<T>): Promise<PaginatedResult<T>> {
  const response = await source.http.send(source.request);
  if (response.error) throw response.error;
  const items = await readAnswer("read a page", () => source.decode(response.body));
  return new Page(source, items, response.headers);
}

class Page<T> implements PaginatedResult<T> {
  readonly items: T[];
  readonly #pages: Pages;
  readonly #source: PageSource<T>;

  constructor(source: PageSource<T>, items: T[], headers: Headers) {
    this.items = items;
    this.#source = source;
    this.#pages = new Pages(source.request, headers);
  }

  async next(options?: CallOptions | null): Promise<PaginatedResult<T> | null> {
    const request = await this.#pages.next(options);
    return request && await fetchPage({ ...this.#source, request });
  }

  async first(options?: CallOptions | null): Promise<PaginatedResult<T>> {
    return await fetchPage({ ...this.#source, request: await this.#pages.first(options) });
  }

  async current(options?: CallOptions | null): Promise<PaginatedResult<T>> {
    return await fetchPage({ ...this.#source, request: await this.#pages.current(options) });
  }

  hasNext(): boolean {
    return this.#pages.hasNext;
  }

  isLast(): boolean {
    return !this.#pages.hasNext;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return itemsFrom(this);
  }
}

/** The items of a page and of all pages after it. */
export async function* itemsFrom<T>(first: PaginatedResult<T>): AsyncGenerator<T, void, undefined> {
  for (let page: PaginatedResult<T> | null = first; page !== null; page = await page.next()) {
    yield* page.items;
  }
}

/** The requests for the neighbours of a page. Its links are read only when someone asks. */
export class Pages {
  readonly #request: HttpRequest;
  readonly #headers: Headers;
  #links: Links | undefined;

  constructor(request: HttpRequest, headers: Headers) {
    this.#request = request;
    this.#headers = headers;
  }

  /** Whether there is a next page. */
  get hasNext(): boolean {
    return this.#read().next !== undefined;
  }

  /** The request for the next page, or `null` on the last one. */
  async next(options?: CallOptions | null): Promise<HttpRequest | null> {
    const signal = signalOf(options);
    return this.hasNext ? await this.#follow("next", signal) : null;
  }

  /** The request for the first page. TG2: without links this page is the only one. */
  first(options?: CallOptions | null): Promise<HttpRequest> {
    return this.#follow("first", signalOf(options));
  }

  /** The request for this page. */
  current(options?: CallOptions | null): Promise<HttpRequest> {
    return this.#follow("current", signalOf(options));
  }

  #read(): Links {
    return this.#links ??= parseLinks(this.#headers.get("link"));
  }

  #follow(relation: string, given: AbortSignal | null | undefined): Promise<HttpRequest> {
    const signal = given ?? this.#request.signal;
    const link = this.#read()[relation];
    return readAnswer("find another page", () => {
      if (link !== undefined) {
        // Pages are always read with GET, even if the first request used another verb.
        const { body: _sent, params: _inLink, ...request } = this.#request;
        return { ...request, path: resolveLink(request.path, link), method: "GET", signal };
      }
      if (this.#request.method === "GET") return { ...this.#request, signal };
      throw createError(
        ErrorCode.NotFound,
        `The answer to a ${this.#request.method} names no ${relation} page`,
        "Send the request again if that is what you want.",
      );
    });
  }
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
 * Completes items and decodes their payloads, all in place; the cipher works once for all of them.
 *
 * @param complete Turns one wire object into its public form, in place.
 * @returns The same array; a promise of it only where a cipher has to work.
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
