import { capabilityText } from "../token/capability.ts";
import type { TokenParams } from "../token/token_request.ts";
import type { AuthOptions } from "./auth_options.ts";
import { withoutNulls } from "../util/copy.ts";
import { invalid } from "./checked_auth_options.ts";

const FORM = "application/x-www-form-urlencoded";

/**
 * Makes the request to an `authUrl` (RSA8c1).
 *
 * @param authUrl The URL, which may have a query.
 * @param options The verb, headers and parameters to send.
 * @param params What to ask of the token. They win over `authParams` of the same name (RSA8c2).
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

/** Headers, one by one: the runtime's own error shows the value, which may be secret. */
function headersOf(given: Record<string, string> | Headers): Headers {
  const headers = new Headers();
  const pairs = given instanceof Headers ? given : Object.entries(withoutNulls(given));
  for (const [name, value] of pairs) {
    try {
      headers.set(name, value);
    } catch {
      throw invalid(`The option "authHeaders" has what is not fit for a header: "${name}"`);
    }
  }
  return headers;
}

/** The token parameters as text, without those that are absent. */
function textOf(params: TokenParams): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    if (value == null || name === "capability" && value === "") continue; // RSA6: as if it were not there
    texts[name] = name === "capability" ? capabilityText(value) : String(value);
  }
  return texts;
}

/** RSA8c1a, RSA8c1c: the URL's own query stays, but for names that are set anew. */
function withParams(url: string, params: Record<string, string>): string {
  const [address, fragment] = splitAt(url, "#");
  const [path, query] = splitAt(address, "?");
  const merged = new URLSearchParams(query);
  for (const [name, value] of Object.entries(params)) merged.set(name, value);
  const text = merged.toString();
  return path + (text && `?${text}`) + (fragment && `#${fragment}`);
}

function splitAt(text: string, mark: string): [string, string] {
  const index = text.indexOf(mark);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}
