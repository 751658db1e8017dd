import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";
import { isBinary } from "../util/bytes.ts";
import { copyOf } from "../util/copy.ts";
import { readEntries, shown } from "../util/read_members.ts";
import { invalidParameter } from "../client/checks.ts";
import { type CallParams, queryOf } from "../client/call_options.ts";
import type { ClientContext } from "../client/context.ts";
import { PROTOCOL_VERSION } from "../version.ts";
import { numberOf } from "../util/time_rule.ts";
import { fetchResponse, type HttpPaginatedResponse } from "./paging/http_paginated_response.ts";

/** A request to any of Ably's REST endpoints (RSC19f). */
export interface RestRequest {
  /** The HTTP verb. */
  method: string;
  /** The path, for example `"/channels"`, with its segments percent-encoded. */
  path: string;
  /** The protocol version to request (RSC19f1). Defaults to that of the other calls. */
  version?: number | null;
  /** Query parameters, and the signal. */
  params?: CallParams | null;
  /** An object or array to send. */
  body?: unknown;
  /** Headers to add. */
  headers?: Record<string, string> | null;
}

const VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/**
 * Sends a request to any of Ably's REST endpoints (RSC19). An HTTP error status does not reject.
 *
 * @throws {ErrorInfo} 40500 if the verb is not supported, 40003 if another argument is not valid; or if no host answered
 * (RSC19e).
 */
export async function request<T>(
  { http }: ClientContext,
  call: RestRequest,
): Promise<HttpPaginatedResponse<T>> {
  const method = checkedMethod(call.method);
  const { path, body, headers } = call;
  const version = numberOf(call.version ?? PROTOCOL_VERSION);
  if (typeof path !== "string" || !path.startsWith("/")) {
    throw invalidParameter(
      `The path does not start with "/": ${shown(path)}`,
      'Give only the path, for example "/channels"; the client has the host.',
    );
  }
  if (!Number.isInteger(version)) {
    throw invalidParameter(
      `The version is not a whole number: ${String(call.version)}`,
      "Give the version of Ably's REST API as the third argument, for example 3.",
    );
  }
  if (path.includes("#")) {
    throw invalidParameter(
      `The path has a "#", after which nothing is sent: "${path}"`,
      "Percent-encode the segments of the path, for example with encodeURIComponent.",
    );
  }
  const { query, signal } = queryOf(call.params);
  const own = body == null ? undefined : copyOf(body);
  checkBody(method, own);
  return await fetchResponse<T>(http, {
    method,
    path,
    version,
    params: query,
    ...(own !== undefined && { body: own }),
    ...(headers != null && { headers: checkedHeaders(headers) }),
    signal,
  });
}

function checkedMethod(method: unknown): string {
  const verb = typeof method === "string" ? method.toUpperCase() : "";
  if (VERBS.includes(verb)) return verb;
  throw createError(
    ErrorCode.MethodNotAllowed,
    `The HTTP verb is not supported: ${shown(method)}`,
    `Use one of ${VERBS.join(", ")}.`,
  );
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/**
 * Checks that all runtimes send the headers, and send the same. Otherwise `fetch` would throw, which counts as a host out of
 * reach.
 */
function checkedHeaders(headers: unknown): Record<string, string> {
  const copy: Record<string, string> = {};
  const pairs = headers instanceof Headers
    ? headers
    : readEntries(headers, { what: "The headers" });
  for (const [name, value] of pairs) {
    if (value == null) continue;
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(String(value))) {
      throw invalidParameter(
        `The header ${JSON.stringify(name)} cannot be sent`,
        "Give headers as names and values in ASCII, without line breaks.",
      );
    }
    copy[name] = String(value);
  }
  return copy;
}

function checkBody(method: string, body: unknown): void {
  if (body == null) return;
  if (method === "GET" || method === "HEAD") {
    throw invalidParameter(`${method} takes no body`, "Leave the body out, or use another verb.");
  }
  // RSC19c: binary bodies are not supported.
  if (typeof body === "object" && !isBinary(body)) return;
  throw invalidParameter(
    `The body is neither an object nor an array: ${isBinary(body) ? "binary" : typeof body}`,
    "Give an object or an array; it is encoded for you.",
  );
}
