import { fetchBody } from "../../http/fetch_body.ts";
import { type CallOptions, type KnownParams, queryOf } from "../../client/call_options.ts";
import { invalidParameter } from "../../client/checks.ts";
import type { ClientContext } from "../../client/context.ts";
import { fetchPage } from "../paging/fetch_page.ts";
import type { PaginatedResult } from "../paging/paginated_result.ts";
import { upTo } from "../range_params.ts";

/** The names of the params for lists and removals. */
export const PUSH_PARAMS: KnownParams = {
  names: {
    channel: true,
    deviceId: true,
    clientId: true,
    concatFilters: true,
    state: true,
    limit: upTo(Infinity),
    signal: true,
  },
};

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
export function sendPush({ http }: ClientContext, request: PushRequest): Promise<unknown> {
  return fetchBody(http, request);
}

/**
 * Reads a list of the push service. Its limit may be higher than those of other lists.
 *
 * @throws {ErrorInfo} 40003 if a parameter is not valid; or the error that the service returned.
 */
export async function listPush<T>(
  context: ClientContext,
  path: string,
  { params, decode }: { params?: object | null; decode: (item: unknown) => T },
): Promise<PaginatedResult<T>> {
  const list = { path, params, known: PUSH_PARAMS };
  return await fetchPage(context, { ...list, decode: (items) => items.map(decode) });
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

/**
 * Deletes all records that match a caller's filters.
 *
 * @param what The records, for the error.
 * @throws {ErrorInfo} 40003 if there is no filter; or the error that the service returned.
 */
export async function deleteWhere(
  context: ClientContext,
  path: string,
  { params, what }: { params: object; what: string },
): Promise<void> {
  const { query, signal } = queryOf(params, PUSH_PARAMS, context.options.logger);
  checkFilter(query, what);
  await deletePush(context, path, { params: query, signal });
}

/**
 * Checks that a removal has a filter, because without one it would remove everything.
 *
 * @throws {ErrorInfo} 40003 if there is no filter, or an empty one.
 */
export function checkFilter(query: Record<string, string>, what: string): void {
  const values = Object.values(query);
  if (values.length > 0 && !values.includes("")) return;
  throw invalidParameter(
    `Failed to remove ${what}: there is no filter`,
    "Give at least one filter, for example a clientId, and no empty ones.",
  );
}
