import { copyOf } from "../util/copy.ts";
import { copyMembers, type Shape } from "../util/read_members.ts";
import type { TokenRequest } from "./token_request.ts";

/** A token and its known properties (TD1). */
export interface TokenDetails {
  /** The token itself: an Ably token or a JWT, opaque to the client (TD2, TN1). */
  token: string;
  /** When the token expires, in milliseconds since the Unix epoch (TD3). */
  expires?: number;
  /** When the token was issued, in milliseconds since the Unix epoch (TD4). */
  issued?: number;
  /** The rights of the token, as JSON text (TD5). */
  capability?: string;
  /** The clientId of the token; `"*"` allows any clientId; without it, the token is anonymous (TD6). */
  clientId?: string | null;
}

const TOKEN: Shape<TokenDetails & TokenRequest> = {
  what: "The token",
  names: {
    token: true,
    expires: true,
    issued: true,
    capability: true,
    clientId: true,
    keyName: true,
    ttl: true,
    timestamp: true,
    nonce: true,
    mac: true,
  },
};

/**
 * A copy of token details or of a token request, with unknown members. Each member is read once.
 *
 * @throws {ErrorInfo} 40003 for a Map and the like.
 */
export function readToken(given: object): object {
  // TD6: a clientId of null means that the token is anonymous; without a clientId, its identity is unknown.
  return copyOf(copyMembers(given as TokenDetails & TokenRequest, TOKEN));
}

/** Distinguishes token details from a token request: only the former have a `token` (TO3j5). An empty token does not count. */
export function isTokenDetails(value: object): value is TokenDetails {
  const { token } = value as { token?: unknown };
  return typeof token === "string" && token !== "";
}
