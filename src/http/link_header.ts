/** The pages that a response refers to, by relation: `first`, `current`, `next` (TG4). */
export type Links = Record<string, string>;

const LINK = /<([^<>]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]+))?)*)/g;
const ATTRIBUTE = /;\s*([\w*-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s;,"]+)))?/g;

/** Reads a `Link` header (RFC 8288). Parts that are not a link with a relation are ignored. */
export function parseLinks(header: string | null): Links {
  const links: Links = {};
  for (const [, target, attributes] of (header ?? "").matchAll(LINK)) {
    for (const name of relations(attributes!)) links[name] ??= target!;
  }
  return links;
}

function relations(attributes: string): string[] {
  for (const [, name, quoted, bare] of attributes.matchAll(ATTRIBUTE)) {
    if (name!.toLowerCase() === "rel") {
      return (quoted ?? bare ?? "").toLowerCase().match(/\S+/g) ?? [];
    }
  }
  return [];
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
