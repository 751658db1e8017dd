/**
 * What a runtime threw because a request failed, without what may be secret in the URL of the request. Runtimes name the
 * whole URL: Deno in the message of the cause, Bun in a member of its own. So what there is besides messages and codes
 * stays behind. If the URL has no query, there is no secret, and the error stays as it is.
 *
 * @param error What a runtime threw.
 * @param url The URL of the request.
 */
export function withoutQuery(error: unknown, url: string): unknown {
  return url.includes("?") ? redacted(error, queriesOf(url)) : error;
}

function redacted(error: unknown, queries: readonly string[]): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, cause, code } = error as Error & { code?: unknown };
  const clean = queries.reduce((text, query) => text.replaceAll(query, "?…"), message);
  const copy = new Error(clean, cause == null ? undefined : { cause: redacted(cause, queries) });
  copy.name = name;
  return typeof code === "string" ? Object.assign(copy, { code }) : copy;
}

/** The query as it was given and as runtimes write it, with the fragment and without. */
function queriesOf(url: string): string[] {
  const written = URL.canParse(url) ? new URL(url).href : "";
  return [url, written]
    .flatMap((text) => [text, text.split("#", 1)[0]!])
    .flatMap((text) => /\?.+/s.exec(text) ?? []);
}
