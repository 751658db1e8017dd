import { ErrorCode } from "../error_codes.ts";
import { ErrorInfo } from "../errors.ts";

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

/** Where a link leads. */
export interface LinkTarget {
  /** The path on Ably's host. */
  path: string;
  /** The query parameters. */
  params: Record<string, string>;
}

/**
 * Resolves a link against the path of the request that it answered, as in `./messages?start=…` (RSF, TG).
 *
 * @param path The path of the request.
 * @param link The link. A host in it is ignored: pages are on whatever host answers.
 * @throws {ErrorInfo} 50000 if it leads nowhere.
 */
export function resolveLink(path: string, link: string): LinkTarget {
  const base = new URL(path, "https://host").href;
  if (!URL.canParse(link, base)) throw brokenLink(link);
  const url = new URL(link, base);
  return { path: url.pathname, params: Object.fromEntries(url.searchParams) };
}

function brokenLink(link: string): ErrorInfo {
  return new ErrorInfo({
    message: `Failed to follow the link to another page: "${link}" is no URL`,
    code: ErrorCode.InternalError,
    statusCode: 500,
    remediation: "Check that the endpoint is Ably's and that no proxy alters its answers.",
  });
}
