import * as ErrorCode from "../error_numbers.ts";
import { createError } from "../errors.ts";
import { fetchBody } from "./fetch_body.ts";
import type { HttpSender } from "./http_message.ts";

/**
 * Requests the time of the service (RSC16).
 *
 * @param http Sends the request, which needs no credentials.
 * @param signal Ends the request.
 * @returns Milliseconds since the Unix epoch.
 * @throws {ErrorInfo} If there is no response, or the response has no time.
 */
export async function requestTime(http: HttpSender, signal?: AbortSignal | null): Promise<number> {
  const body = await fetchBody(http, { method: "GET", path: "/time", signal });
  const time = Array.isArray(body) ? body[0] : undefined;
  if (typeof time === "number") return time;
  throw createError(
    ErrorCode.InternalError,
    "The response to a request for the service's time has no time",
    "Check that the option endpoint names a service of Ably.",
  );
}
