import type { ServeOptions } from "./served.ts";

/** Ably's domains, for clients whose host names are all directed to this machine. */
const ABLY_DOMAINS = [
  "ably.net",
  "ably.io",
  "ably.com",
  "ably-realtime.com",
  "ably-nonprod.net",
  "ably-realtime-nonprod.com",
];

/** Returns a refusal for a request that is not meant for the service; otherwise undefined. */
export type PortGuard = (request: Request) => Response | undefined;

/**
 * Makes a guard against pages of other sites. A site can direct its own name to this machine, so that the browser takes the
 * service for a part of that site (DNS rebinding). The `Host` header then contains that name.
 *
 * @param options The name that is listened on, and other permitted names.
 */
export function portGuard({ hostname, hosts }: ServeOptions): PortGuard {
  const permitted = new Set([hostname ?? "localhost", ...(hosts ?? [])].map(plain));
  return (request) => {
    const names = [hostnameIn(request.url), nameOf(request.headers.get("host"))];
    const foreign = names.find((name) => name !== undefined && !isOwn(plain(name), permitted));
    return foreign === undefined ? undefined : refusal(foreign);
  };
}

/** Whether a name stands for this machine. An IP address is accepted, because no site can redirect it. */
function isOwn(name: string, permitted: ReadonlySet<string>): boolean {
  return permitted.has(name) || name === "localhost" || name.endsWith(".localhost") ||
    /^\d+(\.\d+){3}$/.test(name) || name.startsWith("[") ||
    ABLY_DOMAINS.some((domain) => name === domain || name.endsWith(`.${domain}`));
}

/** A `Host` header without its port. */
function nameOf(host: string | null): string | undefined {
  return host === null ? undefined : hostnameIn(`http://${host}`);
}

/** The host name in an address. A malformed address is returned whole, and so counts as foreign. */
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
