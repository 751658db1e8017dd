import * as ErrorCode from "../error_numbers.ts";
import { createError, type ErrorInfo } from "../errors.ts";
import { redact } from "../util/redact.ts";

/** Ably's hosts in the form they have in a URL: IPv6 addresses in brackets. */
export interface Hosts {
  /** The host that requests and connections use first (REC1). */
  readonly primary: string;
  /** The hosts to use if the primary one fails (REC2, RSC15n). Empty if there is no fallback (RSC15m). */
  readonly fallbacks: readonly string[];
}

/** The options that determine the hosts. */
export interface HostOptions {
  /** A host name, a routing policy id, or `nonprod:<id>` (REC1b). */
  endpoint?: string | null;
  /** A routing policy id, instead of an endpoint (REC1c). */
  environment?: string | null;
  /** A host instead of an endpoint, after the name of its option (REC1d). */
  host?: readonly [option: string, host: string];
  /** Replaces the fallback hosts of the endpoint (REC2a2). */
  fallbackHosts?: readonly string[] | null;
}

/** REC1a */
export const DEFAULT_ENDPOINT = "main";
const FALLBACK_LETTERS = ["a", "b", "c", "d", "e"] as const;

/**
 * Finds the hosts for an endpoint (REC1, REC2). Ports and TLS have no effect on them.
 *
 * @throws {ErrorInfo} 40000 if a value is not a host.
 */
export function resolveHosts({ fallbackHosts, ...options }: HostOptions): Hosts {
  const { primary, fallbacks } = defaultHosts(options);
  return {
    primary,
    // REC2a2
    fallbacks: fallbackHosts?.map((host) => urlHost(host, "fallbackHosts")) ?? fallbacks,
  };
}

function defaultHosts({ endpoint, environment, host }: HostOptions): Hosts {
  if (host) return { primary: urlHost(host[1], host[0]), fallbacks: [] }; // REC1d, REC2c6
  if (environment) return ofPolicy(environment, "", "environment"); // REC1c2, REC2c5
  return ofEndpoint(endpoint ?? DEFAULT_ENDPOINT);
}

function ofEndpoint(endpoint: string): Hosts {
  // REC1b2, REC2c2: an explicit host has no fallbacks.
  if (isHostname(endpoint)) return { primary: urlHost(endpoint, "endpoint"), fallbacks: [] };
  // REC1b3, REC2c3
  const nonprod = /^nonprod:([\w-]{1,63})$/.exec(endpoint)?.[1];
  if (nonprod) return ofPolicy(nonprod, "-nonprod");
  // REC1a, REC1b4, REC2c1, REC2c4
  return ofPolicy(endpoint, "");
}

function ofPolicy(id: string, suffix: string, option = "endpoint"): Hosts {
  if (!/^[\w-]{1,63}$/.test(id)) throw invalidHost(id, option);
  return {
    primary: `${id}.realtime.ably${suffix}.net`,
    fallbacks: FALLBACK_LETTERS.map((letter) =>
      `${id}.${letter}.fallback.ably-realtime${suffix}.com`
    ),
  };
}

function isHostname(endpoint: string): boolean {
  return endpoint.includes(".") || endpoint.includes("::") || endpoint === "localhost" ||
    isIpv6(endpoint);
}

function isIpv6(host: string): boolean {
  return /^\[?[\da-f]*:[\da-f]*:[\da-f:.]*\]?$/i.test(host);
}

function urlHost(host: string, option: string): string {
  const inUrl = isIpv6(host) && !host.startsWith("[") ? `[${host}]` : host;
  if (!isHost(inUrl)) throw invalidHost(host, option);
  return inUrl;
}

/**
 * Whether a URL with this host is valid and leads to this very host. The check comes first because the runtime's own error
 * shows the whole URL, for example with a malformed IPv4 address; and some texts, such as `127.1`, become another address.
 */
function isHost(host: string): boolean {
  const isName = /^[\w-]{1,63}(\.[\w-]{1,63})*\.?$/.test(host) && host.length <= 253;
  if (!isName && !isIpv6(host) || !URL.canParse(`https://${host}`)) return false;
  return !isName || new URL(`https://${host}`).hostname === host.toLowerCase();
}

function invalidHost(host: string, option: string): ErrorInfo {
  return createError(
    ErrorCode.BadRequest,
    `The option "${option}" is not a host: "${shown(host)}"`,
    'Give a host name without scheme, port and path, such as "localhost"; the port goes into port or tlsPort.',
  );
}

/** The given value without possible secrets: user information, a query, a fragment, or a misplaced key. */
function shown(host: string): string {
  if (isIpv6(host)) return host;
  const [plain] = host.slice(host.lastIndexOf("@") + 1).split(/[?#]/, 1) as [string];
  // A key may have white space instead of its colon.
  return redact(plain).replace(/(\s)\S.*/su, "$1…").replace(
    /(:)(?!\/\/|\d{1,5}(?:\/|$))[^/]+/g,
    "$1…",
  ).slice(0, 100);
}

/** Whether a host is certain to be this machine: `localhost`, 127.0.0.0/8, `[::1]`. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The hosts that were tried, for an error: the first, and the number of the others. */
export function hostsTried(first: string, others: number): string {
  return others === 0 ? first : `${first} and ${others} other host${others === 1 ? "" : "s"}`;
}
