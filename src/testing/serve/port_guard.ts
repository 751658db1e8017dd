import type { ServeOptions } from "./served.ts";

/** Names that belong to Ably, for clients whose every host name is made to lead here. */
const ABLY_DOMAINS = [
  "ably.net",
  "ably.io",
  "ably.com",
  "ably-realtime.com",
  "ably-nonprod.net",
  "ably-realtime-nonprod.com",
];

/** Refuses a request that was not meant for the service; otherwise nothing. */
export type PortGuard = (request: Request) => Response | undefined;

/**
 * Makes what keeps the pages of other sites out. A site can let its own name lead to this machine, so that the browser takes
 * the service for a part of that site (DNS rebinding). Such a name stands in the `Host` header.
 *
 * @param options The name that is listened on, and others that are permitted.
 */
export function portGuard({ hostname, hosts }: ServeOptions): PortGuard {
  const permitted = new Set([hostname ?? "localhost", ...(hosts ?? [])].map(plain));
  return (request) => {
    const names = [hostnameIn(request.url), nameOf(request.headers.get("host"))];
    const foreign = names.find((name) => name !== undefined && !isOwn(plain(name), permitted));
    return foreign === undefined ? undefined : refusal(foreign);
  };
}

/** Tells whether a name stands for this machine. An IP address passes: no site can make it stand for something else. */
function isOwn(name: string, permitted: ReadonlySet<string>): boolean {
  return permitted.has(name) || name === "localhost" || name.endsWith(".localhost") ||
    /^\d+(\.\d+){3}$/.test(name) || name.startsWith("[") ||
    ABLY_DOMAINS.some((domain) => name === domain || name.endsWith(`.${domain}`));
}

/** A `Host` header without its port. */
function nameOf(host: string | null): string | undefined {
  return host === null ? undefined : hostnameIn(`http://${host}`);
}

/** The name in an address. What is no address is as foreign as that of another, whole as it is. */
function hostnameIn(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

function refusal(name: string): Response {
  const message = `The local service does not answer to the name ${JSON.stringify(name)}`;
  const remediation =
    "Use localhost, or permit the name: with --allow-host, or the option hosts of serve().";
  const error = { message, code: 40300, statusCode: 403, remediation };
  return Response.json({ error }, { status: 403, headers: { "X-Ably-Errorcode": "40300" } });
}
