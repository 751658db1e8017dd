import { type Members, readMembers, type Rule, type Shape } from "../../util/read_members.ts";

/** The options of a server. */
export interface ServeOptions {
  /** The port; 0, the default, takes a free one. */
  port?: number | null;
  /** The address to listen on. Defaults to `"localhost"`: the loopback addresses of IPv4 and IPv6. */
  hostname?: string | null;
  /**
   * Permitted host names, in addition to `hostname`, `localhost`, IP addresses and Ably's own hosts. Requests with other names
   * are refused, because a page on the internet could send them.
   */
  hosts?: readonly string[] | null;
  /** A certificate and its key in PEM, for TLS. By default, the server uses HTTP. */
  tls?: { cert: string; key: string } | null;
}

const PORT: Rule = {
  allows: (value) => Number.isInteger(value) && value as number >= 0 && value as number < 65_536,
  text: "a whole number from 0 to 65535",
};

const TEXTS: Rule = {
  allows: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  text: "an array of strings",
};

const CERTIFICATE: Rule = {
  allows: (value) => {
    const { cert, key } = Object(value);
    return typeof cert === "string" && typeof key === "string";
  },
  text: "an object with cert and key as text",
};

const OPTIONS: Shape<ServeOptions> = {
  what: "The options of the server",
  names: { port: PORT, hostname: "string", hosts: TEXTS, tls: CERTIFICATE },
};

/**
 * Reads the options of a server.
 *
 * @throws {ErrorInfo} 40003 if one is not valid.
 */
export function readServeOptions(given: ServeOptions | null | undefined): Members<ServeOptions> {
  return readMembers(given, OPTIONS);
}

/** The client options for a served service. */
export interface ServedOptions {
  /** The host name. */
  endpoint: string;
  /** The port. */
  port: number;
  /** Whether the server uses TLS. */
  tls: boolean;
  /** The API key. */
  key: string;
}

/** A service that listens on a port. */
export interface Served extends AsyncDisposable {
  /** The address for HTTP requests. */
  readonly url: string;
  /** The host name. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
  /** Options for any Ably client, of this or another SDK. */
  options(): ServedOptions;
  /** Stops listening. The service itself continues. */
  close(): Promise<void>;
}

/** A server on a port. */
export interface Listener {
  /** The host name. */
  readonly hostname: string;
  readonly port: number;
  /** Stops listening, and closes all connections. */
  close(): Promise<void>;
}

/** Makes the object that a runtime's adapter returns. */
export function served(
  { hostname, port, tls, key }: { hostname: string; port: number; tls: boolean; key: string },
  close: () => Promise<void>,
): Served {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: `${tls ? "https" : "http"}://${host}:${port}`,
    hostname,
    port,
    options: () => ({ endpoint: hostname, port, tls, key }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The addresses to listen on: both loopback addresses for `localhost`, the IPv4 one first. */
export function addressesOf(hostname: string): readonly string[] {
  return hostname === "localhost" ? ["127.0.0.1", "::1"] : [hostname];
}

/** The delay of a pong on real sockets, in milliseconds. Clients treat a measured time of zero as an error. */
export const PONG_DELAY = 2;

/** Whether a request is for a WebSocket. */
export function wantsWebSocket(request: Request): boolean {
  return request.headers.get("Upgrade")?.toLowerCase() === "websocket";
}
