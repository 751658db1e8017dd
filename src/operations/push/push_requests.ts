import type { CallOptions } from "../../client/call_options.ts";
import { splitParams } from "../../client/call_options.ts";
import type { ClientContext } from "../../client/context.ts";
import { fetchPage, itemsOf } from "../paging/fetch_page.ts";
import type { PaginatedResult } from "../paging/paginated_result.ts";
import { checkLimit } from "../range_params.ts";

/** The names of the params for lists and removals. */
export const PUSH_PARAMS = {
  channel: true,
  deviceId: true,
  clientId: true,
  concatFilters: true,
  state: true,
  limit: true,
  signal: true,
} as const;

/** A request to the push service. */
export interface PushRequest extends CallOptions {
  /** The HTTP verb. */
  method: string;
  /** The path. */
  path: string;
  /** Query parameters. */
  params?: Record<string, string>;
  /** The body to send. */
  body?: unknown;
}

/**
 * Sends a request to the push service.
 *
 * @returns The body of the answer.
 * @throws {ErrorInfo} The error that the service returned.
 */
export async function sendPush({ http }: ClientContext, request: PushRequest): Promise<unknown> {
  const { body, error } = await http.send(request);
  if (error) throw error;
  return body;
}

/**
 * Reads a list of the push service. Its limit may be higher than those of other lists.
 *
 * @throws {ErrorInfo} 40003 if a parameter is not valid; or the error that the service returned.
 */
export async function listPush<T>(
  { http, options: { logger } }: ClientContext,
  path: string,
  { params, decode }: { params?: object | null; decode: (item: unknown) => T },
): Promise<PaginatedResult<T>> {
  const { query, signal, values } = splitParams(params, { names: PUSH_PARAMS, logger });
  checkLimit(values);
  return await fetchPage({
    http,
    request: { method: "GET", path, params: query, signal },
    decode: (body) => itemsOf(body).map(decode),
  });
}

/**
 * Deletes all records that match the query.
 *
 * @throws {ErrorInfo} The error that the service returned.
 */
export async function deletePush(
  context: ClientContext,
  path: string,
  { params, signal }: { params?: Record<string, string>; signal?: AbortSignal | null },
): Promise<void> {
  await sendPush(context, { method: "DELETE", path, params, signal });
}
