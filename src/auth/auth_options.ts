import type { ErrorInfo } from "../errors.ts";
import type { TokenDetails } from "../token/token_details.ts";
import type { TokenParams, TokenRequest } from "../token/token_request.ts";

/** The values that a token provider may return (RSA8d). */
export type TokenSourceResult = string | TokenDetails | TokenRequest;

/**
 * Provides a token, from a server that has the key: returns it, promises it, or passes it to the callback (RSA8d).
 *
 * @param params The rights and the identity of the token.
 * @param callback An alternative to the return value: `callback(error, result)`.
 */
export type AuthCallback = (
  params: TokenParams,
  callback: (
    error: ErrorInfo | Error | string | null | undefined,
    result?: TokenSourceResult | null,
  ) => void,
) => Promise<TokenSourceResult | void> | TokenSourceResult | void;

/** The options for authentication and for getting tokens (AO1). */
export interface AuthOptions {
  /** An API key, `appId.keyId:secret`. Only for servers: it gives its holder all its rights (AO2a, TO3j1). */
  key?: string | null;
  /** A token, its details, or a request for one (AO2h, TO3j2). */
  token?: string | TokenDetails | TokenRequest | null;
  /** A token with its details (AO2i, TO3j3). */
  tokenDetails?: TokenDetails | null;
  /** Provides a token whenever one is needed (AO2b). */
  authCallback?: AuthCallback | null;
  /** A URL that responds with a token whenever one is needed (AO2c, TO3j6). */
  authUrl?: string | null;
  /** The verb for `authUrl`; no effect without it. Defaults to `"GET"` (AO2d, TO3j7). */
  authMethod?: "GET" | "POST" | null;
  /** Headers for `authUrl`; no effect without it. Defaults to none (AO2e, TO3j8). */
  authHeaders?: Record<string, string> | null;
  /**
   * Parameters for `authUrl`; no effect without it. They are in the query with `"GET"`, and a form with `"POST"`. Defaults to
   * none (AO2f, TO3j9, RSA8c1).
   */
  authParams?: Record<string, string> | null;
  /**
   * Whether to sign token requests with the service's time instead of the local clock's. Once Ably has refused a time, the client
   * asks for the service's in any case. Defaults to false (AO2g, TO3j10).
   */
  queryTime?: boolean | null;
  /** Whether to use a token even if there is a key. Defaults to true if a source of tokens is given (AO2j, TO3j4, RSA4). */
  useTokenAuth?: boolean | null;
}
