/**
 * Whether a request comes from a page of a foreign site: not the server's own origin, and not one of this machine, such as a
 * page under development. A page without an origin, such as one in a sandbox, counts as foreign.
 */
export function isForeignPage({ url, headers }: Request): boolean {
  const origin = headers.get("origin");
  if (origin === null) return false; // Not a browser, or a read from a page of the same origin.
  if (!URL.canParse(origin)) return true;
  const { protocol, host, hostname } = new URL(origin);
  if (protocol !== "http:" && protocol !== "https:") return true;
  return host !== new URL(url).host && !isLoopback(hostname);
}

function isLoopback(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" ||
    /^127(\.\d+){3}$/.test(name);
}
