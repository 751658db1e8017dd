import type { ErrorInfo } from "../errors.ts";

/** A request to Ably, before its host and credentials are chosen. */
export interface HttpRequest {
  /** The HTTP verb. */
  method: string;
  /** The path, with its segments percent-encoded. */
  path: string;
  /** Query parameters. */
  params?: Record<string, string>;
  /** Headers to add to those that every request has, or to replace them. */
  headers?: Record<string, string>;
  /** The body, not yet encoded. */
  body?: unknown;
  /** The protocol version to request, if it is not this module's own (RSC19f1). */
  version?: number;
  /** Agents of the wrapper SDK that makes the request (RSC7d7). */
  agents?: Record<string, string | boolean | undefined>;
  /** Whether to return the body of a success as a stream that is not read yet. */
  isStream?: boolean;
  /** Ends the request when the caller gives up. */
  signal?: AbortSignal | null;
}

/** A response with any status, its body decoded by its own content type (RSC8d). */
export interface HttpResponse {
  /** The HTTP status. */
  statusCode: number;
  /** The headers. */
  headers: Headers;
  /** The decoded body, or the stream; `undefined` if it was empty. */
  body: unknown;
  /** The error, if the status is not a success. */
  error?: ErrorInfo;
}

/** Sends requests and returns responses, with any status. */
export interface HttpSender {
  /**
   * Sends a request.
   *
   * @throws {ErrorInfo} If no host answered in time, the answer could not be read, or the caller gave up.
   */
  send(request: HttpRequest): Promise<HttpResponse>;
}
