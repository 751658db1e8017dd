/**
 * An error without the query of a URL in its message: runtimes name the whole URL of a request that failed, and its
 * query may hold secrets. Any other error stays as it is.
 *
 * @param error What a runtime threw.
 * @param url The URL of the request.
 */
export function withoutQuery(error: unknown, url: string): unknown {
  const query = url.slice(url.indexOf("?"));
  if (!url.includes("?") || !(error instanceof Error) || !error.message.includes(query)) {
    return error;
  }
  const redacted = new Error(error.message.replaceAll(query, "?…"));
  redacted.name = error.name;
  return redacted;
}
