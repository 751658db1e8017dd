import { invalidTokenParameter } from "./token_errors.ts";

/** The rules for requests from pages of other origins. */
export interface CorsPolicy {
  /** Whether the page that sent the request may use the endpoint. */
  admits(request: Request): boolean;
  /** Allows the page that sent the request to read the response, if its origin is listed. */
  apply(request: Request, headers: Headers): void;
}

/**
 * Makes the rules for a list of origins. The endpoint's own host is always admitted, and so are requests without an origin,
 * which do not come from pages.
 *
 * @param origins Origins such as `https://app.example.com`. Without them, pages of other origins cannot read any response.
 * @throws {ErrorInfo} 40003 for a text that is not an origin, and for `"*"`.
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

/** The headers of the response to a preflight request. */
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

/** Accepts only the exact text that browsers send; other spellings would never match. */
function checkOrigin(origin: string): void {
  if (/^https?:[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin) {
    return;
  }
  throw invalidTokenParameter(
    `An origin is a scheme and a host as browsers send them, got "${origin}"`,
    'List each origin, such as "https://app.example.com".',
  );
}
