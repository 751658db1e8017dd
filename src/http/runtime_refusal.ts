import * as ErrorCode from "../error_numbers.ts";
import { createError, ErrorInfo } from "../errors.ts";
import { because } from "../util/redact.ts";

/** The error for a runtime that does not even try to reach a host. */
export function refusedByRuntime(
  action: string,
  more: { cause: unknown; requestId?: string },
): ErrorInfo {
  return createError(
    ErrorCode.BadRequest,
    `The runtime refused to ${action}${because(more.cause)}`,
    "Check the endpoint. Deno needs --allow-net, Node version 22. On Cloudflare Workers, make the client in a request or a Durable Object.",
    more,
  );
}

/**
 * The failure of the primary host, if the runtime refuses to try a fallback host. It is the error to report: the refusal only
 * prevents a second try.
 */
export function withRefusal(failure: ErrorInfo, refusal: ErrorInfo): ErrorInfo {
  const { cause, remediation } = failure;
  return new ErrorInfo({
    ...failure.toJSON(),
    cause,
    remediation: `${remediation} Also permit the fallback hosts. ${refusal.message}`.trim(),
  });
}

/**
 * The error of a runtime that did not send a request at all: a permission is missing, or it does not accept the arguments,
 * such as the AbortSignal of a test environment.
 */
export function refusalOf(error: unknown, url: string, init: RequestInit): unknown {
  const { name } = Object(error) as { name?: unknown };
  if (name === "NotCapable" || name === "PermissionDenied") return error;
  try {
    new Request(url, { ...init, signal: new AbortController().signal });
    return undefined;
  } catch (refusal) {
    return refusal;
  }
}
