import type { HttpRequest } from "../../http/http_message.ts";
import type { CallOptions } from "../../client/call_options.ts";
import type { PageLinks } from "./page_links.ts";
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

/**
 * A received page.
 *
 * @typeParam T The type of the items.
 * @typeParam P The type of the other pages.
 */
export class Page<T, P extends PaginatedResult<T>> {
  readonly items: T[];
  readonly #links: PageLinks;
  readonly #fetch: (request: HttpRequest) => Promise<P>;

  /**
   * @param items The items.
   * @param links The links to other pages.
   * @param fetch Fetches another page.
   */
  constructor(items: T[], links: PageLinks, fetch: (request: HttpRequest) => Promise<P>) {
    this.items = items;
    this.#links = links;
    this.#fetch = fetch;
  }

  [inspect](...given: unknown[]): unknown {
    return shownAs("PaginatedResult", { ...this, hasNext: this.hasNext() }, given);
  }

  async next(options?: CallOptions | null): Promise<P | null> {
    const request = await this.#links.next(options);
    return request && await this.#fetch(request);
  }

  async first(options?: CallOptions | null): Promise<P> {
    return await this.#fetch(await this.#links.first(options));
  }

  async current(options?: CallOptions | null): Promise<P> {
    return await this.#fetch(await this.#links.current(options));
  }

  hasFirst(): boolean {
    return this.#links.hasFirst;
  }

  hasNext(): boolean {
    return this.#links.hasNext;
  }

  isLast(): boolean {
    return !this.#links.hasNext;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* this.items;
    let page: PaginatedResult<T> | null = await this.next();
    for (; page !== null; page = await page.next()) yield* page.items;
  }
}
