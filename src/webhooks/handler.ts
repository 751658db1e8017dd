import { ErrorCode } from "../error_codes.ts";
import { ErrorInfo } from "../errors.ts";
import type { WebhookEvent } from "./events.ts";
import { readWebhook, type WebhookOptions } from "./read_webhook.ts";
import { noKey, parseKeys } from "./verify.ts";

/**
 * Makes an endpoint that receives webhooks: a function from request to response, which `Deno.serve`, `Bun.serve`, Hono and
 * Workers take as it is. It answers 204 when the events were handled, an error with its status and code in JSON when the
 * delivery was refused, and lets what `handle` throws through, so that the runtime answers 500 and Ably tries again.
 *
 * @param options As for {@linkcode readWebhook}.
 * @param handle Is called for each event, one after the other.
 * @throws {ErrorInfo} 40005 if a key is malformed, 40003 if there is none.
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
  if (parseKeys(options?.key).length === 0 && options?.allowUnsigned !== true) throw noKey();
  return async (request) => {
    let events: WebhookEvent[];
    try {
      if (request.method !== "POST") throw methodNotAllowed(request.method);
      events = await readWebhook(request, options);
    } catch (error) {
      if (error instanceof ErrorInfo) return refusal(error);
      throw error;
    }
    for (const event of events) await handle(event);
    return new Response(null, { status: 204 });
  };
}

function refusal(error: ErrorInfo): Response {
  const { message, code, statusCode, href } = error;
  return Response.json({ error: { message, code, statusCode, href } }, {
    status: statusCode,
    headers: statusCode === 405 ? { allow: "POST" } : {},
  });
}

function methodNotAllowed(method: string): ErrorInfo {
  return new ErrorInfo({
    message: `Webhooks are delivered with POST, not ${method}`,
    code: ErrorCode.MethodNotAllowed,
    statusCode: 405,
    remediation: "Point an integration rule of Ably at this endpoint.",
  });
}
