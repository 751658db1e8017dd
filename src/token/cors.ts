import { ErrorInfo } from "../errors.ts";
import { INVALID_PARAMETER } from "./codes.ts";

/** What a browser is allowed to do with answers. */
export interface CorsPolicy {
  /** The headers that let the page which sent the request read the answer; none if it is not one of those listed. */
  headers(request: Request): Record<string, string>;
  /** Whether the page which sent the request may ask at all. */
  admits(request: Request): boolean;
}

/**
 * Makes a policy for pages of certain origins. Those of the endpoint's own host are always admitted, and so is who sends
 * no origin, as programs do that are no browsers.
 *
 * @param origins Origins such as `https://app.example.com`. Without them, no answer is for other origins.
 * @throws {ErrorInfo} 40003 for what is no origin, and for `"*"`.
 */
export function corsPolicy(origins: readonly string[] | null | undefined): CorsPolicy {
  const listed = new Set((origins ?? []).map(checkOrigin));
  const isListed = ({ headers }: Request) => listed.has(headers.get("origin") ?? "");
  return {
    admits: (request) => listed.size === 0 || isListed(request) || isSameHost(request),
    headers: (request): Record<string, string> =>
      listed.size === 0 ? {} : {
        "vary": "Origin",
        ...(isListed(request) && {
          "access-control-allow-origin": request.headers.get("origin")!,
          "access-control-allow-credentials": "true",
        }),
      },
  };
}

/** The headers of an answer to a preflight request. */
export function preflightHeaders({ headers }: Request): Record<string, string> {
  const wanted = headers.get("access-control-request-headers");
  return {
    "access-control-allow-methods": "GET, POST",
    "access-control-max-age": "600",
    ...(wanted !== null && { "access-control-allow-headers": wanted }),
  };
}

function isSameHost({ url, headers }: Request): boolean {
  const origin = headers.get("origin");
  if (origin === null) return true;
  // Without the scheme: whoever ends TLS in front of the endpoint speaks plain HTTP to it.
  return origin.replace(/^https?:\/\//, "") === new URL(url).host;
}

function checkOrigin(origin: string): string {
  if (/^https?:\/\/[^/*\s]+$/.test(origin)) return origin;
  throw new ErrorInfo({
    message: `An origin is a scheme and a host, got "${origin}"`,
    code: INVALID_PARAMETER,
    statusCode: 400,
    remediation:
      'List each one in full, such as "https://app.example.com": "*" would let any page in.',
  });
}
