import { capabilityText } from "../token/capability.ts";
import type { TokenParams } from "../token/token_request.ts";
import type { AuthOptions } from "./auth_options.ts";
import { withoutNulls } from "../util/copy.ts";
import type { ErrorInfo } from "../errors.ts";
import { discard } from "../http/body.ts";
import { excerptOf } from "../util/redact.ts";
import { invalidOption } from "./checked_auth_options.ts";
import { providerFailed } from "./provider_failure.ts";

const FORM = "application/x-www-form-urlencoded";

/**
 * Makes the request to an `authUrl` (RSA8c1).
 *
 * @param authUrl The URL, which may have a query.
 * @param options The verb, headers and parameters to send.
 * @param params The params of the token. They override `authParams` of the same name (RSA8c2).
 */
export function requestFromAuthUrl(
  authUrl: string,
  options: AuthOptions,
  params: TokenParams,
): { url: string; init: RequestInit } {
  const { authMethod, authParams, authHeaders } = options;
  const own = { ...withoutNulls(authParams ?? {}), ...textOf(params) };
  const headers = headersOf(authHeaders ?? {});
  if (authMethod === "POST") {
    // RSA8c1b, RSA8c1c
    if (!headers.has("content-type")) headers.set("content-type", FORM);
    return {
      url: authUrl,
      init: { method: "POST", headers, body: new URLSearchParams(own).toString() },
    };
  }
  return { url: withParams(authUrl, own), init: { method: "GET", headers } };
}

/** Builds headers one by one, because the runtime's own error shows the value, which may be secret. */
function headersOf(given: Record<string, string> | Headers): Headers {
  const headers = new Headers();
  const pairs = given instanceof Headers ? given : Object.entries(withoutNulls(given));
  for (const [name, value] of pairs) {
    try {
      headers.set(name, value);
    } catch {
      throw invalidOption(`The option "authHeaders" has an invalid header: "${name}"`);
    }
  }
  return headers;
}

/** The token parameters as text. Absent ones are left out. */
function textOf(params: TokenParams): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    // RSA6: an empty capability counts as absent
    if (value == null || name === "capability" && value === "") continue;
    texts[name] = name === "capability" ? capabilityText(value) : String(value);
  }
  return texts;
}

/** RSA8c1a, RSA8c1c: the URL's own query is kept, except for names that are set anew. */
function withParams(url: string, params: Record<string, string>): string {
  const [, path = "", query, fragment = ""] = /^([^?#]*)(?:\?([^#]*))?(#.+)?/s.exec(url)!;
  const merged = new URLSearchParams(query);
  for (const name in params) merged.set(name, params[name]!);
  return `${path}?${merged}`.replace(/\?$/, "") + fragment;
}

/** The number of redirects that are followed in a row. */
const MAX_REDIRECTS = 5;

/**
 * Sends a request to an `authUrl`, and follows its redirects. `fetch` is not left to follow them: it would send the
 * `authHeaders` and the form of a POST to any other site, but they are meant for the `authUrl` alone.
 *
 * @param fetch Sends a request.
 * @param request The result of {@linkcode requestFromAuthUrl}.
 * @throws {ErrorInfo} 40170 if it would send headers or parameters to another origin, or redirects too often.
 */
export async function fetchAuthUrl(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  { url, init }: { url: string; init: RequestInit },
): Promise<Response> {
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await fetch(url, { ...init, redirect: "manual" });
    const { status, type } = response;
    if (type === "opaqueredirect") {
      if (isConfidential(init)) throw redirectRefused("redirects, and a browser hides the target");
      return await fetch(url, { ...init, redirect: "follow" });
    }
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(status) || location === null) return response;
    discard(response);
    if (!URL.canParse(location, url)) {
      throw redirectRefused("redirects to an invalid URL");
    }
    if (init.body != null && status < 307) {
      // As in browsers, the form is sent again only if the status requires it.
      const headers = new Headers(init.headers);
      headers.delete("content-type");
      init = { method: "GET", headers };
    }
    const [from, to] = [new URL(url), new URL(location, url)];
    const isSafe = to.protocol === "https:" || from.protocol !== "https:";
    if (from.origin !== to.origin && (isConfidential(init) || !isSafe)) {
      throw redirectRefused(`redirects to another origin, ${excerptOf(to.origin)}`);
    }
    url = to.href;
  }
  throw redirectRefused(`redirects more than ${MAX_REDIRECTS} times`);
}

function isConfidential({ headers, body }: RequestInit): boolean {
  return body != null || !new Headers(headers).entries().next().done;
}

function redirectRefused(what: string): ErrorInfo {
  return providerFailed(`The authUrl ${what}`, {
    remediation:
      "Set the option authUrl to the final URL: authHeaders and authParams are not sent to another origin.",
  });
}
