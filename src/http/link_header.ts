/** The pages that a response refers to, by relation: `first`, `current`, `next` (TG4). */
export type Links = Record<string, string>;

/** A target, a relation, or a quoted text of another attribute, which may contain anything. */
const PART = /<([^<>]*)>|;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))|"[^"]*"/gi;

/** Reads a `Link` header (RFC 8288). Parts that are not a link with a relation are ignored. */
export function parseLinks(header: string | null): Links {
  const links: Links = {};
  let target: string | undefined;
  for (const [, url, quoted, bare] of (header ?? "").matchAll(PART)) {
    target = url ?? target;
    const names = (quoted ?? bare)?.toLowerCase().match(/\S+/g);
    if (!names || target === undefined) continue;
    for (const name of names) links[name] ??= target;
    target = undefined; // Only the first relation of a link counts.
  }
  return links;
}

/**
 * Resolves a link against the path of the request that it belongs to, as in `./messages?start=…` (RSF, TG).
 *
 * @param path The path of the request.
 * @param link The link. Its host is ignored, because every host has all pages.
 * @returns The path on Ably's host, with the query of the link unchanged, except that `request_id` is removed: each page gets
 * its own.
 * @throws {TypeError} If it is not a URL.
 */
export function resolveLink(path: string, link: string): string {
  const url = new URL(link, new URL(path, "https://host"));
  if (url.searchParams.has("request_id")) url.searchParams.delete("request_id");
  return url.pathname + url.search;
}
