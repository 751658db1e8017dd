/** The address and options of a server. */
export interface ServeOptions {
  /** The port; 0, the default, takes a free one. */
  port?: number | null;
  /** The address to listen on. Defaults to `"localhost"`: the loopback addresses of IPv4 and IPv6. */
  hostname?: string | null;
  /**
   * Names that it may be reached under, beside `hostname`, `localhost`, addresses and the names of Ably's own hosts. Requests
   * for others are refused, as a page on the internet could send them.
   */
  hosts?: readonly string[] | null;
  /** A certificate and its key in PEM, for TLS. Without them HTTP is served. */
  tls?: { cert: string; key: string } | null;
}

/** The client options for a served service. */
export interface ServedOptions {
  /** The host name. */
  endpoint: string;
  /** The port. */
  port: number;
  /** Whether it is TLS that is served. */
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
  /** Options for any Ably client, this one or another. */
  options(): ServedOptions;
  /** Stops listening. The service itself lives on. */
  close(): Promise<void>;
}

/** A server on a port. */
export interface Listener {
  /** The name that it can be reached under. */
  readonly hostname: string;
  readonly port: number;
  /** Stops listening, and ends what is open. */
  close(): Promise<void>;
}

/** Puts together what a runtime's adapter returns. */
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

/** The delay of a pong on real sockets, in milliseconds: clients treat a measured time of zero as a mistake. */
export const PONG_DELAY = 2;

/** Whether a request asks for a WebSocket. */
export function wantsWebSocket(request: Request): boolean {
  return request.headers.get("Upgrade")?.toLowerCase() === "websocket";
}
