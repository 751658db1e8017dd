/** The pages that a response refers to, by relation: `first`, `current`, `next` (TG4). */
export type Links = Record<string, string>;

const LINK = /<([^<>]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]+))?)*)/g;
const ATTRIBUTE = /;\s*([\w*-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s;,"]+)))?/g;

/** Reads a `Link` header (RFC 8288). What is not a link with a relation is left out. */
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
 * Resolves a link against the path of the request that it answered, as in `./messages?start=…` (RSF, TG).
 *
 * @param path The path of the request.
 * @param link The link. A host in it is ignored: pages come from any host that answers.
 * @returns The path on Ably's host, with the query of the link as it stands, but for a `request_id`: a page has its own.
 * @throws {TypeError} If it is no URL.
 */
export function resolveLink(path: string, link: string): string {
  const url = new URL(link, new URL(path, "https://host"));
  if (url.searchParams.has("request_id")) url.searchParams.delete("request_id");
  return url.pathname + url.search;
}
