import { invalidTokenParameter } from "./token_errors.ts";

/**
 * Whether the page that sent a request may use an endpoint. Pages of the endpoint's own host always may, and so may requests
 * without an origin, which do not come from pages.
 *
 * @param origins The other origins. If there are none, any page may send requests, but not read the responses.
 */
export function isAdmitted({ url, headers }: Request, origins: readonly string[]): boolean {
  const origin = headers.get("origin");
  return origins.length === 0 || origin === null || origins.includes(origin) ||
    // Compare without the scheme: behind a TLS-terminating proxy the request arrives as plain HTTP.
    origin.replace(/^https?:\/\//, "") === new URL(url).host;
}

/**
 * The origins of pages that may read the responses of an endpoint.
 *
 * @param given Origins such as `https://app.example.com`.
 * @throws {ErrorInfo} 40003 for a text that is not an origin, and for `"*"`.
 */
export function checkOrigins(given: string | readonly string[]): readonly string[] {
  const origins = [given].flat();
  for (const origin of origins) {
    // Accept only the exact text that browsers send; other spellings would never match.
    if (
      /^https?:[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin
    ) {
      continue;
    }
    throw invalidTokenParameter(
      `An origin is a scheme and a host as browsers send them, got "${origin}"`,
      'List each origin, such as "https://app.example.com".',
    );
  }
  return origins;
}

/** Allows the page that sent a request to read the response, if its origin is listed. */
export function allowReading(
  { headers }: Response,
  request: Request,
  origins: readonly string[],
): void {
  const origin = request.headers.get("origin") ?? "";
  headers.append("vary", "Origin");
  if (!origins.includes(origin)) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-allow-credentials", "true");
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
