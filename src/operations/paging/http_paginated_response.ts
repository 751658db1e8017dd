import { ErrorInfo } from "../../errors.ts";
import { errorCodeOf } from "../../http/http_client.ts";
import type { HttpRequest, HttpResponse, HttpSender } from "../../http/http_message.ts";
import type { CallOptions } from "../../client/call_options.ts";
import { itemsOf } from "./fetch_page.ts";
import { Page, type PaginatedResult } from "./paginated_result.ts";

/**
 * The response to a request of any kind (HP1). An HTTP error status does not reject: see `success`.
 *
 * @typeParam T The type of the items.
 */
export interface HttpPaginatedResponse<T = unknown> extends PaginatedResult<T> {
  /** The HTTP status (HP4). */
  readonly statusCode: number;
  /** Whether the status is from 200 to 299 (HP5). */
  readonly success: boolean;
  /** Ably's error code, if there is one (HP6). */
  readonly errorCode: number | null;
  /** The error message, if there was an error (HP7). */
  readonly errorMessage: string | null;
  /** Structured metadata of the error, if there is any (TI6). */
  readonly errorDetail: Record<string, string> | null;
  /** The headers of the response by lower-case name (HP8). */
  readonly headers: Record<string, string>;
  /** Fetches the next page, or resolves with `null` on the last one (HP2). */
  next(options?: CallOptions | null): Promise<HttpPaginatedResponse<T> | null>;
  /** Fetches the first page again (HP2). */
  first(options?: CallOptions | null): Promise<HttpPaginatedResponse<T>>;
  /** Fetches this page again. */
  current(options?: CallOptions | null): Promise<HttpPaginatedResponse<T>>;
}

/**
 * Sends a request and returns the response, whether it is successful or not.
 *
 * @throws {ErrorInfo} If no host responded (RSC19e).
 */
export async function fetchResponse<T>(
  http: HttpSender,
  request: HttpRequest,
): Promise<HttpPaginatedResponse<T>> {
  return new ResponsePage<T>(http, request, await http.send(request));
}

class ResponsePage<T> extends Page<T, HttpPaginatedResponse<T>>
  implements HttpPaginatedResponse<T> {
  readonly statusCode: number;
  readonly success: boolean;
  readonly errorCode: number | null;
  readonly errorMessage: string | null;
  readonly errorDetail: Record<string, string> | null;
  readonly headers: Record<string, string>;

  constructor(http: HttpSender, request: HttpRequest, response: HttpResponse) {
    const { statusCode, headers, body, error } = response;
    super(
      { request, headers, items: itemsOf<T>(body) }, // HP3
      (request) => fetchResponse<T>(http, request),
    );
    this.statusCode = statusCode;
    this.success = statusCode >= 200 && statusCode < 300;
    this.errorCode = errorCodeOf(headers) ?? error?.code ?? null;
    this.errorMessage = headers.get("x-ably-errormessage") ?? error?.message ?? null;
    this.errorDetail = error instanceof ErrorInfo ? error.detail ?? null : null;
    this.headers = Object.fromEntries(headers);
  }
}
