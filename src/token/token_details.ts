/** A token with what is known about it (TD1). */
export interface TokenDetails {
  /** The token itself: an Ably token or a JWT, opaque to the client (TD2, TN1). */
  token: string;
  /** When the token expires, in milliseconds since the Unix epoch (TD3). */
  expires?: number;
  /** When the token was issued, in milliseconds since the Unix epoch (TD4). */
  issued?: number;
  /** What the token permits, as JSON text (TD5). */
  capability?: string;
  /** Whom the token identifies; `"*"` may act as anyone; absent may act as no one (TD6). */
  clientId?: string | null;
}

/** Tells token details from a token request: only the former have a `token` (TO3j5). An empty one is none. */
export function isTokenDetails(value: object): value is TokenDetails {
  const { token } = value as { token?: unknown };
  return typeof token === "string" && token !== "";
}
