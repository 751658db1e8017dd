import { invalidTokenParameter } from "./token_errors.ts";

/** The permissions of pages from other origins. */
export interface CorsPolicy {
  /** Whether the page which sent the request may ask at all. */
  admits(request: Request): boolean;
  /** Lets the page which sent the request read the answer, if it is one of those listed. */
  apply(request: Request, headers: Headers): void;
}

/**
 * Makes a policy for pages of certain origins. Those of the endpoint's own host are always admitted, and so is who sends
 * no origin, as programs do that are no browsers.
 *
 * @param origins Origins such as `https://app.example.com`. Without them, no answer is for other origins.
 * @throws {ErrorInfo} 40003 for what is no origin, and for `"*"`.
 */
export function corsPolicy(origins: readonly string[]): CorsPolicy {
  origins.forEach(checkOrigin);
  const listed = ({ headers }: Request) => origins.find((one) => one === headers.get("origin"));
  return {
    admits: (request) => !origins.length || listed(request) !== undefined || isSameHost(request),
    apply(request, headers) {
      const origin = listed(request);
      headers.append("vary", "Origin");
      if (origin === undefined) return;
      headers.set("access-control-allow-origin", origin);
      headers.set("access-control-allow-credentials", "true");
    },
  };
}

/** The headers of an answer to a preflight request. */
export function preflightHeaders({ headers }: Request): Record<string, string> {
  return {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": headers.get("access-control-request-headers") ?? "",
    "access-control-max-age": "600",
    "vary": "Access-Control-Request-Headers",
  };
}

function isSameHost({ url, headers }: Request): boolean {
  const origin = headers.get("origin");
  if (origin === null) return true;
  // Compare without the scheme: behind a TLS-terminating proxy the request arrives as plain HTTP.
  return origin.replace(/^https?:\/\//, "") === new URL(url).host;
}

/** Compare with the exact text that browsers send; other spellings would never match. */
function checkOrigin(origin: string): void {
  if (/^https?:[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin) {
    return;
  }
  throw invalidTokenParameter(
    `An origin is a scheme and a host as browsers send them, got "${origin}"`,
    'List each one, such as "https://app.example.com".',
  );
}
