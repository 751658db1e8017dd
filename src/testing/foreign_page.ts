/**
 * Tells whether a request comes from a page that is neither the server's own nor one of this machine, as those under
 * development are. A page without an origin, such as one in a sandbox, may be of any site.
 */
export function isForeignPage({ url, headers }: Request): boolean {
  const origin = headers.get("origin");
  if (origin === null) return false; // No browser, or a page of the same origin that reads.
  if (!URL.canParse(origin)) return true;
  const { protocol, host, hostname } = new URL(origin);
  if (protocol !== "http:" && protocol !== "https:") return true;
  return host !== new URL(url).host && !isLoopback(hostname);
}

function isLoopback(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" ||
    /^127(\.\d+){3}$/.test(name);
}
