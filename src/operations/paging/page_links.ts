import { ErrorCode } from "../../error_codes.ts";
import { createError } from "../../errors.ts";
import type { HttpRequest } from "../../http/http_message.ts";
import { type Links, parseLinks, resolveLink } from "../../http/link_header.ts";
import { readAnswer } from "../../client/answers.ts";
import { type CallOptions, signalOf } from "../../client/call_options.ts";

/** The links from a page to its neighbours, as requests. The header is parsed when a link is first needed. */
export class PageLinks {
  readonly #request: HttpRequest;
  readonly #headers: Headers;
  #links: Links | undefined;

  /**
   * @param request The request that returned this page.
   * @param headers The headers of the page.
   */
  constructor(request: HttpRequest, headers: Headers) {
    this.#request = request;
    this.#headers = headers;
  }

  /** Whether there is a next page. */
  get hasNext(): boolean {
    return this.#parsed().next !== undefined;
  }

  /** Whether there is a link to the first page. */
  get hasFirst(): boolean {
    return this.#parsed().first !== undefined;
  }

  /** The request for the next page, or `null` on the last one. */
  async next(options?: CallOptions | null): Promise<HttpRequest | null> {
    const signal = signalOf(options);
    return this.hasNext ? await this.#follow("next", signal) : null;
  }

  /** The request for the first page. Without links, this page is the only one (TG2). */
  first(options?: CallOptions | null): Promise<HttpRequest> {
    return this.#follow("first", signalOf(options));
  }

  /** The request for this page. */
  current(options?: CallOptions | null): Promise<HttpRequest> {
    return this.#follow("current", signalOf(options));
  }

  #parsed(): Links {
    return this.#links ??= parseLinks(this.#headers.get("link"));
  }

  #follow(relation: string, given: AbortSignal | null | undefined): Promise<HttpRequest> {
    const signal = given ?? this.#request.signal;
    const link = this.#parsed()[relation];
    return readAnswer("find another page", () => {
      if (link !== undefined) {
        // Pages are always read with GET, even if the first request used another verb.
        const { body: _sent, params: _inLink, ...request } = this.#request;
        return { ...request, path: resolveLink(request.path, link), method: "GET", signal };
      }
      if (this.#request.method === "GET") return { ...this.#request, signal };
      throw createError(
        ErrorCode.NotFound,
        `The response to a ${this.#request.method} has no link to the ${relation} page`,
        "Send the request again if that is what you want.",
      );
    });
  }
}
