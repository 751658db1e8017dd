import * as ErrorCode from "../error_numbers.ts";
import { createError, ErrorInfo } from "../errors.ts";
import { kindOf } from "../util/read_members.ts";
import type { WebhookEvent } from "./events.ts";
import { type AcceptedWebhook, webhookAcceptor, type WebhookOptions } from "./read_webhook.ts";

const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/**
 * Makes an endpoint that receives webhooks: a function from request to response, for `Deno.serve`, `Bun.serve`, Hono or
 * Workers. The response has status 204 if all events were handled. If the delivery is refused, it has the status of the error,
 * with the error in JSON as its body. Exceptions of your own functions (`handle`, `cipher`, `onError`) are not caught: the
 * runtime then responds with status 500, and Ably delivers the events again.
 *
 * @param options As for {@linkcode readWebhook}.
 * @param handle Called for each event, one after the other.
 * @throws {ErrorInfo} 40005 if a key is malformed, 40003 if there is none, or if the cipher or a limit is not valid.
 *
 * @example An endpoint in one line
 * ```ts
 * import { webhookHandler } from "@ably-edge/sdk/webhooks";
 *
 * const handler = webhookHandler({ key: "appId.keyId:secret" }, (event) => console.log(event.kind));
 *
 * export default { fetch: handler };
 * ```
 */
export function webhookHandler(
  options: WebhookOptions,
  handle: (event: WebhookEvent) => void | Promise<void>,
): (request: Request) => Promise<Response> {
  const accept = webhookAcceptor(options);
  if (typeof handle !== "function") throw noFunction(handle);
  return async (request) => {
    let decode: AcceptedWebhook;
    try {
      if (request.method !== "POST") throw methodNotAllowed(request.method);
      decode = await accept(request);
    } catch (error) {
      if (error instanceof ErrorInfo && error.statusCode < 500) return errorResponse(error);
      throw error;
    }
    for (const event of await decode()) await handle(event);
    return new Response(null, { status: 204, headers: HEADERS });
  };
}

function errorResponse(error: ErrorInfo): Response {
  const { message, code, statusCode, href } = error;
  return Response.json({ error: { message, code, statusCode, href } }, {
    status: statusCode,
    headers: { ...HEADERS, ...(statusCode === 405 && { allow: "POST" }) },
  });
}

function noFunction(given: unknown): ErrorInfo {
  return createError(
    ErrorCode.InvalidParameter,
    `The handler of webhook events must be a function, got ${kindOf(given)}`,
    "Give a function that takes an event.",
  );
}

function methodNotAllowed(method: string): ErrorInfo {
  return createError(
    ErrorCode.MethodNotAllowed,
    `Webhooks are delivered with POST, not ${method}`,
    "Point an integration rule of Ably at this endpoint.",
  );
}
