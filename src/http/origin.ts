/** The options that, with a host, make an origin. */
export interface OriginOptions {
  /** True to use TLS (RSC18). */
  readonly tls: boolean;
  /** The port without TLS. */
  readonly port: number;
  /** The port with TLS. */
  readonly tlsPort: number;
}

/** The origin of a host in a URL. With TLS, the scheme gets an "s". */
export function originOf(
  scheme: "http" | "ws",
  host: string,
  { tls, port, tlsPort }: OriginOptions,
): string {
  return tls
    ? `${scheme}s://${host}${tlsPort === 443 ? "" : `:${tlsPort}`}`
    : `${scheme}://${host}${port === 80 ? "" : `:${port}`}`;
}
