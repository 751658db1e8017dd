import type { HttpRequest } from "../../src/http/http_message.ts";
import { HttpClient } from "../../src/http/http_client.ts";
import { Credentials } from "../../src/auth/credentials.ts";
import { Auth } from "../../src/auth/auth.ts";
import type { ClientOptions } from "../../src/client/client_options.ts";
import { type ResolvedOptions, resolveOptions } from "../../src/client/resolve_options.ts";
import { AuthenticatedHttp } from "../../src/auth/authenticated_http.ts";
import { FakeClock } from "../../src/testing/clock/fake_clock.ts";

/** A request as a host sees it. */
export interface SeenRequest {
  method: string;
  url: URL;
  headers: Headers;
  /** The body as it came; undefined if there was none. */
  body: string | Uint8Array | undefined;
  signal: AbortSignal | null | undefined;
}

/** Answers a request; a thrown error is a host that can't be reached. */
export type Answer = (request: SeenRequest, index: number) => Response | Promise<Response>;

/** A `fetch` that records requests and answers as the test says. */
export interface FakeFetch {
  fetch: typeof fetch;
  seen: SeenRequest[];
  /** The number of response bodies that were neither read to the end nor cancelled. */
  open(): number;
}

/** Makes a `fetch` without a network. */
export function fakeFetch(answer: Answer): FakeFetch {
  const seen: SeenRequest[] = [];
  const open = new Set<object>();
  return {
    seen,
    open: () => open.size,
    fetch: async (input, init) => {
      const request = {
        method: init?.method ?? "GET",
        url: new URL(String(input)),
        headers: new Headers(init?.headers),
        body: init?.body as string | Uint8Array | undefined,
        signal: init?.signal,
      };
      seen.push(request);
      const response = await answer(request, seen.length - 1);
      return watched(response, open);
    },
  };
}

/** The same answer, with a body that is counted until someone has done with it. */
function watched(response: Response, open: Set<object>): Response {
  const reader = response.body?.getReader();
  if (!reader) return response;
  const token = {};
  open.add(token);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      open.delete(token);
      controller.close();
    },
    async cancel(reason) {
      open.delete(token);
      await reader.cancel(reason);
    },
  });
  const { status, headers } = response;
  return new Response(body, { status, headers });
}

/** An answer in JSON. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** An error as Ably answers with it. */
export function refusal(code: number, status: number, message = "Refused"): Response {
  return json({ error: { code, statusCode: status, message } }, status);
}

/** An answer that never comes; it fails when it is given up. */
export function never(request: SeenRequest): Promise<Response> {
  return new Promise((_resolve, reject) => {
    request.signal?.addEventListener("abort", () => reject(request.signal!.reason));
  });
}

/** A client's parts, with a fake network and clock. */
export interface Parts {
  options: ResolvedOptions;
  http: HttpClient;
  credentials: Credentials;
  auth: Auth;
  authenticated: AuthenticatedHttp;
  clock: FakeClock;
  network: FakeFetch;
  logged: string[];
  get(path?: string, request?: Partial<HttpRequest>): ReturnType<AuthenticatedHttp["send"]>;
}

/** A key for tests. */
export const KEY = "app.key:the-secret-of-the-key";

/** Puts together what a REST client consists of. */
export function client(options: ClientOptions, answer: Answer = () => json([])): Parts {
  const clock = new FakeClock();
  const network = fakeFetch(answer);
  const logged: string[] = [];
  const resolved = resolveOptions({
    clock,
    fetch: network.fetch,
    logLevel: "trace",
    logHandler: (message, level) => void logged.push(`${level}: ${message}`),
    ...options,
  });
  const http = new HttpClient({ ...resolved, limits: resolved });
  const credentials = new Credentials(resolved, http);
  const authenticated = new AuthenticatedHttp(http, credentials, resolved.isServer);
  return {
    options: resolved,
    http,
    credentials,
    authenticated,
    auth: new Auth(credentials, authenticated),
    clock,
    network,
    logged,
    get: (path = "/path", request = {}) => authenticated.send({ method: "GET", path, ...request }),
  };
}

/** The token in a `Bearer` header. */
export function bearer(request: SeenRequest): string {
  return atob(request.headers.get("authorization")!.replace("Bearer ", ""));
}
