import { chosenError, type ErrorChoice } from "../core/known_errors.ts";
import { SERVICE_CLOSED } from "../core/service_error.ts";
import type { HttpEffect } from "./fault.ts";
import type { ServiceCore } from "../service/service_core.ts";

/** Handles a request without faults. */
export type HttpHandler = (request: Request) => Response | Promise<Response>;

/**
 * Makes a handler that applies faults.
 *
 * @param handle Handles a request without faults.
 */
export function handleWithFaults(
  core: ServiceCore,
  request: Request,
  handle: HttpHandler,
): Promise<Response> {
  if (core.closed) return Promise.reject(new TypeError(SERVICE_CLOSED));
  const url = new URL(request.url);
  const { method, headers } = request;
  const effect = core.faults.forRequest(method, url);
  if (effect !== undefined && !isHandled(effect)) {
    const path = url.pathname;
    core.log.add({ type: "request", at: core.timers.now(), method, url, path, headers });
  }
  return faulty(core, effect, async () => handle(request));
}

/** Whether the request is handled despite the fault. It is then logged by its handler. */
function isHandled(effect: HttpEffect): boolean {
  return "drop" in effect || "delay" in effect;
}

/** Handles a request like `fetch`: it ends when the caller aborts, and so does the stream of its response. */
export async function handleLikeFetch(
  request: Request,
  handle: HttpHandler,
): Promise<Response> {
  const { signal } = request;
  if (signal.aborted) throw signal.reason;
  let abort = () => {};
  // Not withResolvers, which Node 20 does not have.
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
  });
  try {
    return untilAborted(await Promise.race([handle(request), aborted]), signal);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Makes an event stream, which is not to be buffered, end with the signal. All other bodies are complete already. */
function untilAborted(response: Response, signal: AbortSignal): Response {
  const { body, status, headers } = response;
  if (body === null || !headers.has("x-accel-buffering")) return response;
  const reader = body.getReader();
  const done = () => signal.removeEventListener("abort", abort);
  let abort = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      abort = () => {
        controller.error(signal.reason);
        reader.cancel().catch(() => {});
      };
      signal.addEventListener("abort", abort, { once: true });
    },
    async pull(controller) {
      const { value, done: isOver } = await reader.read();
      if (!isOver) return controller.enqueue(value);
      done();
      controller.close();
    },
    cancel(reason) {
      done();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return new Response(stream, { status, headers });
}

function faulty(
  core: ServiceCore,
  effect: HttpEffect | undefined,
  handle: () => Promise<Response>,
): Promise<Response> {
  if (effect === undefined) return handle();
  if ("respond" in effect) return Promise.resolve(answer(effect.respond));
  if ("error" in effect) return Promise.resolve(answer(errorResponse(effect.error)));
  if ("hang" in effect) {
    return new Promise<void>((resume) => core.later(Infinity, resume)).then(closed);
  }
  if ("refuse" in effect) return Promise.reject(new TypeError("Connection refused"));
  if ("drop" in effect) {
    return handle().then(async (response) => {
      await response.body?.cancel();
      throw new TypeError("Connection reset");
    });
  }
  const { delay } = effect;
  return new Promise<void>((resume) => core.later(delay, resume))
    .then(() => core.closed ? closed() : handle());
}

function closed(): never {
  throw new TypeError(SERVICE_CLOSED);
}

/** An error as the service sends it (RSC8e). */
function errorResponse(choice: ErrorChoice): Parameters<typeof answer>[0] {
  const error = chosenError(choice);
  return {
    status: error.statusCode,
    body: { error },
    headers: {
      "X-Ably-Errorcode": String(error.code),
      "X-Ably-Errormessage": error.message.replace(/[^\x20-\x7e]/g, "?"),
    },
  };
}

function answer(
  { status, body, headers }: { status: number; body?: unknown; headers?: Record<string, string> },
): Response {
  if (body === undefined) return new Response(null, { status, headers });
  if (typeof body === "string") return new Response(body, { status, headers });
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json", ...headers },
  });
}
